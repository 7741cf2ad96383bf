"""Receiving domains that refuse our mail server: what operations look into, and let go."""

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from documents.models import HeldDomain, OutboundMail
from portal.support import Button, ReadOnly, WithButtons, when


@admin.register(HeldDomain)
class HeldDomainAdmin(ReadOnly, WithButtons):
    list_display = [
        "domain",
        "title",
        "reply",
        "documents_waiting",
        "since",
        "refusals",
        "next_try",
        "released",
    ]
    list_filter = [("released_at", admin.EmptyFieldListFilter), "cause"]
    search_fields = ["domain"]
    ordering = ["released_at", "-held_at"]
    fields = [
        "domain",
        "title",
        "reply",
        "host",
        "documents_waiting",
        "since",
        "refusals",
        "next_try",
        "released",
        "released_by",
    ]
    readonly_fields = ["title", "documents_waiting", "since", "next_try", "released"]
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
        return super().get_queryset(request).annotate(number_waiting=Coalesce(Subquery(waiting), 0))

    def try_one(self, request, held):
        held.try_one()
        messages.success(request, _("One of the waiting mails is tried within seconds."))

    def let_go(self, request, held):
        if held.release(request.user):
            told = _("Mail to %(domain)s goes out again, what waited within seconds.")
            messages.success(request, told % {"domain": held.domain})
        else:
            messages.warning(request, _("It has been released already."))

    @admin.display(description=_("cause"), ordering="cause")
    def title(self, held):
        return held.remedy.title

    @admin.display(description=_("documents waiting"), ordering="number_waiting")
    def documents_waiting(self, held):
        return "–" if held.released_at else held.number_waiting

    @admin.display(description=_("held since"), ordering="held_at")
    def since(self, held):
        return when(held.held_at)

    @admin.display(description=_("next try"), ordering="next_try_at")
    def next_try(self, held):
        return "–" if held.released_at else when(held.next_try_at)

    @admin.display(description=_("released"), ordering="released_at")
    def released(self, held):
        return when(held.released_at)
