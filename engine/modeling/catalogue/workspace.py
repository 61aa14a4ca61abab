"""Components that a workspace brings itself: files components/*.py.

A file begins with what the component is, as a plain literal, and goes on with its code:

    COMPONENT = {
        "type": "mine.sharpen",
        "class": "Sharpen",
        "title": ["Sharpen", "锐化"],
        "help": ["Unsharp masking.", "反锐化掩模。"],
        "inputs": {"in": "tensor"},
        "outputs": {"out": "tensor"},
        "parameters": {"strength": {"default": 0.5, "title": ["Strength", "强度"], "ge": 0, "le": 2}},
    }

    from torch import Tensor, nn

    class Sharpen(nn.Module):
        def __init__(self, channels: int, stride: float, strength: float = 0.5) -> None:
            super().__init__()
            self.channels, self.stride = channels, stride
            ...

Optional are "tasks" (default: all), "context" (default: channels and stride of the first input; as of the catalogue's own
components) and "help". The window and the commands only read the literal (`ast.literal_eval`); nothing of the file is executed
there. Its code is written into the code of each model that uses it, so that a run stays whole when the file changes, and is
executed where that is: in workers and in the process beside the window. A file that cannot be used is told with its line and
stops nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.modeling.catalogue.base import Component, Flow, Form, Given, Port, Text, parameter
from engine.modeling.catalogue.kinds import KINDS
from engine.modeling.catalogue.layers.base import TASKS

FOLDER = "components"
NEEDED = ("type", "class", "title", "inputs", "outputs")
KNOWN = {*NEEDED, "help", "tasks", "context", "parameters"}


@dataclass(frozen=True)
class Broken:
    """A file that cannot be used; the line counts from 1, 0: no single one."""

    file: str
    line: int
    reason: str


class OfWorkspace(Component):
    """What all of them have."""

    section = "network"
    shelf = "workspace"
    text = ""

    @classmethod
    def source(cls, values: Mapping[str, Any]) -> str:
        """The code of the file, without the literal."""
        del values
        return cls.text

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """As many channels as the parameter “outputs” says; else the built network tells."""
        del given
        return tuple(Flow(values.get("outputs")) for _ in cls.outputs)


def read_folder(folder: Path) -> tuple[dict[str, type[Component]], list[Broken]]:
    """The components of the files in a folder by file name, and the files that cannot be used."""
    found: dict[str, type[Component]] = {}
    broken: list[Broken] = []
    for path in sorted(folder.glob("*.py")):
        try:
            found[path.name] = read_file(path)
        except Unusable as error:
            broken.append(Broken(path.name, error.line, str(error)))
    return found, broken


class Unusable(Exception):
    """Why a file is no component."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


def read_file(path: Path) -> type[Component]:
    """The component of a file, read as text.

    Raises:
        Unusable: it has none; with the line.
    """
    try:
        text = path.read_text("utf-8")
        tree = ast.parse(text)
    except SyntaxError as error:
        raise Unusable(f"this is not Python: {error.msg}", error.lineno or 0) from error
    except (OSError, ValueError) as error:
        raise Unusable("this is not text in UTF-8") from error
    said = next((part for part in tree.body if _assigns(part, "COMPONENT")), None)
    if not isinstance(said, ast.Assign):
        raise Unusable("it has no COMPONENT = {…}")
    try:
        told = ast.literal_eval(said.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise Unusable(
            "COMPONENT is no plain literal; write only text, numbers, lists and dicts", said.lineno
        ) from error
    classes = {part.name for part in tree.body if isinstance(part, ast.ClassDef)}
    lines = text.splitlines()
    rest = "\n".join(lines[: said.lineno - 1] + lines[said.end_lineno :]) if said.end_lineno else text
    try:
        return _made(told, classes, _without_docstring(rest))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Unusable(str(error) or type(error).__name__, said.lineno) from error


def _assigns(part: ast.stmt, name: str) -> bool:
    return isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name) and part.targets[0].id == name


def _without_docstring(text: str) -> str:
    body = ast.parse(text).body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        return "\n".join(text.splitlines()[body[0].end_lineno :]).strip()
    return text.strip()


def _made(told: Any, classes: set[str], source: str) -> type[Component]:
    if not isinstance(told, dict):
        raise ValueError("COMPONENT is no dict")
    missing = [name for name in NEEDED if name not in told]
    unknown = [str(name) for name in told if name not in KNOWN]
    if missing or unknown:
        raise ValueError(
            f"COMPONENT lacks {', '.join(missing)}" if missing else f"COMPONENT has no use for {', '.join(unknown)}"
        )
    if told["class"] not in classes:
        raise ValueError(f"there is no class {told['class']} in the file")
    inputs, outputs = _ports(told["inputs"]), _ports(told["outputs"])
    first = inputs[0].name
    title = _words(told["title"])
    members = {
        "type": str(told["type"]),
        "title": title,
        "help": _words(told.get("help", [f"{title.en}.", f"{title.zh}。"])),
        "tasks": tuple(told.get("tasks", TASKS)),
        "inputs": inputs,
        "outputs": outputs,
        "context": tuple(told.get("context", (f"{{{first}.channels}}", f"{{{first}.stride}}"))),
        "call": f":{told['class']}",
        "text": source,
        "Parameters": _form(told.get("parameters", {})),
        "__doc__": title.en,
    }
    return type(str(told["class"]), (OfWorkspace,), members)


def _ports(told: Mapping[str, str]) -> tuple[Port, ...]:
    wrong = next((kind for kind in told.values() if kind not in KINDS), None)
    if wrong is not None or not told:
        raise ValueError(f"ports need one of the kinds {', '.join(KINDS)}")
    return tuple(Port(str(name), kind, KINDS[kind]) for name, kind in told.items())


def _words(told: Any) -> Text:
    en, zh = (told, told) if isinstance(told, str) else told
    return Text(str(en), str(zh))


def _form(told: Mapping[str, Mapping[str, Any]]) -> type[Form]:
    fields: dict[str, Any] = {
        "__annotations__": {},
        "__doc__": "Of a workspace's own component.",
        "__module__": __name__,
    }
    for name, values in told.items():
        more = dict(values)
        default, title = more.pop("default"), _words(more.pop("title", name))
        help_ = _words(more.pop("help", ""))
        unknown = set(more) - {"ge", "gt", "le", "lt", "multiple_of", "unit"}
        if unknown or not str(name).isidentifier():
            raise ValueError(f"the parameter {name} has no use for {', '.join(sorted(unknown))}")
        fields["__annotations__"][name] = type(default)
        fields[name] = parameter(default, title, help_, **more)
    return type("Parameters", (Form,), fields)
