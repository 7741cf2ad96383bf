"""The search box: straight to the answer where one thing was meant, else all that was found."""

from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from distribution.searching import LONGEST, searched_text
from documents import finding
from documents.models import Document


@require_safe
def search(request):
    """A document number, customer number, name or address, or a part of one, in the current company."""
    if request.company is None:
        return render(request, "documents/no-company.html")
    typed = request.GET.get("q", "")
    text = searched_text(typed)
    if text and "all" not in request.GET and (one := finding.meant(request.company, text)):
        return redirect(f"{_page_of(one)}?{urlencode({'q': text})}")
    found = finding.Found(request.company, text) if text else None
    context = {
        "searched": text,
        "found": found,
        "near": list(finding.near(request.company, text)) if text and not found else [],
        "is_cut": len(typed.strip()) > LONGEST,
        "longest": LONGEST,
        "least": finding.LEAST,
        "is_short": len(text) < finding.LEAST,
    }
    return render(request, "documents/search.html", context)


def _page_of(one):
    if isinstance(one, Document):
        return one.get_absolute_url()
    return reverse("customer-documents", args=[one.pk])
