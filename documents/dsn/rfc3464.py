"""Delivery status notifications, RFC 3464: what each group of fields says about one recipient."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from documents.dsn.found import MAX_RECIPIENTS, Found, address_in, from_xtext
from documents.dsn.mail import FIELD, MAX_VALUE, Headers, Mail, Part
from documents.dsn.report import Kind

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")

_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_MISLABELLED = re.compile(r"^Final-Recipient[ \t]*:", re.I | re.M)
_RECIPIENT_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient")
_OUTCOME_FIELDS = ("action", "status", "diagnostic-code", "remote-mta")
_DELAYED = re.compile(r"delay|warning|not yet", re.I)

KINDS = {
    "failed": Kind.BOUNCE,
    "delayed": Kind.DELAY,
    "delivered": Kind.DELIVERED,
    "relayed": Kind.DELIVERED,
    "expanded": Kind.DELIVERED,
}
_MISSPELT = {"failure": "failed", "fail": "failed", "delay": "delayed", "deferred": "delayed"}


def read(mail: Mail) -> list[Found]:
    """What a delivery status notification says, one for each recipient; [] for any other mail."""
    found: dict[tuple[str, str], Found] = {}
    for report in islice(_reports(mail), MAX_RECIPIENTS):
        key = report.recipient or report.final_recipient, report.action
        if key not in found or not found[key].diagnostic:
            found[key] = report
    return list(found.values())


def _reports(mail: Mail) -> Iterator[Found]:
    for part in _status_parts(mail):
        about_mail, groups = _groups(part)
        envelope_id = from_xtext(about_mail["original-envelope-id"][:MAX_VALUE])
        sender = address_in(about_mail["x-postfix-sender"])
        for group in groups:
            yield replace(_found(group, about_mail, mail), envelope_id=envelope_id, sender=sender)


def _status_parts(mail: Mail) -> list[Part]:
    """The parts with the fields: by their type, else any that reads like one."""
    parts = list(mail.of_type(*STATUS_TYPES))
    if any(_MISLABELLED.search(part.text) for part in parts):
        return parts
    return [part for part in mail.parts if not part.is_returned and _MISLABELLED.search(part.text)]


def _groups(part: Part) -> tuple[Headers, list[Headers]]:
    """The fields about the mail as a whole, and those about each recipient.

    Some systems put empty lines between the fields of one recipient, and some none between two recipients.
    """
    about_mail: list[tuple[str, str]] = []
    groups: list[list[tuple[str, str]]] = []
    pending: list[tuple[str, str]] = []
    for block in _EMPTY_LINES.split(part.text.strip("\n")):
        for fields in _split_repeated(_fields(block)):
            names = {name for name, _value in fields}
            if names & set(_RECIPIENT_FIELDS[:2]):
                groups.append(pending + fields)
                pending = []
            elif groups:
                groups[-1] += fields
            elif names & set(_OUTCOME_FIELDS[:3]):
                pending += fields
            else:
                about_mail += fields
    return Headers(about_mail), [Headers(fields) for fields in groups]


def _fields(block: str) -> list[tuple[str, str]]:
    """The fields of a block; words between them (in a forwarded report) are passed over."""
    fields: list[tuple[str, str]] = []
    for line in block.split("\n"):
        match = FIELD.match(line)
        if match:
            fields.append((match[1].lower(), match[2].strip()))
        elif fields and line[:1] in (" ", "\t") and len(fields[-1][1]) < MAX_VALUE:
            fields[-1] = fields[-1][0], f"{fields[-1][1]} {line.strip()}".strip()
    return fields


def _split_repeated(fields: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    group: list[tuple[str, str]] = []
    for name, value in fields:
        if name == "final-recipient" and any(known == name for known, _value in group):
            yield group
            group = []
        group.append((name, value))
    if group:
        yield group


def _found(group: Headers, about_mail: Headers, mail: Mail) -> Found:
    final = address_in(group["final-recipient"])
    original = address_in(from_xtext(group["original-recipient"].partition(";")[2]))
    actual = address_in(group["x-actual-recipient"])
    action = _action(group, mail)
    # A server that delivers to its own mailboxes has no remote one: it speaks for itself.
    spoke = group["remote-mta"] or (about_mail["reporting-mta"] if action == "delivered" else "")
    return Found(
        kind=KINDS[action],
        recipient=original or final or actual,
        final_recipient=final or actual,
        action=action,
        status=group["status"],
        diagnostic=_diagnostic(group),
        host=_host(spoke),
        date=group["last-attempt-date"] or about_mail["last-attempt-date"],
    )


def _action(group: Headers, mail: Mail) -> str:
    """The action; where it is missing or made up, what the class of the status means."""
    word = re.match(r"[a-z]*", group["action"].strip().lower())
    action = _MISSPELT.get(word[0], word[0]) if word else ""
    if action in KINDS:
        return action
    if group["status"].startswith("2"):
        return "delivered"
    return "delayed" if group["status"].startswith("4") and _DELAYED.search(mail.subject) else "failed"


def _diagnostic(group: Headers) -> str:
    """`smtp; 550 5.1.1 …` → `550 5.1.1 …`; for mail that came from X.400, what its gateway adds."""
    given = group["diagnostic-code"]
    kind, semicolon, words = given.partition(";")
    said = words if semicolon and " " not in kind.strip() else given
    return " ".join(
        filter(None, [said.strip(), group["x400-supplementary-info"], group["x-supplementary-info"]])
    )


def _host(remote_mta: str) -> str:
    """`dns; mx.example (192.0.2.1)` → `mx.example`"""
    name = remote_mta.rpartition(";")[2] if remote_mta.count(";") == 1 else remote_mta.partition(";")[2]
    return name.strip().partition(" ")[0].strip("[]().,").lower()
