"""What a function of the engine changed: the one signal from which screens refresh."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Changes:
    """Ids of what changed, by kind. An empty set means "none"; `everything` means "look again at all"."""

    items: frozenset[Hashable] = frozenset()
    annotations: frozenset[Hashable] = frozenset()
    labels: frozenset[Hashable] = frozenset()
    reviews: frozenset[Hashable] = frozenset()  # items whose state, assignee or comments changed
    queue: frozenset[Hashable] = frozenset()  # items whose place or state in the queue changed
    versions: frozenset[Hashable] = frozenset()
    graphs: frozenset[Hashable] = frozenset()
    jobs: frozenset[Hashable] = frozenset()
    runs: frozenset[Hashable] = frozenset()
    models: frozenset[Hashable] = frozenset()
    evaluations: frozenset[Hashable] = frozenset()
    artifacts: frozenset[Hashable] = frozenset()
    targets: frozenset[Hashable] = frozenset()
    releases: frozenset[Hashable] = frozenset()
    fleets: frozenset[Hashable] = frozenset()
    everything: bool = False

    def __or__(self, other: Changes) -> Changes:
        merged = {name: getattr(self, name) | getattr(other, name) for name in kinds()}
        return Changes(**merged, everything=self.everything or other.everything)

    def __bool__(self) -> bool:
        return self.everything or any(getattr(self, name) for name in kinds())

    def touches(self, *names: str) -> bool:
        """Whether any of the named kinds changed."""
        return self.everything or any(getattr(self, name) for name in names)


def kinds() -> Iterator[str]:
    """The names of all kinds of thing that can change."""
    return (field.name for field in fields(Changes) if field.name != "everything")


def changed(**ids: Iterable[Hashable] | Hashable) -> Changes:
    """Shorthand: `changed(items=[1, 2], labels=3)`."""
    return Changes(**{name: _ids(value) for name, value in ids.items()})  # type: ignore[arg-type]


def _ids(value: Iterable[Hashable] | Hashable) -> frozenset[Hashable]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        return frozenset([value])
    return frozenset(value)
