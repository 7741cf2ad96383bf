"""The help page."""

from itertools import groupby

from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from documents.causes import REMEDIES, Actor
from documents.routing import RELEASE_WINDOW

WHO_ACTS = {
    Actor.NOBODY: _("Nobody: we try again"),
    Actor.SENDER: _("You, with your customer"),
    Actor.RECIPIENT: _("Your customer"),
    Actor.SUPPORT: _("Our support, when you ask"),
    Actor.OPERATIONS: _("We do"),
}


@require_safe
def help_page(request):
    """How the service works. The codes and their remedies are those of the table of causes."""
    known = sorted((remedy for remedy in REMEDIES.values() if remedy.title), key=_place)
    codes = [
        (code, [(remedy, WHO_ACTS[remedy.actor]) for remedy in same])
        for code, same in groupby(known, key=lambda remedy: remedy.code)
    ]
    return render(request, "portal/help.html", {"codes": codes, "release_days": RELEASE_WINDOW.days})


def _place(remedy):
    return not remedy.code, remedy.code
