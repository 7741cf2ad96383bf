from distribution.models import Company


def current_company(get_response):
    """Give every request its `company`: the one the person last chose, else the first of theirs."""

    def middleware(request):
        request.company = _company(request) if request.user.is_authenticated else None
        return get_response(request)

    return middleware


def _company(request):
    companies = Company.objects.visible_to(request.user)
    chosen = request.session.get("company")
    return (chosen and companies.filter(pk=chosen).first()) or companies.first()
