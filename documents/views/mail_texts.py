"""The pages where a manager gives the company's mails words of their own, and looks at them."""

from smtplib import SMTPException

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from distribution.current import make_current, managed_company
from documents import trying_out
from documents.models import Kind, MailText
from documents.settings_forms import MailTextForm
from documents.wording import MARKS

ALL_KINDS = "all"  # in a URL, for the text that has no type
A_MOMENT = 20  # seconds between two test mails of a person


@require_safe
def mail_texts(request):
    """Which types and languages have words of their own."""
    company = managed_company(request)
    own = {(text.kind or ALL_KINDS, text.language) for text in company.mail_texts.all()}
    rows = [
        (kind, label, [(code, (kind, code) in own) for code, _name in settings.LANGUAGES])
        for kind, label in [(ALL_KINDS, _("All types")), *Kind.choices]
    ]
    return render(request, "documents/mail-texts.html", {"rows": rows, "named": dict(settings.LANGUAGES)})


@require_http_methods(["GET", "HEAD", "POST"])
def mail_text(request, kind, language):
    """The words of one type and language: typed, looked at, kept."""
    company = managed_company(request)
    make_current(request, company)
    text = _text(company, kind, language)
    form = MailTextForm(request.POST if request.method == "POST" else None, instance=text)
    if form.is_valid() and "look" not in request.POST:
        form.save()
        messages.success(request, _("Saved. It holds for mails that go out from now on."))
        return redirect("mail-text", kind, language)
    context = {
        "form": form,
        "kind": kind,
        "language": language,
        "label": text.get_kind_display() or _("All types"),
        "is_own": text.pk is not None,
        "marks": MARKS.items(),
        "preview": trying_out.mail(text),
    }
    return render(request, "documents/mail-text.html", context)


@require_POST
def drop_mail_text(request, kind, language):
    """Back to our own words."""
    company = managed_company(request)
    MailText.objects.filter(company=company, kind=_kind(kind), language=language).delete()
    messages.success(request, _("Mails have our own words again."))
    return redirect("mail-text", kind, language)


@require_POST
def try_mail_text(request, kind, language):
    """A test mail with the saved words, to oneself and nobody else."""
    company = managed_company(request)
    moment = now().timestamp()
    if moment - request.session.get("tried_mail_text_at", 0) < A_MOMENT:
        messages.warning(request, _("A test mail went out a moment ago. Wait a little for it."))
        return redirect("mail-text", kind, language)
    request.session["tried_mail_text_at"] = moment
    try:
        trying_out.send(_text(company, kind, language), request.user.email)
    except (SMTPException, OSError):
        messages.warning(request, _("Our mail server does not take mail now. Try again in a while."))
    else:
        messages.success(
            request, _("A test mail is on its way to %(address)s.") % {"address": request.user.email}
        )
    return redirect("mail-text", kind, language)


def _text(company, kind, language):
    if language not in dict(settings.LANGUAGES):
        raise Http404
    wanted = {"company": company, "kind": _kind(kind), "language": language}
    return MailText.objects.filter(**wanted).select_related("company").first() or MailText(**wanted)


def _kind(name):
    if name == ALL_KINDS:
        return ""
    if name not in Kind.values:
        raise Http404
    return name
