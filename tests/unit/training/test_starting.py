"""Weights that a training starts from: what fits is taken over, the rest is named, and nothing is unpickled."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import BadInput, UsageError
from engine.training.starting import put_file, put_start
from engine.workspace import Workspace
from tests.unit.training.tiny import Told, Train


def begun(train: Train, file: Path, told: Told | None = None) -> tuple[Path, dict, Told]:
    """A training of one step with a rate of nothing, so that its weights are those it started from."""
    folder, _, _ = train(steps=1)
    for name in ("weights.safetensors", "checkpoints/last.ckpt"):
        (folder / name).unlink()
    code = folder / "model.py"
    code.write_text(code.read_text().replace("rate=0.003", "rate=1e-12").replace("average=0.998", "average=0.0"))
    put_file(file, folder)
    return train(told, folder)


def test_all_weights_of_a_model_of_the_same_kind_are_taken(train: Train) -> None:
    first, _, _ = train()
    folder, result, told = begun(train, first / "weights.safetensors")
    before, after = load_file(first / "weights.safetensors"), load_file(folder / "weights.safetensors")
    learnt = [name for name in before if name.endswith("weight")]
    assert all(torch.allclose(before[name], after[name], atol=1e-5) for name in learnt)
    assert result["start"]["taken"] == len(before)
    assert result["start"]["left"] == {}
    assert any(f"{len(before)} of {len(before)} weights taken" in line for line in told.lines)


def test_a_backbone_from_a_file_is_taken_without_its_prefix_and_the_rest_is_named(train: Train, tmp_path: Path) -> None:
    first, _, _ = train(steps=1)
    weights = load_file(first / "weights.safetensors")
    alone = {name.removeprefix("backbone."): value for name, value in weights.items() if name.startswith("backbone.")}
    alone["stem.0.0.weight"] = torch.zeros(1, 2, 3)
    alone["fc.weight"] = torch.zeros(3)
    save_file(alone, tmp_path / "backbone.safetensors")
    _, result, told = begun(train, tmp_path / "backbone.safetensors")
    assert result["start"]["taken"] == len(alone) - 2
    assert result["start"]["unused"] == ["fc.weight"]
    assert "1 × 2 × 3 there" in result["start"]["left"]["backbone.stem.0.0.weight"]
    text = "\n".join(told.lines)
    assert "backbone.stem.0.0" in text
    assert "head" in text
    assert "fc" in text


def test_weights_of_other_labels_are_left_out(train: Train, workspace: Workspace, version_folder: Path) -> None:
    from engine.serving.manifest import ModelManifest

    first, _, _ = train(steps=1)
    folder, _, _ = train(steps=1)
    (folder / "checkpoints" / "last.ckpt").unlink()
    put_file(first / "weights.safetensors", folder)
    origin = folder / "start.json"
    labels = list(ModelManifest.load(first).labels)
    origin.write_text(origin.read_text().replace("}", f', "labels": {list(reversed(labels))}}}'.replace("'", '"')))
    _, result, _ = train(folder=folder)
    left = result["start"]["left"]
    assert left
    assert set(left.values()) == {"the labels are others"}
    assert all(name.startswith("head.") for name in left)


def test_a_file_that_is_no_safetensors_or_holds_no_numbers_is_refused(train: Train, tmp_path: Path) -> None:
    pickled = tmp_path / "weights.pt"
    torch.save({"a": torch.zeros(1)}, pickled)
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\xff" * 40)
    empty = tmp_path / "empty.safetensors"
    save_file({}, empty)
    for file, word in ((pickled, "no safetensors"), (broken, "no safetensors"), (empty, "holds no weights"), (tmp_path / "x", "no file")):  # fmt: skip
        with pytest.raises(BadInput, match=word):
            put_file(file, tmp_path)
    first, _, _ = train(steps=1)
    weights = load_file(first / "weights.safetensors")
    name = "backbone.stem.0.0.weight"
    save_file({name: torch.full_like(weights[name], torch.nan)}, tmp_path / "nan.safetensors")
    with pytest.raises(BadInput, match="no numbers"):
        begun(train, tmp_path / "nan.safetensors")
    save_file({"else": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(BadInput, match="No weight of"):
        begun(train, tmp_path / "other.safetensors")


def test_a_model_that_is_not_there_is_said_with_those_that_are(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no model “pcb:3”"):
        put_start(workspace, "pcb:3", tmp_path)
