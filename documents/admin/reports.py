"""Reports that could not be read: what operations look at to find new dialects, floods and lost mail."""

from django.contrib import admin, messages
from django.db.models import F
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext

from documents.models import UnreadCount, UnreadReport
from portal.support import Button, ReadOnly, WithButtons, link_to, when


class HandledFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", _("Open")), ("handled", pgettext("a state", "Put aside"))]

    def queryset(self, request, queryset):
        match self.value():
            case "open":
                return queryset.filter(handled_at=None)
            case "handled":
                return queryset.exclude(handled_at=None)
        return queryset


@admin.register(UnreadReport)
class UnreadReportAdmin(ReadOnly, WithButtons):
    list_display = ["received", "shown_subject", "shown_sender", "why", "state"]
    list_filter = [HandledFilter, "why", "door"]
    list_per_page = 50
    search_fields = ["recipient", "mail__public_id", "mail__delivery__address"]
    search_help_text = _("Bounce address, Message-ID or the recipient of our mail")
    date_hierarchy = "received_at"
    ordering = [F("handled_at").desc(nulls_first=True), "-received_at", "-pk"]
    fields = [
        "received",
        "why",
        "door",
        "recipient",
        "about",
        "shown_sender",
        "shown_subject",
        "message",
        "shown_text",
        "shown_size",
        "state",
    ]
    readonly_fields = [
        "received",
        "about",
        "shown_sender",
        "shown_subject",
        "message",
        "shown_text",
        "shown_size",
        "state",
    ]
    actions = ["put_aside_selected"]
    buttons = [Button("put_aside", _("Put aside"), lambda report: report.handled_at is None)]

    def get_queryset(self, request):
        found = super().get_queryset(request).select_related("mail__delivery__document", "handled_by")
        is_list = request.resolver_match and request.resolver_match.url_name.endswith("_changelist")
        return found.as_listed() if is_list else found

    @admin.display(description=_("received"), ordering="received_at")
    def received(self, report):
        return when(report.received_at)

    @admin.display(description=_("subject"))
    def shown_subject(self, report):
        return Truncator(report.subject).chars(200) or "–"

    @admin.display(description=_("sender"))
    def shown_sender(self, report):
        return Truncator(report.sender).chars(200) or "–"

    @admin.display(description=_("state"), ordering="handled_at")
    def state(self, report):
        if report.handled_at is None:
            return _("Open")
        facts = {"at": when(report.handled_at), "by": report.handled_by or "–"}
        return _("Put aside: %(at)s, %(by)s") % facts

    @admin.display(description=_("delivery"))
    def about(self, report):
        return link_to(report.mail and report.mail.delivery)

    @admin.display(description=_("size"))
    def shown_size(self, report):
        return filesizeformat(report.size)

    @admin.display(description=_("what it says"))
    def message(self, report):
        return _in_a_box(report.message) if report.message else "–"

    @admin.display(description=_("the mail as it came"))
    def shown_text(self, report):
        return _in_a_box(report.text)

    def put_aside(self, request, report):
        if self._put_aside(request, report):
            messages.success(request, _("“%(report)s” was put aside.") % {"report": report})
        else:
            messages.info(request, _("It has been put aside already."))
        return redirect("admin:documents_unreadreport_changelist")

    @admin.action(description=_("Put aside"), permissions=["press"])
    def put_aside_selected(self, request, queryset):
        number = sum(self._put_aside(request, report) for report in queryset.filter(handled_at=None))
        told = ngettext("%(number)s report was put aside.", "%(number)s reports were put aside.", number)
        messages.success(request, told % {"number": number})

    def _put_aside(self, request, report):
        is_ours = report.put_aside(request.user)
        if is_ours:
            self.log_change(request, report, "Put aside")
        return is_ours


def _in_a_box(text):
    """What a stranger wrote, as plain text that the keyboard can scroll."""
    return format_html('<pre class="mail" tabindex="0">{}</pre>', text)


@admin.register(UnreadCount)
class UnreadCountAdmin(ReadOnly, admin.ModelAdmin):
    """How many changed nothing each day: a flood shows here, though only its beginning was kept, if any."""

    list_display = ["day", "why", "number"]
    list_filter = ["why"]
    list_display_links = None
    date_hierarchy = "day"
