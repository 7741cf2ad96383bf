"""Batch files for tests."""

import io
import zipfile


def zipped(files, **options):
    """A ZIP of {name: content}, or of (name, content) pairs where a name comes twice."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", **options) as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, content)
    return packed.getvalue()
