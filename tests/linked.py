"""What a test needs that sends documents as links, and fetches them."""

from urllib.parse import urlsplit

from documents import remedying
from documents.replies import Verdict, judge
from documents.statuses import Status
from tests.world import pdf

MB = 1024 * 1024
TOO_LARGE = judge(552, "5.3.4 Message too big")


def large_pdf(megabytes=1):
    """One that can be opened, with so much of a comment before its end."""
    beginning, startxref, end = pdf().rpartition(b"startxref")
    return beginning + b"%" + b"x" * megabytes * MB + b"\n" + startxref + end


def rejected(world, verdict=TOO_LARGE, **facts):
    delivery = world.delivery(**facts)
    mail = delivery.mails.get()
    delivery.record(verdict, mail)
    mail.finish()
    return delivery


def linked(world, **facts):
    """A delivery that was refused for its size, and sent as a link then."""
    delivery = rejected(world, **facts)
    remedying.send_as_link(delivery, world.alice)
    mail = delivery.mails.latest("pk")
    delivery.record(Verdict(Status.SENT), mail)
    mail.finish()
    return delivery


def path_of(delivery):
    return urlsplit(delivery.link.url).path


def press(client, delivery, file=None):
    """Press the button of a file, and follow to the file itself."""
    file = file or delivery.document.original
    return client.post(path_of(delivery), {"file": file.pk}, follow=True)


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content
