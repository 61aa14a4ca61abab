"""Between the engine's catalogue and the canvas: components as cards, ports in words, graphs as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QLocale

from app.gui.modeling.document import GraphDocument, NodeRecord, State
from app.gui.modeling.palette import PaletteEntry
from app.gui.modeling.views import EdgeView, NodeView, PortView
from engine.serving.manifest import OBJECTS

if TYPE_CHECKING:
    from pydantic import BaseModel

    from engine.modeling.catalogue import Component, Port
    from engine.modeling.graph import Graph

SECTIONS = (
    ("data", QT_TRANSLATE_NOOP("Sections", "Data")),
    ("augment", QT_TRANSLATE_NOOP("Sections", "Augmentation")),
    ("network", QT_TRANSLATE_NOOP("Sections", "Network")),
    ("convolution", QT_TRANSLATE_NOOP("Sections", "Convolution")),
    ("blocks", QT_TRANSLATE_NOOP("Sections", "Blocks")),
    ("resizing", QT_TRANSLATE_NOOP("Sections", "Resizing")),
    ("norm", QT_TRANSLATE_NOOP("Sections", "Norm, dropout")),
    ("activation", QT_TRANSLATE_NOOP("Sections", "Activation")),
    ("attention", QT_TRANSLATE_NOOP("Sections", "Attention")),
    ("joining", QT_TRANSLATE_NOOP("Sections", "Joining")),
    ("vectors", QT_TRANSLATE_NOOP("Sections", "Vectors")),
    ("adapters", QT_TRANSLATE_NOOP("Sections", "Adapters")),
    ("code", QT_TRANSLATE_NOOP("Sections", "Own code")),
    ("workspace", QT_TRANSLATE_NOOP("Sections", "This workspace")),
    ("loss", QT_TRANSLATE_NOOP("Sections", "Loss")),
    ("optimiser", QT_TRANSLATE_NOOP("Sections", "Optimiser")),
    ("train", QT_TRANSLATE_NOOP("Sections", "Training")),
    ("callback", QT_TRANSLATE_NOOP("Sections", "Callbacks")),
    ("metric", QT_TRANSLATE_NOOP("Sections", "Metrics")),
    ("evaluate", QT_TRANSLATE_NOOP("Sections", "Evaluation")),
    ("export", QT_TRANSLATE_NOOP("Sections", "Export")),
)
PORT_NAMES = (
    QT_TRANSLATE_NOOP("Ports", "samples"),
    QT_TRANSLATE_NOOP("Ports", "images"),
    QT_TRANSLATE_NOOP("Ports", "rows"),
    QT_TRANSLATE_NOOP("Ports", "targets"),
    QT_TRANSLATE_NOOP("Ports", "in"),
    QT_TRANSLATE_NOOP("Ports", "out"),
    QT_TRANSLATE_NOOP("Ports", "first"),
    QT_TRANSLATE_NOOP("Ports", "rest"),
    QT_TRANSLATE_NOOP("Ports", "features"),
    QT_TRANSLATE_NOOP("Ports", "pyramid"),
    QT_TRANSLATE_NOOP("Ports", "positions"),
    QT_TRANSLATE_NOOP("Ports", "logits"),
    QT_TRANSLATE_NOOP("Ports", "classes"),
    QT_TRANSLATE_NOOP("Ports", "anomaly"),
    QT_TRANSLATE_NOOP("Ports", "answers"),
    QT_TRANSLATE_NOOP("Ports", "trees"),
    QT_TRANSLATE_NOOP("Ports", "loss"),
    QT_TRANSLATE_NOOP("Ports", "optimiser"),
    QT_TRANSLATE_NOOP("Ports", "callbacks"),
    QT_TRANSLATE_NOOP("Ports", "best"),
    QT_TRANSLATE_NOOP("Ports", "metrics"),
    QT_TRANSLATE_NOOP("Ports", "metric"),
    QT_TRANSLATE_NOOP("Ports", "model"),
)
SUMMARY_PARTS = 1


def language() -> str:
    """The language of the interface, such as zh_CN."""
    return QLocale().name()


class CatalogueLibrary:
    """The engine's catalogue as the canvas asks for it."""

    def component(self, type_name: str) -> type[Component] | None:
        """The component of a type; None when this program does not know it."""
        from engine.modeling.catalogue import component

        return component(type_name)

    def __init__(self) -> None:
        self._views: dict[str, tuple[NodeRecord, str, NodeView]] = {}
        self._texts: dict[
            str, tuple[NodeRecord, list[list[int]] | None, Mapping[str, Any], str, dict[tuple[str, str], str]]
        ] = {}

    def component_of(self, node: NodeRecord) -> type[Component] | None:
        """The component of a node, with the ports that its values give it."""
        from engine.modeling.catalogue import component_of

        return component_of(node)

    def view(self, node: NodeRecord) -> NodeView:
        """A node as a card; an unknown one says so and has no ports."""
        known = self._views.get(node.id)
        if known is None or known[0] is not node or known[1] != language():
            known = self._views[node.id] = (node, language(), self._view(node))
        return known[2]

    def _view(self, node: NodeRecord) -> NodeView:
        found = self.component_of(node)
        if found is None:
            unknown = QCoreApplication.translate("ModelCanvas", "not installed here")
            return NodeView(node.id, node.type, "code", unknown, x=node.x, y=node.y, known=False)
        return NodeView(
            node.id,
            found.title.of(language()),
            found.section,
            _summary(found, node),
            tuple(_port(port) for port in found.inputs),
            tuple(_port(port) for port in found.outputs),
            node.x,
            node.y,
        )

    def why_not(self, source: PortView, target: PortView) -> str:
        """Why an output does not fit an input, in plain words; empty when it fits."""
        from engine.modeling.catalogue import KINDS, fits

        if fits(source.kind, target.kind):
            return ""

        def words(kind: str) -> str:
            return KINDS[kind].of(language()) if kind in KINDS else kind

        sentence = QCoreApplication.translate("ModelCanvas", "“{0}” gives {1}, but “{2}” takes {3}.")
        return sentence.format(
            source.label or source.name, words(source.kind), target.label or target.name, words(target.kind)
        )

    def entries(self, task: str) -> list[PaletteEntry]:
        """What the palette offers for a task, in the order of the work."""
        from engine.modeling.catalogue import catalogue

        order = [name for name, _ in SECTIONS]
        titles = {name: QCoreApplication.translate("Sections", title) for name, title in SECTIONS}
        fitting = [found for found in catalogue().values() if not task or task in found.tasks]
        shelves = {found.type: found.shelf or found.section for found in fitting}
        fitting.sort(key=lambda found: order.index(shelves[found.type]) if shelves[found.type] in order else len(order))
        return [
            PaletteEntry(
                found.type,
                found.title.of(language()),
                shelves[found.type],
                titles.get(shelves[found.type], shelves[found.type]),
                found.help.of(language()),
                found.section,
            )
            for found in fitting
        ]

    def broken(self) -> list[PaletteEntry]:
        """Files of the workspace that are no components: shown with what is wrong, not to be chosen."""
        from engine.modeling.catalogue import broken

        title = QCoreApplication.translate("Sections", dict(SECTIONS)["workspace"])
        return [
            PaletteEntry("", one.file, "workspace", title, f"{one.file}:{one.line}: {one.reason}") for one in broken()
        ]

    def fitting(self, task: str, side: str, port: PortView) -> tuple[list[PaletteEntry], dict[str, str]]:
        """Components that an output ("out") or input ("in") fits, and the name of the port for it, by type."""
        from engine.modeling.catalogue import fits

        names: dict[str, str] = {}
        entries = []
        for entry in self.entries(task):
            found = self.component(entry.type)
            assert found is not None
            if side == "out":
                name = next((one.name for one in found.inputs if fits(port.kind, one.kind)), "")
            else:
                name = next((one.name for one in found.outputs if fits(one.kind, port.kind)), "")
            if name:
                names[entry.type] = name
                entries.append(entry)
        return entries, names

    def alternatives(self, task: str, node: NodeRecord) -> list[PaletteEntry]:
        """Components that can take a node's place as it is wired: with the same ports."""
        mine = self.component(node.type)
        if mine is None:
            return []
        entries = []
        for entry in self.entries(task):
            found = self.component(entry.type)
            if found is not None and entry.type != node.type and _ports(found) == _ports(mine):
                entries.append(entry)
        return entries

    def in_place_of(self, node: NodeRecord, type_name: str) -> NodeRecord:
        """A node with another component: values stay where they mean the same, so where both begin with the same."""
        old, new = self.component(node.type), self.component(type_name)
        assert new is not None
        return replace(node, type=type_name, version=new.version, parameters=new.in_place_of(old, node.parameters))

    def shapes(
        self, document: GraphDocument, measured: Mapping[str, list[list[int]]] | None = None
    ) -> dict[tuple[str, str], str]:
        """What flows out of each port: as measured, else as far as parameters tell it; (node, port) to "N×C×320×320"."""
        found: dict[tuple[str, str], str] = {}
        source = next((n.parameters for n in document.nodes.values() if n.type == "data.images"), {})
        task = str(document.head.get("task", ""))
        defaults: dict[str, dict[str, Any]] = {}
        for node in document.nodes.values():
            mine = (measured or {}).get(node.id)
            known = self._texts.get(node.id)
            if known is None or known[0] is not node or known[1:4] != (mine, source, task):
                texts = self._shape_texts(node, defaults, mine or [], source, task)
                known = self._texts[node.id] = (node, mine, source, task, texts)
            found |= known[4]
        return found

    def _shape_texts(
        self, node: NodeRecord, defaults: dict[str, dict[str, Any]], measured: list[list[int]],
        source: Mapping[str, Any], task: str,
    ) -> dict[tuple[str, str], str]:  # fmt: skip
        component = self.component_of(node)
        if component is None:
            return {}
        if node.type not in defaults:
            defaults[node.type] = component.defaults()
        values = {**defaults[node.type], **node.parameters}
        texts = {}
        for number, port in enumerate(component.outputs):
            mine = measured if len(component.outputs) == 1 else measured[number : number + 1]
            texts[node.id, port.name] = _measured(mine) or _flow(port.kind, values, source, task)
        return {end: text for end, text in texts.items() if text}

    def parameters(self, type_name: str) -> type[BaseModel] | None:
        """The model that the form of a component is made from."""
        found = self.component(type_name)
        return found.Parameters if found is not None else None

    def new_node(self, document: GraphDocument, type_name: str, x: float, y: float) -> NodeRecord:
        """A fresh node with the defaults of its component."""
        found = self.component(type_name)
        defaults = found.defaults() if found is not None else {}
        version = found.version if found is not None else 1
        return NodeRecord(document.fresh_id(type_name), type_name, defaults, version, x, y)


def records_of(graph: Graph) -> tuple[list[NodeRecord], list[EdgeView]]:
    """Nodes and edges of an engine graph as the document has them."""
    nodes = [
        NodeRecord(n.id, n.type, dict(n.parameters), n.version, n.position[0], n.position[1], dict(n.extra))
        for n in graph.nodes
    ]
    return nodes, [EdgeView(edge.source, edge.output, edge.target, edge.input) for edge in graph.edges]


def show_graph(document: GraphDocument, graph: Graph) -> None:
    """Load an engine graph into the document."""
    nodes, edges = records_of(graph)
    head = {"task": graph.task, "recipe": graph.recipe, "extra": dict(graph.extra)}
    document.load(graph.name, nodes, edges, head, graph.comments, graph.groups)


def state_of(graph: Graph) -> State:
    """An engine graph as the state that a document can become."""
    nodes, edges = records_of(graph)
    return State(tuple(nodes), tuple(edges), tuple(graph.comments), tuple(graph.groups), graph.task)


def graph_of(document: GraphDocument) -> Graph:
    """The document as an engine graph; everything unknown is in it again."""
    from engine.modeling.graph import Edge, Graph, Node

    return Graph(
        name=document.name,
        task=document.head.get("task", "detection"),
        recipe=document.head.get("recipe", ""),
        nodes=[
            Node(n.id, n.type, n.version, dict(n.parameters), (n.x, n.y), dict(n.extra))
            for n in document.nodes.values()
        ],
        edges=[Edge(edge.source, edge.source_port, edge.target, edge.target_port) for edge in document.edges],
        extra=dict(document.head.get("extra", {})),
        comments=list(document.comments.values()),
        groups=list(document.groups.values()),
    )


def _ports(found: type[Component]) -> tuple[object, ...]:
    return found.section, [(port.name, port.kind) for port in (*found.inputs, *found.outputs)]


def _port(port: Port) -> PortView:
    free = QCoreApplication.translate("Ports", "(optional)") if port.optional else ""
    return PortView(port.name, port.kind, QCoreApplication.translate("Ports", port.name), free, port.many)


def _measured(shapes: list[list[int]]) -> str:
    """The first shape, with the batch as N, and how many more there are."""
    if not shapes or len(shapes[0]) < 2:
        return ""
    sizes = "×".join(str(size) for size in shapes[0][1:])
    more = sum(len(shape) == len(shapes[0]) for shape in shapes) - 1
    return f"N×{sizes} +{more}" if more else f"N×{sizes}"


def _flow(kind: str, values: dict[str, Any], source: Mapping[str, Any], task: str) -> str:
    """The form of what flows; ÷8 stands for a map with an eighth of the image's side."""
    channels = {"1": "1", "3": "3"}.get(str(source.get("channels")), "C")
    if kind == "samples":
        return f"{source.get('width', 'W')}×{source.get('height', 'H')}"
    if kind == "images":
        crop = values.get("crop")
        width, height = (crop, crop) if crop else (source.get("width", "W"), source.get("height", "H"))
        return f"N×{channels}×{height}×{width}"
    if kind == "targets":
        return {**dict.fromkeys(OBJECTS, "N×K×4"), "rotated": "N×K×6", "segmentation": "N×H×W"}.get(task, "N")
    if kind == "features":
        return "÷4 … ÷32"
    if kind == "pyramid":
        return f"{values.get('width')} ch ÷{values.get('finest')} … ÷32"
    return {
        "positions": "N×P×(4+L)",
        "logits": "N×L",
        "classes": "N×(1+L)×h×w",
        "anomaly": "N×h×w",
        "rows": "N×2×F",
        "answers": "N×T×2",
        "trees": "N×2",
        "loss": "1",
    }.get(kind, "")


def _summary(found: type[Component], node: NodeRecord) -> str:
    """The first few parameters as words, for the head of the card."""
    parts: list[str] = []
    for name, field in found.Parameters.model_fields.items():
        more: dict[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        value = node.parameters.get(name, field.default)
        if more.get("advanced") or more.get("lines") or isinstance(value, bool):
            continue
        chinese = language().startswith("zh")
        title = str(more.get("title_zh") if chinese else field.title or name)
        shown = f"{value:g}" if isinstance(value, int | float) else str(value)
        parts.append(f"{title if chinese else title.lower()} {shown}")
        if len(parts) == SUMMARY_PARTS:
            break
    return " · ".join(parts)
