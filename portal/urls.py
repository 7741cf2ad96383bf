from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from portal.help import help_page

# One door for everybody: the admin asks for the same log-in as the portal.
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("help/", help_page, name="help"),
    path("", include("distribution.urls")),
    path("", include("documents.urls")),
]
