"""What an earlier model got wrong of the images that a training learns from, copied into the run: for showing those more often."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BadInput

if TYPE_CHECKING:
    from engine.workspace import Workspace

FILE = "mistakes.json"


def evaluated(ws: Workspace, name: str) -> Path:
    """The items of a model's newest evaluation on train images.

    Raises:
        BadInput: no model is named, or it was not evaluated on train images.
        UsageError: there is no such model.
    """
    from engine.training.models import get_model

    if not name:
        raise BadInput(
            "“Hard images first” names no model; choose one of the workspace whose mistakes are to be shown more often."
        )
    model = get_model(ws, name)
    rows = ws.query(
        "SELECT path FROM evaluation WHERE model_id = ? AND split = 'train' ORDER BY id DESC LIMIT 1", [model.id]
    )
    if not rows:
        raise BadInput(
            f"{model.title} was not evaluated on train images, so its mistakes on them are not known.",
            fix=f"lineside evaluate {model.title} --version V --split train",
        )
    return ws.path / str(rows[0][0]) / "items.parquet"


def put_mistakes(path: Path, folder: Path) -> None:
    """Copy what an evaluation says of each image into the folder of a run."""
    import pyarrow.parquet as pq

    items = pq.read_table(path, columns=["item_key", "error"]).to_pylist()
    (folder / FILE).write_text(json.dumps({str(row["item_key"]): row["error"] for row in items}), "utf-8")


def connect_mistakes(data: Any, folder: Path) -> None:
    """Tell the sampler of a training's data, where it asks for it, what was copied.

    Raises:
        BadInput: nothing was copied into the run.
    """
    from engine.training.sampling import Hard

    for sampler in (value for value in vars(data).values() if isinstance(value, Hard)):
        place = next(
            (one for one in (folder / FILE, folder.parent / FILE) if one.is_file()), None
        )  # of a fold: its run's
        if place is None:
            raise BadInput(
                f"The mistakes of “{sampler.model}” are not with this run; lineside train copies them there."
            )
        sampler.told({int(key): float(error) for key, error in json.loads(place.read_text("utf-8")).items()})
