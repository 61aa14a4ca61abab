"""Pre-labelling: a model's predictions become suggestions, which a person accepts, corrects or refuses.

Suggestions are annotations of origin "model" with a score, by the author "NAME vNUMBER". Versions, exports and statistics
leave them out until a person has taken them over. What a person has refused, or has labelled already, is not suggested
again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.curation import suggestions, worklist
from engine.curation.suggestions import Found
from engine.data.records import annotation_table
from engine.errors import BadInput, UsageError
from engine.labeling import log, states
from engine.labeling.log import Step

if TYPE_CHECKING:
    from engine.curation.predicted import Predicted
    from engine.jobs import Job, JobContext
    from engine.serving.manifest import ModelManifest
    from engine.training.models import ModelRow
    from engine.workspace import Transaction, Workspace


def author_of(model: ModelRow) -> str:
    """The author of a model's suggestions: "pcb v4"."""
    return f"{model.name} v{model.number}"


def prelabel(
    ws: Workspace, model: str | int, item_ids: Sequence[int] | None = None, threshold: float | None = None
) -> Job:
    """Start a job that has a model suggest annotations.

    Args:
        model: NAME, NAME:NUMBER or id.
        item_ids: None: all items that nobody has labelled.
        threshold: suggestions below this score are not kept; None: half of what the model counts as found, so that there
            is something to look at on both sides.

    Raises:
        UsageError: no such model, or a threshold that is none.
        BadInput: there is nothing to look at.
    """
    from engine.jobs import submit
    from engine.serving.manifest import ModelManifest
    from engine.training.models import get_model

    row = get_model(ws, model)
    if threshold is None:
        threshold = ModelManifest.load(row.folder).postprocess.score_threshold / 2
    if not 0 <= threshold <= 1:
        raise UsageError(f"The threshold {threshold} is not between 0 and 1.")
    chosen = states.unlabelled(ws) if item_ids is None else list(item_ids)
    if not chosen:
        reason = "Every item is labelled already" if item_ids is None else "There are no such items"
        raise BadInput(f"{reason}; name the items to pre-label.", fix="--items SQL")
    listed = worklist.write(ws.path, worklist.targets(ws, chosen))
    known = label_ids(ws, row)
    labels = ModelManifest.load(row.folder).labels
    if not set(labels) & set(known):
        raise BadInput(
            f"This workspace has none of the labels of {row.title} ({', '.join(labels)}); make one of them, and try again.",
            fix="lineside label schema add NAME",
        )
    arguments = {
        "model_id": row.id, "model": row.title, "author": author_of(row), "name": row.name, "threshold": threshold,
        "run": row.folder.relative_to(ws.path).as_posix(), "items": listed, "labels": known, "several": row.task == "multilabel",
    }  # fmt: skip
    return submit(ws, "prelabel", arguments, f"Pre-label {len(chosen):,} images with {author_of(row)}")


def run(context: JobContext) -> dict[str, Any]:
    """The worker's part: look at each item, write what was found."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from engine.curation.looking import look

    wanted = context.arguments
    listed = worklist.read(context.workspace, wanted["items"])

    def progress(fraction: float, message: str) -> None:
        context.should_stop()
        context.wait_if_paused()
        context.progress(0.95 * fraction, message)

    looked = look(context.workspace, context.workspace / wanted["run"], listed, progress)
    rows = [
        {"item_id": one.item_id, "label": label, "score": score, "box": box, "more": json.dumps(more)}
        for one, answer in zip(listed, looked.answers, strict=True)
        for label, score, box, more in found_in(answer, looked.manifest, wanted["threshold"])
    ]
    numbers = pa.list_(pa.float64())
    schema = pa.schema(
        [
            ("item_id", pa.int64()),
            ("label", pa.string()),
            ("score", pa.float64()),
            ("box", numbers),
            ("more", pa.string()),
        ]
    )
    path = context.folder / "predictions.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd")
    context.progress(1.0, "Done")
    return {
        "file": path.relative_to(context.workspace).as_posix(), "suggested": len(rows), "items": len(listed),
        "unreadable": {str(item): reason for item, reason in looked.unreadable.items()},
    }  # fmt: skip


def ingest(workspace: Workspace, tx: Transaction, spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """The owner's part: the suggestions replace older ones of this model in one transaction."""
    import pyarrow.parquet as pq

    wanted = spec["arguments"]
    looked_at = [one.item_id for one in worklist.read(workspace.path, wanted["items"])]
    found: dict[int, Found] = defaultdict(list)
    for row in pq.read_table(workspace.path / result["file"]).to_pylist():
        found[row["item_id"]].append((row["label"], row["score"], row["box"], json.loads(row["more"])))
    there = set(_existing(tx, looked_at))
    old = suggestions.take_old(tx, there, wanted["name"])
    made = suggestions.make(workspace, tx, {item: found[item] for item in found if item in there}, wanted)
    if made:
        tx.insert("annotation", annotation_table(made, tx.id))
    tx.author = wanted["author"]
    (workspace.path / wanted["items"]).unlink(missing_ok=True)
    return changed(items=there, annotations=[*(one.id for one in made), *(one.id for one, _ in old)])


def suggest(ws: Workspace, model: ModelRow, item_id: int, found: Found) -> Changes:
    """Put a model's live answer on one item, instead of what that model said before; undo takes it back."""
    author = author_of(model)
    wanted = {"author": author, "labels": label_ids(ws, model), "several": model.task == "multilabel"}
    with ws.transaction("Predict") as tx:
        if not _existing(tx, [item_id]):  # removed while the model looked at it
            return Changes()
        made = suggestions.make(ws, tx, {item_id: found}, wanted)
        if suggestions.says_the_same(tx, item_id, model.name, made):  # an image opened again: nothing to undo
            return Changes()
        old = suggestions.take_old(tx, [item_id], model.name)
        tx.author = author
        return log.put(ws, tx, [*(Step(one, None, parent) for one, parent in old), *(Step(None, one) for one in made)])


def found_in(answer: Predicted, manifest: ModelManifest, threshold: float) -> Found:
    """Labels, scores, boxes and what else objects carry of an answer, down to a score.

    Of several labels at once each counts that reaches its own threshold, made smaller as `threshold` is smaller than the
    model's.
    """
    labels, spec = manifest.labels, manifest.postprocess
    if manifest.task == "multilabel":
        share = threshold / spec.score_threshold if spec.score_threshold else 1.0
        own = [limit * share for limit in spec.thresholds] or [threshold] * len(labels)
        pairs = zip(labels, answer.probabilities.tolist(), own, strict=False)
        return [(label, score, [], {}) for label, score, limit in pairs if score >= limit]
    if len(answer.probabilities) and not len(answer.boxes):
        best = int(answer.probabilities.argmax())
        score = float(answer.probabilities[best])
        return [(labels[best], score, [], {})] if score >= threshold else []
    carried = answer.more or ({},) * len(answer.boxes)
    return [
        (labels[label], float(score), [float(edge) for edge in box], more)
        for box, label, score, more in zip(answer.boxes, answer.labels, answer.scores, carried, strict=True)
        if score >= threshold
    ]


def label_ids(ws: Workspace, model: ModelRow) -> dict[str, int]:
    """Ids of a model's labels: by their ids when it was trained, so that one renamed since is still meant."""
    from engine.data.versions import read_manifest
    from engine.errors import WorkspaceError

    now = {row[0]: row[1] for row in ws.query("SELECT id, name FROM label")}
    ids = {name: ident for ident, name in now.items()}
    try:
        for entry in read_manifest(ws.path, model.version_id)["labels"]:
            if entry["id"] in now:
                ids[entry["name"]] = entry["id"]
    except (WorkspaceError, KeyError):
        pass  # the version was removed: names must do
    return ids


def _existing(tx: Transaction, items: Sequence[int]) -> list[int]:
    return [
        row[0]
        for row in tx.execute("SELECT id FROM item WHERE id IN (SELECT unnest(?::BIGINT[]))", [list(items)]).fetchall()
    ]
