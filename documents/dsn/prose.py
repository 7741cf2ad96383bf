"""Bounces written for people only: who did not get the mail, and what was said about it."""

import re
from dataclasses import dataclass, replace

from documents.dsn import dialects
from documents.dsn.found import Found, address_in, addresses_in
from documents.dsn.mail import Headers, Mail, split_header
from documents.dsn.report import Kind

READ = 30_000  # characters: people are told at the beginning
MAX_LINES = 600
MAX_LINE = 600
MAX_ANNOUNCING = 200  # a line that announces the returned mail
MAX_RECIPIENTS = 200

# The report's own sender and receivers: they are not who did not get the mail.
_OWN_FIELDS = ("to", "delivered-to", "x-original-to", "envelope-to", "return-path", "from", "sender")
_NOBODY = re.compile(r"^(?:post-?master|mailer-?daemon|support|abuse|helpdesk|no-?reply|hostmaster)@", re.I)
_DECORATIONS = " \t-=_*|#~+<>.:"
_ANSWER = re.compile(r"^\s*(?:re|aw|vs|sv|antw|odp|rv)\s*:", re.I)
_NAMED_FIELD = re.compile(r"^\s*(?:From|To|Cc|Subject|Sent|Date|Message-ID|Reply-To|Sender)\s*:", re.I)


@dataclass
class Section:
    address: str
    said: list[str]


def read(mail: Mail) -> list[Found]:
    """Who did not get the mail according to the words of the report; [] for a mail that is no bounce."""
    text = for_people(mail)
    if not is_bounce(mail, text):
        return []
    kind = _kind(text)
    sections = _sections(mail, text)[:MAX_RECIPIENTS]
    above = "" if any(section.said for section in sections) else text
    if len(sections) == 1:
        sections[0].said[:0] = dialects.REMOTE_REPLY.findall(text)
    return [
        Found(
            kind=kind,
            recipient=section.address,
            action="delayed" if kind is Kind.DELAY else "failed",
            diagnostic=" ".join(section.said) or above,
            context=text if len(sections) == 1 else _introduction(text),
        )
        for section in sections
    ]


def told(mail: Mail, found: list[Found]) -> list[Found]:
    """What the report for machines says, each with what it says to people about the same recipient."""
    text = for_people(mail)
    if len(found) == 1:
        return [replace(found[0], context=text)]
    said = {section.address: " ".join(section.said) for section in _named(_lines(text), set())}
    return [
        replace(one, context=said.get(one.recipient) or said.get(one.final_recipient, "")) for one in found
    ]


def for_people(mail: Mail) -> str:
    """What the report says to people, up to where the returned mail begins."""
    texts = [part.text for part in mail.parts if part.content_type == "text/plain" and not part.is_attachment]
    texts = texts[:1] or [part.text for part in mail.parts if part.content_type == "text/html"][:1]
    text = (texts or [""])[0][:READ]
    return text[: _returned_at(text)[0]]


def returned_header(mail: Mail) -> Headers:
    """The header of the mail that came back: from its part, else from where the text quotes it."""
    if mail.returned:
        return mail.returned.headers
    for part in mail.parts:
        text = part.text[:READ]
        _end, start = _returned_at(text)
        if start < len(text):
            return split_header(text[start:].lstrip())[0]
    return Headers([])


def _returned_at(text: str) -> tuple[int, int]:
    """Where the words for people end, and where the returned mail begins: at the end if it does not."""
    at = 0
    for line in text.split("\n"):
        if dialects.RETURNED_HEADER.match(line):
            return at, at
        if len(line) < MAX_ANNOUNCING and dialects.RETURNED.fullmatch(line.strip(_DECORATIONS)):
            return at, at + len(line) + 1
        at += len(line) + 1
    return len(text), len(text)


def is_bounce(mail: Mail, text: str) -> bool:
    return bool(mail.headers["x-failed-recipients"]) or signs(mail, text) >= 2


def signs(mail: Mail, text: str) -> int:
    """How many of three say that a mail is a bounce: who sent it, its subject, its text.

    An answer that a person wrote may quote a bounce, and is none.
    """
    by_machine = _is_machine(mail)
    if not by_machine and mail.headers["in-reply-to"] and _ANSWER.match(mail.subject):
        return 0
    in_subject = bool(dialects.SUBJECT.search(mail.subject))
    in_text = bool(dialects.FAILED.search(text) or dialects.DELAYED.search(text))
    return sum((by_machine, in_subject, in_text))


def _is_machine(mail: Mail) -> bool:
    return_path = mail.headers["return-path"].strip()
    return (
        bool(dialects.SENDER.search(mail.sender))
        or bool(return_path and dialects.SENDER.search(return_path))
        or "report-type=delivery-status" in mail.headers["content-type"].lower()
    )


def _kind(text: str) -> Kind:
    waits = dialects.DELAYED.search(text) and not dialects.GIVEN_UP.search(text)
    return Kind.DELAY if waits else Kind.BOUNCE


def _sections(mail: Mail, text: str) -> list[Section]:
    own = set(addresses_in(" ".join(mail.headers.all(*_OWN_FIELDS))))
    failed = addresses_in(" ".join(mail.headers.all("x-failed-recipients"))[:20_000])
    lines = _lines(text)
    listed = _named(lines[_announcement(lines) :], own) or _named(lines, own)
    if failed:
        said = {section.address: section for section in listed}
        return [said.get(address) or Section(address, []) for address in failed]
    if listed:
        return listed
    alone = _local_part(lines, mail) or _in_a_sentence(text, own) or _only_one(text, own)
    return [Section(alone or address_in(returned_header(mail)["to"]), [])]


def _lines(text: str) -> list[str]:
    return [line[:MAX_LINE] for line in text.split("\n")[:MAX_LINES]]


def _introduction(text: str) -> str:
    lines = _lines(text)
    return "\n".join(lines[: _announcement(lines) or 1])


def _announcement(lines: list[str]) -> int:
    return next((n + 1 for n, line in enumerate(lines) if dialects.ANNOUNCED.match(line)), 0)


def _named(lines: list[str], own: set[str]) -> list[Section]:
    """The recipients that have a line of their own, each with what is said below it."""
    sections: dict[str, Section] = {}
    current: Section | None = None
    for line in lines:
        parent = dialects.PARENT.search(line)
        if parent:
            current = _renamed(sections, current, parent["address"].lower())
            continue
        address, said = _names(line)
        if address and not _NOBODY.match(address) and (address not in own or not sections):
            current = sections.setdefault(address, Section(address, []))
        elif current is None:
            continue
        else:
            said = line
        if said.strip(_DECORATIONS) and not dialects.ADVICE.match(said.strip()):
            current.said.append(said.strip())
    theirs = [section for section in sections.values() if section.address not in own]
    return theirs or list(sections.values())


def _renamed(sections: dict[str, Section], current: Section | None, real: str) -> Section:
    """The section under the address we wrote to, of which a list or a forwarding had made another."""
    if current is None or current.said:
        return sections.setdefault(real, Section(real, []))
    sections.pop(current.address, None)
    return sections.setdefault(real, Section(real, current.said))


def _names(line: str) -> tuple[str, str]:
    if "@" not in line or _NAMED_FIELD.match(line):
        return "", ""
    for pattern in dialects.LINES:
        match = pattern.match(line)
        if match:
            said = (match.groupdict().get("code") or "") + match["said"]
            return match["address"].strip(".").lower(), said
    return "", ""


def _in_a_sentence(text: str, own: set[str]) -> str:
    text = " ".join(text.split())
    for pattern in dialects.SENTENCES:
        for match in pattern.finditer(text):
            address = match["address"].strip(".").lower()
            if address not in own and not _NOBODY.match(address):
                return address
    return ""


def _only_one(text: str, own: set[str]) -> str:
    others = [one for one in addresses_in(text) if one not in own and not _NOBODY.match(one)]
    return others[0] if len(others) == 1 else ""


def _local_part(lines: list[str], mail: Mail) -> str:
    """Some systems name their own users without a domain; it is theirs then."""
    listed = _announcement(lines)
    match = dialects.LOCAL_PART.match("\n".join(lines[listed:])) if listed else None
    domain = address_in(mail.headers["from"]).partition("@")[2]
    return f"{match[1].lower()}@{domain}" if match and domain else ""
