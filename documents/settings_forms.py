"""What managers choose for their company's mails, and members for their own notices."""

from django import forms
from django.utils.translation import gettext_lazy as _

from distribution.models import Membership
from documents import notices
from documents.models import MailText
from documents.wording import unknown_marks


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
