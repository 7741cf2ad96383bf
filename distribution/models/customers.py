"""A company's directory: its customers, their numbers and e-mail lists."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from distribution.addresses import MAX_LENGTH, normalise
from distribution.models.companies import Company, OwnedQuerySet
from distribution.searching import contains


class NumberTaken(Exception):
    """A customer number belongs to another customer: `entry` says to whom."""

    def __init__(self, entry):
        self.entry = entry
        super().__init__(entry)


class CustomerQuerySet(OwnedQuerySet):
    def found_by(self, text):
        """Customers whose number, name or address has this text in it."""
        return self.filter(
            contains("name", text)
            | Q(pk__in=CustomerNumber.objects.filter(contains("number", text)).values("customer"))
            | Q(pk__in=ListAddress.objects.filter(contains("address", text)).values("customer"))
        )

    def remove(self):
        """Delete them with their numbers and addresses; their documents stay. Returns how many there were.

        Locked first: a document that is just being routed to one of them is there before that, or is routed
        without it. Else it would name a customer that is gone, which PostgreSQL refuses to keep.
        """
        with transaction.atomic():
            ids = list(self.order_by("pk").select_for_update().values_list("pk", flat=True))
            _all, by_model = Customer.objects.filter(pk__in=ids).delete()
        return by_model.get(Customer._meta.label, 0)


class Customer(models.Model):
    """A buyer of the company, known by one or more customer numbers, with an e-mail list."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="customers")
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=settings.LANGUAGES,
        blank=True,
        help_text=_("Of the mails to this customer. Empty: the company's language."),
    )

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        # For the customer list of a company.
        indexes = [models.Index(fields=["company", "name"], name="customers_of_a_company")]

    def __str__(self):
        return self.name

    def set_numbers(self, numbers):
        """Give it these customer numbers and no others. Raises NumberTaken, and then nothing is changed."""
        with transaction.atomic():
            self.numbers.exclude(number__in=numbers).delete()
            for number in numbers:
                entry, _is_new = CustomerNumber.objects.get_or_create(
                    company_id=self.company_id, number=number, defaults={"customer": self}
                )
                if entry.customer_id != self.pk:
                    raise NumberTaken(entry)

    def set_addresses(self, addresses, copies=()):
        """Give it this e-mail list: normalised addresses, and those that get a copy (Cc)."""
        wanted = dict.fromkeys(addresses, False) | dict.fromkeys(copies, True)
        with transaction.atomic():
            self.addresses.exclude(address__in=wanted).delete()
            for address, copy in wanted.items():
                self.addresses.update_or_create(address=address, defaults={"copy": copy})

    def remember(self, old, new):
        """Put `new` in the place of `old` on the e-mail list, or add it when `old` is not there."""
        with transaction.atomic():
            entry = self.addresses.filter(address=old.lower()).first() if old else None
            new_entry, _is_new = self.addresses.get_or_create(
                address=normalise(new), defaults={"copy": entry.copy if entry else False}
            )
            if entry and entry != new_entry:
                entry.delete()


class CustomerNumber(models.Model):
    """The number that stands in documents; `company` is repeated for the unique constraint."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="numbers")
    number = models.CharField(_("customer number"), max_length=50)

    class Meta:
        verbose_name = _("customer number")
        verbose_name_plural = _("customer numbers")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "number"],
                name="one_customer_per_number",
                violation_error_message=_("Another customer already has this number."),
            )
        ]

    def __str__(self):
        return self.number


class ListAddress(models.Model):
    """One address of a customer's e-mail list."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    address = models.CharField(_("e-mail address"), max_length=MAX_LENGTH)
    copy = models.BooleanField(_("copy (Cc)"), default=False)

    class Meta:
        verbose_name = _("list address")
        verbose_name_plural = _("list addresses")
        ordering = ["copy", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "address"], name="one_entry_per_address"),
        ]

    def __str__(self):
        return self.address

    def save(self, **kwargs):
        self.address = normalise(self.address)
        super().save(**kwargs)
