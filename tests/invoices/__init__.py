"""Made-up e-invoices, one of each format; tests change what they are about."""

from pathlib import Path

ENCODINGS = {"finvoice": "iso-8859-15", "teapps": "iso-8859-1"}
ALL = {path.stem: path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.xml"))}


def invoice(name, *changes):
    """The made-up invoice of a format with each (old, new) replaced; the old must be there."""
    encoding = ENCODINGS.get(name, "utf-8")
    text = ALL[name].decode(encoding)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode(encoding)
