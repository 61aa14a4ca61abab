"""A workspace brings components in files of its own: read as text, executed only beside the window, broken ones named."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.main import main
from engine.modeling.catalogue import broken, catalogue, component, use_workspace
from engine.modeling.check import check
from engine.modeling.compile import compile_graph
from engine.modeling.figures import figures
from engine.modeling.graph import Edge
from engine.modeling.graphs import load_graph, save_graph
from engine.modeling.readback import from_code
from engine.workspace import Workspace
from tests.unit.modeling.drawing import IMAGES, Drawing

UNSHARP = '''"""Unsharp masking."""

COMPONENT = {
    "type": "mine.unsharp",
    "class": "Unsharp",
    "title": ["Unsharp", "锐化"],
    "inputs": {"in": "tensor"},
    "outputs": {"out": "tensor"},
    "parameters": {"strength": {"default": 0.5, "title": ["Strength", "强度"], "ge": 0, "le": 2}},
}

import sys

from torch import Tensor, nn

sys.modules["hostile"] = sys


def blurred(x: Tensor) -> Tensor:
    return nn.functional.avg_pool2d(x, 3, 1, 1)


class Unsharp(nn.Module):
    def __init__(self, channels: int, stride: float, strength: float = 0.5) -> None:
        super().__init__()
        self.channels, self.stride, self.strength = channels, stride, strength

    def forward(self, x: Tensor) -> Tensor:
        return x + self.strength * (x - blurred(x))
'''
BAD = {
    "a_syntax.py": "COMPONENT = {\n  'type' 1}\n",
    "b_none.py": "print('no component')\n",
    "c_called.py": "import os\nCOMPONENT = dict(type=os.name)\n",
    "d_lacks.py": "COMPONENT = {'type': 'x.y'}\n",
    "e_kind.py": UNSHARP.replace('{"in": "tensor"}', '{"in": "water"}').replace("mine.", "e."),
    "f_class.py": UNSHARP.replace('"class": "Unsharp"', '"class": "Sharp"').replace("mine.", "f."),
    "g_taken.py": UNSHARP.replace("mine.unsharp", "layer.relu"),
    "h_bytes.py": "",
}


@pytest.fixture
def own(workspace: Workspace) -> Iterator[Path]:
    folder = workspace.path / "components"
    folder.mkdir()
    (folder / "unsharp.py").write_text(UNSHARP, "utf-8")
    use_workspace(workspace.path)
    yield folder
    use_workspace(Path("/nowhere"))


def drawing():
    made = Drawing()
    sharp = made.add("mine.unsharp", [IMAGES], "unsharp", strength=1.5)
    made.add("layer.conv2d", [sharp], "conv")
    return made.finish()


def test_a_component_of_a_file_has_a_form_is_compiled_into_the_code_and_comes_back(own: Path) -> None:
    found = component("mine.unsharp")
    assert found is not None
    assert (found.title.zh, found.defaults()) == ("锐化", {"strength": 0.5})
    graph = drawing()
    assert check(graph) == []
    code = compile_graph(graph)
    assert "self.unsharp = Unsharp(channels, 1, strength=1.5)" in code
    back = from_code(code, graph)
    assert (back.graph, back.lost) == (graph, [])
    assert "hostile" not in sys.modules
    assert figures(graph).shapes["unsharp"] == [[1, 3, 64, 64]]  # built beside this process, from the code alone
    graph.node("unsharp").parameters["strength"] = 3.0
    assert [issue.place for issue in check(graph)] == ["strength"]


def test_a_class_that_is_edited_in_the_code_becomes_own_code_of_the_graph(own: Path) -> None:
    graph = drawing()
    back = from_code(compile_graph(graph).replace("self.strength * (x", "2 * self.strength * (x"), graph)
    assert back.graph.node("unsharp").type == "code.module"
    assert "2 * self.strength" in back.graph.node("unsharp").parameters["source"]


def test_files_that_cannot_be_used_are_named_with_line_and_reason_and_stop_nothing(
    own: Path, workspace: Workspace, capsys
) -> None:
    for name, text in BAD.items():
        (own / name).write_text(text, "utf-8")
    (own / "h_bytes.py").write_bytes(b"\xff\xfe")
    use_workspace(workspace.path)
    told = {one.file: (one.line, one.reason) for one in broken()}
    assert set(told) == set(BAD)
    assert told["a_syntax.py"][0] == 2
    assert "no plain literal" in told["c_called.py"][1]
    assert "lacks class, title" in told["d_lacks.py"][1]
    assert "kinds" in told["e_kind.py"][1]
    assert "Sharp " in told["f_class.py"][1]
    assert "layer.relu" in told["g_taken.py"][1]
    assert "mine.unsharp" in catalogue()
    assert "hostile" not in sys.modules


def test_the_command_lists_all_components_with_ports_and_parameters(own: Path, workspace: Workspace, capsys) -> None:
    (own / "d_lacks.py").write_text(BAD["d_lacks.py"])
    graph = drawing()
    save_graph(workspace, graph.renamed("drawn"))
    use_workspace(Path("/nowhere"))
    assert load_graph(workspace, "drawn").node("unsharp").type == "mine.unsharp"
    path = workspace.path
    workspace.close()
    assert main(["model", "components", "--json", "-w", str(path)]) == 0
    document = json.loads(capsys.readouterr().out)
    by_type = {one["type"]: one for one in document["components"]}
    assert len(by_type) == len(catalogue())
    assert by_type["mine.unsharp"]["inputs"] == {"in": "tensor"}
    assert by_type["mine.unsharp"]["parameters"]["strength"]["maximum"] == 2
    assert [one["file"] for one in document["broken"]] == ["d_lacks.py"]
    assert main(["model", "components", "-w", str(path)]) == 0
    text = capsys.readouterr().out
    assert "layer.conv2d" in text
    assert "components/d_lacks.py, line 1" in text


def test_an_edge_list_keeps_the_order_of_what_is_joined() -> None:
    made = Drawing()
    a, b = made.add("layer.relu", [IMAGES], "a"), made.add("layer.tanh", [IMAGES], "b")
    made.add("layer.concat", [b, a], "join")
    graph = made.finish()
    back = from_code(compile_graph(graph)).graph
    assert [edge.source for edge in back.edges if edge.target == "join"] == ["b", "a"]
    assert Edge("b", "out", "join", "in") in back.edges
