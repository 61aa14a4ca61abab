"""What the canvas draws: plain values made from the graph document, so that drawing knows nothing of the engine."""

from __future__ import annotations

from dataclasses import dataclass

CATEGORY_COLORS = {
    "data": "#0072B2",
    "augment": "#009E73",
    "network": "#CC79A7",
    "loss": "#D55E00",
    "optimiser": "#E69F00",
    "train": "#7A5CC4",
    "callback": "#7A5CC4",
    "metric": "#1B9AAA",
    "evaluate": "#56B4E9",
    "export": "#8C6D1F",
}
TYPE_COLORS = {
    "samples": "#0072B2",
    "images": "#009E73",
    "rows": "#009E73",
    "targets": "#D55E00",
    "tensor": "#0E7490",
    "vector": "#9A6700",
    "features": "#CC79A7",
    "pyramid": "#B0578D",
    "positions": "#7A5CC4",
    "logits": "#7A5CC4",
    "classes": "#7A5CC4",
    "anomaly": "#7A5CC4",
    "answers": "#7A5CC4",
    "trees": "#7A5CC4",
    "loss": "#C2410C",
    "optimiser": "#E69F00",
    "callbacks": "#7A5CC4",
    "metric": "#1B9AAA",
    "model": "#56B4E9",
}
UNKNOWN_COLOR = "#667085"
STEP = 8.0  # px of the grid that cards lie on


@dataclass(frozen=True)
class PortView:
    """One port: `kind` decides what fits it, `shape` is shown beside its name; `many` wires may end at some inputs."""

    name: str
    kind: str
    label: str = ""
    shape: str = ""
    many: bool = False

    @property
    def text(self) -> str:
        """What stands beside the dot."""
        return f"{self.label or self.name} {self.shape}".strip()


@dataclass(frozen=True)
class NodeView:
    """One node as a card: title, what makes it special, ports, place in px of the canvas."""

    id: str
    title: str
    category: str
    subtitle: str = ""
    inputs: tuple[PortView, ...] = ()
    outputs: tuple[PortView, ...] = ()
    x: float = 0.0
    y: float = 0.0
    known: bool = True


@dataclass(frozen=True)
class EdgeView:
    """One connection between an output and an input."""

    source: str
    source_port: str
    target: str
    target_port: str


@dataclass(frozen=True)
class FixView:
    """What can be done about a problem, in words, and the engine's value for it."""

    title: str
    fix: object


@dataclass(frozen=True)
class ProblemView:
    """What is wrong at a node or one of its ports, in plain words, with what would mend it."""

    node: str
    message: str
    port: str = ""
    suggestion: str = ""
    severity: str = "error"
    fixes: tuple[FixView, ...] = ()


def category_color(category: str) -> str:
    """The colour of a node's left edge."""
    return CATEGORY_COLORS.get(category.casefold(), UNKNOWN_COLOR)


def type_color(kind: str) -> str:
    """The colour of a port and of the wires that start there."""
    return TYPE_COLORS.get(kind.casefold(), UNKNOWN_COLOR)


def on_grid(value: float) -> float:
    """The nearest place of the grid, px."""
    return round(value / STEP) * STEP
