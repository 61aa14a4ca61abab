"""Titles and progress of jobs in the language of the window."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.gui.shell.job_words import SENTENCES, job_text

ENGINE = Path(__file__).resolve().parents[3] / "engine"
SAYS = {"progress": 1, "submit": 3}  # calls that take a message, and which argument it is
ELSEWHERE = {"demo", "deploy"}  # what the command of the demo and the stages of a release say is not shown so


def messages() -> Iterator[tuple[str, str]]:
    """(where, what) of each message that the engine writes out, with 7 in the place of each value."""
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            place = SAYS.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
            if place is not None and len(node.args) > place:
                for text in _texts(node.args[place]):
                    if any(letter.isalpha() for letter in text):
                        yield f"{path.relative_to(ENGINE)}:{node.lineno}", text


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)]
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    return _texts(node.left) if isinstance(node, ast.BinOp) else []


def test_every_message_of_the_engine_is_said_in_chinese(chinese) -> None:
    found = list(messages())
    assert len(found) > 40
    left = [f"{where} {text}" for where, text in found if job_text(text) == text]
    assert left == []


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_stands_in_a_message_stays_in_it(chinese, sentence: str) -> None:
    values = [f"v{number}" for number in range(sentence.count("{}"))]
    said = job_text(sentence.format(*values))
    assert said != sentence.format(*values)
    assert sorted(value for value in values if value in said) == values


def test_a_message_in_a_message_and_one_that_nobody_knows(chinese) -> None:
    assert (
        job_text("Fold 2 of 5: Step 3 of 40, loss 0.100")
        == f"{job_text('Fold 2 of 5')}: {job_text('Step 3 of 40, loss 0.100')}"
    )
    assert job_text("a plug-in's own words") == "a plug-in's own words"


def test_in_english_a_message_is_what_it_was(qapp) -> None:
    assert job_text("Step 3 of 40, loss 0.100") == "Step 3 of 40, loss 0.100"
