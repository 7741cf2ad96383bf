"""Receiving domains that refuse our mail server: what operations look into, and let go."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Count, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from documents.causes import REMEDIES, Cause
from documents.holding import QUIET_FOR, REFUSALS_OF_US
from documents.models import HeldDomain, OutboundMail
from portal.support import Button, ReadOnly, WithButtons, when


class HeldFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("held", _("Held")), ("released", _("Released"))]

    def queryset(self, request, queryset):
        match self.value():
            case "held":
                return queryset.active()
            case "released":
                return queryset.exclude(released_at=None)
        return queryset


class WhyHeldFilter(admin.SimpleListFilter):
    title = _("cause")
    parameter_name = "cause"

    def lookups(self, request, model_admin):
        return [(cause, REMEDIES[cause].title) for cause in (*REFUSALS_OF_US, Cause.RATE_LIMITED)]

    def queryset(self, request, queryset):
        return queryset.filter(cause=self.value()) if self.value() else queryset


@admin.register(HeldDomain)
class HeldDomainAdmin(ReadOnly, WithButtons):
    list_display = ["domain", "documents_waiting", "next_try", "answer", "since", "refusals"]
    list_filter = [HeldFilter, WhyHeldFilter]
    search_fields = ["domain"]
    search_help_text = _("Receiving domain")
    # Held ones first, on either database.
    ordering = [F("released_at").desc(nulls_first=True), "-held_at"]
    fields = [
        "domain",
        "title",
        "reply",
        "host",
        "shown_waiting",
        "since",
        "refusals",
        "next_try",
        "released",
    ]
    readonly_fields = ["title", "shown_waiting", "since", "next_try", "released"]
    buttons = [
        Button("try_one", _("Try one now"), lambda held: not held.released_at),
        Button("let_go", _("Release"), lambda held: not held.released_at, is_primary=False),
    ]

    def get_queryset(self, request):
        waiting = (
            OutboundMail.objects.open()
            .filter(delivery__address__endswith=Concat(Value("@"), OuterRef("domain")))
            .order_by()
            .values("finished_at")
            .annotate(number=Count("pk"))
            .values("number")
        )
        found = super().get_queryset(request).select_related("released_by")
        return found.annotate(number_waiting=Coalesce(Subquery(waiting), 0))

    def note(self, request, held):
        if held.released_at:
            return ""
        if held.tried_at:
            return _(
                "One mail went out for a try: %(tried)s. Where no bounce has come by %(until)s, "
                "the others follow by themselves."
            ) % {"tried": when(held.tried_at), "until": when(held.tried_at + QUIET_FOR, "H:i")}
        return _(
            "“Try one now” sends one of the waiting mails; when it gets through, the others follow by "
            "themselves. “Release” sends them all: do that when the receiving side has taken us off its list."
        )

    def try_one(self, request, held):
        if held.released_at:
            messages.warning(request, _("It has been released already."))
        elif held.try_one():
            self.log_change(request, held, "Tried one")
            messages.success(request, _("One of the waiting mails is tried within seconds."))
        elif held.waiting().exists():
            messages.info(request, _("One is being tried at this moment. Look again in a minute."))
        else:
            told = _("Nothing waits for %(domain)s now. The next mail to it is tried at once.")
            messages.info(request, told % {"domain": held.domain})

    def let_go(self, request, held):
        if held.release(request.user):
            self.log_change(request, held, "Released")
            told = _("Mail to %(domain)s goes out again, what waited within seconds.")
            messages.success(request, told % {"domain": held.domain})
        else:
            messages.warning(request, _("It has been released already."))

    @admin.display(description=_("cause"), ordering="cause")
    def title(self, held):
        return held.remedy.title

    @admin.display(description=_("answer"), ordering="cause")
    def answer(self, held):
        return format_html("{}<br>{}", held.remedy.title, held.reply)

    @admin.display(description=_("documents waiting"), ordering="number_waiting")
    def documents_waiting(self, held):
        return "–" if held.released_at else held.number_waiting

    @admin.display(description=_("documents waiting"))
    def shown_waiting(self, held):
        if held.released_at or not held.number_waiting:
            return self.documents_waiting(held)
        found = urlencode({"q": f"@{held.domain}", "queue": "waiting"})
        url = reverse("admin:documents_outboundmail_changelist")
        return format_html('<a href="{}?{}">{}</a>', url, found, held.number_waiting)

    @admin.display(description=_("held since"), ordering="held_at")
    def since(self, held):
        return when(held.held_at)

    @admin.display(description=_("next try"), ordering="next_try_at")
    def next_try(self, held):
        if held.released_at:
            return _("released")
        if held.next_try_at > now():
            return when(held.next_try_at)
        return _("in a moment") if held.number_waiting else _("with the next mail")

    @admin.display(description=_("released"))
    def released(self, held):
        if not held.released_at:
            return "–"
        by = held.released_by or _("because a mail got through")
        return f"{when(held.released_at)}, {by}"
