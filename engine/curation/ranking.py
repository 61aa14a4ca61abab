"""The job that fills the queue: look at the items, compare them, rank them, and say why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.curation import label_errors, strategies, worklist
from engine.curation.embedder import embed_targets
from engine.curation.predicted import Predicted, Reason
from engine.curation.queue import ERRORS, NEEDS_VECTORS
from engine.curation.vectors import VectorStore

if TYPE_CHECKING:
    from engine.curation.looking import Looked
    from engine.curation.worklist import Target
    from engine.jobs import JobContext

Tell = Callable[[float, str], None]


def run(context: JobContext) -> dict[str, Any]:
    """The worker's part; the result has the rows of the queue."""
    wanted = context.arguments
    listed = worklist.read(context.workspace, wanted["items"])
    looked = _look(context, listed)
    unreadable = {str(item): why for one in looked for item, why in one.unreadable.items()}
    if wanted["strategy"] in NEEDS_VECTORS:
        unreadable |= embed_targets(context.workspace, listed, _part(context, 0.7, 0.2))
    candidates = len(listed)
    keep = [row for row, one in enumerate(listed) if str(one.item_id) not in unreadable]  # nobody can label the others
    listed = [listed[row] for row in keep]
    looked = [replace(one, answers=[one.answers[row] for row in keep]) for one in looked]
    if not listed:
        return {"rows": [], "candidates": candidates, "unreadable": unreadable}
    said = [shape[0] for shapes in wanted["given"].values() for shape in shapes]  # labels that no model knows come last
    names = list(dict.fromkeys([*(label for one in looked for label in one.manifest.labels), *said]))
    if wanted["strategy"] == ERRORS:
        found, reasons = _errors(looked[0], listed, wanted["given"], names)
        order = np.argsort(-found, kind="stable")[: wanted["count"]]
        ranking = strategies.Ranking(order[found[order] > 0], found, reasons)
    else:
        ranking = _rank(context, listed, looked)
    titles = [model["title"] for model in wanted["models"]]
    average = float(ranking.scores.mean()) if len(ranking.scores) else 0.0
    rows = [
        {"item_id": listed[index].item_id, "score": round(float(ranking.scores[index]), 5),
         "why": _named(ranking.reasons[index], names, titles, _times(wanted["strategy"], ranking.scores[index], average))}
        for index in ranking.first(wanted["count"])
    ]  # fmt: skip
    context.progress(1.0, "Done")
    return {"rows": rows, "candidates": candidates, "unreadable": unreadable}


def _look(context: JobContext, listed: Sequence[Target]) -> list[Looked]:
    from engine.curation.looking import look

    models = context.arguments["models"]
    share = 0.7 / max(1, len(models))
    return [
        look(context.workspace, context.workspace / model["run"], listed, _part(context, share * place, share))
        for place, model in enumerate(models)
    ]


def _rank(context: JobContext, listed: Sequence[Target], looked: Sequence[Looked]) -> strategies.Ranking:
    wanted = context.arguments
    vectors: Any = None
    known: Any = None
    if wanted["strategy"] in NEEDS_VECTORS:
        labelled = worklist.read(context.workspace, wanted["known"]) if wanted["known"] else []
        embed_targets(context.workspace, labelled, _part(context, 0.9, 0.08))
        store = VectorStore(context.workspace)
        (_, vectors), (_, known) = store.find(listed), store.find(labelled)
    answers = looked[0].answers if looked else [Predicted()] * len(listed)
    other = _as_labels_of(looked[0], looked[1]) if len(looked) > 1 else ()
    threshold = looked[0].manifest.postprocess.score_threshold if looked else 0.5
    return strategies.choose(
        wanted["strategy"], wanted["count"], predicted=answers, other=other, embeddings=vectors, known=known,
        threshold=threshold, seed=wanted["seed"],
    )  # fmt: skip


def _errors(
    looked: Looked, listed: Sequence[Target], given: Mapping[str, Any], names: Sequence[str]
) -> tuple[Any, list[Reason]]:
    number = {label: index for index, label in enumerate(names)}
    if looked.manifest.task == "classification":
        known = {label: index for label, index in number.items() if index < len(looked.manifest.labels)}
        return _class_errors(looked, listed, given, known)
    if looked.manifest.task == "multilabel":
        return _tag_errors(looked, listed, given)
    truth = [_truth(one, given.get(str(one.item_id), ()), number) for one in listed]
    scores, told = label_errors.box_errors(truth, looked.answers)
    return scores, [{**errors[0], "errors": len(errors)} if errors else {"kind": "agree"} for errors in told]


def _tag_errors(looked: Looked, listed: Sequence[Target], given: Mapping[str, Any]) -> tuple[Any, list[Reason]]:
    """Of items of which something is said: a label, also on a shape, or that they are good."""
    labels = looked.manifest.labels
    said = [[shape[0] for shape in given.get(str(one.item_id), ())] for one in listed]
    keep = [row for row, names in enumerate(said) if names and len(looked.answers[row].probabilities)]
    scores, reasons = np.zeros(len(listed)), [Reason(kind="agree") for _ in listed]
    if keep:
        has = np.array([[label in said[row] for label in labels] for row in keep], np.bool_)
        found, told = label_errors.tag_errors(has, np.stack([looked.answers[row].probabilities for row in keep]))
        scores[keep] = found
        for row, reason in zip(keep, told, strict=True):
            reasons[row] = reason
    return scores, reasons


def _class_errors(
    looked: Looked, listed: Sequence[Target], given: Mapping[str, Any], number: Mapping[str, int]
) -> tuple[Any, list[Reason]]:
    labels = [
        next(
            (
                number[shape[0]]
                for shape in given.get(str(one.item_id), ())
                if shape[1] == "class" and shape[0] in number
            ),
            -1,
        )
        for one in listed
    ]
    keep = [row for row, label in enumerate(labels) if label >= 0 and len(looked.answers[row].probabilities)]
    scores, reasons = np.zeros(len(listed)), [Reason(kind="agree") for _ in listed]
    if keep:
        found, told = label_errors.class_errors(
            np.array([labels[row] for row in keep]), np.stack([looked.answers[row].probabilities for row in keep])
        )
        scores[keep] = found
        for row, reason in zip(keep, told, strict=True):
            reasons[row] = reason
    return scores, reasons


def _truth(one: Target, shapes: Sequence[Sequence[Any]], number: Mapping[str, int]) -> Predicted:
    rows = [
        (number[label], x, y, x + w, y + h) for label, kind, x, y, w, h in shapes if kind != "class" and label in number
    ]
    array = np.array(rows, np.float64).reshape(-1, 5)
    return Predicted(array[:, 1:], array[:, 0].astype(np.int64), np.ones(len(rows)), width=one.width, height=one.height)


def _as_labels_of(first: Looked, second: Looked) -> list[Predicted]:
    """The second model's answers with the label numbers of the first; labels that the first lacks come behind."""
    names = list(dict.fromkeys([*first.manifest.labels, *second.manifest.labels]))
    number = np.array([names.index(label) for label in second.manifest.labels], np.int64)
    moved = []
    for one in second.answers:
        probabilities = np.zeros(len(names) if len(one.probabilities) else 0)
        if len(one.probabilities):
            probabilities[number] = one.probabilities
        moved.append(
            Predicted(
                one.boxes, number[one.labels], one.scores, probabilities, one.width, one.height, several=one.several
            )
        )
    if first.manifest.task in ("classification", "multilabel") and len(names) > len(first.manifest.labels):
        short = len(names) - len(first.manifest.labels)
        first.answers[:] = [replace(one, probabilities=np.pad(one.probabilities, (0, short))) for one in first.answers]
    return moved


def _named(reason: Reason, names: Sequence[str], titles: Sequence[str], times: float) -> Reason:
    """The reason as the queue keeps it: names instead of numbers."""
    told = dict(reason)
    for key in ("label", "other"):
        if key in told:
            told[key] = names[told[key]] if told[key] < len(names) else "?"
    told |= dict(zip(("model", "second"), titles, strict=False))
    return told | ({"times": round(times, 2)} if times else {})


def _times(strategy: str, score: float, average: float) -> float:
    """How many times the average an item has; only where the score is an amount of doubt."""
    return float(score) / average if strategy in ("uncertainty", "disagreement") and average > 0 else 0.0


def _part(context: JobContext, start: float, share: float) -> Tell:
    def tell(fraction: float, message: str) -> None:
        context.should_stop()
        context.wait_if_paused()
        context.progress(start + share * fraction, message)

    return tell
