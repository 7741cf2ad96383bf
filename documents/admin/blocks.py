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
from distribution.models import BlockedAddress, ProviderRemoval
from documents.admin.deliveries import status_in_colour
from documents.models import Delivery
from portal.support import Button, ReadOnly, WithButtons, link_to, when

LATEST = 10  # deliveries that are shown with a block


FOR_OPERATIONS = _("%(address)s is blocked for all companies. Ask operations to unblock it.")
LIFTED_HERE = _("The address %(address)s is unblocked. What was held is sent within seconds.")
LIFTED_THERE_LATER = _(
    "The address %(address)s is unblocked as soon as the mail provider has taken it off its own list."
)


class BlockForm(forms.ModelForm):
    """An address blocked by hand."""

    for_all = forms.BooleanField(
        label=_("For all companies"),
        required=False,
        help_text=_("Nobody who sends through us reaches the address any more."),
    )
    note = forms.CharField(
        label=_("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Seen by the company and by support."),
    )

    class Meta:
        model = BlockedAddress
        fields = ["company", "address"]
        help_texts = {"company": ""}

    def clean_address(self):
        try:
            return normalise(self.cleaned_data["address"])
        except InvalidAddress:
            raise forms.ValidationError(_("This is not an e-mail address.")) from None

    def clean(self):
        company, address = self.cleaned_data.get("company"), self.cleaned_data.get("address")
        if bool(company) == bool(self.cleaned_data.get("for_all")) and "company" not in self.errors:
            self.add_error("company", _("Choose a company, or block the address for all of them."))
        elif address and BlockedAddress.objects.active().filter(company=company, address=address).exists():
            self.add_error("address", _("This address is blocked already."))


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("active", _("Blocked")),
            ("waiting", _("Waits for the mail provider")),
            ("lifted", _("Lifted")),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "active":
                return queryset.active()
            case "waiting":
                return queryset.active().filter(pk__in=on_its_list())
            case "lifted":
                return queryset.exclude(lifted_at=None)
        return queryset


class CompanyFilter(admin.RelatedFieldListFilter):
    """The companies, and what holds for all of them."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.empty_value_display = _("All companies")


@admin.register(BlockedAddress)
class BlockedAddressAdmin(ReadOnly, WithButtons):
    form = BlockForm
    list_display = ["address", "for_whom", "reason", "since", "state"]
    list_filter = [StateFilter, "reason", ("company", CompanyFilter)]
    list_select_related = ["company"]
    search_fields = ["address"]
    search_help_text = _("E-mail address")
    fields = [
        "address",
        "for_whom",
        "reason",
        "blocked_at",
        "shown_evidence",
        "state",
        "lifted_by",
        "at_provider",
        "shown_requests",
        "latest_deliveries",
    ]
    readonly_fields = [
        "for_whom",
        "shown_evidence",
        "state",
        "at_provider",
        "shown_requests",
        "latest_deliveries",
    ]
    actions = ["lift_selected"]
    buttons = [
        Button("lift", _("Lift"), lambda block: block.is_active and not block.is_being_lifted),
        Button("try_now", _("Try again now"), lambda block: block.removal and block.removal.is_put_off),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("removals")

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm("distribution.add_blockedaddress")

    def get_fields(self, request, obj=None):
        if obj:
            return self.fields
        return ["company", *(["for_all"] if may_block_for_all(request.user) else []), "address", "note"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if not change:
            company = form.base_fields["company"]
            if not may_block_for_all(request.user):
                company.required = True
                del form.base_fields["for_all"]
            company.widget.can_add_related = company.widget.can_change_related = False
            company.widget.can_view_related = False
        return form

    def save_model(self, request, obj, form, change):
        evidence = [{"at": now().isoformat(), "reply": form.cleaned_data["note"]}]
        block, _is_new = BlockedAddress.objects.block(
            obj.company, obj.address, BlockedAddress.Reason.BY_HAND, evidence
        )
        obj.pk = block.pk

    def offered(self, request, block):
        return super().offered(request, block) if may_lift(request.user, block) else []

    def note(self, request, block):
        if not block.is_active or block.is_being_lifted:
            return ""
        if not may_lift(request.user, block):
            return FOR_OPERATIONS % {"address": block.address}
        if block.needs_consent:
            return _("The recipient did not want this mail. Lift the block only when they have agreed.")
        return ""

    @admin.display(description=_("company"), ordering="company")
    def for_whom(self, block):
        return block.company or _("All companies")

    @admin.display(description=_("blocked"), ordering="blocked_at")
    def since(self, block):
        return when(block.blocked_at)

    @admin.display(description=_("state"), ordering="lifted_at")
    def state(self, block):
        if not block.is_active:
            return _("Lifted: %(at)s") % {"at": when(block.lifted_at)}
        waits = block.removal.in_short() if block.removal else ""
        return _("Blocked, %(waits)s") % {"waits": waits} if waits else _("Blocked")

    @admin.display(description=_("evidence"))
    def shown_evidence(self, block):
        return evidence_of(block)

    @admin.display(description=_("mail provider"))
    def at_provider(self, block):
        return block.removal.in_words() if block.removal else "–"

    @admin.display(description=_("requests"))
    def shown_requests(self, block):
        requests = block.requests.select_related("requested_by", "company")
        rows = (
            (link_to(asked, when(asked.requested_at)), asked.company, asked.get_state_display())
            for asked in requests
        )
        return format_html_join("", "<div>{} · {} · {}</div>", rows) or "–"

    @admin.display(description=_("latest deliveries"))
    def latest_deliveries(self, block):
        return latest_deliveries(block.address, block.company)

    def lift(self, request, block):
        if self._lift(request, block):
            told = LIFTED_THERE_LATER if block.is_active else LIFTED_HERE
            messages.success(request, told % {"address": block.address})
        elif may_lift(request.user, block):
            messages.warning(request, _("It has already been lifted."))

    def try_now(self, request, block):
        try_at_provider(request, block)

    @admin.action(description=_("Lift"), permissions=["press"])
    def lift_selected(self, request, queryset):
        lifted = [block for block in queryset if self._lift(request, block)]
        here = sum(not block.is_active for block in lifted)
        if here:
            told = ngettext("%(number)s address was unblocked.", "%(number)s addresses were unblocked.", here)
            messages.success(request, told % {"number": here})
        for block in lifted:
            if block.is_active:
                messages.success(request, LIFTED_THERE_LATER % {"address": block.address})
        if not lifted:
            messages.warning(request, _("None of them was lifted by this."))

    def _lift(self, request, block):
        if not may_lift(request.user, block):
            messages.error(request, FOR_OPERATIONS % {"address": block.address})
            return False
        is_ours = block.lift(request.user)
        if is_ours:
            self.log_change(request, block, "Lifted")
        return is_ours


def on_its_list():
    """The ids of the blocks that wait for the mail provider."""
    return ProviderRemoval.objects.waiting().values("blocked_address")


def may_block_for_all(user):
    return user.has_perm("distribution.platform_blockedaddress")


def may_lift(user, block):
    """A block for all companies is made and lifted by operations only."""
    return block.company_id is not None or may_block_for_all(user)


def try_at_provider(request, block):
    removal = block.removal
    if removal and not removal.removed_at:
        removal.hurry()
        messages.success(request, _("The mail provider is asked again within a minute."))
    else:
        messages.info(request, _("Nothing waits for the mail provider here."))


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
    known = Delivery.objects.filter(address=address).select_related("document", "headline", "company")
    known = known.filter(company=company) if company else known
    rows = (
        (
            when(found.at),
            "" if company else found.company,
            link_to(found, found.document),
            status_in_colour(found),
            found.code,
            found.remedy.title,
        )
        for found in known.order_by("-at", "-pk")[:LATEST]
    )
    return format_html_join("", "<div>{} {} {} {} {} {}</div>", rows) or "–"
