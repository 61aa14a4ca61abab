"""What could stand next in a model's code. jedi reads the code, in the process beside the window; it runs none of it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.labeling.assist.companion import Answer, shared
from engine.labeling.assist.frames import Arrays

if TYPE_CHECKING:
    from jedi import Script

MOST = 200
TIMEOUT_S = 20.0


class Name(NamedTuple):
    """A name that could stand there; kind: module, class, function, param, instance, keyword, property or statement."""

    text: str
    kind: str


class Completion(NamedTuple):
    """Names that fit, the likeliest first, and the call that the place is inside of: `Conv2d(in_channels: int, …)`."""

    names: list[Name]
    call: str


def complete(code: str, line: int, column: int) -> Completion:
    """What fits at a place: line from 1, column from 0. The first time takes some seconds.

    Raises:
        Superseded: a newer question came meanwhile.
    """
    request = {"code": code, "line": line, "column": column}
    answer, _ = shared().call("model.complete", request, replaces="model.complete", timeout_s=TIMEOUT_S)
    return Completion([Name(*name) for name in answer["names"]], answer["call"])


def answer(arguments: dict[str, Any], arrays: Arrays) -> Answer:
    """The part of the process beside the window: {code, line, column} → {names, call}."""
    del arrays
    script, place = _script(arguments["code"]), (int(arguments["line"]), int(arguments["column"]))
    typed = arguments["code"].splitlines()[place[0] - 1 : place[0]]
    private = _word(typed[0][: place[1]] if typed else "").startswith("_")
    found = [one for one in script.complete(*place) if private or not one.name.startswith("_")]
    calls = script.get_signatures(*place)
    return {
        "names": [[one.name_with_symbols, one.type] for one in found[:MOST]],
        "call": calls[0].to_string() if calls else "",
    }, {}


def _word(text: str) -> str:
    """The beginning of a name that a text ends with."""
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return text[start:]


def _script(code: str) -> Script:
    from jedi import Script

    return Script(code, environment=_environment())


@cache
def _environment() -> Any:
    """Python as this process has it; what jedi has parsed it keeps as pickles, in a folder that ends with the process."""
    import tempfile

    from jedi import InterpreterEnvironment, settings

    _kept.append(tempfile.TemporaryDirectory(prefix="lineside-jedi-"))
    settings.cache_directory = _kept[0].name
    return InterpreterEnvironment()


_kept: list[Any] = []
