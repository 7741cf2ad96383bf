from django import forms
from django.db import transaction
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from distribution.addresses import split
from distribution.directory import MAX_MB, WrongFile
from distribution.models import Customer, CustomerNumber, DirectoryImport, NumberTaken
from distribution.numbers import numbers_in

_NUMBER_LENGTH = CustomerNumber._meta.get_field("number").max_length


class NumbersField(forms.CharField):
    """Customer numbers as people type them → each once, in their order."""

    widget = forms.Textarea(attrs={"rows": 2})

    def to_python(self, value):
        return list(dict.fromkeys(numbers_in(_bounded(self, super().to_python(value)))))

    def prepare_value(self, value):
        return value if isinstance(value, str) else "\n".join(value or [])

    def validate(self, value):
        super().validate(value)
        for number in value:
            if len(number) > _NUMBER_LENGTH:
                problem = _("“%(number)s…” is too long: a customer number has at most %(length)s characters.")
                limits = {"number": number[:20], "length": _NUMBER_LENGTH}
                raise forms.ValidationError(problem, params=limits)

    def run_validators(self, value):
        super().run_validators("\n".join(value))


class AddressesField(forms.CharField):
    """E-mail addresses as people type them → normalised, each once. A bad one is named."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off"})

    def to_python(self, value):
        found = split(_bounded(self, super().to_python(value)))
        if found.bad:
            raise forms.ValidationError(
                [_not_an_address(text) for text in found.bad[:5]],
            )
        return found.good

    def prepare_value(self, value):
        return value if isinstance(value, str) else "\n".join(value or [])

    def run_validators(self, value):
        super().run_validators("\n".join(value))


class CustomerForm(forms.ModelForm):
    """A customer with its numbers and its e-mail list. Saving is one transaction."""

    numbers = NumbersField(
        label=_("Customer numbers"),
        max_length=2000,
        help_text=_("As they stand in your documents. One on each line, or with commas between."),
    )
    to = AddressesField(
        label=_("Send to"),
        required=False,
        max_length=5000,
        help_text=_("One on each line, or with semicolons or commas between."),
    )
    copies = AddressesField(
        label=_("Copy to (Cc)"),
        required=False,
        max_length=5000,
        help_text=_("These get the same document, for instance the bookkeeper."),
    )

    field_order = ["name", "numbers", "to", "copies"]

    class Meta:
        model = Customer
        fields = ["name", "language"]
        help_texts = {"language": _("Of the mails to this customer.")}

    def __init__(self, *args, company, **kwargs):
        super().__init__(*args, **kwargs)
        self.company = company
        self.fields["language"].choices = [
            ("", _("The same as the company's")),
            *self.fields["language"].choices[1:],
        ]
        if self.instance.pk:
            entries = self.instance.addresses.all()
            self.initial["numbers"] = [entry.number for entry in self.instance.numbers.all()]
            self.initial["to"] = [entry.address for entry in entries if not entry.copy]
            self.initial["copies"] = [entry.address for entry in entries if entry.copy]

    def clean_numbers(self):
        numbers = self.cleaned_data["numbers"]
        taken = CustomerNumber.objects.filter(company=self.company, number__in=numbers)
        others = taken.exclude(customer=self.instance.pk).select_related("customer")
        if others:
            raise forms.ValidationError([_taken(other) for other in others])
        return numbers

    def clean(self):
        both = set(self.cleaned_data.get("to", ())) & set(self.cleaned_data.get("copies", ()))
        for address in sorted(both):
            problem = _("%(address)s is already under “Send to”. Remove it from one of the two.")
            self.add_error("copies", forms.ValidationError(problem, params={"address": address}))

    def save(self, commit=True):
        """The customer, or None when somebody else took one of its numbers meanwhile: see the errors."""
        try:
            with transaction.atomic():
                self.instance.company = self.company
                customer = super().save()
                customer.set_numbers(self.cleaned_data["numbers"])
                customer.set_addresses(self.cleaned_data["to"], self.cleaned_data["copies"])
        except NumberTaken as taken:
            self.add_error("numbers", _taken(taken.entry))
            return None
        return customer


class ImportForm(forms.ModelForm):
    """A directory as a file, and whether it is all there is."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,.xlsx,.xls,.ods"}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty. Choose another one."),
        },
    )
    mode = forms.ChoiceField(
        label=_("What to do with it"),
        choices=[
            ("update", _("Add and change: customers that are not in the file stay as they are")),
            ("replace", _("Replace everything: customers that are not in the file are removed")),
        ],
        widget=forms.RadioSelect,
        initial="update",
    )

    class Meta:
        model = DirectoryImport
        fields = ["file", "mode"]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_MB * 1024 * 1024:
            raise forms.ValidationError(str(WrongFile("too_large", most=MAX_MB)))
        return file

    def save(self, company, by):
        """The import, waiting for a worker that checks it."""
        self.instance.company, self.instance.created_by = company, by
        self.instance.name = clean_name(self.cleaned_data["file"].name)
        return super().save()


class UnblockRequestForm(forms.Form):
    """What support should know before it unblocks an address."""

    note = forms.CharField(
        label=_("What should support know?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "For instance: “I checked the address with the customer by phone today, and it is right.”"
        ),
        error_messages={"required": _("Write what you found out about the address.")},
    )
    consent = forms.BooleanField(
        label=_("The recipient has agreed to get our mail again"),
        error_messages={"required": _("Support can unblock it only when the recipient has agreed.")},
    )

    def __init__(self, *args, needs_consent, **kwargs):
        super().__init__(*args, **kwargs)
        if not needs_consent:
            del self.fields["consent"]


def clean_name(name):
    """The name of a file as it is shown to people: without a path, control characters or an endless tail."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in base if letter.isprintable()).strip()[-150:] or "-"


def _bounded(field, text):
    """The text, if it is not longer than the field takes: looking through millions of words takes long."""
    if len(text) > field.max_length:
        problem = _("This is too long: at most %(length)s characters are taken.")
        raise forms.ValidationError(problem, params={"length": field.max_length})
    return text


def _not_an_address(text):
    params = {"text": text if len(text) <= 80 else f"{text[:80]}…"}
    return forms.ValidationError(_("“%(text)s” is not an e-mail address."), params=params)


def _taken(entry):
    link = format_html('<a href="{}">{}</a>', reverse("customer", args=[entry.customer_id]), entry.customer)
    return format_html(_("The number {} already belongs to {}."), entry.number, link)
