"""What people type about documents, and the sentences when it is wrong."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from distribution import typos
from distribution.addresses import InvalidAddress, normalise, split
from distribution.directory import MAX_MB
from distribution.models import Company, Customer, CustomerNumber, Membership
from distribution.searching import searched_text
from documents import notices, remedying, routing
from documents.causes import REMEDIES, Cause
from documents.models import Batch, Delivery, Kind, MailText
from documents.preparing import shown_name
from documents.wording import unknown_marks

# What a calendar and every time zone can take.
IN_OUR_TIME = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class FilterForm(forms.Form):
    """What narrows the document list. Wrong values are shown as such and narrow nothing."""

    q = forms.CharField(required=False)
    kind = forms.ChoiceField(
        label=_("Type"),
        required=False,
        choices=[("", _("All types")), *Kind.choices[:-1], ("other", _("Other"))],
    )
    cause = forms.ChoiceField(
        label=_("Why"), required=False, choices=lambda: [("", _("All reasons")), *_causes_that_reject()]
    )
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        validators=IN_OUR_TIME,
    )
    until = forms.DateField(
        label=_("To"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        validators=IN_OUR_TIME,
    )
    aside = forms.BooleanField(label=_("Also those put aside"), required=False)

    def clean_q(self):
        return searched_text(self.cleaned_data["q"])


def _causes_that_reject():
    never = {Cause.NONE, Cause.COMPLAINED}
    for cause, remedy in REMEDIES.items():
        if cause not in never and not remedy.is_ours and remedy.action != "wait":
            yield cause.value, f"{remedy.code} {remedy.title}".strip()


class UploadForm(forms.Form):
    """One file in the browser with what is known of it."""

    # What is left open is read from the file; where it does not tell, its name is the number.
    number = forms.CharField(label=_("Number"), max_length=100, required=False)
    kind = forms.ChoiceField(
        label=_("Type"),
        choices=[("", _("As the file says, else invoice")), *Kind.choices],
        required=False,
    )
    customer_number = forms.CharField(label=_("Customer number"), max_length=50, required=False)
    addresses = forms.CharField(
        label=_("E-mail addresses"),
        max_length=2000,
        required=False,
        widget=forms.TextInput({"inputmode": "email", "autocapitalize": "off", "spellcheck": "false"}),
    )
    external_id = forms.UUIDField(required=False)


class BatchForm(forms.Form):
    """A file of many documents, with a list of them beside it where it is not in the ZIP."""

    file = forms.FileField(
        label=_("ZIP file of documents, or one XML file with several e-invoices"),
        max_length=300,
        widget=forms.FileInput({"accept": ".zip, .xml"}),
        error_messages={
            "required": _("Choose the file with your documents."),
            "empty": _("The file is empty. Make it again and choose it anew."),
        },
    )
    list_file = forms.FileField(
        label=_("List of the documents (CSV or Excel)"),
        required=False,
        max_length=300,
        widget=forms.FileInput({"accept": ".csv, .xlsx, .xls, .ods"}),
        help_text=_("Only when it is not in the ZIP file already."),
    )
    kind = forms.ChoiceField(
        label=_("Type"), choices=[("", _("As the file says, else invoice")), *Kind.choices], required=False
    )

    def __init__(self, *args, company=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.company = company

    def clean(self):
        if not self.company.is_active:
            raise forms.ValidationError(
                _("E-mail distribution is not active for %(company)s. Ask our support."),
                params={"company": self.company},
            )

    def clean_list_file(self):
        file = self.cleaned_data["list_file"]
        if file and file.size > MAX_MB * 1024 * 1024:
            problem = _("The list has more than %(most)s MB. Split the batch.")
            raise forms.ValidationError(problem, params={"most": MAX_MB})
        return file

    def save(self, by, language):
        """The new batch, waiting to be looked through."""
        file = self.cleaned_data["file"]
        return Batch.objects.create(
            company=self.company,
            name=shown_name(file.name)[:150],
            file=file,
            list_file=self.cleaned_data["list_file"] or "",
            kind=self.cleaned_data["kind"],
            language=language,
            created_by=by,
        )


class CorrectionForm(forms.Form):
    """The right address in the place of a wrong one, or an address where there is none."""

    address = forms.CharField(
        label=_("The right address"),
        max_length=1000,
        widget=forms.TextInput(
            {"inputmode": "email", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type the address to send to.")},
    )
    also_in_list = forms.BooleanField(required=False)
    customer_name = forms.CharField(
        label=_("Customer's name"),
        max_length=200,
        required=False,
        help_text=_("Empty: no customer is made, and the address is used for this document only."),
    )

    def __init__(self, *args, delivery, **kwargs):
        super().__init__(*args, **kwargs)
        self.delivery, self.document = delivery, delivery.document
        self.customer = self.document.customer or routing.customer_of(self.document)
        self.initial.setdefault("address", delivery.address)
        if not delivery.address:
            self.fields["address"].label = _("E-mail address")
        if self.customer:
            del self.fields["customer_name"]
            field = self.fields["also_in_list"]
            field.label = _("Also correct it in the e-mail list of %(customer)s") % {
                "customer": self.customer
            }
            field.initial = delivery.origin == Delivery.Origin.LIST or not delivery.address
        else:
            del self.fields["also_in_list"]
            self.initial.setdefault("customer_name", self.document.buyer)
            if not self.document.customer_number:
                del self.fields["customer_name"]

    def clean_address(self):
        typed = self.cleaned_data["address"]
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
        if likely and self.data.get("looked_at") != address:
            self.looked_at = address
            problem = _("Did you mean %(likely)s? Press the button once more to send to what you have typed.")
            raise forms.ValidationError(problem, params={"likely": likely})
        return address

    @transaction.atomic
    def save(self, by):
        """Send to the typed address. Returns the new delivery; raises remedying.NotPossible."""
        name = self.cleaned_data.get("customer_name")
        if self.customer is None and name:
            self.customer = self._make_customer(name)
        if self.document.customer != self.customer:
            self.document.customer = self.customer
            self.document.save(update_fields=["customer"])
        address = self.cleaned_data["address"]
        also_in_list = bool(name) or self.cleaned_data.get("also_in_list", False)
        return remedying.correct(self.delivery, address, by, also_in_list)

    def _make_customer(self, name):
        # One at a time for a company: somebody else may just have made a customer with this number.
        company = Company.objects.select_for_update().get(pk=self.document.company_id)
        known = routing.customer_of(self.document)
        if known:
            return known
        customer = Customer.objects.create(company=company, name=name)
        CustomerNumber.objects.create(
            company=company, customer=customer, number=self.document.customer_number
        )
        return customer


class MailTextForm(forms.ModelForm):
    """A company's own words for its mails."""

    class Meta:
        model = MailText
        fields = ["subject", "text"]
        widgets = {"text": forms.Textarea({"rows": 8})}

    def clean_subject(self):
        return self._with_known_marks(" ".join(self.cleaned_data["subject"].split()))

    def clean_text(self):
        return self._with_known_marks(self.cleaned_data["text"].strip())

    def _with_known_marks(self, text):
        unknown = unknown_marks(text)
        if unknown:
            problem = _("%(mark)s cannot be filled in. Choose one of the marks below.")
            raise forms.ValidationError(problem, params={"mark": unknown[0][:50]})
        return text

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not (cleaned.get("subject") or cleaned.get("text")):
            raise forms.ValidationError(_("Type a subject or a text, or keep ours."))
        return cleaned


class NoticesForm(forms.ModelForm):
    """What a member is told by e-mail, and when."""

    notices = forms.ChoiceField(
        label=_("Tell me by e-mail"),
        choices=[
            (Membership.Notices.AT_ONCE, _("Soon after it happens, at most one mail every 15 minutes")),
            (Membership.Notices.DAILY, _("Once a day, all in one mail")),
            (Membership.Notices.NONE, _("Never")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )

    class Meta:
        model = Membership
        fields = ["notices", "notice_hour", "notice_reminders"]
        labels = {
            "notice_hour": _("Hour of the daily mail and of reminders"),
            "notice_reminders": _("Remind me after 1, 3 and 7 days of what is still open"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["notices"] = self.instance.told

    def save(self):
        """Only the choice, and it holds from now on."""
        self.instance.save(update_fields=self._meta.fields)
        notices.change_hour(self.instance)
        return self.instance
