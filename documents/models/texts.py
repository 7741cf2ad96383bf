"""What a company writes in its mails in the place of our own words."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from distribution.models import Company, OwnedQuerySet
from documents.models.document import Kind


class MailText(models.Model):
    """A company's own subject and words for one type of document and one language.

    What is empty is ours. Without a type it is for all that have none of their own.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="mail_texts")
    kind = models.CharField(_("type"), max_length=20, choices=Kind, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=150, blank=True)
    text = models.TextField(_("text"), max_length=3000, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail text")
        verbose_name_plural = _("mail texts")
        ordering = ["kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "language"], name="one_mail_text_per_kind_and_language"
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display() or '–'} {self.language}"
