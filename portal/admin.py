from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as PlainUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.utils.translation import gettext_lazy as _

from distribution.models import Membership
from portal.models import User

admin.site.site_header = admin.site.site_title = _("Jakelu · Support")
admin.site.index_title = _("Support")
admin.site.empty_value_display = "–"
admin.site.enable_nav_sidebar = False  # its width belongs to the tables


class LowerCaseEmail:
    """Addresses are kept in lower case, so that nobody is there twice."""

    def clean_email(self):
        return self.cleaned_data["email"].lower()


class NewUserForm(LowerCaseEmail, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email"]


class UserForm(LowerCaseEmail, UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


class MembershipInline(admin.TabularInline):
    model = Membership
    raw_id_fields = ["company"]
    extra = 0

    def has_view_permission(self, request, obj=None):
        return True  # who may see a person may see their companies

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("company", "user")


@admin.register(User)
class UserAdmin(PlainUserAdmin):
    add_form = NewUserForm
    form = UserForm
    list_display = ["email", "first_name", "last_name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active", "groups"]
    search_fields = ["email", "first_name", "last_name"]
    show_full_result_count = False
    ordering = ["email"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "language", "time_zone"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "usable_password", "password1", "password2"]})]
    inlines = [MembershipInline]

    def get_fieldsets(self, request, obj=None):
        """Without the password for those who may not change it anyway."""
        shown = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return shown
        return [
            (name, options | {"fields": [field for field in options["fields"] if field != "password"]})
            for name, options in shown
        ]
