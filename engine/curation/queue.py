"""The queue: which items a person should look at next, in which order, and why each."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.curation import worklist
from engine.curation.strategies import STRATEGIES
from engine.errors import BadInput, UsageError
from engine.labeling import states

if TYPE_CHECKING:
    from engine.jobs import Job
    from engine.training.models import ModelRow
    from engine.workspace import Transaction, Workspace

ERRORS = "errors"
ALL = (*STRATEGIES, ERRORS)
NEEDS_MODEL = ("uncertainty", "margin", "entropy", "disagreement", "mix", ERRORS)
NEEDS_VECTORS = ("diversity", "mix")
STATES = ("waiting", "done", "skipped")


@dataclass(frozen=True)
class Entry:
    """One item of the queue; `why` is what `engine.curation.reasons.sentence` puts into words."""

    item_id: int
    place: int
    score: float
    strategy: str
    why: Mapping[str, Any]
    created: datetime
    state: str
    name: str


@dataclass(frozen=True)
class Progress:
    """How far a person has come with the queue."""

    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All items of the queue."""
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """Items still to be looked at."""
        return self.counts.get("waiting", 0)


def build(
    ws: Workspace,
    strategy: str,
    model: str | int | None = None,
    other: str | int | None = None,
    count: int = 50,
    item_ids: Sequence[int] | None = None,
    seed: int = 0,
) -> Job:
    """Start a job that fills the queue anew.

    Args:
        strategy: one of ALL. "errors" goes through what is labelled; all others through what is not.
        model: that looks at the items; None: the newest one, where the strategy needs one.
        other: a second one, for "disagreement" (None: the one before `model`) and "mix".
        count: how many items to queue.
        item_ids: to choose from; None: all that fit.
        seed: of "random" and of ties.

    Raises:
        UsageError: no such strategy or model.
        BadInput: there is no model yet, or nothing to choose from.
    """
    from engine.jobs import submit

    if strategy not in ALL:
        raise UsageError(f"There is no strategy “{strategy}”; choose one of {', '.join(ALL)}.")
    if count < 1:
        raise UsageError("A queue needs at least one item.")
    first, second = _models(ws, strategy, model, other)
    chosen = _candidates(ws, strategy, first, item_ids)
    known = _labelled(ws) if strategy in NEEDS_VECTORS else []
    arguments: dict[str, Any] = {
        "strategy": strategy, "count": count, "seed": seed, "models": [_named(ws, one) for one in (first, second) if one],
        "items": worklist.write(ws.path, worklist.targets(ws, chosen)),
        "known": worklist.write(ws.path, worklist.targets(ws, known)) if known else "",
        "given": _given(ws, chosen) if strategy == ERRORS else {},
    }  # fmt: skip
    return submit(ws, "queue", arguments, f"Queue of {min(count, len(chosen)):,} out of {len(chosen):,} images")


def ingest(workspace: Workspace, tx: Transaction, spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """The owner's part: the new queue takes the place of the old one."""
    wanted = spec["arguments"]
    there = {row[0] for row in tx.execute("SELECT id FROM item").fetchall()}
    old = [row[0] for row in tx.execute("DELETE FROM queue RETURNING item_id").fetchall()]
    rows = [row for row in result["rows"] if row["item_id"] in there]
    if rows:
        import pyarrow as pa

        table = pa.table(
            {
                "item_id": pa.array([row["item_id"] for row in rows], pa.int64()),
                "place": pa.array(range(len(rows)), pa.int32()),
                "score": pa.array([row["score"] for row in rows], pa.float64()),
                "strategy": [wanted["strategy"]] * len(rows),
                "why": [json.dumps(row["why"], ensure_ascii=False) for row in rows],
                "created": pa.array([tx.at] * len(rows), pa.timestamp("us")),
                "state": ["waiting"] * len(rows),
            }
        )
        tx.insert("queue", table)
    for path in filter(None, (wanted["items"], wanted["known"])):
        (workspace.path / path).unlink(missing_ok=True)
    return changed(queue=[*old, *(row["item_id"] for row in rows)] or [0])


def entries(ws: Workspace, state: str | None = None) -> list[Entry]:
    """The queue in its order, or only what is waiting, done or skipped."""
    rows = ws.query(
        "SELECT q.item_id, q.place, q.score, q.strategy, q.why, q.created, q.state, i.name FROM queue q"
        " JOIN item i ON i.id = q.item_id WHERE ? IS NULL OR q.state = ? ORDER BY q.place",
        [state, state],
    )
    return [
        Entry(item, place, score, name, json.loads(why), created, now, title)
        for item, place, score, name, why, created, now, title in rows
    ]


def next_entry(ws: Workspace, after: int | None = None) -> Entry | None:
    """The first item that is waiting, behind the item `after` if there is one, else from the start; None: all are done."""
    waiting = entries(ws, "waiting")
    place = next((row[0] for row in ws.query("SELECT place FROM queue WHERE item_id = ?", [after])), None)
    behind = [entry for entry in waiting if place is not None and entry.place > place]
    return (behind or [entry for entry in waiting if entry.item_id != after] or [None])[0]  # type: ignore[list-item]


def progress(ws: Workspace) -> Progress:
    """How many items are waiting, done and skipped."""
    rows = ws.query("SELECT state, count(*) FROM queue WHERE item_id IN (SELECT id FROM item) GROUP BY state")
    return Progress(dict(rows))


def mark(ws: Workspace, item_id: int, state: str) -> Changes:
    """Say that a queued item is done, skipped, or waiting again; nothing happens to one that is not queued."""
    if state not in STATES:
        raise UsageError(f"A queued item is {', '.join(STATES)}; not {state}.")
    if not ws.query("SELECT 1 FROM queue WHERE item_id = ? AND state <> ?", [item_id, state]):
        return Changes()
    with ws.transaction("Queue") as tx:
        tx.execute("UPDATE queue SET state = ? WHERE item_id = ?", [state, item_id])
    return changed(queue=item_id)


def clear(ws: Workspace) -> Changes:
    """Empty the queue."""
    with ws.transaction("Clear queue") as tx:
        gone = [row[0] for row in tx.execute("DELETE FROM queue RETURNING item_id").fetchall()]
    return changed(queue=gone) if gone else Changes()


def _models(
    ws: Workspace, strategy: str, model: str | int | None, other: str | int | None
) -> tuple[ModelRow | None, ModelRow | None]:
    from engine.training.models import get_model, list_models

    if strategy not in NEEDS_MODEL:
        return None, None
    known = list_models(ws)
    if model is None and not known:
        raise BadInput(
            f"The strategy “{strategy}” needs a trained model; until there is one, begin with diversity.",
            fix="lineside label queue build --strategy diversity",
        )
    first = get_model(ws, model) if model is not None else known[0]
    if other is not None:
        second: ModelRow | None = get_model(ws, other)
    else:
        older = [one for one in known if one.id < first.id and one.task == first.task]
        second = older[0] if older and strategy == "disagreement" else None
    if strategy == "disagreement" and second is None:
        raise BadInput(f"There is no second model that could disagree with {first.title}; train another one.")
    if second is not None and second.task != first.task:
        raise UsageError(f"{first.title} is a {first.task} model, {second.title} a {second.task} model.")
    return first, second


def _candidates(ws: Workspace, strategy: str, model: ModelRow | None, item_ids: Sequence[int] | None) -> list[int]:
    labelled = set(_labelled(ws))
    if strategy == ERRORS:
        assert model is not None
        learned = _learned(ws, model)
        chosen = [item for item in (labelled if item_ids is None else item_ids) if item in labelled - learned]
        if not chosen:
            raise BadInput(
                f"{model.title} has learned from every labelled item, so it cannot judge their labels; train another model on"
                " a version that is split otherwise (another seed), and name that one."
            )
        return sorted(chosen)
    if item_ids is not None:
        if not item_ids:
            raise BadInput("There are no such items to choose from; name others.", fix="--items SQL")
        return list(item_ids)
    done = {row[0] for row in ws.query("SELECT item_id FROM queue WHERE state = 'done'")}  # and nothing was on them
    chosen = [item for item in states.unlabelled(ws) if item not in done]
    if not chosen:
        raise BadInput("Every item is labelled already; look for likely label errors instead, or import more images.",
                       fix="lineside label queue build --strategy errors")  # fmt: skip
    return chosen


def _labelled(ws: Workspace) -> list[int]:
    return [row[0] for row in ws.query("SELECT DISTINCT item_id FROM annotation WHERE origin <> 'model' ORDER BY 1")]


def _learned(ws: Workspace, model: ModelRow) -> set[int]:
    """Items that a model was trained on."""
    from engine.data.versions import read_version

    items = read_version(ws.path, model.version_id).items
    keys = [
        key for key, split in zip(items["key"].to_pylist(), items["split"].to_pylist(), strict=True) if split == "train"
    ]
    return {row[0] for row in ws.query("SELECT id FROM item WHERE key IN (SELECT unnest(?::BIGINT[]))", [keys])}


def _named(ws: Workspace, model: ModelRow) -> dict[str, str]:
    return {"title": f"{model.name} v{model.number}", "run": model.folder.relative_to(ws.path).as_posix()}


def _given(ws: Workspace, ids: Sequence[int]) -> dict[str, list[list[Any]]]:
    """What people said of items: {item id: [[label, kind, x, y, w, h], …]}."""
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for item, *shape in ws.query(
        "SELECT a.item_id, l.name, a.kind, a.x, a.y, a.w, a.h FROM annotation a JOIN label l ON l.id = a.label_id"
        " WHERE a.origin <> 'model' AND a.item_id IN (SELECT unnest(?::BIGINT[])) ORDER BY a.id",
        [list(ids)],
    ):
        found[str(item)].append(shape)
    return found
