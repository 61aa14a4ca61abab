"""Errors of targets in the language of the window."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from app.gui.shell.target_words import SENTENCES, SYSTEM, target_text
from app.gui.widgets.errors import ErrorLine, sentence
from engine.deployment.errors import HostKeyChanged, TargetUnreachable

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("connectors", "engine/deployment", "engine/packaging/trust", "engine/agent", "engine/serving")


def texts() -> str:
    """All that the engine and the connectors write out, with {} in the place of each value."""
    found = []
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append(
                    "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)


def test_every_sentence_that_the_window_knows_is_one_that_a_target_can_say() -> None:
    said = texts()
    parts = [(one, part.strip(" ;:.,()")) for one in SENTENCES for part in re.split(r"\{\}|; ", one)]
    unsaid = [(one, part) for one, part in parts if len(part) > 12 and part not in said]
    assert unsaid == []


@pytest.mark.parametrize("one", [*SENTENCES, *SYSTEM])
def test_what_stands_in_a_sentence_stays_in_it(chinese, one: str) -> None:
    values = [f"v{number}" for number in range(one.count("{}"))]
    said = target_text(one.format(*values))
    assert said != one.format(*values)
    assert sorted(value for value in values if value in said) == values


def test_a_reason_within_a_sentence_and_the_log_below_it_are_kept_apart(chinese) -> None:
    said = target_text("parts:3 on line-3 (ssh://edge@10.0.0.3) ended as it started: killed by signal 9; what ran before still runs. Its last lines:\nno weights: Nothing runs on x.")  # fmt: skip
    first, log = said.split("\n")
    assert (
        "line-3 (ssh://edge@10.0.0.3)" in first and "9" in first and "killed" not in first and "still runs" not in first
    )
    assert log == "no weights: Nothing runs on x."


def test_errors_are_shown_in_chinese_and_unknown_ones_as_they_are(chinese, qapp, qtbot) -> None:
    line = ErrorLine()
    qtbot.addWidget(line)
    line.show_error(TargetUnreachable("root@10.0.0.3:22 does not answer (Connection refused); check its address, its power and the network."))  # fmt: skip
    assert (
        "root@10.0.0.3:22" in line.text.text()
        and "does not" not in line.text.text()
        and "refused" not in line.text.text()
    )
    assert sentence(HostKeyChanged("Something new.")) == "Something new."


def test_in_english_everything_stays_as_it_was(qapp) -> None:
    for one in SENTENCES:
        said = one.format(*(f"v{number}" for number in range(one.count("{}"))))
        assert target_text(said) == said
