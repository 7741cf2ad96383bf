from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import Http404
from django.urls import include, path

from portal.api.main import urls as api_urls
from portal.api.page import api_page
from portal.help import help_page
from portal.joining import invitation
from portal.profile import choose_language, profile

# One door for everybody: the admin asks for the same log-in as the portal.
admin.site.login = secure_admin_login(admin.site.login)


def closed(request):
    """Support changes people's addresses: they say who somebody is, and where a new password is sent."""
    raise Http404


urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/email/", closed, name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("api/", api_page, name="api"),
    path("api/v1/", api_urls),
    path("help/", help_page, name="help"),
    path("profile/", profile, name="profile"),
    path("invitations/<str:secret>/", invitation, name="invitation"),
    path("language/", choose_language, name="choose-language"),
    path("", include("distribution.urls")),
    path("", include("documents.urls")),
]
