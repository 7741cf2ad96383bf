"""The company that a person is working for at the moment."""


def make_current(request, company):
    """Who opens something of another of their own companies goes on working for that one.

    Only for companies that the person belongs to; the caller has reached the object through them.
    """
    if request.company != company:
        request.session["company"] = company.pk
        request.company = company
