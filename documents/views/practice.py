"""What the customers received, while mail goes to the practice server."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from documents import verp
from documents.causes import REMEDIES, Cause
from documents.models import Notice, OutboundMail
from documents.replies import judge
from portal import practice
from portal.practice.answers import RULES, Act

WITHOUT_REPLY = {Act.COMPLAIN: Cause.COMPLAINED}
MAILS_LOOKED_AT = 200
MAILS_SHOWN = 50


@require_safe
def practice_inbox(request):
    """The mails of the current company, newest first, and what each practice address does."""
    _only_in_practice(request)
    newest = practice.inbox(limit=MAILS_LOOKED_AT)
    ours = _of_company(request, newest)
    context = {
        "mails": [(mail, ours[mail.name]) for mail in newest if mail.name in ours][:MAILS_SHOWN],
        "words": list(_words()),
    }
    return render(request, "documents/practice-inbox.html", context)


@require_safe
def practice_mail(request, name):
    _only_in_practice(request)
    try:
        mail = practice.read(name)
    except LookupError:
        raise Http404 from None
    ours = _of_company(request, [mail])
    if not ours:
        raise Http404
    context = {"mail": mail, "document": ours[mail.name]}
    return render(request, "documents/practice-mail.html", context)


def _only_in_practice(request):
    if not settings.PRACTICE or request.company is None:
        raise Http404


def _of_company(request, mails):
    """The company's own among these mails, known by the signed envelope sender: name → document.

    Notices to the person who is looking are among them: name → None.
    """
    names = {verp.mail_id_from(mail.sender): mail.name for mail in mails}
    found = OutboundMail.objects.filter(company=request.company, public_id__in=set(names) - {None})
    documents = found.select_related("delivery__document")
    told = {verp.notice_id_from(mail.sender): mail.name for mail in mails}
    notices = Notice.objects.visible_to(request.user).filter(reader__membership__company=request.company)
    return {names[mail.public_id]: mail.delivery.document for mail in documents} | {
        told[notice.public_id]: None for notice in notices.filter(public_id__in=set(told) - {None})
    }


def _words():
    """What every practice address does, in the words of the cause that comes of it."""
    for word, rule in RULES.items():
        reply = rule.reply_for(f"{word}@customer.example")
        cause = judge(int(reply[:3]), reply[4:]).cause if reply else WITHOUT_REPLY.get(rule.act, Cause.NONE)
        yield {
            "word": word,
            "reply": reply,
            "code": REMEDIES[cause].code,
            "title": REMEDIES[cause].title or _("Accepted, and nothing is told any more."),
            "comes_later": rule.act in (Act.BOUNCE, Act.COMPLAIN),
            "times": rule.times,
            "is_about_attachments": rule.is_about_attachments,
        }
