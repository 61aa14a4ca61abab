"""What a drawing has no component for stays as code in it, and comes back as it was."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.modeling.catalogue.code import CodeModule
from engine.modeling.check import check
from engine.modeling.compile import compile_graph
from engine.modeling.figures import NotBuilt, figures
from engine.modeling.graph import Edge, Graph
from engine.modeling.readback import from_code
from engine.modeling.recipes import RECIPES
from tests.unit.modeling.drawing import IMAGES, Drawing

SHARPEN = """
# Unsharp masking with a strength that is learnt.
class Sharpen(nn.Module):
    def __init__(self, channels: int, size: int = 3) -> None:
        super().__init__()
        self.channels, self.stride = channels, 1
        self.blur = nn.AvgPool2d(size, 1, size // 2)
        self.strength = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return x + self.strength * (x - self.blur(x))

"""


def drawn() -> Graph:
    return RECIPES["classification-layers"].graph("sort")


def edited(code: str, *changes: tuple[str, str]) -> str:
    for before, after in changes:
        assert before in code
        code = code.replace(before, after, 1)
    return code


def sharpened() -> str:
    return edited(
        compile_graph(drawn()),
        ("import pytorch_lightning as pl\n", "import pytorch_lightning as pl\nimport torch\n"),
        ("\n\nclass Network", SHARPEN + "\nclass Network"),
        ("        self.stem = ConvNormAct(channels, 1,", "        self.sharpen = Sharpen(channels, size=5)\n        self.stem = ConvNormAct(self.sharpen.channels, self.sharpen.stride,"),
        ("stem = self.stem(images)", "sharp = self.sharpen(images)\n        stem = self.stem(sharp)"),
    )  # fmt: skip


def again(graph: Graph) -> None:
    """Graph → code → graph is the same, and the code too."""
    code = compile_graph(graph)
    assert from_code(code, graph).graph == graph
    assert from_code(code, graph).lost == []
    assert compile_graph(from_code(code).graph) == code


def test_an_own_class_becomes_a_component_with_ports_and_stays_as_it_was_written() -> None:
    base = drawn()
    back = from_code(sharpened(), base)
    assert back.lost == []
    node = back.graph.node("sharpen")
    assert node.type == "code.module"
    assert SHARPEN.strip() in node.parameters["source"]
    assert node.parameters["make"] == "Sharpen(channels, size=5)"
    assert (node.parameters["inputs"], node.parameters["outputs"]) == ("images", "tensor")
    assert Edge("sharpen", "out", "stem", "in") in back.graph.edges
    assert [node.parameters["source"] for node in back.graph.nodes if node.type == "code.text"] == ["import torch\n"]
    assert check(back.graph) == []
    again(back.graph)


def test_a_module_of_pytorch_and_a_line_of_arithmetic_become_components_too() -> None:
    code = edited(
        compile_graph(drawn()),
        ("        self.conv = ", "        self.extra = nn.Sequential(nn.Conv2d(self.block.channels, 24, 1), nn.ReLU())\n        self.conv = "),
        ("Conv2d(self.block.channels, self.block.stride, outputs=32", "Conv2d(24, 4, outputs=32"),
        ("conv = self.conv(block)", "conv = self.conv(self.extra(block))"),
        ("coarse = self.coarse(relu)", "scaled = relu * 0.5 + block\n        coarse = self.coarse(scaled)"),
    )  # fmt: skip
    back = from_code(code, drawn())
    assert back.lost == []
    extra, line = back.graph.node("extra"), back.graph.node("line_1")
    assert extra.parameters["make"] == "nn.Sequential(nn.Conv2d({in.channels}, 24, 1), nn.ReLU())"
    assert (extra.parameters["channels"], extra.parameters["stride"]) == (24, 4)
    assert "scaled = relu * 0.5 + block" in line.parameters["source"]
    assert [edge.source for edge in back.graph.edges if edge.target == "line_1"] == ["relu", "block"]
    again(back.graph)
    assert figures(back.graph).shapes["line_1"] == figures(back.graph).shapes["block"]


def test_hand_written_flow_with_nested_calls_and_one_name_for_all_is_the_same_drawing() -> None:
    base = drawn()
    code = compile_graph(base)
    start, end = code.index("        stem = self.stem"), code.index("        return logits")
    body = """        x = self.block(self.stem(images))
        x = self.relu(self.shortcut(x, self.norm(self.conv(x))))
        return self.head(self.pool(self.coarse(x)))
"""
    back = from_code(code[:start] + body + code[end + len("        return logits\n") :], base)
    assert back.lost == []
    assert sorted(back.graph.edges, key=str) == sorted(base.edges, key=str)


def test_what_changes_nothing_that_flows_is_still_named_as_lost() -> None:
    code = edited(compile_graph(drawn()), ("        return logits", "        print(logits)\n        return logits"))
    assert from_code(code, drawn()).not_expressible == ["print(logits)"]


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(texts, st.integers(0, 64), st.sampled_from(["tensor", "images", "vector", "tensor, tensor"])),
        min_size=1,
        max_size=3,
    )
)
def test_any_own_code_comes_back(parts: list[tuple[str, int, str]]) -> None:
    drawing = Drawing()
    for number, (text, channels, outputs) in enumerate(parts):
        source = f"class Own{number}(nn.Module):\n    text = {text!r}  # {{in.channels}}\n"
        values = {**CodeModule.defaults(), "source": source, "make": f"Own{number}({{in.channels}}, {text!r})"}
        drawing.add("code.module", [IMAGES], f"own{number}", **{**values, "channels": channels, "outputs": outputs})
    first = next(end for end in drawing.ends if end != IMAGES)
    kind = parts[0][2].split(",")[0]
    head = drawing.add("head.vector" if kind == "vector" else "head.tensor", [first], "head")
    drawing.graph.edges.append(Edge(*head, "loss", "logits"))
    again(drawing.graph)


def test_own_code_that_is_no_python_or_of_unknown_kinds_is_told_at_its_parameter() -> None:
    graph = from_code(sharpened(), drawn()).graph
    node = graph.node("sharpen")
    node.parameters |= {"source": "class Sharpen(:\n    pass", "make": "Sharpen(", "outputs": "tensors"}
    told = {issue.place: issue.message.en for issue in check(graph) if issue.node == "sharpen"}
    assert "line 1" in told["source"]
    assert {"source", "make", "outputs"} <= set(told)


def test_own_code_is_run_beside_this_process_and_what_fails_there_names_the_node_and_the_line() -> None:
    graph = from_code(sharpened(), drawn()).graph
    node = graph.node("sharpen")
    node.parameters["source"] = node.parameters["source"].replace(
        "return x + ", "sys.modules['ran'] = 1\n        return y + "
    )
    graph.node("code").parameters["source"] = "import sys\nimport torch\n"
    with pytest.raises(NotBuilt, match=r"sharpen: .*NameError: name 'y' is not defined.*return y \+ ") as told:
        figures(graph)
    assert told.value.node == "sharpen"
    assert "ran" not in sys.modules
