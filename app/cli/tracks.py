"""Commands for tracks over the frames of a sequence."""

from __future__ import annotations

from typing import Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.history import find_item
from app.cli.text import plural, table
from engine.errors import UsageError

group("label track", "tracks over the frames of a video or sequence: list, begin, carry, remove")
ITEM = argument("item", metavar="ITEM", help="id or name of a frame")
SHAPE = argument("shape", metavar="ID", type=int, help="of the annotation")


@command("label track list", ITEM)
def list_all(call: Call) -> Answer:
    """List the tracks of the sequence that an image belongs to."""
    from engine.data.records import read_labels
    from engine.labeling import tracks

    workspace = call.workspace()
    frames = tracks.frames_of(workspace, find_item(workspace, call.options.item))
    names = {label.id: label.name for label in read_labels(workspace)}
    number = {frame.item_id: frame.number for frame in frames}
    documents: list[dict[str, Any]] = [
        {"id": one.id, "label": names.get(one.label_id), "frames": len(one.shapes),
         "key_frames": [number[item] for item in one.keys]}
        for one in tracks.tracks_of(workspace, frames)
    ]  # fmt: skip
    rows = [[d["id"], d["label"], d["frames"], ", ".join(map(str, d["key_frames"]))] for d in documents]
    empty = "No tracks yet." if frames else "This image is no frame of a sequence."
    return Answer(documents, table(["track", "label", "frames", "key frames"], rows, empty=empty))


@command("label track begin", ITEM, SHAPE)
def begin(call: Call) -> Answer:
    """Make an annotation the first key frame of a track."""
    from engine.labeling import tracks

    workspace = call.workspace()
    tracks.begin(workspace, find_item(workspace, call.options.item), call.options.shape)
    return Answer({"track": call.options.shape}, f"Track {call.options.shape} begins here.")


@command(
    "label track carry",
    ITEM,
    SHAPE,
    argument("--frames", type=int, default=20, metavar="N", help="how far (default 20)"),
    argument(
        "--method", choices=("flow", "mil"), default="flow", help="flow: any shape; mil: OpenCV's TrackerMIL, boxes"
    ),
)
def carry(call: Call) -> Answer:
    """Carry an annotation forward over the next frames, as suggestions to accept or correct."""
    from engine.labeling.carry import carry as run

    options, workspace = call.options, call.workspace()
    item = find_item(workspace, options.item)
    if options.frames < 1:
        raise UsageError(f"--frames {options.frames} is too few; say how far, from 1 on.")
    done = run(workspace, item, options.shape, options.frames, options.method, call.progress)
    call.progress.clear()
    lost = f" It was lost at {done.lost_at}." if done.lost_at else ""
    return Answer(
        {"frames": done.frames, "lost_at": done.lost_at}, f"Carried over {plural(done.frames, 'frame')}.{lost}"
    )


@command("label track remove", ITEM, argument("track", metavar="TRACK", type=int))
def remove(call: Call) -> Answer:
    """Remove a track with all its annotations; undo brings it back."""
    from engine.labeling import tracks

    workspace = call.workspace()
    changes = tracks.remove(workspace, find_item(workspace, call.options.item), call.options.track)
    count = len(changes.annotations)
    return Answer({"removed": count}, f"Removed the track and {plural(count, 'annotation')}.")
