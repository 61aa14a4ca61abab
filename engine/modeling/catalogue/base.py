"""What a component of the catalogue is: ports, parameters with their form, and the call that it becomes in code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict
from pydantic import Field as _Field
from pydantic.config import JsonDict

from engine.serving.manifest import OBJECTS

Section = Literal[
    "data", "augment", "network", "loss", "optimiser", "callback", "metric", "train", "evaluate", "export", "code"
]
OF_OBJECTS = tuple(OBJECTS)
OF_IMAGES = ("classification", "multilabel", *OF_OBJECTS, "segmentation", "anomaly")
ALL_TASKS = (*OF_IMAGES, "tabular")


class Text(NamedTuple):
    """Words for a person, in both languages of the program."""

    en: str
    zh: str

    def of(self, language: str) -> str:
        """In the language "zh…", else in English."""
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True)
class Port:
    """Where an edge begins or ends.

    Attributes:
        kind: what flows; an edge joins ports of kinds that fit (`kinds.fits`).
        help: what it is, for a person.
        many: of an input: several edges may end here; their order is that of the graph.
        optional: of an input: it may stay open; the code says what is connected as an argument of that name.
    """

    name: str
    kind: str
    help: Text
    many: bool = False
    optional: bool = False


class Flow(NamedTuple):
    """What is known of a map or vector before there is one; None: only the data or the built network tell.

    Attributes:
        channels: of a map, the length of a vector; of features one for each map.
        stride: px of the image that one place stands for; of features one for each map.
        source: id of the node that gives it.
    """

    channels: Any = None
    stride: Any = None
    source: str = ""


Given = Mapping[str, Sequence[Flow]]  # by input port


class Misfit(NamedTuple):
    """What does not fit at an input or a parameter, and what would mend it."""

    place: str
    message: Text
    suggestion: Text


class Form(BaseModel):
    """Base of all parameter models: the form, the validation and the JSON schema come from it."""

    model_config = ConfigDict(extra="forbid", validate_default=True)


REMEMBERED = 5000  # parameters of nodes
_values: dict[tuple[type, str], dict[str, Any]] = {}


class Component:
    """A type of node.

    The code of a node is one call, `Class(context…, parameter=value, …)`, which is also how it is read back.

    Attributes:
        type: name in the graph file, "group.name".
        call: "module:Class" that the node becomes in the code.
        context: Python expressions before the parameters; `{port}` is the attribute of the node at that input port,
            `{port.channels}` and `{port.stride}` what it gives there (of a port for several: a tuple).
        shelf: where the palette shows it; empty: with its section.
        alone: what only one of all that are connected with one input can do; empty: there may be several.
        replaces: parameters of whom it is connected with, which say the same and then do not count.
    """

    type: ClassVar[str]
    version: ClassVar[int] = 1
    section: ClassVar[Section]
    shelf: ClassVar[str] = ""
    alone: ClassVar[str] = ""
    replaces: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[Text]
    help: ClassVar[Text]
    tasks: ClassVar[tuple[str, ...]] = OF_IMAGES
    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()
    call: ClassVar[str]
    context: ClassVar[tuple[str, ...]] = ()

    class Parameters(Form):
        """No parameters."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ComponentClass:
        """The component as a node with these values has it: ports may depend on values."""
        del values
        return cls

    @classmethod
    def source(cls, values: Mapping[str, Any]) -> str:
        """Code that stands before the network: the class that a node makes, where it comes from no module."""
        return str(values.get("source", ""))

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """What flows out of each output, as far as parameters and inputs tell."""
        del values, given
        return tuple(Flow() for _ in cls.outputs)

    @classmethod
    def misfits(cls, values: Mapping[str, Any], given: Given) -> list[Misfit]:
        """What of the inputs does not fit the parameters or each other."""
        del values, given
        return []

    @classmethod
    def port(cls, name: str) -> Port | None:
        """The input or output port with that name."""
        return next((port for port in (*cls.inputs, *cls.outputs) if port.name == name), None)

    @classmethod
    @lru_cache(1000)
    def quiet(cls) -> Mapping[str, Any]:
        """Parameters that the code leaves out, and the value at which it does: so the rarer ones of single layers."""
        fields = cls.Parameters.model_fields
        extras = {name: field.json_schema_extra for name, field in fields.items()}
        return {
            name: fields[name].default
            for name, extra in extras.items()
            if isinstance(extra, dict) and (extra.get("quiet") or (cls.shelf and extra.get("advanced")))
        }

    @classmethod
    def values(cls, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """All parameters with these values, remembered: a large drawing asks for the same ones at every edit.

        Raises:
            pydantic.ValidationError: a value is not allowed.
        """
        key = (cls, repr(parameters))
        if key not in _values:
            if len(_values) >= REMEMBERED:
                _values.clear()
            _values[key] = cls.Parameters(**parameters).model_dump()
        return _values[key]

    @classmethod
    def in_place_of(cls, old: ComponentClass | None, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of a node that had another component: they stay where they mean the same, so where both begin alike."""
        before, mine = old.defaults() if old is not None else {}, cls.defaults()
        return mine | {name: values[name] for name in mine if name in values and before.get(name) == mine[name]}

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """All parameters with their defaults."""
        return cls.Parameters().model_dump()


ComponentClass = type[Component]  # inside the class, “type” is the name of one


def parameter(
    default: Any,
    title: tuple[str, str],
    help: tuple[str, str] = ("", ""),
    *,
    unit: str = "",
    advanced: bool = False,
    quiet: bool = False,
    **limits: Any,
) -> Any:
    """A parameter of a form.

    Args:
        default: its value at first.
        title: English and Chinese.
        help: a sentence, English and Chinese.
        unit: shown behind the field.
        advanced: shown only when asked for.
        quiet: left out of the code while it has its default, which is then the class's own default too.
        **limits: `ge`, `gt`, `le`, `lt` of pydantic.
    """
    extra: JsonDict = {
        "title_zh": title[1],
        "help_en": help[0],
        "help_zh": help[1],
        "unit": unit,
        "advanced": advanced,
        "quiet": quiet,
    }
    return _Field(default, title=title[0], description=help[0], json_schema_extra=extra, **limits)
