"""Build the .mo files from the committed .po files: `python -m portal.translations`.

Done at set-up by polib, because a fresh machine has no gettext.
"""

from pathlib import Path

import polib


def build() -> None:
    for catalogue in (Path(__file__).parent / "locale").glob("*/LC_MESSAGES/*.po"):
        polib.pofile(str(catalogue)).save_as_mofile(str(catalogue.with_suffix(".mo")))


if __name__ == "__main__":
    build()
