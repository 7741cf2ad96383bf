"""The providers' and the relay's door by HTTP."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from documents import tracking
from documents.doors import SIZE_LIMIT
from documents.models import OnlyCounted, UnreadCount


@login_not_required
@csrf_exempt
@require_POST
def bounces(request):
    """A report as message/rfc822 in the body: `Authorization: Bearer BOUNCE_HOOK_SECRET`, `?recipient=`.

    `recipient` is the address it was sent to, where the relay knows it; our token is looked for inside the
    mail too. 200 also for what is ignored, 400 for a wrong secret, 404 while no secret is set, 413 for what
    is too large. 500 is only for our own faults, so that it comes again.
    """
    if not settings.BOUNCE_HOOK_SECRET:
        UnreadCount.objects.add(OnlyCounted.NO_DOOR)
        return HttpResponse("This door is closed.\n", status=404, content_type="text/plain")
    expected = f"Bearer {settings.BOUNCE_HOOK_SECRET}"
    if not constant_time_compare(request.headers.get("Authorization", ""), expected):
        UnreadCount.objects.add(OnlyCounted.NOT_GENUINE)
        return HttpResponse("The secret is missing or wrong.\n", status=400, content_type="text/plain")
    if int(request.headers.get("Content-Length") or 0) > SIZE_LIMIT:
        return HttpResponse("The report is too large.\n", status=413, content_type="text/plain")
    raw = request.read(SIZE_LIMIT + 1)
    if len(raw) > SIZE_LIMIT:
        return HttpResponse("The report is too large.\n", status=413, content_type="text/plain")
    events = tracking.receive(raw, request.GET.get("recipient", "")) or 0
    return HttpResponse(f"{events} new\n", content_type="text/plain")


bounces.takes_large_bodies = True
