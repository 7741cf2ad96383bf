"""The recipient's side of a link: what it leads to, and what a press on its button means.

Only the press counts as fetched: mail scanners open every link they see. The press is answered with a ticket
for the file that holds for some minutes, so that the file itself comes by an ordinary GET: the download
managers of phones ask for the address once more, and would get the page in its place.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_noop

from documents import tracking
from documents.models import Delivery, DownloadLink
from documents.models.links import id_from
from documents.replies import Verdict
from documents.statuses import Status

# Kept as it is in the event, and translated where it is shown.
FETCHED = gettext_noop("It was fetched by the link.")
FETCH_ID = "link"  # of the report: one for each mail, however often its button is pressed

TICKET_FOR = "documents.links.ticket"
TICKET_HOLDS = 15 * 60  # seconds: a download over a poor connection begins more than once


class State(StrEnum):
    OPEN = "open"
    EXPIRED = "expired"
    ENDED = "ended"  # by the company
    REMOVED = "removed"  # the link was ours, and its document is not here any more
    UNKNOWN = "unknown"  # it was never ours


@dataclass(frozen=True)
class Found:
    """What a token leads to; `link` is None where there is nothing to tell of."""

    state: State
    link: DownloadLink | None = None


def find(token):
    """What stands behind the token of a link."""
    public_id = id_from(token)
    if public_id is None:
        return Found(State.UNKNOWN)
    links = DownloadLink.objects.select_related("delivery__document__company", "delivery__document__customer")
    link = links.prefetch_related("delivery__document__files").filter(public_id=public_id).first()
    if link is None:
        return Found(State.REMOVED)
    if link.ended_at:
        return Found(State.ENDED, link)
    return Found(State.EXPIRED if link.is_expired else State.OPEN, link)


def file_of(link, number):
    """The file with this number (its key, as text) among those that were to be mailed, or None.

    None, too, for one whose content is gone.
    """
    files = {str(file.pk): file for file in link.delivery.document.mailed_files()}
    file = files.get(number)
    return file if file and file.file.storage.exists(file.file.name) else None


@transaction.atomic
def press(link, file):
    """Note that the button of a file was pressed. Returns the ticket for it, or None: it was just deleted.

    Whoever pressed has the document, so the mail that brought the link has arrived, whatever was or was not
    reported of it until now.
    """
    # The delivery is locked first, as everywhere: else two would wait for each other.
    delivery = Delivery.objects.select_for_update().filter(pk=link.delivery_id).first()
    if delivery is None:
        return None
    link.note_press(file)
    mail = delivery.mails.tried().order_by("-pk").first()
    if mail and not mail.events.filter(external_id=FETCH_ID).exists():
        tracking.apply(Verdict(Status.DELIVERED, text=FETCHED), mail, external_id=FETCH_ID)
    return signing.dumps([link.public_id.hex, str(file.pk)], salt=TICKET_FOR)


def number_on(ticket, link):
    """The number of the file that a ticket is for; None when it is too old, or not for this link."""
    try:
        link_id, number = signing.loads(ticket, salt=TICKET_FOR, max_age=TICKET_HOLDS)
    except signing.BadSignature:
        return None
    return number if link_id == link.public_id.hex else None
