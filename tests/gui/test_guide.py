"""The guide says what the app says: names, keys, sentences, pictures and links."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import app
from app.actions import ACTIONS, MENUS, Action

ROOT = Path(app.__file__).parents[1]
GUIDE = ROOT / "docs" / "guide.md"
MENTION = re.compile(r"\*(\w+) → ([^*]+)\*(?:\s\(`([^`]+)`\))?")
QUOTE = re.compile(r"“([^”]+)”")
PICTURE = re.compile(r"!\[[^\]]+\]\((images/[^)]+)\)")
LINK = re.compile(r"\]\(([^)#]*)(?:#([^)]+))?\)")


def guide() -> str:
    return GUIDE.read_text(encoding="utf-8")


def module(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def mentions(text: str) -> list[tuple[str, str, str]]:
    """(menu, action, key) of everything that is named as *Menu → Action* (`Key`); no key is ""."""
    return [(menu, " ".join(name.split()), key) for menu, name, key in MENTION.findall(text)]


def wrong_mentions(text: str) -> list[str]:
    """What of a text disagrees with the table of actions."""
    table: dict[tuple[str, str], Action] = {
        (action.menu, " → ".join(filter(None, (action.under, action.text)))): action
        for action in ACTIONS
    }
    wrong = []
    for menu, name, key in mentions(text):
        action = table.get((menu, name))
        if action is None:
            wrong.append(f"there is no {menu} → {name}")
        elif key != (action.keys[0] if action.keys else ""):
            wrong.append(f"{menu} → {name}: {key!r} instead of {action.keys}")
    return wrong


@cache
def sentences() -> tuple[str, ...]:
    """Every text in the code of app and core, "…" where something is put in."""
    found = []
    for package in ("app", "glpose_core"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = (
                        part.value if isinstance(part, ast.Constant) else "…"
                        for part in node.values
                    )
                    found.append("".join(map(str, parts)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return tuple(found)


@pytest.mark.quick
def test_every_named_action_is_there_with_its_key() -> None:
    assert len(mentions(guide())) > 40
    assert wrong_mentions(guide()) == []


@pytest.mark.quick
def test_a_wrong_name_and_a_wrong_key_are_noticed() -> None:
    assert wrong_mentions("*Predict → Predict…* (`P`), *Help → Messages…*") == []
    assert len(wrong_mentions("*Predict → Predict…* (`Q`)")) == 1
    assert len(wrong_mentions("*Predict → Foretell…* (`P`)")) == 1
    assert len(wrong_mentions("*Predict → Predict…*, said without its key")) == 1


@pytest.mark.quick
def test_the_table_of_keys_is_that_of_the_actions() -> None:
    assert module("docs/make_keys.py").with_keys(guide()) == guide(), "run docs/make_keys.py"
    for menu in MENUS:
        assert f"| {menu} | " in guide()


def test_every_quoted_sentence_is_one_of_the_app() -> None:
    quotes = [" ".join(quote.split()) for quote in QUOTE.findall(guide())]
    assert len(quotes) > 10
    known = sentences()
    assert [quote for quote in quotes if not any(quote in one for one in known)] == []


@pytest.mark.quick
def test_links_and_pictures_are_there() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = document.read_text(encoding="utf-8")
        for path, anchor in LINK.findall(text):
            if path.startswith("http"):
                continue
            target = (document.parent / path).resolve() if path else document
            assert target.exists(), f"{document.name}: {path}"
            if anchor:
                heads = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
                slugs = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
                assert anchor in slugs, f"{document.name}: {path}#{anchor}"


@pytest.mark.quick
def test_all_pictures_are_shown_and_small() -> None:
    folder = ROOT / "docs" / "images"
    shown = set(PICTURE.findall(guide()))
    made = {f"images/{path.relative_to(folder).as_posix()}" for path in folder.rglob("*.png")}
    assert made - shown == {"images/studio.png"}
    assert sum(path.stat().st_size for path in folder.rglob("*.png")) < 3_000_000


@pytest.mark.slow
@pytest.mark.timeout(960)
def test_the_pictures_are_made_by_the_script(tmp_path: Path) -> None:
    command = [sys.executable, "docs/images/make_guide.py", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert result.returncode == 0, result.stdout + result.stderr
    made = {f"images/{path.relative_to(tmp_path).as_posix()}" for path in tmp_path.rglob("*.png")}
    assert made == {*PICTURE.findall(guide()), "images/studio.png"}
