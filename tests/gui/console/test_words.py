"""The console's errors in the language of the window."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.gui.console.words import SENTENCES, error_text
from app.gui.shell.languages import use_language
from engine.errors import UsageError
from engine.modeling.recipes import RECIPES
from engine.training.runs import typed
from tests.gui.console.test_console import opened, run

ENGINE = Path(__file__).resolve().parents[3] / "engine"
WHERE = ("console/*.py", "modeling/graphs.py", "modeling/graph.py", "training/runs.py")
SAID = ("code_in", "_drawn", "_of_file", "_text_of", "code_of", "typed")  # of runs.py, what the console calls
OTHERS = "7=7: 7."  # what pydantic says of a value


def errors() -> Iterator[tuple[str, str]]:
    """(where, what) of each error that the console's calls can raise, with 7 in the place of each value."""
    for path in (path for pattern in WHERE for path in sorted(ENGINE.glob(pattern))):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef) and (path.name != "runs.py" or function.name in SAID):
                for node in ast.walk(function):
                    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                        yield f"{path.name}:{node.lineno}", _text(node.exc.args[0])


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    assert isinstance(node, ast.Constant)
    return str(node.value)


def test_every_error_of_the_consoles_own_calls_is_said_in_chinese(chinese) -> None:
    found = list(errors())
    assert len(found) > 25
    assert [f"{where} {text}" for where, text in found if error_text(text) == text and text != OTHERS] == []


@pytest.mark.parametrize("sentence", SENTENCES)
def test_values_stay_in_an_error(chinese, sentence: str) -> None:
    values = [f"v{number}" for number in range(sentence.count("{}"))]
    said = error_text(sentence.format(*values))
    assert said != sentence.format(*values)
    assert sorted(value for value in values if value in said) == values


@pytest.mark.parametrize("value", ["-1", "9", "fast", "train.steps=1.5", "train.class_weights=some"])
def test_a_value_that_a_parameter_does_not_take_is_told_in_chinese(chinese, value: str) -> None:
    key, _, value = (value if "=" in value else f"optimiser.rate={value}").partition("=")
    with pytest.raises(UsageError) as error:
        typed(RECIPES["detection"].graph("m"), {key: value})
    assert f"{key}={value}：应" in error_text(str(error.value))


def test_an_error_in_the_chinese_window_is_chinese_and_what_a_person_prints_stays(qtbot, window, shell) -> None:
    use_language("zh_CN")
    console = opened(qtbot, window)
    assert "没有数据版本“v9”；还没有任何版本。" in run(qtbot, console, "ws.items('v9')")
    shown = run(qtbot, console, "print('There is no file x.')")
    assert "There is no file x." in shown
