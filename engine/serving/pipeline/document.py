"""The document of a pipeline: source → model → rule → sinks, as TOML or JSON, checked before anything of it is used."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from engine.serving.pipeline.settings import NAME, OWN, BadPipeline, paths_of, settings_of
from engine.serving.pipeline.sinks.csv_file import CsvSettings
from engine.serving.pipeline.sinks.image_folder import ImageFolderSettings
from engine.serving.pipeline.sinks.modbus import ModbusSettings
from engine.serving.pipeline.sinks.mqtt import MqttSettings
from engine.serving.pipeline.sinks.webhook import WebhookSettings
from engine.serving.pipeline.sources.camera import CameraSettings
from engine.serving.pipeline.sources.fetched import FetchedSettings
from engine.serving.pipeline.sources.folder import FolderSettings
from engine.serving.pipeline.sources.posted import PostedSettings
from engine.serving.pipeline.sources.simulator import SimulatorSettings
from engine.serving.pipeline.verdicts import Rule, rule_of

MOST_BYTES = 256 << 10
MOST_SINKS = 16
SOURCES: dict[str, type[Any]] = {
    "folder": FolderSettings, "posted": PostedSettings, "fetched": FetchedSettings, "camera": CameraSettings,
    "simulator": SimulatorSettings,
}  # fmt: skip
SINKS: dict[str, type[Any]] = {
    "csv": CsvSettings, "folder": ImageFolderSettings, "mqtt": MqttSettings, "http": WebhookSettings, "modbus": ModbusSettings,
}  # fmt: skip


@dataclass(frozen=True)
class Pipeline:
    """A pipeline that can be run.

    Attributes:
        source, sinks: settings of SOURCES and SINKS.
        megabytes: what may lie on disk for sinks that do not take it; then the oldest is dropped.
        document: as it was read.
    """

    name: str
    source: Any
    rule: Rule
    sinks: tuple[Any, ...]
    megabytes: float
    document: Mapping[str, Any]

    def content(self) -> bytes:
        """The same bytes for the same document, however it was written."""
        return json.dumps(self.document, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"

    @property
    def paths(self) -> list[str]:
        """Folders and devices of the machine that it reads and writes, none of them within another."""
        found = []
        for part in (self.source, *self.sinks):
            files = hasattr(part, "file") or hasattr(part, "ca")
            found += [str(PurePosixPath(path).parent) if files else str(PurePosixPath(path)) for path in paths_of(part)]
        found += getattr(self.source, "devices", [])
        return sorted({one for one in found if not any(_is_within(one, other) for other in found)})

    def summary(self) -> dict[str, Any]:
        """What it is, in a few plain values."""
        return {
            "name": self.name, "secrets": sorted({sink.secret for sink in self.sinks if sink.secret}), "source": self.document["source"]["kind"],
            "sinks": {sink["name"]: sink["kind"] for sink in self.document["sinks"]}, "folders": self.paths,
        }  # fmt: skip


def read_pipeline(path: Path) -> Pipeline:
    """The pipeline of a file that ends with .toml or .json.

    Raises:
        BadPipeline: it cannot be read; the sentence names the key.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadPipeline(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(content) > MOST_BYTES:
        raise BadPipeline(f"{path} is larger than {MOST_BYTES >> 10} KB, which no pipeline is.")
    try:
        text = content.decode("utf-8")
        document = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadPipeline(f"{path} cannot be read: {error}.") from error
    return pipeline_of(document)


def pipeline_of(document: Any) -> Pipeline:
    """A pipeline from plain values.

    Raises:
        BadPipeline: it names the key that cannot be.
    """
    if not isinstance(document, dict):
        raise BadPipeline("A pipeline is a document with name, source, rule and sinks.")
    if unknown := sorted(map(str, set(document) - {"name", "source", "rule", "sinks", "megabytes"})):
        raise BadPipeline(f"{unknown[0]} is not known; there are name, source, rule, sinks, megabytes.")
    name = document.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise BadPipeline(f"name is {str(name)[:60]!r}; it is small letters, digits, - and _, as “line-1”.")
    megabytes = document.get("megabytes", 64.0)
    if not isinstance(megabytes, int | float) or isinstance(megabytes, bool) or not 1 <= megabytes <= 1e6:
        raise BadPipeline(f"megabytes is {str(megabytes)[:60]!r}; it is a number from 1 to a million.")
    source = _part(SOURCES, document.get("source"), "source")
    rule = rule_of(document.get("rule"))
    listed = document.get("sinks")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_SINKS:
        raise BadPipeline(f"sinks is a list of 1 to {MOST_SINKS} sinks: [[sinks]] in TOML.")
    sinks = tuple(_part(SINKS, one, f"sinks[{place}]") for place, one in enumerate(listed))
    names = [sink.name for sink in sinks]
    if twice := next((one for one in names if names.count(one) > 1), None):
        raise BadPipeline(f"Two sinks are called “{twice}”; give each a name of its own.")
    pipeline = Pipeline(name, source, rule, sinks, float(megabytes), document)
    if whole := next((one for one in pipeline.paths if len(PurePosixPath(one).parts) < 3 or _holds_own(one)), None):
        raise BadPipeline(f"It would use all of {whole}, which is more than its own; give its files a folder below.")
    return pipeline


def _part(kinds: Mapping[str, type[Any]], values: Any, where: str) -> Any:
    if not isinstance(values, dict):
        raise BadPipeline(f"{where} is missing; it has a kind ({', '.join(kinds)}) and its settings.")
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise BadPipeline(f"{where}.kind is {str(kind)[:60]!r}; it is one of {', '.join(kinds)}.")
    return settings_of(kinds[kind], {key: value for key, value in values.items() if key != "kind"}, where)


def _holds_own(path: str) -> bool:
    return any(PurePosixPath(own).is_relative_to(path) for own in OWN)


def _is_within(path: str, folder: str) -> bool:
    return path != folder and PurePosixPath(path).is_relative_to(folder)
