"""What becomes of a form that somebody sends who is not logged in any more, or has logged in anew since.

Nothing is done, and what was typed is not lost: typed.js puts it back into its page after the log-in. Without
JavaScript the browser's Back does; the token of that page, too old by then, leads to `csrf_failure`.
"""

from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

FORBIDDEN = 403


class LoggedOutMiddleware(LoginRequiredMiddleware):
    """Sends people to the log-in, and from there back to the page on which the form stood."""

    def handle_no_permission(self, request, view_func):
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        messages.warning(
            request,
            _(
                "You were logged out, so nothing was saved. Log in: what you typed is there again on its "
                "page. If not, use your browser's Back."
            ),
        )
        return redirect_to_login(page_of_form(request), resolve_url(self.get_login_url(view_func)))


def page_of_form(request):
    """The path of the page that a form was sent from; of the first page where the browser does not say."""
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure())
    page = urlsplit(came_from if is_ours else "")
    is_whole = page.path.startswith("/")  # else it would be taken for the name of a page
    return urlunsplit(("", "", page.path, page.query, "")) if is_whole else resolve_url("home")


def csrf_failure(request, reason=""):
    """Says that a form's token is not valid, and offers what was typed in it for sending once more."""
    shown = {"typed": _typed(request), "page": page_of_form(request)}
    return render(request, "403_csrf.html", shown, status=FORBIDDEN)


def _typed(request):
    """[(name, value)] of a form of our own pages that may be sent once more as it is; else None.

    Browsers say which site a form is from. One from another site, which is what the token guards against, is
    never offered; nor are passwords and files, which no page can hold ready.
    """
    is_ours = request.headers.get("Origin") in {
        f"{request.scheme}://{request.get_host()}",
        *settings.CSRF_TRUSTED_ORIGINS,
    }
    is_secret = any("password" in name for name in request.POST)
    if not is_ours or not request.user.is_authenticated or is_secret or request.FILES or not request.POST:
        return None
    fields = request.POST.lists()
    return [(name, value) for name, values in fields if name != "csrfmiddlewaretoken" for value in values]
