"""Files that go along with a document: specifications, photographs. Pure.

Only kinds that mail systems let through and that cannot run by themselves, told by content as well as by
name: a programme that calls itself photo.jpg is refused.
"""

from pathlib import PurePath

from django.utils.translation import gettext as _

from documents.formats import pdf
from documents.formats.invoice import Unreadable

_ZIP = (b"PK\x03\x04",)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

# By the name's ending: the media type, and how such a file begins. Text may begin with anything.
KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".pdf": (pdf.MEDIA_TYPE, (b"%PDF-",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".gif": ("image/gif", (b"GIF87a", b"GIF89a")),
    ".tif": ("image/tiff", (b"II*\0", b"MM\0*")),
    ".tiff": ("image/tiff", (b"II*\0", b"MM\0*")),
    ".docx": (_OFFICE + "wordprocessingml.document", _ZIP),
    ".xlsx": (_OFFICE + "spreadsheetml.sheet", _ZIP),
    ".pptx": (_OFFICE + "presentationml.presentation", _ZIP),
    ".odt": (_OPEN + "text", _ZIP),
    ".ods": (_OPEN + "spreadsheet", _ZIP),
    ".txt": ("text/plain; charset=utf-8", ()),
    ".csv": ("text/csv; charset=utf-8", ()),
}


def media_type(name: str, content: bytes) -> str:
    """The media type of an attachment. Raises Unreadable with a sentence for people."""
    ending = PurePath(name).suffix.lower()
    shown = {"name": name[:100]}
    if ending not in KINDS:
        known = ", ".join(kind.removeprefix(".") for kind in KINDS)
        raise Unreadable(
            _("“%(name)s” cannot be attached: mail systems refuse such files. Use one of these: %(known)s.")
            % (shown | {"known": known})
        )
    if not content:
        raise Unreadable(_("The attachment “%(name)s” is empty. Save it again and choose it anew.") % shown)
    kind, beginnings = KINDS[ending]
    is_as_named = content.startswith(beginnings) if beginnings else b"\0" not in content
    if not is_as_named:
        raise Unreadable(
            _("The attachment “%(name)s” is not what its name says. Save it again and choose it anew.")
            % shown
        )
    return kind
