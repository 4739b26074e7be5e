"""Texts that people read have one kind of apostrophe, the typographic one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import glpose_core

ROOT = Path(glpose_core.__file__).parents[1]
PUT_IN = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands where a text has something put in: a name, a number."""
STRAIGHT = re.compile(rf"(?<=[\w{PUT_IN}])'(?=\w)")
"""Within a word, or before the s of a genitive; quoted commands and names have it at their ends."""
OF_OTHERS = {"can't allocate memory"}
"""What other programs say, to be recognised."""

pytestmark = pytest.mark.quick


def texts(source: str) -> Iterator[tuple[int, str]]:
    """The texts in some code but for docstrings, and their lines."""
    nodes = list(ast.walk(ast.parse(source)))
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    left_out = parts | {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            said = (one.value if isinstance(one, ast.Constant) else PUT_IN for one in node.values)
            yield node.lineno, "".join(map(str, said))
        if not isinstance(node, ast.Constant) or id(node) in left_out:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def straight(source: str) -> list[int]:
    """Lines of texts with a straight apostrophe."""
    return [line for line, text in texts(source) if STRAIGHT.search(text) and text not in OF_OTHERS]


@pytest.mark.parametrize("package", ["app", "glpose_core"])
def test_apostrophes_are_typographic(package: str) -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in sorted((ROOT / package).rglob("*.py"))
        if (lines := straight(path.read_text(encoding="utf-8")))
    }
    assert found == {}, "write ’"


def test_straight_ones_are_noticed_and_quotes_are_none() -> None:
    assert straight('a = "the model\'s own"') == [1]
    assert straight('a = 1\nb = f"{name}\'s pose"') == [2]
    assert straight('a = "the model’s own"') == []
    assert straight('"""the model\'s own"""') == []
    assert straight("a = \"try 'glpose demo', or run '\" + x + \"' again\"") == []
    assert straight('''a = f"SELECT value FROM meta WHERE name = 'head' AND x = '{y}'"''') == []
