"""Documents, and the mails of the queue."""

from django.contrib import admin
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from documents.causes import REMEDIES
from documents.models import Delivery, Document, DocumentFile, OutboundMail
from portal.support import ReadOnly, link_to, when

OUR_TROUBLE = [cause for cause, remedy in REMEDIES.items() if remedy.is_ours]


class FileInline(ReadOnly, admin.TabularInline):
    """What was received; the contents are the company's business, so they are not shown."""

    model = DocumentFile
    fields = ["name", "role", "media_type", "size", "sha256"]


class DeliveryInline(ReadOnly, admin.TabularInline):
    model = Delivery
    fields = ["delivery", "status", "code", "title", "since"]
    readonly_fields = ["delivery", "code", "title", "since"]
    verbose_name_plural = _("deliveries")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("headline", "document")

    @admin.display(description=_("recipient"))
    def delivery(self, delivery):
        return link_to(delivery, delivery.address or _("nobody"))

    @admin.display(description=_("code"))
    def code(self, delivery):
        return delivery.code or "–"

    @admin.display(description=_("cause"))
    def title(self, delivery):
        return delivery.remedy.title or "–"

    @admin.display(description=_("since"))
    def since(self, delivery):
        return when(delivery.at)


@admin.register(Document)
class DocumentAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["number", "kind", "company", "customer_number", "customer", "received"]
    list_filter = ["kind", "source", "company"]
    list_select_related = ["company", "customer"]
    search_fields = ["number", "customer_number", "deliveries__address"]
    search_help_text = _("Document number, customer number or e-mail address")
    show_full_result_count = False
    fields = [
        "company",
        "kind",
        "number",
        "customer_number",
        "customer",
        "addresses",
        "received_at",
        "source",
        "received_from",
        "held_because_of",
        "public_id",
    ]
    readonly_fields = ["held_because_of", "public_id"]
    inlines = [DeliveryInline, FileInline]

    @admin.display(description=_("received"), ordering="received_at")
    def received(self, document):
        return when(document.received_at)

    @admin.display(description=_("held as a duplicate of"))
    def held_because_of(self, document):
        return link_to(document.duplicate_of) if document.is_held else "–"


class QueueFilter(admin.SimpleListFilter):
    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request, model_admin):
        return [
            ("waiting", _("Waits to be sent")),
            ("due", _("Due now")),
            ("ours", _("Waits for our own trouble")),
            ("finished", _("Finished")),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "waiting":
                return queryset.filter(finished_at=None)
            case "due":
                return queryset.filter(finished_at=None, next_attempt_at__lte=now())
            case "ours":
                return queryset.filter(finished_at=None, delivery__cause__in=OUR_TROUBLE)
            case "finished":
                return queryset.exclude(finished_at=None)
        return queryset


@admin.register(OutboundMail)
class OutboundMailAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["delivery", "company", "queued", "attempts", "next_try", "why"]
    list_filter = [QueueFilter, "company"]
    list_select_related = ["company", "delivery__document", "delivery__headline"]
    search_fields = ["public_id", "delivery__address", "delivery__document__number"]
    search_help_text = _("Message-ID, e-mail address or document number")
    show_full_result_count = False
    ordering = ["-pk"]
    fields = [
        "message_id",
        "shown_delivery",
        "company",
        "created_at",
        "attempts",
        "next_attempt_at",
        "claimed_until",
        "finished_at",
        "why",
    ]
    readonly_fields = ["message_id", "shown_delivery", "why"]

    @admin.display(description=_("queued"), ordering="created_at")
    def queued(self, mail):
        return when(mail.created_at)

    @admin.display(description=_("next try"), ordering="next_attempt_at")
    def next_try(self, mail):
        return "–" if mail.finished_at else when(mail.next_attempt_at)

    @admin.display(description=_("Message-ID"))
    def message_id(self, mail):
        return mail.message_id

    @admin.display(description=_("delivery"))
    def shown_delivery(self, mail):
        return link_to(mail.delivery)

    @admin.display(description=_("last answer"))
    def why(self, mail):
        headline = mail.delivery.headline
        if headline is None or headline.mail_id != mail.pk:
            return "–"
        parts = [headline.get_status_display(), headline.remedy.title, headline.text[:200]]
        return " · ".join(str(part) for part in parts if part)
