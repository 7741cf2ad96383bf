"""The queue of requests to unblock an address, with what support needs to decide them."""

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Case, F, When
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from distribution.models import UnblockRequest
from documents.admin.blocks import (
    FOR_OPERATIONS,
    LIFTED_HERE,
    LIFTED_THERE_LATER,
    evidence_of,
    latest_deliveries,
    may_lift,
    on_its_list,
    try_at_provider,
)
from portal.support import Button, ReadOnly, WithButtons, link_to, when


class AtProviderFilter(admin.SimpleListFilter):
    """Finds what was approved and is still held back by the mail provider's own list."""

    title = _("mail provider")
    parameter_name = "provider"

    def lookups(self, request, model_admin):
        return [("waiting", _("Still on its list"))]

    def queryset(self, request, queryset):
        if self.value() == "waiting":
            return queryset.filter(blocked_address__in=on_its_list())
        return queryset


@admin.register(UnblockRequest)
class UnblockRequestAdmin(ReadOnly, WithButtons):
    """The queue: open requests first, the longest waiting on top; then the decided ones, newest first."""

    list_display = ["address", "shown_state", "company", "reason", "asked_at", "agreed"]
    list_filter = ["state", AtProviderFilter, "consent", "company"]
    list_select_related = ["blocked_address", "company"]
    search_fields = ["blocked_address__address", "company__name"]
    search_help_text = _("E-mail address or company")
    ordering = [
        Case(When(state=UnblockRequest.State.OPEN, then=F("requested_at"))).asc(nulls_last=True),
        "-requested_at",
    ]
    fields = [
        "shown_block",
        "asking_company",
        "requested_by",
        "requested_at",
        "note",
        "agreed",
        "shown_evidence",
        "latest_deliveries",
    ]
    decision = ["state", "at_provider", "decided_by", "decided_at", "answer"]
    readonly_fields = [
        "shown_block",
        "asking_company",
        "agreed",
        "shown_evidence",
        "latest_deliveries",
        "at_provider",
    ]
    actions = ["approve_selected", "decline_selected"]
    buttons = [
        Button("approve", _("Approve"), lambda asked: asked.state == asked.State.OPEN, takes_answer=True),
        Button(
            "decline",
            _("Decline"),
            lambda asked: asked.state == asked.State.OPEN,
            is_primary=False,
            takes_answer=True,
        ),
        Button("try_now", _("Try again now"), lambda asked: asked.removal and asked.removal.is_put_off),
    ]
    asks = _("Answer to the company (needed when you decline)")

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("blocked_address__removals")

    def get_fields(self, request, obj=None):
        is_decided = obj and obj.state != obj.State.OPEN
        return [*self.fields, *self.decision] if is_decided else self.fields

    def offered(self, request, asked):
        offered = super().offered(request, asked)
        may_approve = may_lift(request.user, asked.blocked_address)
        return [button for button in offered if may_approve or button.name == "decline"]

    def note(self, request, asked):
        if asked.state != asked.State.OPEN or may_lift(request.user, asked.blocked_address):
            return ""
        return FOR_OPERATIONS % {"address": asked.blocked_address}

    @admin.display(description=_("e-mail address"), ordering="blocked_address__address")
    def address(self, asked):
        return asked.blocked_address.address

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, asked):
        waits = asked.removal.in_short() if asked.removal and asked.state == asked.State.APPROVED else ""
        return f"{asked.get_state_display()}, {waits}" if waits else asked.get_state_display()

    @admin.display(description=_("company"))
    def asking_company(self, asked):
        return link_to(asked.company)

    @admin.display(description=_("why it is blocked"), ordering="blocked_address__reason")
    def reason(self, asked):
        return asked.blocked_address.get_reason_display()

    @admin.display(description=_("asked"), ordering="requested_at")
    def asked_at(self, asked):
        return when(asked.requested_at)

    @admin.display(description=_("recipient agreed"), ordering="consent")
    def agreed(self, asked):
        if asked.consent:
            return _("Yes")
        return _("No") if asked.blocked_address.needs_consent else _("Not needed")

    @admin.display(description=_("blocked address"))
    def shown_block(self, asked):
        block = asked.blocked_address
        facts = link_to(block), block.get_reason_display(), when(block.blocked_at)
        for_all = "" if block.company_id else _("for all companies")
        return format_html("{} · {}, {} {}", *facts, for_all)

    @admin.display(description=_("evidence"))
    def shown_evidence(self, asked):
        return evidence_of(asked.blocked_address)

    @admin.display(description=_("mail provider"))
    def at_provider(self, asked):
        return asked.removal.in_words() if asked.removal else "–"

    @admin.display(description=_("latest deliveries"))
    def latest_deliveries(self, asked):
        return latest_deliveries(asked.blocked_address.address, asked.company)

    def approve(self, request, asked):
        if self._decide(request, asked, asked.State.APPROVED, _answer(request)):
            told = LIFTED_THERE_LATER if asked.blocked_address.is_active else LIFTED_HERE
            messages.success(request, told % {"address": asked.blocked_address})

    def decline(self, request, asked):
        answer = _answer(request)
        if not answer:
            messages.error(request, _("Write an answer, so that the company knows why."))
        elif self._decide(request, asked, asked.State.DECLINED, answer):
            told = _("The request was declined, and %(address)s stays blocked.")
            messages.success(request, told % {"address": asked.blocked_address})

    def try_now(self, request, asked):
        try_at_provider(request, asked.blocked_address)

    @admin.action(description=_("Approve"), permissions=["press"])
    def approve_selected(self, request, queryset):
        number = self._decide_all(request, queryset, UnblockRequest.State.APPROVED, "")
        if number:
            told = ngettext("%(number)s request was approved.", "%(number)s requests were approved.", number)
            messages.success(request, told % {"number": number})

    @admin.action(description=_("Decline…"), permissions=["press"])
    def decline_selected(self, request, queryset):
        answer = _answer(request)
        if not answer:
            return self._ask_for_an_answer(request, queryset)
        number = self._decide_all(request, queryset, UnblockRequest.State.DECLINED, answer)
        if number:
            told = ngettext("%(number)s request was declined.", "%(number)s requests were declined.", number)
            messages.success(request, told % {"number": number})
        return None

    def _ask_for_an_answer(self, request, queryset):
        context = self.admin_site.each_context(request) | {
            "title": _("Decline"),
            "opts": self.opts,
            "requests": queryset.select_related("blocked_address", "company"),
            "checkbox": ACTION_CHECKBOX_NAME,
            "is_missing": "answer" in request.POST,
        }
        return TemplateResponse(request, "admin/decline.html", context)

    def _decide_all(self, request, queryset, state, answer):
        return sum(self._decide(request, asked, state, answer) for asked in queryset)

    def _decide(self, request, asked, state, answer):
        """Whether it was this person who decided; the one who comes second is told what the first decided."""
        block = asked.blocked_address
        if state == asked.State.APPROVED and not may_lift(request.user, block):
            messages.error(request, FOR_OPERATIONS % {"address": block.address})
            return False
        try:
            if state == asked.State.APPROVED:
                asked.approve(request.user, answer)
            else:
                asked.decline(request.user, answer)
        except UnblockRequest.AlreadyDecided:
            asked.refresh_from_db()
            told = {
                asked.State.APPROVED: _("It has already been approved: %(address)s"),
                asked.State.DECLINED: _("It has already been declined: %(address)s"),
            }[asked.state]
            messages.warning(request, told % {"address": asked.blocked_address})
            return False
        self.log_change(request, asked, str(asked.State(state).label))
        return True


def _answer(request):
    return request.POST.get("answer", "").replace("\0", "").strip()[:2000]
