"""What people type about documents, and the sentences when it is wrong."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from distribution.directory import MAX_MB
from distribution.searching import searched_text
from documents.causes import REMEDIES, Cause
from documents.models import Batch, Kind
from documents.preparing import shown_name

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
