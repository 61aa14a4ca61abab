"""What another machine says of a job, believed only as far as it has the form that it should have."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from engine.errors import TargetError

MOST_LINE, MOST_TEXT = 4 << 20, 20_000
MOST_FILES, MOST_BYTES = 20_000, 64 << 30
NAME = re.compile(r"(?:\w[\w.-]{0,100}/){0,3}\w[\w.-]{0,100}\.(?:json|jsonl|safetensors|ckpt|parquet|txt|png|jpg|csv)")


def _shown(text: str) -> str:
    """Text without what would command a terminal, and with an end."""
    return "".join(one if one.isprintable() or one in "\n\t" else "�" for one in text[:MOST_TEXT])


Text = Annotated[str, AfterValidator(_shown)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Numbers = Annotated[dict[Text, Number | None], Field(max_length=2000)]
Words = Annotated[list[Text], Field(max_length=100_000)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Progress(_Said):
    fraction: Annotated[float, Field(ge=0, le=1)]
    message: Text = ""
    eta_s: Number | None = None


class _Metric(_Said):
    step: int
    values: Numbers


class _Log(_Said):
    text: Text


class _Judge(_Said):
    figure: Text
    higher: bool


class _Warning(_Said):
    kind: Text
    step: int
    curve: Text
    text: Text
    text_zh: Text
    evidence: dict[Text, Number | Text | Words]


class _Live(_Said):
    step: int
    images_s: Number
    waiting: Number
    memory_mb: Number
    energy_wh: Number
    energy_source: Text
    gradient: Numbers
    left_s: Annotated[list[Number], Field(min_length=3, max_length=3)]
    of: Text | None = None
    gpu_mb: Number | None = None


class Device(_Said):
    """As `engine.training.devices.Device` tells itself."""

    accelerator: Text
    name: Text
    precision: Text
    why: Text
    why_zh: Text = ""


class Result(_Said):
    """What a training returns."""

    metrics: dict[Text, Number]
    kept_step: int
    steps: int
    batch: int
    seconds: Number
    energy: dict[Text, Number | Text]
    warnings: list[_Warning]
    labels: Words
    task: Text
    version_digest: Text
    device: Device
    start: dict[Text, Any]
    in_memory: bool
    items: dict[Text, int]
    skipped: dict[Text, Text]
    notes: Words
    parameters: int


class Ended(_Said):
    """How a job is there; see `engine.jobs.JobStatus`."""

    state: Text
    message: Text = ""
    error: Text = ""
    fix: Text = ""
    details: Text = ""


class About(_Said):
    """What a run's run.json says of how it was made."""

    environment: dict[Text, Text | Number | dict[Text, Text]] = Field(default_factory=dict)
    started: Number | None = None
    ended: Number | None = None


KINDS: Mapping[str, type[_Said]] = {
    "progress": _Progress, "metric": _Metric, "log": _Log, "judge": _Judge, "warning": _Warning, "live": _Live,
    "device": Device,
}  # fmt: skip
OWN = ("started", "done", "failed", "cancelled", "artifact")  # told here when it has come so far here
_offset = TypeAdapter(Annotated[int, Field(strict=True, ge=0)])
_files = TypeAdapter(Annotated[dict[str, tuple[int, int]], Field(max_length=MOST_FILES)])
_digests = TypeAdapter(Annotated[dict[str, tuple[str, int]], Field(max_length=MOST_FILES)])


def documents(pieces: Iterator[bytes]) -> Iterator[dict[str, Any] | None]:
    """JSON documents, one a line; None while nothing is said.

    Raises:
        TargetError: what comes is not that.
    """
    rest = b""
    for piece in pieces:
        if not piece:
            yield None
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > MOST_LINE:
            raise TargetError("What comes from there has no end; the training is not followed any further.")
        for line in lines:
            with contextlib.suppress(ValueError, RecursionError):
                found = json.loads(line)
                if isinstance(found, dict):
                    yield found


def event(line: str, skew_s: float) -> tuple[str, dict[str, Any]] | None:
    """One event of a worker there, at the time of the clock here; None for one that is told here or has another form."""
    try:
        said = json.loads(line)
        name, at = said["event"], float(said["at"])
        fields = KINDS[name].model_validate(said).model_dump(exclude_none=name == "live")
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return (name, fields | {"at": round(at - skew_s, 3)}) if math.isfinite(at) else None


def checked(kind: type[_Said], said: Any) -> Any:
    """A document of one form.

    Raises:
        TargetError: it has another one.
    """
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        raise _unlike(error) from error


def offset(said: Any) -> int:
    """A byte of a file.

    Raises:
        TargetError: it is none.
    """
    try:
        return _offset.validate_python(said)
    except ValidationError as error:
        raise _unlike(error) from error


def files(said: Any) -> dict[str, tuple[int, int]]:
    """Bytes and time of change of files that a run may have."""
    return _named(_files, said)


def digests(said: Any) -> dict[str, tuple[str, int]]:
    """Sha256 and bytes of files that a run may have.

    Raises:
        TargetError: they are more than can be.
    """
    found = _named(_digests, said)
    if sum(size for _, size in found.values()) > MOST_BYTES:
        raise TargetError("The run there has more bytes than a run can have; nothing is taken from it.")
    return found


def _named(form: TypeAdapter[Any], said: Any) -> dict[str, Any]:
    try:
        found = form.validate_python(said)
    except ValidationError as error:
        raise _unlike(error) from error
    return {name: value for name, value in found.items() if NAME.fullmatch(name) and ".." not in name}


def _unlike(error: ValidationError) -> TargetError:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return TargetError(
        f"What comes from there is not what a training says ({where}: {first['msg']}); nothing is taken from it."
    )
