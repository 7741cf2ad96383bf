"""The right address in the place of a wrong one: for one delivery, and for many in one table."""

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from distribution import typos
from distribution.addresses import InvalidAddress, normalise, split
from distribution.models import Company, Customer, CustomerNumber
from documents import remedying, routing
from documents.known_addresses import known_addresses
from documents.models import Delivery

# As many other documents of a customer are offered with the one that is corrected.
MOST_OTHERS = 50


class AddressForm(forms.Form):
    """One address to send to instead, and whether the e-mail list is to have it too."""

    address = forms.CharField(
        label=_("The right address"),
        max_length=1000,
        widget=forms.TextInput(
            {"inputmode": "email", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type the address to send to.")},
    )
    also_in_list = forms.BooleanField(required=False)

    def __init__(self, *args, delivery, known=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.delivery, self.document, self.known = delivery, delivery.document, known
        self.customer = self.document.customer
        self.looked_at = ""  # what is asked about: sent a second time as it is, it goes out
        field = self.fields["also_in_list"]
        if self.customer:
            field.label = _("Also correct it in the e-mail list of %(customer)s") % {
                "customer": self.customer
            }
            field.initial = delivery.company.uses_list
        else:
            del self.fields["also_in_list"]

    def clean_address(self):
        typed = self.cleaned_data["address"]
        if not typed:
            return ""
        if len(split(typed).good) > 1:
            raise forms.ValidationError(_("Type one address only. Others can be added to the e-mail list."))
        try:
            return self._confirmed(normalise(typed))
        except InvalidAddress:
            raise forms.ValidationError(
                _("“%(typed)s” is no e-mail address. It should look like name@company.example."),
                params={"typed": typed[:100]},
            ) from None

    def _confirmed(self, address):
        """The address, if it looks right or was sent a second time as it is: the mail goes out at once."""
        likely = typos.meant(address)
        is_known = address in {known.address for known in self.known}
        if likely and not is_known and self.data.get(self.add_prefix("looked_at")) != address:
            self.looked_at = address
            problem = _("Did you mean %(likely)s? Press the button once more to send to what you have typed.")
            raise forms.ValidationError(problem, params={"likely": likely})
        return address


class CorrectionForm(AddressForm):
    """For one delivery, with the customer's other rejected documents. May make the customer, too."""

    customer_name = forms.CharField(
        label=_("Customer's name"),
        max_length=200,
        required=False,
        help_text=_("Empty: no customer is made, and the address is used for this document only."),
    )

    def __init__(self, data=None, *, delivery):
        if data and data.get("offered"):  # the button of an address that we know
            data = data.copy()
            data["address"] = data["offered"]
        known = known_addresses(delivery.company, [delivery])[delivery.pk]
        super().__init__(data, delivery=delivery, known=known, initial={"address": delivery.address})
        if not delivery.address:
            self.fields["address"].label = _("E-mail address")
        self.initial["customer_name"] = self.document.buyer
        if self.customer or not self.document.customer_number:
            del self.fields["customer_name"]
        self.others = self._others()

    def _others(self):
        """[(another rejected delivery of this customer, whether it is ticked)], this address's first."""
        old = self.delivery.address
        found = sorted(self._rejected_of_customer()[:MOST_OTHERS], key=lambda other: other.address != old)
        if not self.is_bound:
            return [(other, other.address == old) for other in found]
        ticked = set(self.data.getlist("also"))
        return [(other, str(other.public_id) in ticked) for other in found]

    def _rejected_of_customer(self):
        theirs = (
            Delivery.objects.rejected().filter(company=self.delivery.company).exclude(pk=self.delivery.pk)
        )
        if self.customer:
            theirs = theirs.filter(document__customer=self.customer)
        elif self.document.customer_number:
            number = self.document.customer_number
            theirs = theirs.filter(document__customer=None, document__customer_number=number)
        else:
            return theirs.none()
        return theirs.select_related("document", "headline").order_by("-at", "-pk")

    def chosen_others(self):
        """The other deliveries that go to the new address as well; also those that somebody handled since."""
        ticked = Delivery.objects.chosen(self.data.getlist("also"))
        return ticked.filter(company=self.delivery.company).exclude(pk=self.delivery.pk)

    @transaction.atomic
    def save(self, by):
        """Send to the typed address. Returns the new delivery; raises remedying.NotPossible."""
        also_in_list = self.make_customer() or self.cleaned_data.get("also_in_list", False)
        address = self.cleaned_data["address"]
        return remedying.correct(self.delivery, address, by, also_in_list, only_work=True)

    @transaction.atomic
    def make_customer(self):
        """Make the customer that was named, if any. Returns whether the address belongs on its list."""
        name = self.cleaned_data.get("customer_name")
        if not name:
            return False
        # One at a time for a company: somebody else may just have made a customer with this number. Without
        # its key, and the customer before the document, so that nobody who has a part of it waits for us.
        company = Company.objects.select_for_update(no_key=True).get(pk=self.document.company_id)
        known = remedying.kept(routing.customer_of(self.document))
        self.document.customer = known or self._new_customer(company, name)
        self.document.save(update_fields=["customer"])
        return True

    def _new_customer(self, company, name):
        customer = Customer.objects.create(company=company, name=name)
        CustomerNumber.objects.create(
            company=company, customer=customer, number=self.document.customer_number
        )
        return customer


class RowForm(AddressForm):
    """A row of the table: the documents that did not reach one address. Empty: they are left as they are."""

    def __init__(self, data=None, *, deliveries, known):
        first = deliveries[0]
        super().__init__(
            data,
            delivery=first,
            known=known,
            prefix=f"row-{first.pk}",
            initial={"address": next((offer.address for offer in known if offer.is_likely), "")},
        )
        self.deliveries = deliveries
        self.fields["address"].required = False
        if self.customer:
            self.fields["also_in_list"].label = _("Also in the e-mail list")
        self.fields["address"].widget.attrs["list"] = f"{self.prefix}-known"


def row_forms(company, deliveries, data=None):
    """A form for each address that these deliveries did not reach, by customer."""
    known = known_addresses(company, deliveries)
    rows = {}
    for delivery in deliveries:
        document = delivery.document
        whose = document.customer_id or document.customer_number or f"document {document.pk}"
        rows.setdefault((whose, delivery.address), []).append(delivery)
    return [RowForm(data, deliveries=same, known=known[same[0].pk]) for same in rows.values()]
