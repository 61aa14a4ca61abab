"""The model canvas with 500 components: pan and zoom to the painted frame, and an edit until it is checked again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

NODES = 500
STEPS = 200
EDITS = 40
SETTLES = 48
SCREEN = (1280, 760)


def graph_500() -> dict[str, float]:
    """Pan and zoom of a drawing with 500 components, groups, comments, minimap and all its wires; p95 of a frame.

    A zoom ends with a rest, after which the fine drawing takes the place of the scaled one piece by piece, at each of
    several scales: "sharpen_turn" is the longest that the window is held up meanwhile, "sharp" the time until no piece
    is scaled any more. "settle" is the same all at once, as a press of a button has it.
    """
    from PySide6.QtWidgets import QApplication

    editor = _editor()
    application = QApplication.instance()
    assert application is not None
    canvas = editor.canvas
    canvas.life_size()
    canvas.centerOn(canvas.scene().itemsBoundingRect().center())
    _rest(0.5)
    pans: list[float] = []
    for step in range(STEPS):
        x, y = (37, 11) if step // 50 % 2 else (-37, -11)
        _frame(lambda x=x, y=y: _pan(canvas, x, y), pans)
    zooms: list[float] = []
    for step in range(STEPS):
        factor = 1.12 if step // 12 % 2 else 1 / 1.12
        _frame(lambda factor=factor: canvas.zoom(factor), zooms)
    assert editor.minimap.isVisible(), "the minimap was not measured with it"
    settles: list[float] = []
    for step in range(SETTLES):
        canvas.zoom(1.2 if step // 8 % 2 else 1 / 1.2)
        _frame(canvas.coarse.end, settles)
    turns: list[float] = []
    sharps: list[float] = []
    for step in range(SETTLES):
        canvas.zoom(1.2 if step // 8 % 2 else 1 / 1.2)
        QApplication.processEvents()
        of_this: list[float] = []
        _frame(canvas.coarse.sharpen, of_this)
        while canvas.coarse.active:
            _frame(lambda: None, of_this)
        turns.append(max(of_this))
        sharps.append(sum(of_this))
    return {
        "canvas.graph_500_pan_p95_ms": _p95(pans),
        "canvas.graph_500_zoom_p95_ms": _p95(zooms),
        "canvas.graph_500_settle_p95_ms": _p95(settles),
        "canvas.graph_500_sharpen_turn_p95_ms": _p95(turns),
        "canvas.graph_500_sharp_p95_ms": _p95(sharps),
    }


def graph_edit() -> dict[str, float]:
    """From a parameter that is typed to the drawing that shows what the check said of it: 500 components, median."""
    from app.gui.modeling.analysis import analyse
    from app.gui.modeling.library import graph_of

    editor = _editor()
    times: list[float] = []
    checks: list[float] = []
    for step in range(EDITS):
        begun = time.perf_counter()
        editor._set_parameters("part_7", {"width": 64 + 8 * (step % 2)})
        graph = graph_of(editor.document)
        checked = time.perf_counter()
        found = analyse(graph, "en")
        checks.append((time.perf_counter() - checked) * 1000)
        editor.show_analysis(found)
        times.append((time.perf_counter() - begun) * 1000)
    return {"canvas.graph_edit_ms": float(np.median(times)), "canvas.graph_check_ms": float(np.median(checks))}


def _editor():
    from app.gui.main import make_application
    from app.gui.modeling.editor import GraphEditor
    from app.gui.modeling.library import show_graph
    from app.gui.shell.theme import theme

    make_application()
    editor = GraphEditor(theme().color)
    editor.resize(*SCREEN)
    editor.show()
    show_graph(editor.document, _graph())
    _rest(0.3)
    return editor


def _graph():
    from engine.modeling.graph import Edge, Node
    from engine.modeling.notes import Comment, Group
    from engine.modeling.recipes import RECIPES

    graph = RECIPES["detection"].graph("large")
    for number in range(NODES - len(graph.nodes)):  # rows of a backbone with four necks beside it
        place = (number % 25 * 272.0, 640.0 + number // 25 * 168.0)
        if number % 5 == 0:
            graph.nodes.append(Node(f"part_{number}", "backbone.small", position=place))
        else:
            graph.nodes.append(Node(f"part_{number}", "neck.fpn", 1, {"width": 64, "finest": 8}, place))
            graph.edges.append(Edge(f"part_{number - number % 5}", "features", f"part_{number}", "features"))
        if number % 5 == 0:
            graph.edges.append(Edge("augment", "images", f"part_{number}", "images"))
    graph.comments = [Comment(f"note_{n}", "why it is so", n * 400.0, 520.0) for n in range(20)]
    rows = [tuple(f"part_{row * 25 + n}" for n in range(10)) for row in range(19)]
    graph.groups = [Group(f"group_{row}", f"Row {row}", nodes, row % 4 == 0) for row, nodes in enumerate(rows)]
    return graph


def _pan(canvas, x: int, y: int) -> None:
    for bar, by in ((canvas.horizontalScrollBar(), x), (canvas.verticalScrollBar(), y)):
        bar.setValue(bar.value() + by)


def _frame(change: Callable[[], object], times: list[float]) -> None:
    from PySide6.QtWidgets import QApplication

    begun = time.perf_counter()
    change()
    QApplication.processEvents()
    times.append((time.perf_counter() - begun) * 1000)


def _rest(seconds: float) -> None:
    from PySide6.QtWidgets import QApplication

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.002)


def _p95(times: list[float]) -> float:
    return float(np.percentile(times, 95))


MEASURES = [graph_500, graph_edit]
