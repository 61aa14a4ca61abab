"""What the settings of a training do, by real trainings of a few steps in this process."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file

from engine.modeling.nets.classification import ClassificationLoss, FocalLoss
from engine.training.devices import choose_device
from engine.training.freezing import stages_of
from engine.training.load import build_network
from tests.unit.training.tiny import Told, Train, losses


def test_accumulated_batches_make_one_step_and_a_resumed_run_gives_the_same_losses(train: Train) -> None:
    whole, result, _ = train(accumulate=3, freeze=1, freeze_steps=4)
    assert result["steps"] == len(losses(whole)) == 6
    broken, _, _ = train(Told(stop_at=3), accumulate=3, freeze=1, freeze_steps=4)
    assert len(losses(broken)) == 3
    train(folder=broken)
    assert losses(broken) == losses(whole)
    assert (broken / "weights.safetensors").read_bytes() == (whole / "weights.safetensors").read_bytes()


def test_a_run_that_gets_no_better_ends_early_and_is_over_when_it_is_resumed(train: Train) -> None:
    # Untrained weights find nothing, so that every figure is 0.
    folder, result, told = train(steps=40, checks=10, patience=2)
    assert result["steps"] == len(losses(folder)) == 12
    assert any("Ended at step 12" in line for line in told.lines)
    _, again, _ = train(folder=folder)
    assert (again["steps"], len(losses(folder))) == (12, 12)


def test_frozen_stages_keep_weights_and_statistics_and_the_others_learn(train: Train) -> None:
    folder, _, _ = train(freeze=2, average=0.0, steps=2)
    torch.manual_seed(1)
    learnt = load_file(folder / "weights.safetensors")
    network = build_network(folder)
    frozen = {id(weight) for stage in stages_of(network)[:2] for weight in stage}
    names = [name for name, weight in network.named_parameters() if id(weight) in frozen]
    assert any(name.startswith("backbone.stem") for name in names)
    assert any(name.startswith("backbone.stages.1") for name in names)
    assert not any(name.startswith(("backbone.stages.2", "neck", "head")) for name in names)
    assert learnt["backbone.stages.0.0.first.1.num_batches_tracked"] == 0
    assert learnt["backbone.stages.2.0.first.1.num_batches_tracked"] == 2


def test_stages_of_every_backbone_hold_all_its_weights_once() -> None:
    from engine.modeling.nets.convnext import ConvNeXt
    from engine.modeling.nets.mobilenet import MobileNetV3

    for backbone in (MobileNetV3(3, "small"), ConvNeXt(3, "atto")):
        found = [id(weight) for stage in stages_of(torch.nn.Sequential(backbone)) for weight in stage]
        assert sorted(found) == sorted(id(weight) for weight in backbone.parameters())


def test_without_an_average_the_network_goes_on_learning_behind_a_check(train: Train) -> None:
    folder, _, _ = train(average=0.0, checks=3)
    assert load_file(folder / "weights.safetensors")["backbone.stages.2.0.first.1.num_batches_tracked"] == 6


def test_balanced_labels_count_by_the_inverse_of_their_frequency() -> None:
    logits, labels = torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 1.0]]), torch.tensor([0, 1, 0])
    for loss in (ClassificationLoss(), FocalLoss()):
        single = [loss(logits[n : n + 1], labels[n : n + 1])["loss"] for n in range(3)]
        loss.balance([2, 1])
        assert loss.weights is not None
        assert loss.weights.tolist() == pytest.approx([0.75, 1.5])
        expected = (0.75 * single[0] + 1.5 * single[1] + 0.75 * single[2]) / 3
        assert float(loss(logits, labels)["loss"]) == pytest.approx(float(expected))
        assert loss.state_dict() == {}


def test_weights_of_labels_are_said_to_change_nothing_for_a_detector(train: Train) -> None:
    _, _, told = train(class_weights="balanced", steps=1)
    assert any("knows no weights of labels" in line for line in told.lines)


def test_a_precision_is_taken_as_set_and_what_the_device_cannot_do_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINESIDE_DEVICE", "cpu")
    plain = choose_device(precision="32")
    assert plain.precision == "32-true"
    assert "as set" in plain.why
    for has, chosen in ((True, "bf16-mixed"), (False, "32-true")):
        monkeypatch.setattr("engine.training.devices.cpu_has_bf16", lambda has=has: has)
        assert choose_device().precision == chosen
        half = choose_device(precision="16")
        assert half.precision == chosen
        assert "CPUs do not train in" in half.why
        assert choose_device(precision="bf16").precision == "bf16-mixed"
    assert "only imitates" in choose_device(precision="bf16").why


def test_the_precision_of_the_drawing_is_what_the_run_computes_in(train: Train) -> None:
    _, result, told = train(precision="bf16", deterministic=True, steps=1)
    assert result["device"]["precision"] == "bf16-mixed"
    assert next(event for event in told.events if event["event"] == "device")["precision"] == "bf16-mixed"
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_smaller_batch_is_made_up_by_more_of_them_and_a_larger_one_by_fewer() -> None:
    from engine.training.batch_size import _scaled
    from engine.training.settings import Training

    half, growth = _scaled(Training(steps=1000, batch=16), 0.5)
    assert (half.batch, half.accumulate, half.steps, growth) == (8, 2, 1000, 1)
    fewer, growth = _scaled(Training(steps=1000, batch=4, accumulate=8), 4)
    assert (fewer.batch, fewer.accumulate, fewer.steps, growth) == (16, 2, 1000, 1)
    larger, growth = _scaled(Training(steps=1000, batch=16), 4)
    assert (larger.batch, larger.accumulate, larger.steps, growth) == (64, 1, 250, 4)


def test_metrics_of_a_step_are_those_of_all_its_batches(train: Train) -> None:
    folder, _, _ = train(accumulate=2, steps=2)
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2]
    assert all({"loss", "rate"} <= set(row) for row in rows)
