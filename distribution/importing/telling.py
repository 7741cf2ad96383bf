"""What was found in a file, in the reader's language: for the page, and as a file to download."""

from operator import itemgetter

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from distribution.directory import guard, sentence
from distribution.directory.writing import lines_of

ROWS_SHOWN = 100  # of each kind on the page

COLUMNS = {
    "customer_number": gettext_lazy("Customer numbers"),
    "email": gettext_lazy("Send to"),
    "name": gettext_lazy("Name"),
    "language": gettext_lazy("Language"),
    "copy": gettext_lazy("Copy to (Cc)"),
}
KINDS = {
    "wrong": gettext_lazy("Wrong"),
    "notice": gettext_lazy("Please check"),
    "new": gettext_lazy("New"),
    "changed": gettext_lazy("Changed"),
    "removed": gettext_lazy("Removed"),
}


def report_in_words(report):
    """The page's part of a report: {kind: {"shown": […], "total": 7, "more": 2}} and "no_mail"."""
    told = {}
    for kind in KINDS:
        found = sorted(report.get(kind, []), key=itemgetter("row"))
        shown = [_in_words(finding) for finding in found[:ROWS_SHOWN]]
        total = report.get("totals", {}).get(kind, 0)
        told[kind] = {"shown": shown, "total": total, "more": total - len(shown)}
    return told | {"no_mail": report.get("no_mail", [])}


def _in_words(finding):
    told = dict(finding)
    if "code" in finding:
        told["sentence"] = sentence(finding["code"], finding["hint"])
    told["changes"] = [(COLUMNS[column], old, new) for column, old, new in finding.get("changes", ())]
    return told


def findings_as_csv(findings):
    """The lines of a file with every finding."""
    headings = [
        _("What"),
        _("Row"),
        _("Column"),
        _("Customer number"),
        _("Customer"),
        _("Value"),
        _("New value"),
        _("What to do"),
    ]
    return lines_of(headings, (row for finding in findings for row in _rows(finding)))


def _rows(finding):
    kind, row = str(KINDS[finding["kind"]]), finding["row"] or ""
    if "code" in finding:
        told = sentence(finding["code"], finding["hint"])
        yield _harmless([kind, row, finding["column"], "", "", finding["value"], "", told])
    for column, old, new in finding.get("changes", ()):
        about = [finding["number"], finding["name"]]
        yield _harmless([kind, row, str(COLUMNS[column]), *about, old, new, ""])


def _harmless(cells):
    return [guard(str(cell)) for cell in cells]
