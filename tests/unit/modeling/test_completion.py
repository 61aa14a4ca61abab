"""Completion of a model's code."""

from __future__ import annotations

from engine.modeling.compile import compile_graph
from engine.modeling.completion import answer
from engine.modeling.recipes import RECIPES


def asked(code: str, typed: str) -> dict[str, list[list[str]]]:
    """What fits behind `typed`, put before the end of `forward`."""
    lines = code.replace("        return positions", f"        {typed}\n        return positions").splitlines()
    line = lines.index(f"        {typed}")
    found, _ = answer({"code": "\n".join(lines), "line": line + 1, "column": len(lines[line])}, {})
    return found


def test_parts_of_the_model_are_known_by_what_they_are() -> None:
    code = compile_graph(RECIPES["detection"].graph("parts"))
    found = asked(code, "x = self.")
    assert {"backbone", "neck", "head"} <= {name for name, _ in found["names"]}
    assert not any(name.startswith("_") for name, _ in found["names"])
    assert ["strides", "statement"] in asked(code, "x = self.backbone.str")["names"]
    assert all(name.startswith("__") for name, _ in asked(code, "x = self.__")["names"])


def test_a_call_tells_its_form_and_half_a_line_breaks_nothing() -> None:
    code = compile_graph(RECIPES["detection"].graph("parts"))
    assert "width" in asked(code, "x = FPN(")["call"]
    assert asked(code, "x = = nonsense.")["names"] == []


def test_code_is_read_and_never_run(tmp_path) -> None:
    trap = tmp_path / "ran"
    code = f"open({str(trap)!r}, 'w')\nclass A:\n    deep = 1\nA."
    found, _ = answer({"code": code, "line": 4, "column": 2}, {})
    assert ["deep", "statement"] in found["names"]
    assert not trap.exists()
