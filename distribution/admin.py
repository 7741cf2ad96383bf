from django.contrib import admin, messages
from django.db.models import Case, F, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from distribution.company_forms import ReplyToForm
from distribution.models import Company, Customer, CustomerNumber, ListAddress, Membership
from portal.support import Button, ReadOnly, SeenWithTheParent, WithButtons, when


class ServiceFilter(admin.SimpleListFilter):
    title = _("service")
    parameter_name = "service"

    def lookups(self, request, model_admin):
        return [("asked", _("Asked for activation")), ("active", _("Active")), ("off", _("Off"))]

    def queryset(self, request, queryset):
        match self.value():
            case "asked":
                return queryset.filter(activated_at=None).exclude(activation_requested_at=None)
            case "active":
                return queryset.exclude(activated_at=None)
            case "off":
                return queryset.filter(activated_at=None)
        return queryset


class MembershipInline(admin.TabularInline):
    model = Membership
    fields = ["user", "role"]
    raw_id_fields = ["user"]
    extra = 0

    def has_view_permission(self, request, obj=None):
        return True  # who may see a company may see its people

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "company")


@admin.register(Company)
class CompanyAdmin(WithButtons):
    form = ReplyToForm
    list_display = ["name", "business_id", "is_active", "asked_at", "activation_requested_by"]
    list_filter = [ServiceFilter, "uses_list", "uses_document_addresses"]
    list_select_related = ["activation_requested_by"]
    search_fields = ["name", "business_id"]
    # Who waits for activation comes first, the longest waiting on top.
    ordering = [
        Case(When(activated_at=None, then=F("activation_requested_at"))).asc(nulls_last=True),
        "name",
    ]
    readonly_fields = ["activated_at", "activation_requested_at", "activation_requested_by"]
    fieldsets = [
        (None, {"fields": ["name", "business_id", "language", "fiscal_year_starts"]}),
        (_("Service"), {"fields": readonly_fields}),
        (_("Where documents go"), {"fields": ["uses_list", "uses_document_addresses", "duplicates"]}),
        (
            _("Mail"),
            {"fields": ["sender_name", "reply_to", "attachment_limit", "above_limit", "xml_invoices_as"]},
        ),
    ]
    inlines = [MembershipInline]
    actions = ["activate_selected"]
    buttons = [
        Button("activate", _("Activate"), lambda company: not company.is_active),
        Button("deactivate", _("Switch off"), lambda company: company.is_active, is_primary=False),
    ]

    @admin.display(boolean=True, description=_("active"), ordering="activated_at")
    def is_active(self, company):
        return company.is_active

    @admin.display(description=_("asked for"), ordering="activation_requested_at")
    def asked_at(self, company):
        return "–" if company.is_active else when(company.activation_requested_at)

    def activate(self, request, company):
        if self._activate(request, company):
            messages.success(request, _("%(company)s can send documents now.") % {"company": company})
        else:
            messages.warning(request, _("Somebody else has already activated it."))

    def deactivate(self, request, company):
        company.deactivate()
        self.log_change(request, company, "Switched off")
        messages.success(
            request,
            _("Documents of %(company)s are refused from now on. What was taken in still goes out.")
            % {"company": company},
        )

    @admin.action(description=_("Activate"), permissions=["press"])
    def activate_selected(self, request, queryset):
        activated = sum(self._activate(request, company) for company in queryset)
        told = ngettext(
            "%(number)s company was activated.", "%(number)s companies were activated.", activated
        )
        messages.success(request, told % {"number": activated})

    def _activate(self, request, company):
        if company.is_active:
            return False
        company.activate()
        self.log_change(request, company, "Activated")
        return True


class CustomerNumberInline(SeenWithTheParent, admin.TabularInline):
    model = CustomerNumber
    fields = ["number"]


class ListAddressInline(SeenWithTheParent, admin.TabularInline):
    model = ListAddress
    fields = ["address", "copy"]


@admin.register(Customer)
class CustomerAdmin(ReadOnly, admin.ModelAdmin):
    """For looking things up: companies keep their customers themselves, in the portal."""

    list_display = ["name", "numbers", "addresses", "company"]
    list_filter = ["company"]
    list_select_related = ["company"]
    search_fields = ["name", "numbers__number", "addresses__address"]
    show_full_result_count = False
    fields = ["name", "company", "language"]
    inlines = [CustomerNumberInline, ListAddressInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("numbers", "addresses")

    @admin.display(description=_("customer numbers"))
    def numbers(self, customer):
        return ", ".join(entry.number for entry in customer.numbers.all())

    @admin.display(description=_("e-mail list"))
    def addresses(self, customer):
        return ", ".join(entry.address for entry in customer.addresses.all())
