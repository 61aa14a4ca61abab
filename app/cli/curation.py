"""Commands for what trained models help with while labelling: pre-labels, the queue, what looks alike, the next best hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.cli.command import DETACH, Answer, Call, argument, command, group
from app.cli.text import plural, table

if TYPE_CHECKING:
    from engine.curation.minute import Option, Outcome
    from engine.workspace import Workspace

group("label assist", "help from machines: prelabel, accept, refuse, scribbles, pairs of networks")
group("label queue", "which images to look at next, and why: build, list, next, clear")
ITEMS = argument(
    "--items", metavar="SQL", help="a condition over the view items, or a SELECT with a column id or item_id"
)
COUNT = argument("-n", "--count", type=int, default=50, metavar="N", help="how many images (default 50)")
SCORE = argument("score", type=float, metavar="SCORE", help="between 0 and 1")


@command(
    "label assist prelabel",
    argument("model", metavar="MODEL", help="NAME, NAME:NUMBER or id"),
    argument(
        "--threshold", type=float, metavar="SCORE", help="keep suggestions from here on (default: half the model's own)"
    ),
    ITEMS,
    argument("--accept-above", type=float, metavar="SCORE", help="take suggestions from this score on over at once"),
    DETACH,
)
def prelabel(call: Call) -> Answer:
    """Have a model suggest annotations; by default on all images that nobody has labelled.

    Suggestions are never part of a version until a person has taken them over: in the window, or with --accept-above.
    """
    from engine.curation.prelabel import prelabel as start
    from engine.curation.suggestions import accept_above
    from engine.errors import UsageError
    from engine.labeling.states import unlabelled
    from engine.training.models import get_model

    options, workspace = call.options, call.workspace()
    if options.accept_above is not None and options.detach:
        raise UsageError(
            "With --detach nobody waits for the suggestions; take them over later: label assist accept SCORE."
        )
    items = _items(workspace, options.items)
    model = get_model(workspace, options.model)
    looked_at = unlabelled(workspace) if items is None else items
    job = start(workspace, model.title, items, options.threshold)

    def tell(result: dict[str, Any]) -> Answer:
        broken = result["unreadable"]
        document = {"job": job.id, "model": model.title, "items": result["items"], "suggested": result["suggested"],
                    "unreadable": broken}  # fmt: skip
        found = plural(result["suggested"], "annotation")
        lines = [f"{model.title} suggests {found} on {plural(result['items'], 'image')}."]
        if options.accept_above is not None:
            author = f"{model.name} v{model.number}"
            taken = len(accept_above(workspace, options.accept_above, looked_at, author).annotations)
            document["accepted"] = taken
            lines.append(f"Took over {plural(taken, 'suggestion')} from {options.accept_above:.2f} on.")
        lines += [f"Image {item} could not be read: {reason}" for item, reason in broken.items()]
        return Answer(document, "\n".join(lines))

    return call.run_or_detach(job, tell)


@command("label assist accept", SCORE, ITEMS)
def accept(call: Call) -> Answer:
    """Take all suggestions from a score on over, as they are; undo takes it back."""
    from engine.curation.suggestions import accept_above

    options, workspace = call.options, call.workspace()
    taken = len(accept_above(workspace, options.score, _items(workspace, options.items)).annotations)
    return Answer({"accepted": taken}, f"Took over {plural(taken, 'suggestion')}.")


@command("label assist refuse", SCORE, ITEMS)
def refuse(call: Call) -> Answer:
    """Remove all suggestions below a score; undo brings them back."""
    from engine.curation.suggestions import refuse_below

    options, workspace = call.options, call.workspace()
    gone = len(refuse_below(workspace, options.score, _items(workspace, options.items)).annotations)
    return Answer({"refused": gone}, f"Refused {plural(gone, 'suggestion')}.")


@command("label assist list")
def fates(call: Call) -> Answer:
    """Show what became of each model's suggestions: waiting, accepted, corrected, refused."""
    from engine.curation.suggestions import fates as count

    found = count(call.workspace())
    rows = [[author, *counts.values()] for author, counts in found.items()]
    empty = "No model has suggested anything yet; begin with: lineside label assist prelabel MODEL"
    return Answer(found, table(["model", "waiting", "accepted", "corrected", "refused"], rows, empty=empty))


@command(
    "label queue build",
    argument("--strategy", default="mix", metavar="S",
             help="uncertainty, margin, entropy, diversity, disagreement, mix (default), errors or random"),
    argument("--model", metavar="MODEL", help="that looks at the images (default: the newest)"),
    argument("--other", metavar="MODEL", help="a second one, for disagreement (default: the one before)"),
    COUNT,
    ITEMS,
    argument("--seed", type=int, default=0, help="another seed draws otherwise (default 0)"),
    DETACH,
)  # fmt: skip
def build(call: Call) -> Answer:
    """Choose which images to look at next, each with the reason.

    errors goes through labelled images that the model has not learned from, for labels that are probably wrong; every other
    strategy chooses among images that nobody has labelled.
    """
    from engine.curation.queue import build as start

    options, workspace = call.options, call.workspace()
    job = start(
        workspace, options.strategy, options.model, options.other, options.count, _items(workspace, options.items),
        options.seed,
    )  # fmt: skip

    def tell(result: dict[str, Any]) -> Answer:
        answer = _listed(workspace)
        lines = [answer.text] + [f"Image {item} could not be read: {why}" for item, why in result["unreadable"].items()]
        return Answer({"job": job.id, "candidates": result["candidates"], "queue": answer.document}, "\n".join(lines))

    return call.run_or_detach(job, tell)


@command("label queue list")
def list_queue(call: Call) -> Answer:
    """Show the queue with the reason for each image."""
    return _listed(call.workspace())


@command(
    "label queue next",
    argument("--done", action="store_true", help="the present one is done"),
    argument("--skip", action="store_true", help="the present one is passed over"),
)
def next_in_queue(call: Call) -> Answer:
    """Show which image is next, and why."""
    from engine.curation.queue import mark, next_entry
    from engine.curation.reasons import sentence

    options, workspace = call.options, call.workspace()
    entry = next_entry(workspace)
    if entry is not None and (options.done or options.skip):
        mark(workspace, entry.item_id, "skipped" if options.skip else "done")
        entry = next_entry(workspace)
    if entry is None:
        return Answer(None, "Nothing is waiting; fill the queue with: lineside label queue build")
    document = {
        "item": entry.item_id,
        "name": entry.name,
        "strategy": entry.strategy,
        "score": entry.score,
        "why": entry.why,
    }
    return Answer({**document, "reason": sentence(entry.why)}, f"{entry.name} ({entry.item_id})\n{sentence(entry.why)}")


@command("label queue clear")
def clear(call: Call) -> Answer:
    """Empty the queue."""
    from engine.curation.queue import clear as empty

    gone = len(empty(call.workspace()).queue)
    return Answer({"removed": gone}, f"Took {plural(gone, 'image')} out of the queue.")


@command(
    "label minute", argument("--keep", action="store_true", help="remember the forecast, to compare it with what comes")
)
def minute(call: Call) -> Answer:
    """Show what an hour of labelling, of review or of collecting a label is expected to bring, and what earlier ones did."""
    from engine.curation.minute import keep, next_best, outcomes

    workspace = call.workspace()
    forecast, earlier = next_best(workspace), outcomes(workspace)
    if call.options.keep:
        keep(workspace, forecast)
    unit = {"map50": "points of mAP@.5", "accuracy": "points of accuracy"}.get(forecast.metric, "points")
    lines = [f"An hour of {_what(option)}: {_gain(option, unit)}" for option in forecast.options]
    if forecast.now is not None:
        lines.append(f"Measured on {forecast.on}: " + ", ".join(
            f"{point.model} with {point.images} images {100 * point.figure:.1f}" for point in forecast.points) + ".")  # fmt: skip
    lines += [text for one in earlier if (text := _outcome(one))]
    document = {**forecast.to_json(), "earlier": [vars(one) for one in earlier]}
    return Answer(document, "\n".join(lines))


@command(
    "data similar",
    argument("item", type=int, metavar="ITEM", help="id of an item; with --shape: of an annotation"),
    argument("--shape", action="store_true", help="compare the shape with other shapes"),
    COUNT,
)
def similar(call: Call) -> Answer:
    """List the images (or shapes) that look most like one; 1 is the same."""
    from engine.curation.similar import like_item, like_shape

    options, workspace = call.options, call.workspace()
    _compare(call, shapes=options.shape)
    found = (like_shape if options.shape else like_item)(workspace, options.item, options.count)
    rows = [
        [one.annotation_id, one.item_id, one.likeness] if options.shape else [one.item_id, one.likeness]
        for one in found
    ]
    headers = ["shape", "image", "likeness"] if options.shape else ["image", "likeness"]
    return Answer([vars(one) for one in found], table(headers, rows, empty="There is nothing to compare it with."))


@command("data duplicates")
def duplicates(call: Call) -> Answer:
    """List groups of images that look nearly the same."""
    from engine.curation.similar import gallery, near_duplicates

    _compare(call)
    found = gallery(call.workspace())
    groups = [[found.item_ids[row] for row in rows] for rows in near_duplicates(found.vectors)]
    return Answer(groups, table(["images", "ids"], [[len(ids), ids] for ids in groups], empty="No near-duplicates."))


@command("data outliers", COUNT)
def outliers(call: Call) -> Answer:
    """List the images that are most unlike all others."""
    import numpy as np

    from engine.curation.similar import gallery
    from engine.curation.similar import outliers as distances

    _compare(call)
    found = gallery(call.workspace())
    far = distances(found.vectors)
    rows = [[found.item_ids[row], found.targets[row].name, round(float(far[row]), 3)] for row in np.argsort(-far)]
    rows = rows[: call.options.count]
    return Answer([dict(zip(("item", "name", "distance"), row, strict=True)) for row in rows],
                  table(["image", "name", "distance"], rows, empty="There are no images."))  # fmt: skip


def _compare(call: Call, *, shapes: bool = False) -> None:
    """Embed what is not embedded yet."""
    from engine.curation.embedder import embed

    job = embed(call.workspace(), shapes=shapes)
    if job is not None:
        call.finish(job)


def _items(workspace: Workspace, sql: str | None) -> list[int] | None:
    from engine.data.browse import ItemFilter, item_ids

    return item_ids(workspace, ItemFilter(sql=sql)) if sql else None


def _listed(workspace: Workspace) -> Answer:
    from engine.curation.queue import entries
    from engine.curation.reasons import sentence

    found = entries(workspace)
    documents = [
        {"item": entry.item_id, "name": entry.name, "state": entry.state, "strategy": entry.strategy, "score": entry.score,
         "why": entry.why, "reason": sentence(entry.why)}
        for entry in found
    ]  # fmt: skip
    rows = [[d["item"], d["name"], d["state"], d["reason"]] for d in documents]
    empty = "The queue is empty; fill it with: lineside label queue build"
    return Answer(documents, table(["image", "name", "state", "why"], rows, empty=empty))


def _what(option: Option) -> str:
    return {"label": "labelling", "review": "review"}.get(option.kind, f"collecting {option.label}")


def _gain(option: Option, unit: str) -> str:
    if option.gain is None:
        return " ".join(note.text() for note in option.missing)
    gain = option.gain
    text = f"+{100 * gain.value:.1f} {unit} ({100 * gain.low:.1f} to {100 * gain.high:.1f}), {option.per_hour:.0f} an hour."
    return f"{text} {option.assumes.text()}" if option.assumes else text


def _outcome(one: Outcome) -> str:
    if one.brought is None:
        return ""
    text = f"Forecast {one.id}: {one.images} more images in {one.hours:.1f} h brought {100 * one.brought:+.1f} points"
    if one.expected is None:
        return text + "."
    return f"{text}; expected were {100 * one.expected.value:+.1f} ({100 * one.expected.low:.1f} to {100 * one.expected.high:.1f})."
