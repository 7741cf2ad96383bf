"""Hand the notices that are due over to the relay, each at most once."""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from distribution.models import Membership
from documents import relay
from documents.causes import Cause
from documents.models import LEASE, Notice, Outcome
from documents.notices import contents, letter
from documents.statuses import Status
from documents.verp import notice_address

logger = logging.getLogger(__name__)

# Kept as it is, and translated where it is shown.
NO_ADDRESS = gettext_noop("Mail cannot be sent to this address")
# What is left of the lease once the content is begun: three steps of EMAIL_TIMEOUT at the most.
LAST_STEPS = 3


def send(seconds):
    """Send what is due, for at most so many seconds. Returns whether something may be left."""
    Notice.objects.give_up_doubtful()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        notice = Notice.objects.claim()
        if notice is None or not send_one(notice):
            return False
    return True


def send_one(notice):
    """Send a claimed notice, if it is still wanted. Returns False when the relay is away."""
    if not _is_wanted(notice):
        notice.end(Outcome.STOPPED)
        return True
    if not notice.reader.address:
        notice.end(Outcome.REFUSED, NO_ADDRESS)
        notice.reader.pause(Outcome.REFUSED, NO_ADDRESS, about=now())
        return True
    told = contents.of(notice)
    if not told and not notice.is_example:
        notice.end(Outcome.NOTHING)
        return True
    try:
        verdict = _hand_over(notice, told)
    except relay.NoRelay as trouble:
        logger.error("No relay, so notice %s and all others wait: %s", notice.public_id, trouble)
        _settle(notice, relay.our_trouble(f"Our mail server cannot be reached: {trouble}"))
        return False
    if verdict:
        _settle(notice, verdict)
    return True


def _is_wanted(notice):
    """As it is now: much may have changed since it was written down."""
    reader = notice.reader
    if not reader.user.is_active or reader.is_paused or reader.block():
        return False
    return notice.is_example or reader.membership.told != Membership.Notices.NONE


def _hand_over(notice, told):
    """What the relay said; None when another worker has taken the notice over. Raises relay.NoRelay."""
    try:
        content = letter.build(notice, told)
        if not notice.begin():
            return None
        return relay.hand_over(
            notice_address(notice.public_id),
            notice.reader.address,
            content,
            envelope_id=notice.public_id.hex,
            start_within=(LEASE - timedelta(seconds=LAST_STEPS * settings.EMAIL_TIMEOUT)).total_seconds(),
        )
    except relay.NoRelay:
        raise
    except Exception:
        # A fault of ours: the other readers get their notices.
        logger.exception("Notice %s cannot be put together or handed over", notice.public_id)
        relay.disconnect()
        return relay.our_trouble("The mail could not be put together")


def _settle(notice, verdict):
    if verdict.status == Status.REJECTED and not verdict.is_ours:
        notice.end(Outcome.REFUSED, verdict.reply)
        notice.reader.pause(Outcome.REFUSED, verdict.reply, about=now())
    elif verdict.status in (Status.SENT, Status.DELIVERED):
        notice.end(Outcome.SENT)
    elif verdict.text.startswith(relay.UNDER_WAY):
        notice.end(Outcome.UNKNOWN, verdict.reply)
    else:
        _try_again(notice, verdict)


def _try_again(notice, verdict):
    """Later, as with all mail. What is not ours ends one day; what is open then is in the reminder."""
    is_our_relay = verdict.cause == Cause.OUR_TROUBLE
    if not is_our_relay and now() - notice.created_at >= settings.GIVE_UP_AFTER:
        notice.end(Outcome.GAVE_UP, verdict.reply)
        return
    intervals = settings.OUR_RETRY_AFTER if is_our_relay else settings.RETRY_AFTER
    notice.put_off(now() + intervals[min(notice.attempts, len(intervals) - 1)], verdict.reply)
