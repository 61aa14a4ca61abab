"""The command that asks a model why: explain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.command import DETACH, Answer, Call, argument, command
from app.cli.history import find_item
from app.cli.text import plural, table
from engine.errors import BadInput, UsageError

if TYPE_CHECKING:
    from engine.workspace import Workspace

VERDICTS = {
    "good": "the map can be trusted", "weak": "the map is a hint only", "none": "the map says no more than chance",
}  # fmt: skip


@command(
    "explain",
    argument("model", metavar="MODEL", help="NAME, NAME:NUMBER or id"),
    argument("items", metavar="ITEM", nargs="+", help="ids or names of images"),
    argument(
        "--method",
        default="",
        metavar="M",
        help="gradient or occlusion; of anomaly models heat too (default: gradient, or heat)",
    ),
    argument(
        "--label", default="", metavar="L", help="ask about this label (default: what the model says most surely)"
    ),
    argument("--box", default="", metavar="X,Y,W,H", help="ask about this place, in px of the image"),
    argument("--version", metavar="V", help="whose training images are compared (default: the model's own)"),
    argument(
        "--nearest", type=int, default=8, metavar="N", help="training images that look alike (default 8; 0: none)"
    ),
    argument("--out", metavar="DIR", help="write a picture of each image with its map"),
    DETACH,
)
def explain(call: Call) -> Answer:
    """Show why a model says what it says: where it looks, whether that can be trusted, and which training images are alike."""
    from engine.curation.explain import explain as start
    from engine.curation.explain import require_pictures

    options, workspace = call.options, call.workspace()
    require_pictures(workspace, options.model)
    items = [find_item(workspace, name) for name in options.items]
    out = Path(options.out) if options.out else None
    if out is not None and out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file; name a folder for the pictures.")
    job = start(
        workspace, options.model, list(dict.fromkeys(items)), method=options.method, label=options.label,
        box=_box(options.box), version=options.version, nearest=options.nearest,
    )  # fmt: skip

    def tell(result: dict[str, Any]) -> Answer:
        documents = [_document(workspace, entry, out) for entry in result["answers"]]
        failed = sum(entry["problem"] is not None for entry in documents)
        text = "\n\n".join(_text(entry) for entry in documents)
        return Answer({"model": result["model"], "answers": documents}, text, 3 if failed == len(documents) else 0)

    return call.run_or_detach(job, tell)


def _box(text: str) -> tuple[float, float, float, float] | None:
    """X,Y,W,H as xyxy."""
    if not text:
        return None
    try:
        x, y, w, h = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"“{text}” is no box; write it as X,Y,W,H, such as 120,80,40,30.") from None
    return x, y, x + w, y + h


def _document(workspace: Workspace, entry: dict[str, Any], out: Path | None) -> dict[str, Any]:
    from engine.curation.explain import neighbours, to_json

    document = entry | {"nearest": [to_json(one) for one in neighbours(workspace, entry.get("nearest", []))]}
    if entry["problem"] is None:
        document["map"] = str(workspace.path / entry["map"])
        if out is not None:
            document["picture"] = str(_picture(workspace, entry, out))
    return document


def _picture(workspace: Workspace, entry: dict[str, Any], out: Path) -> Path:
    import numpy as np
    from PIL import Image

    from engine.data.items import item_image
    from engine.evaluation.explanation import overlay
    from engine.serving.images import decode

    image = item_image(workspace, entry["item_id"])
    with Image.open(workspace.path / entry["map"]) as saved:
        saliency = np.asarray(saved, np.float32) / np.float32(255)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{entry['item_id']}-{Path(entry['name']).stem}-{entry['shown']}.png"
    Image.fromarray(overlay(decode(image.path, image.page, "rgb"), saliency)).save(path)
    return path


def _text(entry: dict[str, Any]) -> str:
    lines = [entry["name"]]
    if entry["problem"] is not None:
        return f"Left out {entry['problem']}"
    place = "" if entry["box"] is None else f" at {', '.join(f'{edge:g}' for edge in entry['box'])} (x0, y0, x1, y1)"
    lines.append(f"“{entry['label']}”{place}: {entry['score']:.3f}")
    if entry["shown"] != entry["method"]:
        lines.append("This model learns without gradients: its heat map is the explanation.")
    trust = entry["trust"]
    if trust is not None:
        lost = trust["lost"][trust["shares"].index(0.2)]
        lines.append(
            f"Without the 20 % most important pixels {lost:.0%} of the score is lost, without 20 % drawn by lot "
            f"{trust['by_chance']:.0%}: {VERDICTS[entry['verdict']]}."
        )
    lines.append(f"Map by {entry['shown']}, {entry['seconds']:g} s: {entry.get('picture', entry['map'])}")
    if entry["nearest"]:
        rows = [[one["item_id"], one["name"], f"{one['likeness']:.3f}", _labels(one)] for one in entry["nearest"]]
        alike = f"{plural(len(rows), 'training image')} most like it, to the model:"
        lines += ["", alike, table(["item", "name", "likeness", "labels, by whom, when"], rows)]
    return "\n".join(lines)


def _labels(one: dict[str, Any]) -> str:
    told = dict.fromkeys(f"{said['label']} ({said['author'] or '?'}, {said['at'][:10]})" for said in one["labels"])
    return "; ".join(told) or "none"
