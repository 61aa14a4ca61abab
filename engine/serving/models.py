"""The models and versions that one process serves: found in folders, loaded and unloaded while it answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.serving.errors import BadManifest, BadRequest, Refused, ServingError
from engine.serving.logs import log
from engine.serving.manifest import FILE, ModelManifest
from engine.serving.predictor import Predictor
from engine.serving.statistics import Statistics

READY, UNAVAILABLE, LOADING = "READY", "UNAVAILABLE", "LOADING"


@dataclass(frozen=True)
class Served:
    """One loaded version: who answers, and what it did so far."""

    predictor: Predictor
    statistics: Statistics = field(default_factory=Statistics)

    @property
    def manifest(self) -> ModelManifest:
        """Of the model."""
        return self.predictor.manifest

    @property
    def name(self) -> str:
        """As the protocol names it."""
        return self.manifest.name

    @property
    def version(self) -> str:
        """As the protocol names it."""
        return str(self.manifest.number)


Load = Callable[[Path], Served]


@dataclass
class _Version:
    """One version that is known, loaded or not."""

    name: str
    number: int
    folder: Path | None
    state: str = UNAVAILABLE
    reason: str = ""
    served: Served | None = None
    fresh: threading.Lock = field(default_factory=threading.Lock)  # held while it is being loaded


class Models:
    """Every version by name and number. Requests hold on to the version that they found: unloading never breaks one.

    A version is a folder with model.json; `folder` holds such folders, or folders of them. Which model and version a folder
    is says its model.json alone, so that a name in a request never becomes a path.
    """

    def __init__(self, load: Load | None = None, folder: Path | None = None, default: str = "") -> None:
        """`default`: NAME or NAME:NUMBER of who answers where a request names none."""
        self._load = load
        self._folder = folder
        self._versions: dict[tuple[str, int], _Version] = {}
        self._broken: dict[str, str] = {}  # folders that cannot be used, and why
        self._lock = threading.RLock()
        self._loaded: Callable[[Served], None] = lambda _served: None
        self.starting = True  # until what is to be loaded at the start is
        name, colon, number = default.rpartition(":")
        self._default: tuple[str, int | None] = (name, int(number)) if colon and number.isdigit() else (default, None)

    def watch(self, loaded: Callable[[Served], None]) -> None:
        """Tell of each version that is loaded, and of those that already are."""
        self._loaded = loaded
        for one in self:
            loaded(one)

    def add(self, served: Served, folder: Path | None = None) -> None:
        """Serve it from now on; the first one is the default where none was named."""
        self._loaded(served)
        key = (served.name, served.manifest.number)
        with self._lock:
            if not self._default[0]:
                self._default = (key[0], None)
            version = self._versions.setdefault(key, _Version(*key, folder))
            version.folder, version.served, version.state, version.reason = folder, served, READY, ""

    def __iter__(self) -> Iterator[Served]:
        """Those that are loaded, by name and number."""
        return iter([one.served for one in self._sorted() if one.served is not None])

    @property
    def controlled(self) -> bool:
        """Whether there is a folder of models, from which versions can be loaded."""
        return self._folder is not None

    def default(self) -> Served | None:
        """Who answers where a request names none: of the default's name the version that was chosen, else the newest."""
        name, number = self._default
        with self._lock:
            chosen = self._versions.get((name, number or 0))
        if chosen is not None and chosen.served is not None:
            return chosen.served
        loaded = list(self)
        return max(
            (one for one in loaded if one.name == name), key=lambda one: one.manifest.number, default=None
        ) or next(iter(loaded), None)

    @property
    def answering(self) -> str:
        """Name of the model that answers where a request names none; "" for none."""
        found = self.default()
        return found.name if found is not None else ""

    def find(self, name: str = "", version: str = "") -> Served:
        """Who answers a request for `name` and `version`; each may be empty.

        Raises:
            Refused: there is no such model or version, or it is not loaded.
        """
        default = self.default()
        if default is not None and name in ("", default.name):
            if version in ("", default.version):
                return default
            name = default.name
        if self.starting:
            raise Refused(503, "The model is being loaded; try again in a second.", (b"retry-after", b"1"))
        if not name:
            raise Refused(503, "No model is loaded; load one by /v2/repository/models/NAME/load.")
        known = [one for one in self._sorted() if one.name == name]
        if not known:
            raise Refused(404, f"There is no model “{name}” here; {self._told()}.")
        fitting = [one for one in known if version in ("", str(one.number))]
        if not fitting:
            numbers = ", ".join(str(one.number) for one in known)
            raise Refused(404, f"There is no version {version} of “{name}” here; it is {numbers}.")
        loaded = [one.served for one in fitting if one.served is not None]
        if not loaded:
            what = f"Version {version} of “{name}”" if version else f"“{name}”"
            reason = fitting[-1].reason
            raise Refused(404, f"{what} is not loaded{f' ({reason})' if reason else ''}.")
        return loaded[-1]

    def versions(self, name: str) -> list[int]:
        """The loaded ones of a model."""
        return [one.number for one in self._sorted() if one.name == name and one.served is not None]

    def index(self, *, ready: bool = False) -> list[dict[str, str]]:
        """Everything that is or could be loaded, as the model repository extension tells it."""
        self.scan()
        told = [
            {"name": one.name, "version": str(one.number), "state": one.state, "reason": one.reason}
            for one in self._sorted()
        ]
        told += [
            {"name": folder, "state": UNAVAILABLE, "reason": reason} for folder, reason in sorted(self._broken.items())
        ]
        return [one for one in told if one["state"] == READY or not ready]

    def scan(self) -> None:
        """Look what lies in the folder of models; nothing is loaded."""
        if self._folder is None:
            return
        found: dict[tuple[str, int], Path] = {}
        broken: dict[str, str] = {}
        for path in sorted({*self._folder.glob(f"*/{FILE}"), *self._folder.glob(f"*/*/{FILE}")}):
            shown = str(path.parent.relative_to(self._folder))
            try:
                manifest = ModelManifest.load(path.parent)
            except BadManifest as error:
                broken[shown] = str(error)
                continue
            first = found.setdefault((manifest.name, manifest.number), path.parent)
            if first != path.parent:
                broken[shown] = (
                    f"{first.relative_to(self._folder)} is version {manifest.number} of {manifest.name} already."
                )
        with self._lock:
            self._broken = broken
            for key, folder in found.items():
                version = self._versions.setdefault(key, _Version(*key, folder))
                if version.served is None:
                    version.folder = folder
            self._versions = {
                key: one
                for key, one in self._versions.items()
                if one.served is not None or key in found or not self._lies_here(one.folder)
            }

    def load_all(self) -> None:
        """Load everything that lies in the folder and is not loaded; what cannot be is told in the index and the log."""
        self.scan()
        for one in self._sorted():
            if one.served is None:
                try:
                    self._bring(one)
                except ServingError as error:
                    log.error("%s:%d is not served: %s", one.name, one.number, error)

    def load(self, name: str, number: int | None = None, *, default: bool = False) -> None:
        """Load a version, or all of a model; one that is loaded is loaded anew and replaced once it is ready.

        Args:
            default: whether it answers requests that name none from now on.

        Raises:
            Refused: versions are not loaded here, or there is no such one.
            BadRequest: it cannot be loaded; the message says why. What ran before still runs.
        """
        self._may_control()
        self.scan()
        for one in self._named(name, number):
            try:
                self._bring(one)
            except ServingError as error:
                raise BadRequest(str(error)) from error
        if default:
            self._default = (name, number)

    def unload(self, name: str, number: int | None = None) -> None:
        """Answer no more requests with a version, or with a model; running ones are finished.

        Raises:
            Refused: versions are not unloaded here, or there is no such one.
        """
        self._may_control()
        for one in self._named(name, number):
            with self._lock:
                one.served, one.state, one.reason = None, UNAVAILABLE, "unloaded"

    def _bring(self, one: _Version) -> None:
        if self._load is None or one.folder is None:
            raise BadManifest(f"There is no folder to load {one.name}:{one.number} from.")
        with one.fresh:
            if one.served is None:
                one.state, one.reason = LOADING, ""
            try:
                began = time.perf_counter()
                served = self._load(one.folder)
                if (served.name, served.manifest.number) != (one.name, one.number):
                    raise BadManifest(f"{one.folder.name} is version {served.version} of {served.name} now.")
                self.add(served, one.folder)
            except Exception as error:
                reason = str(error) if isinstance(error, ServingError) else f"It cannot be loaded: {error}"
                if one.served is None:
                    one.state, one.reason = UNAVAILABLE, reason
                raise BadManifest(reason) from error
        log.info(
            "Serving %s:%d (%s), loaded in %.0f ms",
            one.name, one.number, served.manifest.precision, 1e3 * (time.perf_counter() - began),
        )  # fmt: skip

    def _lies_here(self, folder: Path | None) -> bool:
        return self._folder is not None and folder is not None and folder.is_relative_to(self._folder)

    def _may_control(self) -> None:
        if not self.controlled:
            raise Refused(403, "Models are not loaded and unloaded here; the server was started without --models.")

    def _named(self, name: str, number: int | None) -> list[_Version]:
        found = [one for one in self._sorted() if one.name == name and number in (None, one.number)]
        if not found:
            what = f"version {number} of “{name}”" if number is not None else f"model “{name}”"
            raise Refused(404, f"There is no {what} here; {self._told()}.")
        return found

    def _sorted(self) -> list[_Version]:
        with self._lock:
            return sorted(self._versions.values(), key=lambda one: (one.name, one.number))

    def _told(self) -> str:
        names = sorted({one.name for one in self._sorted()})
        return f"it is “{names[0]}”" if len(names) == 1 else f"there are {', '.join(names) or 'none'}"
