"""Support's main view: what became of each document at each address, and why."""

import re

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from documents.causes import REMEDIES
from documents.models import Delivery, DeliveryEvent, OutboundMail
from documents.statuses import IN_PROGRESS, Status
from portal.support import ReadOnly, link_to, when

# A Message-ID, a bounce address or a page's address, pasted as it stands: each has an id of ours in it.
ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class StatusFilter(admin.SimpleListFilter):
    """The statuses as people see them: delayed ones are in progress too."""

    title = _("status")
    parameter_name = "status"
    in_progress = "in_progress"

    def lookups(self, request, model_admin):
        finished = [status for status in Status if status not in IN_PROGRESS]
        return [(self.in_progress, _("In progress")), *((status, status.label) for status in finished)]

    def queryset(self, request, queryset):
        if self.value() == self.in_progress:
            return queryset.in_progress()
        return queryset.filter(status=self.value()) if self.value() else queryset


class CauseFilter(admin.SimpleListFilter):
    title = _("cause")
    parameter_name = "cause"

    def lookups(self, request, model_admin):
        causes = sorted(REMEDIES.items(), key=lambda entry: (not entry[1].code, entry[1].code))
        return [(cause, f"{remedy.code} {remedy.title}".strip()) for cause, remedy in causes if remedy.title]

    def queryset(self, request, queryset):
        return queryset.filter(cause=self.value()) if self.value() else queryset


class EventInline(ReadOnly, admin.TabularInline):
    """The story, newest first, in the mail systems' own words."""

    model = DeliveryEvent
    fk_name = "delivery"
    fields = ["time", "outcome", "title", "reply_code", "enhanced_code", "host", "text", "actor"]
    readonly_fields = ["time", "outcome", "title"]
    ordering = ["-at", "-pk"]
    verbose_name_plural = _("story")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("delivery__document", "actor")

    @admin.display(description=_("time"))
    def time(self, event):
        return when(event.at, "H:i:s")

    @admin.display(description=_("status"))
    def outcome(self, event):
        return status_in_colour(event)

    @admin.display(description=_("cause"))
    def title(self, event):
        return event.remedy.title or "–"


class MailInline(ReadOnly, admin.TabularInline):
    model = OutboundMail
    fields = ["message_id", "queued", "attempts", "next_try", "finished"]
    readonly_fields = ["message_id", "queued", "next_try", "finished"]
    ordering = ["-pk"]

    @admin.display(description=_("Message-ID"))
    def message_id(self, mail):
        return mail.message_id

    @admin.display(description=_("queued"))
    def queued(self, mail):
        return when(mail.created_at)

    @admin.display(description=_("next try"))
    def next_try(self, mail):
        return "–" if mail.finished_at else when(mail.next_attempt_at)

    @admin.display(description=_("finished"))
    def finished(self, mail):
        return when(mail.finished_at)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["document", "company", "address", "outcome", "code", "title", "since"]
    list_filter = [StatusFilter, CauseFilter, "company"]
    list_select_related = ["document", "company", "headline"]
    search_fields = ["document__number", "address"]
    search_help_text = _("Document number, e-mail address or Message-ID")
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": ["outcome", "since", "code", "title", "what_to_do", "block", "shown_link"]}),
        (None, {"fields": ["shown_document", "company", "address", "copy", "origin"]}),
        (None, {"fields": ["shown_replacement", "handled_at", "handled_by", "public_id"]}),
    ]
    readonly_fields = [
        "outcome",
        "since",
        "code",
        "title",
        "what_to_do",
        "block",
        "shown_link",
        "shown_document",
        "shown_replacement",
        "public_id",
    ]
    inlines = [EventInline, MailInline]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("document", "company", "headline", "link")

    def get_search_results(self, request, queryset, search_term):
        found = ID.search(search_term)
        if not found:
            return super().get_search_results(request, queryset, search_term)
        mails = OutboundMail.objects.filter(public_id=found[0])
        named = Q(pk__in=mails.values("delivery")) | Q(public_id=found[0]) | Q(document__public_id=found[0])
        return queryset.filter(named), False

    @admin.display(description=_("since"), ordering="at")
    def since(self, delivery):
        return when(delivery.at)

    @admin.display(description=_("document"))
    def shown_document(self, delivery):
        return link_to(delivery.document)

    @admin.display(description=_("status"), ordering="status")
    def outcome(self, delivery):
        return status_in_colour(delivery)

    @admin.display(description=_("code"))
    def code(self, delivery):
        return delivery.code or "–"

    @admin.display(description=_("cause"), ordering="cause")
    def title(self, delivery):
        return delivery.remedy.title or "–"

    @admin.display(description=_("what to do"))
    def what_to_do(self, delivery):
        remedy = delivery.remedy
        return (remedy.while_waiting if delivery.status == Status.DEFERRED else remedy.remedy) or "–"

    @admin.display(description=_("blocked"))
    def block(self, delivery):
        block = delivery.active_block()
        return link_to(block, block.get_reason_display()) if block else _("No")

    @admin.display(description=_("sent as a link"))
    def shown_link(self, delivery):
        link = delivery.sent_as_link
        if link is None:
            return _("No")
        known = {"until": when(link.ended_at or link.expires_at), "fetched": when(link.fetched_at)}
        return _("works until %(until)s, first fetched: %(fetched)s") % known

    @admin.display(description=_("corrected to"))
    def shown_replacement(self, delivery):
        return link_to(delivery.replaced_by, delivery.replaced_by.address) if delivery.replaced_by else "–"


def status_in_colour(row):
    return format_html('<span class="status {}">{}</span>', row.status, row.get_status_display())
