"""Blocked addresses, beside what was delivered to them: distribution itself knows nothing of documents."""

from django import forms
from django.contrib import admin, messages
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html_join
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from distribution.addresses import InvalidAddress, normalise
from distribution.evidence import failures
from distribution.models import BlockedAddress
from documents.admin.deliveries import status_in_colour
from documents.models import Delivery
from portal.support import Button, ReadOnly, WithButtons, link_to, when

LATEST = 10  # deliveries that are shown with a block


FOR_OPERATIONS = _("%(address)s is blocked for all companies. Ask operations to unblock it.")


class BlockForm(forms.ModelForm):
    """An address blocked by hand."""

    note = forms.CharField(
        label=_("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Seen by the company and by support."),
    )

    class Meta:
        model = BlockedAddress
        fields = ["company", "address"]

    def clean_address(self):
        try:
            return normalise(self.cleaned_data["address"])
        except InvalidAddress:
            raise forms.ValidationError(_("This is not an e-mail address.")) from None

    def clean(self):
        company, address = self.cleaned_data.get("company"), self.cleaned_data.get("address")
        if address and BlockedAddress.objects.active().filter(company=company, address=address).exists():
            self.add_error("address", _("This address is blocked already."))


class ActiveFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("active", _("Blocked")), ("lifted", _("Lifted"))]

    def queryset(self, request, queryset):
        match self.value():
            case "active":
                return queryset.active()
            case "lifted":
                return queryset.exclude(lifted_at=None)
        return queryset


@admin.register(BlockedAddress)
class BlockedAddressAdmin(ReadOnly, WithButtons):
    form = BlockForm
    list_display = ["address", "for_whom", "reason", "since", "is_active", "lifted"]
    list_filter = [ActiveFilter, "reason", "company"]
    list_select_related = ["company"]
    search_fields = ["address"]
    fields = [
        "address",
        "for_whom",
        "reason",
        "blocked_at",
        "shown_evidence",
        "lifted_at",
        "lifted_by",
        "at_provider",
        "shown_requests",
        "latest_deliveries",
    ]
    readonly_fields = ["for_whom", "shown_evidence", "at_provider", "shown_requests", "latest_deliveries"]
    actions = ["lift_selected"]
    buttons = [Button("lift", _("Lift"), lambda block: block.is_active and not block.is_being_lifted)]

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm("distribution.add_blockedaddress")

    def get_fields(self, request, obj=None):
        return self.fields if obj else ["company", "address", "note"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if not change and not request.user.is_superuser:
            form.base_fields["company"].required = True  # all companies at once: operations only
        return form

    def save_model(self, request, obj, form, change):
        evidence = [{"at": now().isoformat(), "reply": form.cleaned_data["note"]}]
        block, _is_new = BlockedAddress.objects.block(
            obj.company, obj.address, BlockedAddress.Reason.BY_HAND, evidence
        )
        obj.pk = block.pk

    @admin.display(description=_("company"), ordering="company")
    def for_whom(self, block):
        return block.company or _("All companies")

    @admin.display(description=_("blocked"), ordering="blocked_at")
    def since(self, block):
        return when(block.blocked_at)

    @admin.display(description=_("lifted"), ordering="lifted_at")
    def lifted(self, block):
        return when(block.lifted_at)

    @admin.display(boolean=True, description=_("active"), ordering="lifted_at")
    def is_active(self, block):
        return block.is_active

    @admin.display(description=_("evidence"))
    def shown_evidence(self, block):
        return evidence_of(block)

    @admin.display(description=_("mail provider"))
    def at_provider(self, block):
        removal = block.removals.first()
        return removal.in_words() if removal else "–"

    @admin.display(description=_("requests"))
    def shown_requests(self, block):
        requests = block.requests.select_related("requested_by")
        rows = ((link_to(asked, when(asked.requested_at)), asked.get_state_display()) for asked in requests)
        return format_html_join("", "<div>{} {}</div>", rows) or "–"

    @admin.display(description=_("latest deliveries"))
    def latest_deliveries(self, block):
        return latest_deliveries(block.address, block.company)

    def lift(self, request, block):
        if self._lift(request, block):
            if block.is_active:
                told = _(
                    "The address %(address)s is unblocked as soon as the mail provider "
                    "has taken it off its own list."
                )
            else:
                told = _("The address %(address)s is unblocked. What was held is sent within seconds.")
            messages.success(request, told % {"address": block.address})
        elif may_lift(request.user, block):
            messages.warning(request, _("Somebody else has already lifted it."))

    @admin.action(description=_("Lift"), permissions=["press"])
    def lift_selected(self, request, queryset):
        lifted = sum(self._lift(request, block) for block in queryset)
        told = ngettext("%(number)s address was unblocked.", "%(number)s addresses were unblocked.", lifted)
        messages.success(request, told % {"number": lifted})

    def _lift(self, request, block):
        if not may_lift(request.user, block):
            messages.error(request, FOR_OPERATIONS % {"address": block.address})
            return False
        is_ours = block.lift(request.user)
        if is_ours:
            self.log_change(request, block, "Lifted")
        return is_ours


def may_lift(user, block):
    """A block for all companies is made and lifted by operations only."""
    return block.company_id is not None or user.is_superuser


def evidence_of(block):
    rows = (
        (
            when(failure.at),
            failure.document,
            linebreaksbr(failure.reply, autoescape=True),
        )
        for failure in failures(block.evidence)
    )
    return format_html_join("", '<div class="evidence">{} {}<br><code>{}</code></div>', rows) or "–"


def latest_deliveries(address, company):
    """The latest to this address, of this company or (None) of all."""
    known = Delivery.objects.filter(address=address).select_related("document", "headline")
    known = known.filter(company=company) if company else known
    rows = (
        (
            when(found.at),
            link_to(found, found.document),
            status_in_colour(found),
            found.code,
            found.remedy.title,
        )
        for found in known.order_by("-at", "-pk")[:LATEST]
    )
    return format_html_join("", "<div>{} {} {} {} {}</div>", rows) or "–"
