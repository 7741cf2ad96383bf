"""Reports that could not be read: what operations look at to find new dialects, floods and lost mail."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from documents.models import UnreadCount, UnreadReport
from portal.support import Button, ReadOnly, WithButtons, link_to, when


class HandledFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", _("Open")), ("handled", _("Put aside"))]

    def queryset(self, request, queryset):
        match self.value():
            case "open":
                return queryset.filter(handled_at=None)
            case "handled":
                return queryset.exclude(handled_at=None)
        return queryset


@admin.register(UnreadReport)
class UnreadReportAdmin(ReadOnly, WithButtons):
    list_display = ["received", "why", "recipient", "door", "size", "is_open"]
    list_filter = [HandledFilter, "why", "door"]
    search_fields = ["recipient", "mail__public_id", "mail__delivery__address"]
    search_help_text = _("Bounce address, Message-ID or the recipient of our mail")
    date_hierarchy = "received_at"
    fields = [
        "received",
        "why",
        "door",
        "recipient",
        "about",
        "size",
        "shown_text",
        "handled_at",
        "handled_by",
    ]
    readonly_fields = ["received", "about", "shown_text"]
    actions = ["put_aside_selected"]
    buttons = [Button("put_aside", _("Put aside"), lambda report: report.handled_at is None)]

    def get_queryset(self, request):
        found = super().get_queryset(request).select_related("mail__delivery__document", "handled_by")
        is_list = request.resolver_match and request.resolver_match.url_name.endswith("_changelist")
        return found.defer("raw") if is_list else found

    @admin.display(description=_("received"), ordering="received_at")
    def received(self, report):
        return when(report.received_at)

    @admin.display(description=_("open"), boolean=True, ordering="handled_at")
    def is_open(self, report):
        return report.handled_at is None

    @admin.display(description=_("delivery"))
    def about(self, report):
        return link_to(report.mail and report.mail.delivery)

    @admin.display(description=_("mail"))
    def shown_text(self, report):
        return format_html('<pre class="mail">{}</pre>', report.text)

    def put_aside(self, request, report):
        report.put_aside(request.user)
        self.log_change(request, report, str(_("Put aside")))

    @admin.action(description=_("Put aside"), permissions=["press"])
    def put_aside_selected(self, request, queryset):
        for report in queryset.filter(handled_at=None):
            self.put_aside(request, report)


@admin.register(UnreadCount)
class UnreadCountAdmin(ReadOnly, admin.ModelAdmin):
    """How many changed nothing each day: a flood shows here, though only its beginning was kept, if any."""

    list_display = ["day", "why", "number"]
    list_filter = ["why"]
    list_display_links = None
    date_hierarchy = "day"
