from datetime import timedelta

from django import forms
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution.models import ApiToken, Scope
from distribution.models.tokens import MOST_PER_COMPANY, VALID_FOR

FOR_EVER = 0
DAYS = [
    (90, _("For 90 days")),
    (VALID_FOR.days, _("For a year")),
    (FOR_EVER, _("Until somebody revokes it")),
]


class TokenForm(forms.ModelForm):
    """A new token of a company: what it is for, what it may do, and for how long."""

    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        initial=[Scope.READ, Scope.SEND],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    days = forms.TypedChoiceField(label=_("It is valid"), choices=DAYS, coerce=int, initial=VALID_FOR.days)

    class Meta:
        model = ApiToken
        fields = ["name", "scopes"]
        help_texts = {"name": _("The program that uses it, such as “Invoicing”.")}

    def __init__(self, *args, company, **kwargs):
        super().__init__(*args, **kwargs)
        self.company = company

    def clean(self):
        known = self.company.tokens.usable().count()
        if known >= MOST_PER_COMPANY:
            problem = _("A company has at most %(most)s tokens. Revoke one of the others first.")
            raise forms.ValidationError(problem, params={"most": MOST_PER_COMPANY})
        return super().clean()

    def issue(self, by):
        """Returns (ApiToken, the secret)."""
        days = self.cleaned_data["days"]
        expires_at = None if days == FOR_EVER else now() + timedelta(days=days)
        name, scopes = self.cleaned_data["name"], self.cleaned_data["scopes"]
        return ApiToken.objects.issue(self.company, by, name, scopes, expires_at)
