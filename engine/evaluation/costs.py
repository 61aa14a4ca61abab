"""What mistakes cost on the line, as a person says it: remembered for each model, and for the models that come after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.changes import Changes, changed
from engine.errors import BadInput
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from engine.training.models import ModelRow
    from engine.workspace import Workspace

FILE = "costs.json"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LabelCosts(_Strict):
    """Of one label; None: as of all."""

    miss: float | None = Field(default=None, ge=0)
    false_reject: float | None = Field(default=None, ge=0)


class Costs(_Strict):
    """What a mistake costs, and how many parts come.

    Attributes:
        miss: of a bad part that passes 漏检, in `currency`; of one with several labels the dearest counts.
        false_reject: of a good part that is rejected 过杀; the label that it is rejected for counts.
        bad_share: of the parts that the line really makes, in [0, 1]; None: as in the items that were evaluated.
        labels: those with costs of their own.
    """

    miss: float = Field(default=10.0, ge=0)
    false_reject: float = Field(default=1.0, ge=0)
    currency: str = Field(default="¥", max_length=8)
    parts_per_shift: int = Field(default=1000, ge=1, le=10_000_000)
    shifts_per_day: float = Field(default=2.0, gt=0, le=24)
    bad_share: float | None = Field(default=None, ge=0, le=1)
    labels: dict[str, LabelCosts] = Field(default_factory=dict)

    def miss_of(self, label: str) -> float:
        """What a missed part with this label costs."""
        own = self.labels.get(label, LabelCosts()).miss
        return self.miss if own is None else own

    def false_of(self, label: str) -> float:
        """What a good part costs that is rejected for this label."""
        own = self.labels.get(label, LabelCosts()).false_reject
        return self.false_reject if own is None else own


def read_costs(ws: Workspace, model: ModelRow) -> Costs:
    """Those of the model, else those that were last said in this workspace.

    Raises:
        BadInput: the file was damaged.
    """
    for path in (model.folder / FILE, ws.path / FILE):
        if path.is_file():
            return _read(path)
    return Costs()


def save_costs(ws: Workspace, model: ModelRow, costs: Costs) -> Changes:
    """Remember them for the model, and without those of its labels as what the next model starts with."""
    for folder, known in ((model.folder, costs), (ws.path, costs.model_copy(update={"labels": {}}))):
        write_atomically(folder / FILE, (known.model_dump_json(indent=2) + "\n").encode())
    return changed(models=model.id)


def checked_costs(**values: object) -> Costs:
    """Costs out of what a person wrote.

    Raises:
        BadInput: a value is out of range; the message names it.
    """
    try:
        return Costs.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}, not {first['input']}.") from error


def _read(path: Path) -> Costs:
    try:
        return Costs.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BadInput(f"{path} cannot be read; delete it, and say the costs again.") from error
