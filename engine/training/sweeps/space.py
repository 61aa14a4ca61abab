"""What a sweep tries: ranges and choices for the parameters of a graph, and for the types of its nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from typing import Any, get_args

from engine.errors import UsageError
from engine.modeling.catalogue import Component, component
from engine.modeling.check import require_sound
from engine.modeling.graph import Graph
from engine.training.runs import typed

EXAMPLE = "optimiser.rate=0.0005..0.05 log, backbone.width=16,32,64 or backbone=backbone.small,backbone.resnet"
DIGITS = 4  # of a tried number: more would only look exact
FACTOR = 10.0  # how far a range reaches on both sides of the drawn value when nobody says
_RANGE = re.compile(r"(?P<low>\S+?)\.\.(?P<high>\S+?)(?:[\s:]+(?P<log>log))?")
_EDGE = 0.01  # of a range, where its end itself is not allowed


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included.

    Attributes:
        key: "node.parameter".
        log: as many between 0.001 and 0.01 as between 0.01 and 0.1.
        step: distance of neighbours; 0: none for numbers with a fraction, 1 for whole ones.
    """

    key: str
    low: float
    high: float
    log: bool = False
    whole: bool = False
    step: int = 0

    def to_json(self) -> dict[str, Any]:
        """As in sweep.json."""
        return {"key": self.key, "low": self.low, "high": self.high, "log": self.log, "whole": self.whole, "step": self.step}  # fmt: skip

    def rounded(self, value: float) -> float:
        """The value as it is tried: some digits are enough."""
        return value if self.whole else min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high)

    def holds(self, value: Any) -> bool:
        """Whether the range has the value."""
        inside = isinstance(value, int | float) and self.low <= value <= self.high
        return inside and not (self.step and (value - self.low) % self.step)

    def __str__(self) -> str:
        return f"{self.key}={self.low:g}..{self.high:g}{' log' if self.log else ''}"


@dataclass(frozen=True)
class Choice:
    """One of some values; for a key without a parameter ("backbone") they are types of component."""

    key: str
    values: tuple[Any, ...]

    def to_json(self) -> dict[str, Any]:
        """As in sweep.json."""
        return {"key": self.key, "values": list(self.values)}

    def rounded(self, value: Any) -> Any:
        """The value itself."""
        return value

    def holds(self, value: Any) -> bool:
        """Whether it is one of them."""
        return value in self.values

    def __str__(self) -> str:
        return f"{self.key}={','.join(map(str, self.values))}"


Dimension = Range | Choice
Space = tuple[Dimension, ...]


def space_from_json(documents: Iterable[Mapping[str, Any]]) -> Space:
    """What `to_json` of its parts wrote."""
    return tuple(Choice(d["key"], tuple(d["values"])) if "values" in d else Range(**d) for d in documents)


def parse_space(graph: Graph, lines: Iterable[str]) -> Space:
    """A space from lines like those of `EXAMPLE`; a key alone takes the range that the catalogue allows.

    Raises:
        UsageError: a line names what the graph does not have, cannot be read, or leaves what the catalogue allows.
        BadInput: the graph cannot be trained with one of the types.
    """
    split = [(key.strip(), text.strip()) for key, _, text in (line.partition("=") for line in lines)]
    if not split:
        raise UsageError(f"A sweep needs values to try; write them as {EXAMPLE}.")
    keys = [key for key, _ in split]
    if doubled := [key for key in keys if keys.count(key) > 1]:
        raise UsageError(f"“{doubled[0]}” is named twice; put all its values into one line.")
    types = tuple(_types(graph, key, text) for key, text in split if "." not in key)
    nodes = [choice.key for choice in types]
    variants = [swapped(graph, dict(zip(nodes, found, strict=True))) for found in product(*(t.values for t in types))]
    for variant in variants:
        require_sound(variant)
    return (*types, *(_parameter(variants, key, text) for key, text in split if "." in key))


def default_space(graph: Graph, keys: Iterable[str]) -> Space:
    """The ranges that the catalogue allows for these parameters."""
    return parse_space(graph, keys)


def offers(graph: Graph) -> dict[str, str]:
    """What of a graph can be tried: the text of a sensible space by "node.parameter", and by node for its type.

    Sizes of single layers hang together, so none of them is offered; a person may name them.
    """
    found: dict[str, str] = {}
    for node in graph.nodes:
        known = component(node.type)
        if known is None or known.shelf:
            continue
        others = [other.type for other in _alternatives(graph, known)]
        if len(others) > 1:
            found[node.id] = ",".join(others)
        for name in known.Parameters.model_fields:
            try:
                found[f"{node.id}.{name}"] = str(_default(known, f"{node.id}.{name}", graph)).partition("=")[2]
            except UsageError:
                continue
    return found


def swapped(graph: Graph, types: Mapping[str, str]) -> Graph:
    """A copy in which nodes have other types; of their parameters stays what the new type takes too."""
    copy = deepcopy(graph)
    for node_id, type_ in types.items():
        node, found = copy.node(node_id), component(type_)
        assert found is not None
        if node.type != type_:
            kept = {name: value for name, value in node.parameters.items() if _takes(found, name, value)}
            node.type, node.version, node.parameters = type_, found.version, {**found.defaults(), **kept}
    return copy


def configured(graph: Graph, values: Mapping[str, Any]) -> Graph:
    """A copy of the graph with the values of a trial.

    Raises:
        UsageError: the graph has such a node or parameter no more.
    """
    types = {key: value for key, value in values.items() if "." not in key}
    for node, type_ in types.items():
        _types(graph, node, type_)
    copy = swapped(graph, types)
    return copy.with_parameters(typed(copy, {key: value for key, value in values.items() if "." in key}))


def has(graph: Graph, key: str) -> bool:
    """Whether the graph, with the types that it has now, knows the parameter."""
    node, _, name = key.partition(".")
    found = component(graph.node(node).type)
    return found is not None and name in found.Parameters.model_fields


def drawn_values(graph: Graph, space: Space) -> dict[str, Any] | None:
    """The values that the graph has already; None when one of them lies outside the space."""
    values: dict[str, Any] = {}
    for dimension in space:
        node, dot, name = dimension.key.partition(".")
        if dot and not has(graph, dimension.key):
            continue
        values[dimension.key] = graph.node(node).parameters.get(name) if dot else graph.node(node).type
        if not dimension.holds(values[dimension.key]):
            return None
    return values


def _types(graph: Graph, key: str, text: str) -> Choice:
    node = graph.node(key)
    now = component(node.type)
    fitting = [found.type for found in _alternatives(graph, now)] if now is not None else []
    values = tuple(part.strip() for part in text.split(",") if part.strip()) or tuple(fitting)
    for value in values:
        if component(value) is None:
            raise UsageError(f"There is no component “{value}”; for “{key}” there are {', '.join(fitting)}.")
        if value not in fitting:
            raise UsageError(f"“{value}” does not fit in the place of “{key}”; there are {', '.join(fitting)}.")
    return Choice(key, values)


def _alternatives(graph: Graph, now: type[Component]) -> list[type[Component]]:
    """Components of the same task with the same ports, the present one first."""
    from engine.modeling.catalogue import catalogue

    ports = (now.inputs, now.outputs)
    same = [f for f in catalogue().values() if graph.task in f.tasks and (f.inputs, f.outputs) == ports]
    return [now, *(found for found in same if found.type != now.type and found.section == now.section)]


def _parameter(variants: list[Graph], key: str, text: str) -> Dimension:
    having = [variant for variant in variants if has(variant, key)]
    if not having:
        typed(variants[0], {key: text})  # says what there is
    known = component(having[0].node(key.partition(".")[0]).type)
    assert known is not None
    if not text:
        return _default(known, key, having[0])
    dimension = _read(having[0], known, key, text)
    ends = (dimension.low, dimension.high) if isinstance(dimension, Range) else dimension.values
    for variant in having:
        for end in ends:
            _require(variant, key, end)
    return dimension


def _require(graph: Graph, key: str, value: Any) -> None:
    """Pass a value that the node's present type takes."""
    try:
        typed(graph, {key: value})
    except UsageError as error:
        raise UsageError(f"{error} That is what {graph.node(key.partition('.')[0]).type} takes.") from error


def _read(graph: Graph, known: type[Component], key: str, text: str) -> Dimension:
    if ".." not in text:
        return Choice(key, tuple(typed(graph, {key: part.strip()})[key] for part in text.split(",")))
    found = _RANGE.fullmatch(text)
    limits = _Limits.of(known, key.partition(".")[2])
    if found is None or limits.kind not in (int, float):
        allowed = (
            "a list as in a,b,c" if limits.kind not in (int, float) else "0.001..0.1, with “ log” behind it or not"
        )
        raise UsageError(f"“{key}={text}” is no range that can be tried here; write {allowed}.")
    low, high = (typed(graph, {key: found[end]})[key] for end in ("low", "high"))
    if low >= high:
        raise UsageError(f"{key}: the range {text} is empty; the smaller value comes first.")
    if found["log"] and low <= 0:
        raise UsageError(f"{key}: a logarithmic range begins above 0, as in 0.0001..{high:g} log.")
    whole = limits.kind is int
    return Range(key, low, high, bool(found["log"]), whole, 0 if found["log"] or not whole else limits.step)


@dataclass(frozen=True)
class _Limits:
    """What the catalogue allows for a parameter."""

    kind: Any
    low: float | None = None
    high: float | None = None
    step: int = 1
    choices: tuple[Any, ...] = ()
    above_low: bool = False
    below_high: bool = False

    @staticmethod
    def of(known: type[Component], name: str) -> _Limits:
        field = known.Parameters.model_fields[name]
        if field.annotation is bool:
            return _Limits(bool, choices=(False, True))
        if get_args(field.annotation):
            return _Limits(str, choices=get_args(field.annotation))
        found = {limit: getattr(part, limit) for part in field.metadata for limit in ("ge", "gt", "le", "lt", "multiple_of") if hasattr(part, limit)}  # fmt: skip
        low, high = found.get("ge", found.get("gt")), found.get("le", found.get("lt"))
        return _Limits(field.annotation, low, high, int(found.get("multiple_of", 1)), (), "gt" in found, "lt" in found)


def _default(known: type[Component], key: str, graph: Graph) -> Dimension:
    """All choices; of numbers what is within a tenth and ten times of the drawn value, or else all that is allowed."""
    node, _, name = key.partition(".")
    limits, now = _Limits.of(known, name), graph.node(node).parameters.get(name, known.defaults()[name])
    if limits.choices:
        return Choice(key, limits.choices)
    if limits.kind not in (int, float) or not isinstance(now, int | float) or (_open(limits) and now <= 0):
        raise UsageError(f"“{key}” has no range of its own; write one, as in {EXAMPLE}.")
    high = limits.high if limits.high is not None else now * FACTOR
    if limits.kind is int:
        low, high = max(limits.low or 0, now / 2), min(high, now * 2)
        step = limits.step
        return Range(key, int(-(-low // step) * step), int(high // step * step), False, True, step)
    if 0 < now <= high / FACTOR:
        return Range(key, max(limits.low or 0.0, now / FACTOR), min(high, now * FACTOR), True)
    low = limits.low or 0.0
    edge = _EDGE * (high - low)
    return Range(key, low + edge * limits.above_low, high - edge * limits.below_high)


def _open(limits: _Limits) -> bool:
    """Whether only the drawn value tells how far a range could reach."""
    return limits.kind is int or limits.high is None


def _takes(known: type[Component], name: str, value: Any) -> bool:
    from pydantic import ValidationError

    try:
        known.Parameters(**{name: value})
    except ValidationError:
        return False
    return True
