"""What a mail server's answer means. Pure: a reply in, a verdict out.

`codes` and `words` are the tables. The order in which they are asked was measured on real replies: a code
that means one thing, then words that mean one thing, then codes used for many things, then vague words,
and the basic code last.
"""

import re
from dataclasses import dataclass

from documents.causes import REMEDIES, Cause
from documents.replies.codes import BY_REPLY_CODE, BY_SUBJECT, GENERIC, LOG_IN, PASSING, SPECIFIC
from documents.replies.foreign import FOREIGN
from documents.replies.patterns import Rules, folded
from documents.replies.words import BOILERPLATE, LISTED, LISTED_CONTENT, LOOKUP, STRONG, WEAK
from documents.statuses import Status

TEXT_LIMIT = 1000  # characters kept of a server's words
MATCHED_LIMIT = 6000  # characters read: servers come to the point, and mails quoted in replies do not end
HOST_LIMIT = 255

BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")  # what no database column takes, too
REPLY_CODE = re.compile(r"\W{0,3}(?:[a-z0-9-]{1,20};\s?)?([2-5][0-9][0-9])(?=[\s:-]|$)", re.IGNORECASE)
ENHANCED_CODE = re.compile(r"(?<![\w.])([245])\.([0-9]{1,3})\.([0-9]{1,3})(?!\w|\.\d)")
SUCCESS = re.compile(r"\W{0,3}(?:[a-z0-9-]{1,20};\s?)?(?:2\d\d[\s-])?2\.\d{1,3}\.\d{1,3}\b", re.IGNORECASE)
LINE_CODE = re.compile(r"(?<![\w.])[245]\d\d(?:-|(?= [245]\.\d))")
ADDRESS = re.compile(r"<[^<>\s]{0,320}@[^<>\s]{0,320}>|[^\s<>@:;,()\"'\[\]]{1,64}@[\w.*-]{1,255}")
TAG = re.compile(
    r"</?(?:!doctype|html|head|title|meta|body|table|tr|td|div|span|font|a|b|p|br)\b[^<>]{0,200}>"
)
LINK = re.compile(r"https?:\s?//\S{0,500}|\bwww\.\S{1,500}")
IP_ADDRESS = re.compile(r"\[?(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)\]?(?::\d{1,5}\b)?")
HOST_NAME = re.compile(
    r"(?<![\w.-])[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){2,8}|\bhost [\w-]{1,63}\.[\w.-]{1,255}"
)


@dataclass(frozen=True)
class Verdict:
    """What became of a mail, whoever said so: the SMTP dialogue, a report, a provider, or we ourselves."""

    status: Status
    cause: Cause = Cause.NONE
    reply_code: int | None = None  # RFC 5321, 550
    enhanced_code: str = ""  # RFC 3463, 5.1.1
    text: str = ""  # the server's own words
    host: str = ""  # who said so

    @property
    def is_ours(self) -> bool:
        return REMEDIES[self.cause].is_ours

    @property
    def reply(self) -> str:
        return with_code(self.reply_code, self.text)


def with_code(reply_code: int | None, text: str) -> str:
    """A server's own words, with the reply code before them once: `550 5.1.1 User unknown`."""
    code = str(reply_code or "")
    return text if text.startswith(code) else f"{code} {text}"


def judge(reply_code: int | None, text: str, host: str = "") -> Verdict:
    """One reply of a receiving server: an answer to RCPT or DATA, or the Diagnostic-Code of a DSN.

    `reply_code` is the basic code (RFC 5321) and decides between sent, deferred and rejected, whatever the
    text says. Where it is None, a reply code at the beginning of the text decides, else the class of the
    enhanced code (RFC 3463), and without any the mail is deferred. The text decides the cause; it is kept
    as given, but for white space and length. Never raises.
    """
    words = BLANK.sub(" ", text[: 2 * MATCHED_LIMIT]).strip()[:MATCHED_LIMIT]
    if reply_code is None and (found := REPLY_CODE.match(words)):
        reply_code = int(found[1])
    enhanced_code = _enhanced_code(words, reply_code)
    family = reply_code // 100 if reply_code is not None else int(enhanced_code[:1] or 0)
    cause = Cause.NONE if family == 2 else _cause(words, reply_code, enhanced_code, family)
    status = _status(family, cause, enhanced_code)
    return Verdict(
        status, cause, reply_code, enhanced_code, words[:TEXT_LIMIT], BLANK.sub(" ", host)[:HOST_LIMIT]
    )


def _enhanced_code(words: str, reply_code: int | None) -> str:
    """The first code of the reply's own class, else the first: `550 (mailer 4.9.1) 5.1.1` means 5.1.1.

    Success is only believed at the beginning: elsewhere 2.0.12 is some program's version.
    """
    is_success = SUCCESS.match(words) or (reply_code or 0) // 100 == 2
    codes = [
        found[0] for found in ENHANCED_CODE.finditer(LINK.sub(" ", words)) if is_success or found[1] != "2"
    ]
    own = [code for code in codes if reply_code is not None and int(code[0]) == reply_code // 100]
    return next(iter(own or codes), "")


def _status(family: int, cause: Cause, enhanced_code: str) -> Status:
    if family == 2:
        return Status.SENT
    is_passing = (cause, None) in PASSING or (cause, enhanced_code) in PASSING
    return Status.REJECTED if family == 5 and not is_passing else Status.DEFERRED


def _cause(words: str, reply_code: int | None, enhanced_code: str, family: int) -> Cause:
    _, subject, detail = (int(part) for part in (enhanced_code or "0.0.0").split("."))
    said = ADDRESS.sub(" ", words.lower().replace("’", "'"))
    plain = _plain(said)
    return (
        SPECIFIC.get((subject, detail))
        or (Cause.POLICY if LISTED_CONTENT.search(said) else None)
        or (Cause.OUR_REPUTATION if LISTED.search(said) else None)
        or _by_words(STRONG, plain)
        or _by_words(FOREIGN, plain)
        or LOG_IN.get(reply_code or 0)
        or (Cause.OUR_REPUTATION if LOOKUP.search(said) else None)
        or (Cause.RATE_LIMITED if family == 4 and subject == 7 else None)
        or GENERIC.get((subject, detail))
        or _by_words(WEAK, plain)
        or BY_SUBJECT.get(subject)
        or BY_REPLY_CODE.get(reply_code or 0)
        or (Cause.SERVER_TROUBLE if family == 4 else Cause.UNKNOWN)
    )


def _plain(said: str) -> str:
    """The words alone, without what names somebody or something."""
    for pattern, stand_in in (
        (TAG, " "),
        (LINK, " "),
        (IP_ADDRESS, "ip"),
        (LINE_CODE, " "),
        (ENHANCED_CODE, " "),
        (HOST_NAME, " "),
        (BOILERPLATE, " "),
    ):
        said = pattern.sub(stand_in, said)
    return " ".join(folded(said).split())


def _by_words(rules: Rules, plain: str) -> Cause | None:
    return next((cause for pattern, cause in rules if pattern.search(plain)), None)
