"""What releases keep on their target: by which rules, and how it comes home.

Files go from the target into a folder of the workspace's cache, from there into the store, and are named to the target as
taken only when the store has them; the release then removes them. So whatever is cut is done again by the next collect, and
what comes twice is known by its name and image.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from engine.changes import Changes
from engine.curation.feedback import Brought, TakenIn, take_in
from engine.deployment.target import Ask, Target
from engine.deployment.targets import open_target, set_options
from engine.serving.kept import NAME, Kept, NotKept
from engine.serving.ring import TAKEN
from engine.serving.rules import FILE, Rules
from engine.workspace import Workspace, write_atomically

FOLDER = "feedback"
BATCH = 200  # files that are written at once: so much is asked again at most where it is cut


class Source(Protocol):
    """From where files come home."""

    def files(self, known: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Name and content of each that is not known."""
        ...

    def taken(self, names: Sequence[str]) -> None:
        """The workspace has these."""
        ...


@dataclass
class Collected:
    """What came home; see `engine.curation.feedback.TakenIn`. `predictions`: files that came without an image."""

    target: str
    files: int = 0
    images: int = 0
    known: int = 0
    suggestions: int = 0
    corrections: int = 0
    queued: int = 0
    predictions: int = 0
    problems: list[str] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {name: value for name, value in asdict(self).items() if name != "changes"}

    def add(self, done: TakenIn) -> None:
        """One batch more."""
        for name in ("images", "known", "suggestions", "corrections", "queued", "problems", "changes"):
            both = getattr(self, name), getattr(done, name)
            setattr(self, name, both[0] | both[1] if name == "changes" else both[0] + both[1])


def keep(workspace: Workspace, target: str, wanted: Mapping[str, Any] | None, *, ask: Ask | None = None) -> Changes:
    """Let the releases of a target keep what these rules say, or with None nothing more; it holds within a second.

    Raises:
        BadRequest: there is no such rule, or a value cannot be.
        TargetError: this kind of target keeps no state, or nothing was deployed to it yet.
    """
    rules = Rules.of(wanted) if wanted is not None else None
    with open_target(workspace, target, ask) as opened:
        opened.put_state(f"{FOLDER}/{FILE}", rules.content() if rules else b"null")
    return set_options(workspace, target, feedback=asdict(rules) if rules else None)


def collect(
    workspace: Workspace,
    target: str,
    progress: Callable[[float, str], None] = lambda *_: None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    ask: Ask | None = None,
) -> Collected:
    """Bring home what the releases of a target kept.

    Raises:
        TargetError: it cannot be reached; what came before is in the workspace, the rest comes with the next collect.
        ImportCancelled: `cancelled` said yes; as above.
        OSError: the disk here is full.
    """
    with open_target(workspace, target, ask) as opened:
        return bring(workspace, target, OfTarget(opened), progress, cancelled)


def bring(
    workspace: Workspace, target: str, source: Source, progress: Callable[[float, str], None], cancelled: Callable[[], bool]
) -> Collected:  # fmt: skip
    """Bring home what a source has, and tell it what the workspace has then."""
    done, staged = Collected(target), workspace.path / "cache" / FOLDER / target
    staged.mkdir(parents=True, exist_ok=True)
    while True:
        waiting = {path.name for path in staged.glob("*.item")}
        fetched = _fetch(source, staged, waiting, done, progress, cancelled)
        batch = sorted(path.name for path in staged.glob("*.item"))
        if batch:
            _write(workspace, target, staged, batch, done, progress, cancelled)
            source.taken(batch)
            for name in batch:
                (staged / name).unlink()
        if fetched < BATCH:
            return done


def recorded(target: Target) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of the images that releases on a target kept; they stay there."""
    for name, content in OfTarget(target).files(()):
        try:
            kept = Kept.read(content)
        except NotKept:
            continue
        if kept.image:
            yield name, kept.image


class OfTarget:
    """The ring below the state folder of a target."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._taken: list[str] = []

    def files(self, known: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Those that the target has and nobody said are taken."""
        return self.target.fetch_state(FOLDER, {*self._taken, *known})

    def taken(self, names: Sequence[str]) -> None:
        """Named to the release, which removes them; it may only do so once it runs again."""
        self._taken += names
        self.target.put_state(f"{FOLDER}/{TAKEN}", json.dumps(self._taken).encode())


def _fetch(
    source: Source, staged: Path, waiting: set[str], done: Collected, progress: Callable[[float, str], None],
    cancelled: Callable[[], bool],
) -> int:  # fmt: skip
    """Put up to a batch of files beside those that an earlier collect left; how many came."""
    from engine.data.imports import ImportCancelled

    count = 0
    for name, content in source.files(waiting):
        if not NAME.fullmatch(name) or name in waiting:
            continue
        write_atomically(staged / name, content)
        count, done.files = count + 1, done.files + 1
        progress(0.0, f"{done.files:,} fetched")
        if cancelled():
            raise ImportCancelled(f"It was stopped; {done.files:,} files are here and go on with the next collect.")
        if count == BATCH:
            break
    return count


def _write(
    workspace: Workspace, target: str, staged: Path, names: Sequence[str], done: Collected,
    progress: Callable[[float, str], None], cancelled: Callable[[], bool],
) -> None:  # fmt: skip
    """What lies here into the store; a file that is damaged is named and taken all the same, so that it does not come again."""
    brought = []
    for name in names:
        try:
            one = Brought(name, Kept.read((staged / name).read_bytes()), target)
        except NotKept as error:
            done.problems.append(f"{name} from {target} is left out: {error}.")
            continue
        if one.kept.image:
            brought.append(one)
        else:
            _keep_prediction(workspace, one)
            done.predictions += 1
    scratch = Path(tempfile.mkdtemp(prefix="collect-", dir=staged.parent))
    try:
        done.add(take_in(workspace, brought, scratch, progress, cancelled))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _keep_prediction(workspace: Workspace, one: Brought) -> None:
    """Without an image there is nothing to label; the answer is kept as a file."""
    kept = asdict(one.kept)
    place = workspace.path / FOLDER / one.target / f"{one.name.removesuffix('.item')}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(place, json.dumps({name: value for name, value in kept.items() if name != "image"}).encode())
