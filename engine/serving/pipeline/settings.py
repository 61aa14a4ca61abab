"""Settings of a pipeline's parts: read from plain values, each refused by name where it cannot be."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, TypeVar

from engine.serving.errors import ServingError

PART = TypeVar("PART")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?")
SYSTEM = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/root", "/run", "/sbin", "/sys", "/usr")
"""Folders of the machine itself, which no pipeline reads or writes."""
OWN = ("/opt/lineside", "/var/lib/lineside")
"""What an artifact has there itself."""
TEXTS = "texts"


class BadPipeline(ServingError):
    """The document of a pipeline cannot be used; the sentence names the key."""

    status = 400


def setting(
    default: Any = dataclasses.MISSING, *, kind: str = "", least: float = -math.inf, most: float = math.inf,
    one_of: Iterable[str] = (),
) -> Any:  # fmt: skip
    """A field of a dataclass of settings.

    Args:
        kind: what a text is: path, name, address; or `texts`, a list of them.
        one_of: what a text, or each of a list, may be.
    """
    about = {"kind": kind, "least": least, "most": most, "one_of": tuple(one_of)}
    return dataclasses.field(default=default, metadata=about)


def settings_of(made: type[PART], values: Mapping[str, Any], where: str) -> PART:
    """The settings of one part.

    Raises:
        BadPipeline: a key is unknown or missing, or has a value that cannot be.
    """
    known = {field.name: field for field in dataclasses.fields(made) if field.init}  # type: ignore[arg-type]  # a dataclass
    if unknown := sorted(set(values) - set(known)):
        raise BadPipeline(f"{where}.{unknown[0]} is not known; there are {', '.join(known) or 'no settings'}.")
    for name, field in known.items():
        if field.default is dataclasses.MISSING and name not in values:
            raise BadPipeline(f"{where}.{name} is missing.")
    read = {name: _value(f"{where}.{name}", known[name], value) for name, value in values.items()}
    try:
        return made(**read)
    except ValueError as error:  # of `__post_init__`: NAME: what is wrong
        raise BadPipeline(f"{where}.{error}.") from error


def paths_of(part: Any) -> list[str]:
    """The paths on the machine that the settings of a part name."""
    fields = [field for field in dataclasses.fields(part) if field.metadata.get("kind") == "path"]
    return [path for field in fields if (path := getattr(part, field.name))]


def _value(where: str, field: dataclasses.Field[Any], value: Any) -> Any:
    about, wanted = field.metadata, str(field.type)
    if wanted == "bool":
        return _expected(where, value, isinstance(value, bool), "true or false")
    if wanted in ("int", "float"):
        proper = isinstance(value, int if wanted == "int" else (int, float)) and not isinstance(value, bool)
        _expected(where, value, proper and math.isfinite(value), "a whole number" if wanted == "int" else "a number")
        within = about["least"] <= value <= about["most"]
        return _expected(where, value, within, f"from {about['least']:g} to {about['most']:g}")
    if about["kind"] == TEXTS:
        _expected(where, value, isinstance(value, list) and len(value) <= 100, "a list")
        return tuple(_text(f"{where}[{place}]", about, one) for place, one in enumerate(value))
    return _text(where, about, value)


def _text(where: str, about: Mapping[str, Any], value: Any) -> str:
    proper = isinstance(value, str) and 0 < len(value) <= 500 and value.isprintable()
    text = str(_expected(where, value, proper, "a text"))
    if about["one_of"]:
        _expected(where, value, text in about["one_of"], f"one of {', '.join(about['one_of'])}")
    if about["kind"] == "path":
        check_path(where, text)
    if about["kind"] == "name":
        _expected(where, value, NAME.fullmatch(text), "small letters, digits, - and _")
    if about["kind"] == "address":
        _expected(where, value, ADDRESS.fullmatch(text), "a host, or HOST:PORT")
    return text


def check_path(where: str, text: str) -> None:
    """Refuse what is no whole path, or leads into the machine itself.

    Raises:
        BadPipeline: it says why.
    """
    path = PurePosixPath(text)
    if not path.is_absolute() or ".." in path.parts or len(path.parts) < 3 or ":" in text:
        raise BadPipeline(f"{where} is “{text}”; give a whole path below a folder of its own, without “..” and “:”.")
    if any(path.is_relative_to(folder) for folder in (*SYSTEM, *OWN)):
        raise BadPipeline(f"{where} is “{text}”, which belongs to the machine; choose another folder.")


def _expected(where: str, value: Any, proper: Any, what: str) -> Any:
    if not proper:
        raise BadPipeline(f"{where} is {str(value)[:60]!r}; it is {what}.")
    return value
