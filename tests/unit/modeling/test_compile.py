"""The compiled code is readable, complete, and can be read back."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys

import pytest

from engine.errors import BadInput
from engine.modeling.catalogue import catalogue
from engine.modeling.compile import compile_graph
from engine.modeling.readback import CodeError, from_code
from engine.modeling.recipes import RECIPES
from tests.round_trip import read_back


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_was_compiled_is_read_back_exactly(recipe: str) -> None:
    read_back(RECIPES[recipe].graph("焊点 3"))


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_code_is_short_and_has_the_three_classes(recipe: str) -> None:
    code = compile_graph(RECIPES[recipe].graph("model"))
    classes = [part.name for part in ast.parse(code).body if isinstance(part, ast.ClassDef)]
    assert classes == ["Network", "Model", "Data"]
    assert len(code.splitlines()) < 100
    assert max(map(len, code.splitlines())) <= 120


def test_a_changed_number_comes_back_into_the_drawing() -> None:
    graph = RECIPES["detection"].graph("pcb")
    code = compile_graph(graph).replace("width=64, finest=8", "width=96, finest=4").replace("steps=3000", "steps=10")
    back = from_code(code, graph).graph
    assert back.node("neck").parameters == {"width": 96, "finest": 4}
    assert back.node("train").parameters["steps"] == 10
    assert back.edges == graph.edges


def test_what_a_drawing_cannot_say_is_named() -> None:
    graph = RECIPES["detection"].graph("pcb")
    code = compile_graph(graph).replace("        return positions", "        print('hello')\n        return positions")
    back = from_code(code, graph)
    assert back.not_expressible == ["print('hello')"]
    assert code.splitlines()[back.lost[0][0] - 1].strip() == "print('hello')"


def test_a_line_that_is_not_python_is_named() -> None:
    code = compile_graph(RECIPES["detection"].graph("pcb")).replace(
        "class Network(nn.Module):", "class Network(nn.Module:"
    )
    with pytest.raises(CodeError, match="is not Python") as told:
        from_code(code)
    assert code.splitlines()[told.value.line - 1].startswith("class Network")


def test_a_part_that_was_removed_in_code_is_missing_in_the_drawing_and_that_is_said() -> None:
    graph = RECIPES["detection"].graph("pcb")
    code = "\n".join(line for line in compile_graph(graph).splitlines() if "self.loss = " not in line)
    back = from_code(code, graph)
    assert all(node.id != "loss" for node in back.graph.nodes)
    assert back.lost[0][0] == 0
    assert "train.loss: Nothing is connected" in back.lost[0][1]


def test_a_name_with_quotes_does_not_break_out_of_the_code() -> None:
    graph = RECIPES["detection"].graph('a"""\nimport os\n"""')
    assert not any(
        isinstance(part, ast.Import) and part.names[0].name == "os"
        for part in ast.walk(ast.parse(compile_graph(graph)))
    )


@pytest.mark.parametrize("code", ["def (", "print('no model')"])
def test_other_code_is_refused(code: str) -> None:
    with pytest.raises(BadInput):
        from_code(code)


def test_the_modeling_room_loads_no_pytorch() -> None:
    modules = "engine.modeling.compile, engine.modeling.graphs, engine.modeling.readback, engine.modeling.figures, engine.training.runs, engine.training.models, engine.training.recipes"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {modules}; print('torch' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


def test_settings_at_rest_are_left_out_of_the_code_and_one_that_says_them_loses_nothing() -> None:
    graph = RECIPES["detection"].graph("model")
    code = compile_graph(graph)
    assert "accumulate" not in code
    said = code.replace("checks=8", "checks=8, accumulate=1, patience=3")
    back = from_code(said, graph)
    assert back.lost == []
    assert back.graph.node("train").parameters["patience"] == 3
    assert "patience=3" in compile_graph(back.graph)


def test_what_code_leaves_out_is_what_its_class_takes_by_itself() -> None:
    for found in catalogue().values():
        module, _, name = found.call.partition(":")
        if not module:  # a person's own class: the node says how it is made
            continue
        taken = inspect.signature(getattr(importlib.import_module(module), name)).parameters
        for parameter, value in found.quiet().items():
            assert taken[parameter].default == value, (found.type, parameter)
