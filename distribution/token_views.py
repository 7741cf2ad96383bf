"""The pages where a manager makes and revokes the tokens of the company's own programs."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from distribution.current import make_current, managed_company
from distribution.models import ApiToken
from distribution.token_forms import TokenForm


@require_safe
def tokens(request):
    company = managed_company(request)
    known = (
        company.tokens.with_makers().select_related("created_by", "revoked_by").order_by("revoked_at", "-pk")
    )
    shown = sorted(known, key=lambda token: not token.is_usable)
    return render(request, "distribution/tokens.html", {"tokens": shown})


@require_http_methods(["GET", "HEAD", "POST"])
def new_token(request):
    company = managed_company(request)
    make_current(request, company)
    form = TokenForm(request.POST if request.method == "POST" else None, company=company)
    if not form.is_valid():
        return render(request, "distribution/token-form.html", {"form": form})
    # At once and without a redirect: so the token itself is kept nowhere, only what it is recognised by.
    made, secret = form.issue(request.user)
    response = render(request, "distribution/token.html", {"token": made, "secret": secret})
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def revoke_token(request, public_id):
    unwanted = _managed(request, public_id)
    make_current(request, unwanted.company)
    if request.method != "POST":
        return render(request, "distribution/revoke-token.html", {"token": unwanted})
    unwanted.revoke(request.user)
    messages.success(request, _("“%(token)s” is revoked: nothing comes in with it.") % {"token": unwanted})
    return redirect("tokens")


def _managed(request, public_id):
    known = ApiToken.objects.managed_by(request.user).select_related("company")
    return get_object_or_404(known, public_id=public_id)
