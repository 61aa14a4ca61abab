"""A real training records how it learns each annotation, and what it contradicts is listed as suspicious."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version
from engine.jobs import wait
from engine.labeling import edits
from engine.labeling.edits import Change
from engine.modeling.graphs import new_graph
from engine.training import dynamics
from engine.training.runs import run_of_job, start_run
from engine.workspace import Workspace

pytestmark = pytest.mark.slow
QUICK = {
    "data.width": 96, "data.height": 96, "augment.crop": 64, "backbone.width": 8, "neck.width": 16, "train.batch": 2,
    "train.steps": 6, "train.checks": 3,
}  # fmt: skip


def test_a_training_records_each_annotation_at_each_check_and_its_doubts_are_listed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    import_data(workspace, make_sample(tmp_path / "sample", count=10))
    create_version(workspace, "v1", split="70/30/0")
    new_graph(workspace, "parts", "detection")
    job = start_run(workspace, "parts", "v1", QUICK, dynamics=True)
    assert wait(workspace, job).state == "done"
    file = run_of_job(workspace, job).folder / dynamics.FILE
    table = pq.read_table(file)
    per_step = {step: table["step"].to_pylist().count(step) for step in set(table["step"].to_pylist())}
    assert set(per_step) == {2, 4, 6} and len(set(per_step.values())) == 1 and per_step[2] > 3
    assert all(0 <= value <= 1 for value in table["confidence"].to_pylist())

    # as a longer training would leave it: sure of all but one
    rows = list(zip(table["item_key"].to_pylist(), table["shape"].to_pylist(), strict=True))
    doubted = rows[0]
    sure = [(-0.7 if row == doubted else 0.8) for row in rows]
    names = [name for name in table.column_names if name not in ("margin", "confidence", "label")]
    changed = table.select(names).append_column("label", pa.array([0] * len(rows)))
    changed = changed.append_column("confidence", pa.array([0.1 if m < 0 else 0.9 for m in sure]))
    pq.write_table(changed.append_column("margin", pa.array(sure)), file)
    (finding,) = dynamics.all_findings(workspace, ["learning"])
    item = workspace.query("SELECT id FROM item WHERE key = ?", [doubted[0]])[0][0]
    assert finding.item_id == item and finding.annotation_id in {s.id for s in edits.annotations_of(workspace, item)}

    edits.apply(workspace, item, [Change(finding.annotation_id, {"x": 1.0})], "Move")
    assert dynamics.all_findings(workspace, ["learning"]) == []  # it is no longer what was learnt from
