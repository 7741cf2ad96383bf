"""What every page knows."""

from django.conf import settings

from distribution.models import Company
from portal.profile import in_their_own_words


def portal(request):
    user = getattr(request, "user", None)
    company = getattr(request, "company", None)
    known = user is not None and user.is_authenticated
    return {
        "practice": settings.PRACTICE,
        "languages": list(in_their_own_words()),
        "sender_address": settings.SENDER_ADDRESS,
        "company": company,
        "companies": Company.objects.visible_to(user) if known else Company.objects.none(),
        "is_manager": bool(known and company and company.is_managed_by(user)),
    }
