"""The company that a person is working for at the moment."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from distribution.models import Company


def make_current(request, company):
    """Who opens something of another of their own companies goes on working for that one.

    Only for companies that the person belongs to; the caller has reached the object through them. A page that
    refreshes itself in another tab is nothing that somebody opens.
    """
    if request.company != company:
        request.company = company
        if not request.htmx:
            request.session["company"] = company.pk


def managed_company(request):
    """The one that the form was made for: another tab may have changed to another one meanwhile.

    Raises Http404 when the person does not manage it.
    """
    current = request.company and request.company.pk
    return company_of(Company.objects.managed_by(request.user), request.POST.get("company", current))


def company_of(companies, pk):
    """One of these companies by what somebody sent as its key. Raises Http404."""
    try:
        return get_object_or_404(companies, pk=pk)
    except ValueError:
        raise Http404 from None
