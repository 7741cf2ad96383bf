from django import forms
from django.conf import settings
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution import targets
from distribution.models import Company, Webhook
from distribution.models.webhooks import A_MOMENT, MOST_PER_COMPANY, STATUSES


class WebhookForm(forms.ModelForm):
    """A webhook of a company: where it is, and what it wants to know."""

    statuses = forms.MultipleChoiceField(
        label=_("Tell when a delivery is"),
        choices=STATUSES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one, or switch the webhook off.")},
    )

    class Meta:
        model = Webhook
        fields = ["url", "statuses"]
        help_texts = {
            "url": _("Where your own program listens, such as https://erp.company.example/jakelu."),
        }
        widgets = {"url": forms.URLInput(attrs={"spellcheck": "false", "autocomplete": "off"})}

    def __init__(self, *args, company, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.company = company

    def clean_url(self):
        url = self.cleaned_data["url"]
        if problem := targets.problem_with(url, practice=settings.PRACTICE):
            raise forms.ValidationError(problem)
        return url

    def clean(self):
        is_new = self.instance.pk is None
        if is_new and self.instance.company.webhooks.kept().count() >= MOST_PER_COMPANY:
            problem = _("A company has at most %(most)s webhooks. Delete one of the others first.")
            raise forms.ValidationError(problem, params={"most": MOST_PER_COMPANY})
        return super().clean()

    @transaction.atomic
    def add(self, by):
        """The new webhook; the one that is there when the button was pressed twice."""
        company = Company.objects.select_for_update().get(pk=self.instance.company_id)
        alike = company.webhooks.kept().filter(url=self.instance.url, created_by=by)
        known = alike.filter(created_at__gt=now() - A_MOMENT).first()
        self.instance.created_by = by
        return known or self.save()

    def save(self, commit=True):
        """What somebody else did meanwhile, such as a new secret, stays."""
        if self.instance.pk is None:
            return super().save(commit)
        self.instance.save(update_fields=self._meta.fields)
        return self.instance
