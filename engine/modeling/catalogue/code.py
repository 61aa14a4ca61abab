"""Components that are code: what no other component says, written in the graph's own document.

Such code is only ever read as text here. It is executed where all code of a model is: in workers and in the process beside
the window.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import Field, field_validator
from pydantic.config import JsonDict

from engine.modeling.catalogue.base import Component, ComponentClass, Flow, Form, Given, Port, Text
from engine.modeling.catalogue.kinds import KINDS
from engine.modeling.catalogue.layers.base import TASKS

CARRIED = ("images", "tensor", "vector", "features", "pyramid", "positions", "logits")
PLACE = re.compile(r"\{(\w+)\.(channels|strides?)\}")
START = '''class Own(nn.Module):
    """From a map to a map of the same channels."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__()
        self.channels, self.stride = channels, stride  # what the next layer takes from here
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)
'''


def _text(default: str, title: tuple[str, str], help: tuple[str, str], lines: bool = False) -> Any:
    extra: JsonDict = {
        "title_zh": title[1],
        "help_en": help[0],
        "help_zh": help[1],
        "unit": "",
        "advanced": False,
        "lines": lines,
    }
    return Field(default, title=title[0], description=help[0], json_schema_extra=extra)


class CodeModule(Component):
    """A torch.nn.Module of a person's own."""

    type = "code.module"
    section = "network"
    shelf = "code"
    tasks = TASKS
    title = Text("Own module", "自定义模块")
    help = Text(
        "A torch.nn.Module written here. Its channels and stride are attributes of the object, unless they are named below.",
        "在此编写的 torch.nn.Module。其通道数与步长为对象的属性，或在下方指明。",
    )
    inputs = (Port("in", "tensor", KINDS["tensor"]),)
    outputs = (Port("out", "tensor", KINDS["tensor"]),)
    call = ":"

    class Parameters(Form):
        """The code, and what goes in and out."""

        source: str = _text(START, ("Code", "代码"), ("the class, and what it needs", "类及其所需内容"), lines=True)
        make: str = _text(
            "Own({in.channels}, {in.stride})",
            ("Made by", "构造"),
            (
                "a Python expression; {in.channels} and {in.stride} are those of the layer before",
                "Python 表达式；{in.channels} 与 {in.stride} 取自前一层",
            ),
        )
        inputs: str = _text("tensor", ("Takes", "输入"), ("kinds, with commas between", "种类，用逗号分隔"))
        outputs: str = _text("tensor", ("Gives", "输出"), ("kinds, with commas between", "种类，用逗号分隔"))
        channels: int = Field(
            0, title="Channels", ge=0,
            description="that come out; 0: the object says",
            json_schema_extra={"title_zh": "通道数", "help_en": "that come out; 0: the object says", "help_zh": "输出的通道数；0 表示由对象给出", "unit": "", "advanced": True},
        )  # fmt: skip
        stride: float = Field(
            0, title="Stride", ge=0,
            description="px of the image that one place stands for; 0: the object says",
            json_schema_extra={"title_zh": "步长", "help_en": "px of the image that one place stands for; 0: the object says", "help_zh": "每个位置对应的图像像素；0 表示由对象给出", "unit": "", "advanced": True},
        )  # fmt: skip

        @field_validator("source")
        @classmethod
        def _python(cls, text: str) -> str:
            return parsed(text)

        @field_validator("make")
        @classmethod
        def _expression(cls, text: str) -> str:
            try:
                ast.parse(PLACE.sub("1", text).strip(), mode="eval")
            except (SyntaxError, ValueError) as error:
                raise ValueError(f"a Python expression: {error}") from error
            return text

        @field_validator("inputs", "outputs")
        @classmethod
        def _known(cls, text: str) -> str:
            wrong = next((kind for kind in kinds(text) if kind not in CARRIED), None)
            if wrong is not None or not kinds(text):
                raise ValueError(f"one or more of {', '.join(CARRIED)}, with commas between")
            return text

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ComponentClass:
        """The component with the ports that the values name."""
        form = cls.Parameters.model_fields
        given, gives = (str(values.get(name, form[name].default)) for name in ("inputs", "outputs"))
        return _with_ports(given, gives)

    @classmethod
    def flow(cls, values: Mapping[str, Any], given: Given) -> tuple[Flow, ...]:
        """What the values name; else only the built network tells."""
        del given
        flow = Flow(values["channels"] or None, values["stride"] or None)
        return tuple(flow for _ in cls.outputs)


@cache
def _with_ports(given: str, gives: str) -> type[Component]:
    members = {"inputs": _ports("in", given), "outputs": _ports("out", gives), "__doc__": CodeModule.__doc__}
    return type("CodeModule", (CodeModule,), members)


def _ports(name: str, text: str) -> tuple[Port, ...]:
    found = [kind for kind in kinds(text) if kind in CARRIED]
    return tuple(
        Port(name if len(found) == 1 else f"{name}{number}", kind, KINDS[kind]) for number, kind in enumerate(found, 1)
    )


class CodeText(Component):
    """Imports, functions and constants."""

    type = "code.text"
    section = "code"
    shelf = "code"
    tasks = TASKS
    title = Text("Own code", "自定义代码")
    help = Text(
        "Imports, functions and constants that own modules need; stands before the network.",
        "自定义模块所需的导入、函数与常量；位于网络之前。",
    )
    call = ":"

    class Parameters(Form):
        """The code."""

        source: str = _text(
            "import torch\n", ("Code", "代码"), ("as in a Python file", "与 Python 文件相同"), lines=True
        )

        @field_validator("source")
        @classmethod
        def _python(cls, text: str) -> str:
            return parsed(text)


def kinds(text: str) -> list[str]:
    """ "tensor, vector" as a list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def parsed(text: str) -> str:
    """The same text, when it is Python; it is not executed.

    Raises:
        ValueError: it is not; the message has the line.
    """
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise ValueError(f"Python: line {error.lineno}, {error.msg}") from error
    return text


COMPONENTS = (CodeModule, CodeText)
