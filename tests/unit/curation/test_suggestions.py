"""What a model answers becomes annotations of the kind that it answers."""

from __future__ import annotations

from engine.curation.suggestions import make
from engine.serving import rotated
from engine.workspace import Workspace


def test_a_suggestion_has_the_shape_that_the_model_tells(workspace: Workspace) -> None:
    box = [10.0, 10.0, 60.0, 40.0]
    found = [
        ("bar", 0.9, box, {"rotated": [35.0, 25.0, 50.0, 12.0, 20.0]}),
        ("bar", 0.8, box, {"mask": "04"}),
        ("bar", 0.7, box, {}),
        ("bar", 0.6, [], {}),
    ]
    with workspace.transaction("Predict") as tx:
        made = make(workspace, tx, {1: found}, {"author": "bars v1", "labels": {"bar": 7}})
    assert [(one.kind, one.score, one.label_id) for one in made] == [
        ("rotated_box", 0.9, 7), ("mask", 0.8, 7), ("box", 0.7, 7), ("class", 0.6, 7),
    ]  # fmt: skip
    corners = rotated.corners([35.0, 25.0, 50.0, 12.0, 20.0])
    assert [tuple(round(value, 6) for value in ring) for ring in made[0].points] == [
        tuple(round(value, 6) for value in corners.ravel().tolist())
    ]
    assert (made[0].x, made[0].y) == tuple(corners.min(0))
    assert made[1].rle == "04" and made[2].points == ()
