"""The help page."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from documents.causes import REMEDIES


@require_safe
def help_page(request):
    """How the service works; the codes and remedies are read from the table of causes."""
    known = [remedy for remedy in REMEDIES.values() if remedy.title]
    return render(request, "portal/help.html", {"remedies": known})
