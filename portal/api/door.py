"""Who comes in, how often, and what every answer has in common."""

import logging
import re
import time
from collections import Counter
from datetime import timedelta
from functools import wraps

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja.security import HttpBearer

from distribution.models import ApiToken
from distribution.models.tokens import PREFIX
from portal.api.bodies import read_body
from portal.api.problems import KINDS, Problem, not_found

logger = logging.getLogger(__name__)

WRONG_TOKENS_A_MINUTE = 30  # from one address
MOST_COUNTED = 10_000  # addresses, so that they do not fill the memory
MINUTE = 60  # seconds
_TOKEN = re.compile(rf"Bearer +({PREFIX}[\w-]{{43}})", re.ASCII | re.IGNORECASE)


def guarded(view):
    """A view of the API: for whoever has a token, without sessions and cookies.

    The token comes first, and then the body: nobody unknown makes us read one. Whatever goes wrong is
    answered as a problem.
    """

    @login_not_required
    @csrf_exempt
    @wraps(view)
    def door(request, *args, **kwargs):
        try:
            request.token = _token(request)
            read_body(request)
            response = _answered(view, request, kwargs)
        except Problem as problem:
            response = problem.response()
        except SuspiciousOperation:  # such as parameters without end
            response = Problem(
                "malformed", _("Send only the parameters and fields that are described.")
            ).response()
        except Exception:
            # As Django does it, whose answer would be a page.
            got_request_exception.send(sender=None, request=request)
            logger.exception("%s %s failed", request.method, _path(request))
            response = Problem("our-fault", _("We have been told. Send it again later.")).response()
        response["Cache-Control"] = "no-store"
        return response

    door.takes_large_bodies = True
    return door


def nothing_here(request, **kwargs):
    raise not_found()


def _answered(view, request, kwargs):
    asked = request.method
    if asked == "HEAD":  # as GET, and then the server leaves the body out (RFC 9110, 9.3.2)
        request.method = "GET"
    response = view(request, **kwargs)
    request.method = asked
    if asked not in ("GET", "HEAD"):
        logger.info("API token %s: %s %s: %s", request.token.pk, asked, _path(request), response.status_code)
    if response.status_code == KINDS["method-not-allowed"].status:
        allowed = response["Allow"]
        told = _("Use one of these methods here: %(methods)s.") % {"methods": allowed}
        raise Problem("method-not-allowed", told, headers={"Allow": allowed})
    return response


def _path(request):
    """On one line of the log, whatever the caller put into it."""
    return escape_uri_path(request.path)


def _token(request):
    """The token that a program came with. Raises Problem."""
    found = _TOKEN.fullmatch(request.headers.get("Authorization", "").strip())
    spent = ApiToken.objects.spend(found[1]) if found else None
    if spent and spent.token:
        return spent.token
    if spent and spent.wait is not None:
        raise Problem("rate-limited", _("Wait a moment, then go on more slowly."), wait=spent.wait)
    # Whoever has the right token is let in above: strangers behind the same proxy must not lock them out.
    if wait := strangers.wait(request):
        raise Problem("rate-limited", _("Too many wrong tokens came from your address. Wait."), wait=wait)
    told = _("Send a token that is valid, as “Authorization: Bearer …”. Managers make tokens in the portal.")
    raise Problem("unauthenticated", told, headers={"WWW-Authenticate": 'Bearer realm="Jakelu"'})


class Strangers:
    """Counts the wrong tokens of each address within a minute, in this process."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self.forget()

    def forget(self):
        self._minute, self._wrong = None, Counter()

    def wait(self, request):
        """Counts another one. How long its address has to wait, or None."""
        minute, seconds = divmod(self._clock(), MINUTE)
        if minute != self._minute or len(self._wrong) > MOST_COUNTED:
            self._minute, self._wrong = minute, Counter()
        address = _address(request)
        self._wrong[address] += 1
        is_over = self._wrong[address] > WRONG_TOKENS_A_MINUTE
        return timedelta(seconds=MINUTE - seconds) if is_over else None


def _address(request):
    try:
        return get_adapter().get_client_ip(request)
    except PermissionDenied:  # it cannot be told: a socket of this machine
        return ""


strangers = Strangers()


class BearerToken(HttpBearer):
    """For an operation that needs a scope. Who it is has been found out at the door."""

    def __init__(self, scope):
        self.scope = scope
        super().__init__()

    def __call__(self, request):
        if not request.token.may(self.scope):
            told = _("This needs a token with the scope “%(scope)s”.") % {"scope": self.scope}
            headers = {
                "WWW-Authenticate": f'Bearer realm="Jakelu", error="insufficient_scope", scope="{self.scope}"'
            }
            raise Problem("scope-missing", told, headers=headers)
        return request.token

    def authenticate(self, request, token):
        """Part of HttpBearer's interface, whose own way in is not used."""
        return request.token
