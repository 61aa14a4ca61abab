"""A shape is carried over the frames of a real video."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.data.imports import import_data
from engine.data.records import Annotation
from engine.data.versions import create_version, read_version
from engine.errors import UsageError
from engine.labeling import edits, schema, tracks
from engine.labeling.carry import carry
from engine.labeling.edits import Add
from engine.labeling.geometry import iou
from engine.workspace import Workspace

FRAMES, SIDE = 24, 48


def place(frame: int) -> tuple[float, float]:
    return 20.0 + 5 * frame, 40.0 + 3 * frame


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A textured square that moves over a textured ground, and is gone in the last four frames."""
    random = np.random.default_rng(0)
    ground = cv2.GaussianBlur((random.random((240, 320, 3)) * 90 + 60).astype(np.uint8), (0, 0), 3)
    part = cv2.GaussianBlur((random.random((SIDE, SIDE, 3)) * 255).astype(np.uint8), (0, 0), 1.2)
    path = tmp_path_factory.mktemp("video") / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (320, 240))
    for frame in range(FRAMES):
        picture = ground.copy()
        if frame < FRAMES - 4:
            x, y = map(int, place(frame))
            picture[y : y + SIDE, x : x + SIDE] = part
        writer.write(picture + random.integers(0, 3, picture.shape).astype(np.uint8))
    writer.release()
    return path


@pytest.fixture
def clip(workspace: Workspace, video: Path) -> Workspace:
    import_data(workspace, video)
    schema.add_label(workspace, "part")
    return workspace


def drawn(ws: Workspace, kind: str = "box") -> tuple[list[tracks.Frame], Annotation]:
    item = ws.query("SELECT min(id) FROM item")[0][0]
    x, y = place(0)
    points = ((x, y, x + SIDE, y, x + SIDE, y + SIDE, x, y + SIDE),) if kind == "polygon" else ()
    edits.apply(ws, item, [Add(Annotation(0, item, 1, kind, x, y, SIDE, SIDE, points))])
    return tracks.frames_of(ws, item), edits.annotations_of(ws, item)[0]


def test_a_video_becomes_frames_of_one_sequence_that_stay_in_one_split(clip: Workspace) -> None:
    frames = tracks.frames_of(clip, clip.query("SELECT min(id) FROM item")[0][0])
    assert [frame.number for frame in frames] == list(range(FRAMES))
    assert clip.query("SELECT DISTINCT group_key FROM item") == [("clip",)]


@pytest.mark.parametrize(
    ("method", "kind", "least"), [("flow", "box", 0.8), ("flow", "polygon", 0.8), ("mil", "box", 0.5)]
)
def test_a_shape_is_carried_along_with_what_it_is_on(clip: Workspace, method: str, kind: str, least: float) -> None:
    frames, shape = drawn(clip, kind)
    carried = carry(clip, shape.item_id, shape.id, 15, method)
    assert carried.frames == 15
    for number, frame in enumerate(frames[1:16], 1):
        (found,) = edits.annotations_of(clip, frame.item_id)
        assert found.origin == "model"
        assert found.track == shape.id
        assert iou((found.x, found.y, found.w, found.h), (*place(number), SIDE, SIDE)) > least


def test_it_stops_where_the_thing_is_gone_and_says_so(clip: Workspace) -> None:
    frames, shape = drawn(clip)
    carried = carry(clip, shape.item_id, shape.id, FRAMES)
    assert FRAMES - 7 <= carried.frames <= FRAMES - 5
    assert carried.lost_at == frames[carried.frames + 1].name


def test_what_was_carried_is_a_suggestion_one_step_of_undo_and_never_training_data_unseen(clip: Workspace) -> None:
    _, shape = drawn(clip)
    carry(clip, shape.item_id, shape.id, 5)
    version = create_version(clip, "seen")
    assert len(read_version(clip.path, version.id).annotations) == 1
    edits.undo(clip)
    assert clip.query("SELECT count(*) FROM annotation") == [(1,)]


def test_an_accepted_suggestion_is_a_key_frame_and_what_lies_between_is_filled(clip: Workspace) -> None:
    frames, shape = drawn(clip)
    carry(clip, shape.item_id, shape.id, 6)
    for frame in frames[1:6]:
        (one,) = edits.annotations_of(clip, frame.item_id)
        edits.apply(clip, frame.item_id, [edits.Remove(one.id)])
    (last,) = edits.annotations_of(clip, frames[6].item_id)
    edits.accept(clip, frames[6].item_id, [last.id])
    (middle,) = edits.annotations_of(clip, frames[3].item_id)
    assert "interpolated" in middle.flags
    assert iou((middle.x, middle.y, middle.w, middle.h), (*place(3), SIDE, SIDE)) > 0.8


def test_masks_and_still_images_are_refused_in_words(clip: Workspace) -> None:
    _, shape = drawn(clip)
    with pytest.raises(UsageError, match="no method"):
        carry(clip, shape.item_id, shape.id, 3, "magic")
    with pytest.raises(UsageError, match="no shape 7"):
        carry(clip, shape.item_id, 7, 3)
