"""The catalogues of texts, Finnish and Swedish.

    python -m portal.translations            build the .mo files from the committed .po files
    python -m portal.translations collect    bring the .po files up to date with the code (needs gettext)
    python -m portal.translations check      tell which texts they lack, and which nobody says any more

Building is done at set-up by polib, because a fresh machine has no gettext.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import polib

LOCALES = Path(__file__).parent / "locale"


def build() -> None:
    for catalogue in LOCALES.glob("*/LC_MESSAGES/*.po"):
        polib.pofile(str(catalogue)).save_as_mofile(str(catalogue.with_suffix(".mo")))


def collect(folder: Path = LOCALES) -> None:
    """Write every text of the code into the catalogues of the folder, and drop what nobody says any more."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.core.management.commands.makemessages import Command
    from django.test.utils import override_settings

    class Collector(Command):
        # A text that only looks like another one is not translated by it.
        msgmerge_options = [*Command.msgmerge_options, "--no-fuzzy-matching"]

    with override_settings(LOCALE_PATHS=[str(folder)]):
        call_command(
            Collector(),
            locale=[path.name for path in LOCALES.iterdir()],
            ignore_patterns=["portal/locale", "tests", "var"],
            add_location="never",
            no_wrap=True,
            no_obsolete=True,
            verbosity=0,
        )
    for path in folder.glob("*/LC_MESSAGES/*.po"):
        catalogue = polib.pofile(str(path), wrapwidth=100_000)
        for noise in ("POT-Creation-Date", "Report-Msgid-Bugs-To"):
            catalogue.metadata.pop(noise, None)
        catalogue.save()


def check() -> list[str]:
    """Sentences about texts that a catalogue lacks, or that nobody says any more."""
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(LOCALES, folder, dirs_exist_ok=True)
        collect(Path(folder))
        for path in LOCALES.glob("*/LC_MESSAGES/*.po"):
            ours, said = _texts(path), _texts(folder / path.relative_to(LOCALES))
            name = path.relative_to(LOCALES).parts[0]
            problems += [f"{name} lacks: {text}" for _context, text in sorted(said - ours)]
            problems += [f"{name}, nobody says: {text}" for _context, text in sorted(ours - said)]
    return problems


def _texts(path):
    return {(entry.msgctxt or "", entry.msgid) for entry in polib.pofile(str(path))}


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            build()
        case ["collect"]:
            collect()
        case ["check"]:
            wrong = check()
            print("\n".join(wrong), end="\n" if wrong else "")
            sys.exit("Run `make messages`, and translate what is new." if wrong else 0)
        case _:
            sys.exit(__doc__)
