"""The labelling configuration of Label Studio: made from our schema, and read back to one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from engine.data.importers.base import LabelSpec
from engine.errors import BadInput

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

IMAGE = "image"
TAGS = {
    "box": "RectangleLabels", "rotated_box": "RectangleLabels", "polygon": "PolygonLabels", "ellipse": "EllipseLabels",
    "point": "KeyPointLabels", "keypoints": "KeyPointLabels", "mask": "BrushLabels", "polyline": "VectorLabels",
    "class": "Choices",
}  # fmt: skip
KINDS = {tag: kind for kind, tag in reversed(TAGS.items())} | {"RectangleLabels": "box", "KeyPointLabels": "point"}
ATTRIBUTES = {"choice": "Choices", "flag": "Choices", "number": "Number", "text": "TextArea"}
TYPES = {"Choices": "choice", "Number": "number", "TextArea": "text", "Rating": "number"}
TAKEN = {IMAGE, *(tag.removesuffix("Labels").lower() for tag in TAGS.values())}  # names of controls
JOINT = " · "  # between a label and the name of one of its key points


@dataclass(frozen=True)
class Control:
    """One control tag: what it is called, what kind of result it makes, and the names it allows (none: any)."""

    name: str
    tag: str
    to_name: str
    names: tuple[str, ...] = ()
    per_region: bool = False
    labels: tuple[str, ...] = ()  # of regions that it is shown for; none: all
    colors: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The type of its results."""
        return self.tag.lower()


@dataclass(frozen=True)
class Config:
    """A labelling configuration as far as pictures go; `key` is the field of a task's data that names the picture."""

    controls: tuple[Control, ...]
    key: str = IMAGE
    relations: tuple[str, ...] = ()

    def control(self, kind: str, label: str) -> Control | None:
        """The control that makes shapes of a kind with a label."""
        wanted = TAGS.get(kind)
        return next((c for c in self.controls if c.tag == wanted and not c.per_region and label in c.names), None)

    def attribute(self, name: str, label: str) -> Control | None:
        """The control of an attribute of regions with a label."""
        return next(
            (c for c in self.controls if c.per_region and c.name == name and (not c.labels or label in c.labels)), None
        )


def make(labels: Sequence[LabelSpec], kinds: Mapping[str, Iterable[str]], relations: Iterable[str] = ()) -> str:
    """The XML for a schema.

    Args:
        kinds: the kinds of shapes that each label may have; a label that is not there: boxes.
    """
    lines = [
        "<View>",
        f'  <Image name="{IMAGE}" value="${IMAGE}" zoom="true" zoomControl="true" rotateControl="false"/>',
    ]
    wanted = {label.name: set(kinds.get(label.name) or ("box",)) for label in labels}
    for tag in dict.fromkeys(TAGS.values()):
        names: list[tuple[str, str | None]] = []
        for label in labels:
            if any(TAGS[kind] == tag for kind in wanted[label.name] - {"keypoints"}):
                names.append((label.name, label.color))
            if tag == "KeyPointLabels" and "keypoints" in wanted[label.name]:
                names += [
                    (f"{label.name}{JOINT}{joint}", label.color) for joint in label.details.get("keypoints") or ()
                ]
        if names:
            lines += _labels(tag, names)
    lines += _attributes(labels)
    if words := list(dict.fromkeys(relations)):
        lines += ["  <Relations>", *(f"    <Relation value={quoteattr(word)}/>" for word in words), "  </Relations>"]
    return "\n".join([*lines, "</View>", ""])


def _labels(tag: str, names: list[tuple[str, str | None]]) -> Iterator[str]:
    name = tag.removesuffix("Labels").lower()
    if tag == "Choices":
        yield f'  <Choices name="{name}" toName="{IMAGE}" choice="multiple">'
        yield from (f"    <Choice value={quoteattr(each)}/>" for each, _ in names)
    else:
        extra = ' canRotate="true"' if tag == "RectangleLabels" else ""
        yield f'  <{tag} name="{name}" toName="{IMAGE}"{extra}>'
        for each, color in names:
            yield f"    <Label value={quoteattr(each)}{f' background={quoteattr(color)}' if color else ''}/>"
    yield f"  </{tag}>"


def _attributes(labels: Sequence[LabelSpec]) -> Iterator[str]:
    """A control for each attribute; labels that have one of the same name share it."""
    found: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for label in labels:
        for spec in label.attributes:
            if str(spec["name"]) in TAKEN:
                continue  # told beside the region, as attributes without a rule are
            known, owners = found.setdefault(str(spec["name"]), (dict(spec), []))
            owners.append(label.name)
            if spec.get("values"):
                known["values"] = list(dict.fromkeys([*known.get("values", ()), *spec["values"]]))
    for name, (spec, owners) in found.items():
        kind = str(spec.get("type", "text"))
        tag = ATTRIBUTES.get(kind, "TextArea")
        when = f' whenTagName="" whenLabelValue={quoteattr(",".join(owners))}'.replace(' whenTagName=""', "")
        head = f'  <{tag} name={quoteattr(name)} toName="{IMAGE}" perRegion="true"{when}'
        if spec.get("required"):
            head += ' required="true"'
        if tag == "Choices":
            values = ["true", "false"] if kind == "flag" else list(map(str, spec.get("values") or ()))
            yield head + ' choice="single">'
            yield from (f"    <Choice value={quoteattr(value)}/>" for value in values)
            yield f"  </{tag}>"
        elif tag == "Number" and len(spec.get("range") or ()) == 2:
            low, high = spec["range"]
            yield head + f' min="{low}" max="{high}"/>'
        else:
            yield head + "/>"


def read(xml: str) -> Config:
    """What a configuration says of pictures.

    Raises:
        BadInput: it is not XML, or labels no picture.
    """
    from engine.data.importers.voc import parse_xml

    root = parse_xml(xml)
    images = {entry.get("name") or "": entry for entry in root.iter("Image")}
    if not images:
        raise BadInput("The project labels no images: its configuration has no <Image>.")
    first = next(iter(images.values()))
    controls = [control for entry in root.iter() if (control := _control(entry, set(images))) is not None]
    words = tuple(entry.get("value") or "" for entry in root.iter("Relation"))
    return Config(tuple(controls), (first.get("value") or f"${IMAGE}").lstrip("$"), words)


def _control(entry: Element, images: set[str]) -> Control | None:
    if entry.get("toName") not in images or not entry.get("name"):
        return None
    children = [child for child in entry.iter() if child.tag in ("Label", "Choice") and child.get("value")]
    whens = tuple(part for part in (entry.get("whenLabelValue") or "").split(",") if part)
    return Control(
        entry.get("name") or "", entry.tag, entry.get("toName") or "",
        tuple(child.get("value") or "" for child in children), entry.get("perRegion") == "true", whens,
        {child.get("value") or "": child.get("background") or "" for child in children}, dict(entry.attrib),
    )  # fmt: skip


def schema(config: Config) -> tuple[list[LabelSpec], dict[str, list[str]]]:
    """Labels with colours, key points and attributes, and the kinds of shapes that each may have."""
    labels: dict[str, LabelSpec] = {}
    kinds: dict[str, list[str]] = {}
    for control in config.controls:
        kind = KINDS.get(control.tag)
        if kind is None or control.per_region:
            continue
        for value in control.names:
            name, joint, point = value.partition(JOINT) if kind == "point" else (value, "", "")
            label = labels.setdefault(name, LabelSpec(name, color=_color(control.colors.get(value, ""))))
            if joint:
                label.details.setdefault("keypoints", []).append(point)
            kinds.setdefault(name, []).extend(
                [] if (k := "keypoints" if joint else kind) in kinds.get(name, ()) else [k]
            )
    for control in config.controls:
        if control.per_region and control.tag in TYPES:
            for name in control.labels or tuple(labels):
                if name in labels:
                    labels[name].attributes.append(_attribute(control))
    return list(labels.values()), kinds


def flags(config: Config) -> frozenset[str]:
    """Names of attributes that are yes or no."""
    return frozenset(c.name for c in config.controls if c.per_region and set(c.names) == {"true", "false"})


def _attribute(control: Control) -> dict[str, Any]:
    spec: dict[str, Any] = {"name": control.name, "type": TYPES[control.tag]}
    if control.tag == "Choices":
        flag = set(control.names) == {"true", "false"}
        spec |= {"type": "flag"} if flag else {"values": list(control.names)}
    limits = [control.options.get(side) for side in ("min", "max")]
    if control.tag == "Number" and all(limits):
        spec["range"] = [float(limit) if "." in limit else int(limit) for limit in limits if limit]
    return spec | ({"required": True} if control.options.get("required") == "true" else {})


def _color(text: str) -> str | None:
    return text.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", text) else None
