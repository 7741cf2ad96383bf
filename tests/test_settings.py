"""`.env.example` is the list of settings."""

import ast
import re

from django.conf import settings

SECTION = re.compile(r"(?:^# .+\n)+(?:^#[A-Z_]+=.*\n)+", re.MULTILINE)
ENTRY = re.compile(r"^#?([A-Z_]+)=(.*)$", re.MULTILINE)


def example():
    return (settings.BASE_DIR / ".env.example").read_text()


def names_read_by_the_settings():
    tree = ast.parse((settings.BASE_DIR / "portal" / "settings.py").read_text())
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return [
        call.args[0].value
        for call in calls
        if ast.unparse(call.func.value) == "env" and call.args and isinstance(call.args[0], ast.Constant)
    ]


def literal_defaults():
    """Name → default, for those whose default is written out in one piece."""
    tree = ast.parse((settings.BASE_DIR / "portal" / "settings.py").read_text())
    found = {}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for keyword in call.keywords:
            if ast.unparse(call.func).startswith("env.") and keyword.arg == "default":
                try:
                    found[call.args[0].value] = ast.literal_eval(keyword.value)
                except ValueError:
                    continue  # made of other settings; the line above the entry tells how
    return found


def as_written(default):
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, list):
        return ",".join(map(str, default))
    if isinstance(default, float) and default.is_integer():
        return str(int(default))
    return str(default)


def test_it_lists_what_the_settings_read_and_nothing_else():
    names = [name for name, _ in ENTRY.findall(example())]
    assert sorted(names) == sorted(set(names_read_by_the_settings()))


def test_every_default_is_the_real_one():
    shown = dict(ENTRY.findall(example()))
    defaults = literal_defaults()
    assert len(defaults) > 20
    assert {name: shown[name] for name in defaults} == {name: as_written(d) for name, d in defaults.items()}


def test_every_setting_is_commented_out_and_explained():
    explained = "".join(SECTION.findall(example()))
    assert ENTRY.findall(explained) == ENTRY.findall(example())
    assert not re.search(r"^[A-Z_]+=", example(), re.MULTILINE)
