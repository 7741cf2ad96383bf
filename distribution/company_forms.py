"""What a manager chooses for the company, and who works in it."""

from datetime import date

from django import forms
from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from distribution.addresses import InvalidAddress, normalise
from distribution.models import Company, Invitation, Membership


class ReplyToForm(forms.ModelForm):
    """A company, whose address for replies is a real one."""

    def clean_reply_to(self):
        try:
            return self.cleaned_data["reply_to"] and normalise(self.cleaned_data["reply_to"])
        except InvalidAddress:
            raise forms.ValidationError(_("This is not an e-mail address.")) from None


class SettingsForm(ReplyToForm):
    """How a company's documents go out."""

    class Meta:
        model = Company
        fields = [
            "uses_list",
            "uses_document_addresses",
            "duplicates",
            "fiscal_year_starts",
            "xml_invoices_as",
            "attachment_limit",
            "above_limit",
            "sender_name",
            "reply_to",
            "language",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["fiscal_year_starts"].choices = [
            (month, date_format(date(2000, month, 1), "F")) for month in range(1, 13)
        ]
        limit = self.fields["attachment_limit"]
        limit.min_value, limit.max_value = 1, settings.MAX_UPLOAD_MB
        limit.help_text = _("Empty: %(most)s MB, the portal's own limit.") % {"most": settings.MAX_UPLOAD_MB}

    def clean_sender_name(self):
        name = " ".join(self.cleaned_data["sender_name"].split())
        if "@" in name:
            raise forms.ValidationError(_("Without @: a name that looks like an address is taken for spam."))
        return name

    def clean_attachment_limit(self):
        chosen, most = self.cleaned_data["attachment_limit"], settings.MAX_UPLOAD_MB
        if chosen is not None and not 1 <= chosen <= most:
            raise forms.ValidationError(_("From 1 to %(most)s MB."), params={"most": most})
        return chosen

    def clean(self):
        cleaned = super().clean()
        if not (cleaned.get("uses_list") or cleaned.get("uses_document_addresses")):
            raise forms.ValidationError(_("Choose at least one of the two ways: else nobody gets anything."))
        return cleaned


class InvitationForm(forms.ModelForm):
    """Somebody who is asked to work for a company in the portal."""

    class Meta:
        model = Invitation
        fields = ["email", "role"]
        widgets = {"email": forms.EmailInput({"autocapitalize": "off", "spellcheck": "false"})}

    def __init__(self, *args, company, **kwargs):
        super().__init__(*args, **kwargs)
        self.company = company

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if self.company.memberships.filter(user__email=email).exists():
            raise forms.ValidationError(
                _("%(email)s belongs to your company already."), params={"email": email}
            )
        return email

    def save_for(self, by):
        """The open invitation of this address, made now or changed to the role chosen now."""
        chosen = {"role": self.cleaned_data["role"], "invited_by": by}
        known, _is_new = Invitation.objects.update_or_create(
            company=self.company, email=self.cleaned_data["email"], accepted_at=None, defaults=chosen
        )
        return known


class LastManager(Exception):
    """A company without a manager could not help itself any more."""


@transaction.atomic
def change_member(membership, role):
    """Give a member another role, or None: he leaves. Raises LastManager.

    One at a time for a company, so that two managers who step down together do not leave it without one.
    """
    company = Company.objects.select_for_update().get(pk=membership.company_id)
    managers = company.memberships.filter(role=Membership.Role.MANAGER, user__is_active=True)
    if role != Membership.Role.MANAGER and not managers.exclude(pk=membership.pk).exists():
        raise LastManager
    member = company.memberships.filter(pk=membership.pk)
    if role is None:
        member.delete()
    else:
        member.update(role=role)
