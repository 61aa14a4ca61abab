"""Every loss learns a toy problem, stays finite where scores are extreme, and is what its paper says by hand."""

from __future__ import annotations

import importlib
import math
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.modeling.catalogue import catalogue
from engine.modeling.nets import losses
from engine.modeling.nets.classification import ClassificationLoss
from engine.modeling.nets.detection import DetectionLoss, Positions, QualityFocalLoss, VarifocalLoss
from engine.modeling.nets.overlaps import OVERLAPS, alpha_iou, edge_fit, scylla_iou, wise_iou

OF_CLASSES = [
    n
    for n, found in catalogue().items()
    if found.section == "loss" and "classification" in found.tasks and len(found.inputs) > 1
]


def made(type_: str, **parameters: Any) -> torch.nn.Module:
    found = catalogue()[type_]
    module, _, name = found.call.partition(":")
    context = [3] if found.context else []
    loss: torch.nn.Module = getattr(importlib.import_module(module), name)(
        *context, **{**found.defaults(), **parameters}
    )
    if isinstance(loss, losses.LossByCounts):
        loss.told(torch.tensor([60, 20, 20]))
    return loss


def cross_entropy(logits: Tensor, labels: Tensor) -> float:
    return float(torch.nn.functional.cross_entropy(logits, labels))


@pytest.mark.parametrize("type_", OF_CLASSES)
def test_a_loss_of_classes_sorts_three_heaps(type_: str) -> None:
    torch.manual_seed(0)
    labels = torch.arange(60) % 3
    points = torch.nn.functional.one_hot(labels, 3) * 2.0 + torch.randn(60, 3) * 0.3
    model, loss = torch.nn.Linear(3, 3), made(type_)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
    first = float(loss(model(points), labels)["loss"].detach())
    for _ in range(80):
        optimiser.zero_grad()
        answer = loss(model(points), labels)
        answer["loss"].backward()
        optimiser.step()
    assert float(answer["loss"].detach()) < first
    assert answer["accuracy"] == 1.0


@pytest.mark.parametrize("type_", OF_CLASSES)
@pytest.mark.parametrize("size", [0.0, 80.0, 1e4])
def test_a_loss_and_its_gradient_are_finite_whatever_the_scores(type_: str, size: float) -> None:
    logits = (torch.tensor([[1.0, -1, 0], [-1, 1, 0], [0, 0, 0], [-1, -1, 1]]) * size).requires_grad_()
    loss = made(type_)(logits, torch.tensor([0, 0, 1, 2]))["loss"]
    loss.backward()
    assert torch.isfinite(loss) and float(loss) >= -1e-4
    assert logits.grad is not None and torch.isfinite(logits.grad).all()


LOGITS = torch.tensor([[2.0, 0.5, -1], [0.1, 0.2, 0.3], [-1, 3, 0]])
LABELS = torch.tensor([0, 1, 2])


@pytest.mark.parametrize(
    "loss",
    [
        losses.ClassBalancedLoss(3, beta=0.0),
        losses.LogitAdjustedLoss(3, tau=0.0),
        losses.MarginLoss(3, margin=0.0),
        losses.SymmetricLoss(alpha=1.0, beta=0.0),
        losses.TaylorLoss(terms=400),
        losses.PolyLoss(epsilon=0.0),
        losses.HardestLoss(share=1.0),
        losses.BiTemperedLoss(bound=1.0, tail=1.0),
        ClassificationLoss(0.0),
    ],
    ids=lambda loss: type(loss).__name__,
)
def test_with_its_parameter_at_the_end_a_loss_is_cross_entropy(loss: torch.nn.Module) -> None:
    if isinstance(loss, losses.LossByCounts):
        loss.told(torch.tensor([90, 9, 1]))
    assert float(loss(LOGITS, LABELS)["loss"]) == pytest.approx(cross_entropy(LOGITS, LABELS), rel=1e-3)


def test_rare_labels_count_more_as_the_papers_say() -> None:
    counts = torch.tensor([900, 90, 0])  # none counts as one
    balanced, adjusted, margin = (
        kind(3) for kind in (losses.ClassBalancedLoss, losses.LogitAdjustedLoss, losses.MarginLoss)
    )
    for loss in (balanced, adjusted, margin):
        loss.told(counts)
    alike = torch.zeros(1, 3)
    each = [
        [float(loss(alike, torch.tensor([label]))["loss"]) for label in range(3)]
        for loss in (balanced, adjusted, margin)
    ]
    effective = [(1 - 0.999**n) / 0.001 for n in (900, 90, 1)]
    assert each[0][1] / each[0][0] == pytest.approx(effective[0] / effective[1], rel=1e-3)
    assert sum(each[0]) / 3 == pytest.approx(math.log(3), rel=1e-3)
    assert each[1][0] == pytest.approx(-math.log(900 / 991), rel=1e-3)
    assert each[2][2] == pytest.approx(math.log(2 + math.exp(-1)) + 1, rel=1e-3)
    assert each[2][0] < each[2][1] < each[2][2]


def test_losses_for_mistaken_labels_are_bounded() -> None:
    wrong = torch.tensor([[40.0, -40, -40]])
    for loss, most in (
        (losses.TaylorLoss(2), 1.5),
        (losses.SymmetricLoss(0.0, 1.0), 4.0),
        (losses.BiTemperedLoss(0.5, 1.0), 2.0),
    ):
        assert float(loss(wrong, torch.tensor([1]))["loss"]) == pytest.approx(most, rel=1e-3)


def test_the_heavy_tailed_softmax_adds_up_to_one() -> None:
    shares = losses.BiTemperedLoss(0.8, 1.4)._shares(LOGITS * 3)
    assert torch.allclose(shares.sum(1), torch.ones(3), atol=1e-3)
    assert (shares.argmax(1) == LOGITS.argmax(1)).all()
    assert (shares.amin(1) > torch.softmax(LOGITS * 3, 1).amin(1)).all()


def test_what_is_sure_enough_has_nothing_to_learn() -> None:
    sure, unsure = torch.tensor([[5.0, 0, 0]]), torch.tensor([[1.0, 0, 0]])
    right = torch.tensor([0])
    assert losses.RelaxedLoss(0.1)(sure, right)["loss"] == 0
    share = float(torch.softmax(unsure, 1)[0, 0])
    divergence = 0.9 * math.log(0.9 / share) + 0.1 * math.log(0.1 / (1 - share))
    assert float(losses.RelaxedLoss(0.1)(unsure, right)["loss"]) == pytest.approx(divergence, rel=1e-4)
    assert losses.HingeLoss(1.0)(sure, right)["loss"] == 0
    assert float(losses.HingeLoss(2.0)(unsure, right)["loss"]) == pytest.approx(1.0)


def test_the_hardest_half_alone_counts() -> None:
    each = torch.nn.functional.cross_entropy(LOGITS, LABELS, reduction="none")
    assert float(losses.HardestLoss(0.34)(LOGITS, LABELS)["loss"]) == pytest.approx(float(each.max()))


def test_new_overlaps_are_what_paper_and_pencil_give() -> None:
    one = torch.tensor([[0.0, 0, 10, 10]]).expand(3, -1)
    other = torch.tensor([[0.0, 0, 10, 10], [5, 0, 15, 10], [0, 0, 10, 20]])
    apart = [0.0, 25 / 325, 25 / 500]
    iou = [1.0, 1 / 3, 0.5]
    assert alpha_iou(one, other).tolist() == pytest.approx([i**3 - a**3 for i, a in zip(iou, apart, strict=True)])
    assert wise_iou(one, other).tolist() == pytest.approx(
        [1 - math.exp(a) * (1 - i) for i, a in zip(iou, apart, strict=True)]
    )
    beside = 1 - math.exp(-2 * (5 / 15) ** 2)  # along one axis: no angle, γ = 2
    above = 1 - math.exp(-2 * (5 / 20) ** 2)
    shape = (1 - math.exp(-0.5)) ** 4
    assert scylla_iou(one, other).tolist() == pytest.approx([1, 1 / 3 - beside / 2, 0.5 - (above + shape) / 2])
    assert edge_fit(one, other).tolist() == pytest.approx([1, 1 - 2 * (0.5 - 0.05) / 4, 1 - (10 / 15 - 0.05) / 4])


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_boxes_learn_by_every_overlap_even_from_far_away(overlap: str) -> None:
    truth = torch.tensor([[20.0, 20, 60, 50]])
    place = torch.tensor([[26.0, 24, 30, 30]], requires_grad=True)
    optimiser = torch.optim.Adam([place], lr=0.5)
    for _ in range(300):
        optimiser.zero_grad()
        (1 - OVERLAPS[overlap](place, truth)).sum().backward()
        optimiser.step()
    assert (place.detach() - truth).abs().max() < 3
    odd = torch.tensor([[5.0, 5, 5, 5], [1e4, 1e4, 1e4 + 1, 1e4 + 1], [20, 20, 60, 50]], requires_grad=True)
    OVERLAPS[overlap](odd, truth.expand(3, -1)).sum().backward()
    assert odd.grad is not None and torch.isfinite(odd.grad).all()


@pytest.mark.parametrize("kind", [DetectionLoss, VarifocalLoss, QualityFocalLoss])
def test_a_detector_loss_raises_the_score_of_what_fits_and_lowers_the_rest(kind: type[DetectionLoss]) -> None:
    centers = torch.tensor([[x * 8 + 4.0, y * 8 + 4.0] for y in range(8) for x in range(8)])
    truth, labels = torch.tensor([[[8.0, 8, 32, 32]]]), torch.tensor([[1]])
    boxes = torch.cat([centers - 12, centers + 12], 1)[None]
    logits = torch.zeros(1, 64, 2, requires_grad=True)
    optimiser = torch.optim.Adam([logits], lr=0.1)
    for _ in range(100):
        optimiser.zero_grad()
        found = kind()(Positions(logits, boxes, centers, torch.full((64,), 8.0)), truth, labels)
        found["loss"].backward()
        optimiser.step()
    scores = logits.detach().sigmoid()[0]
    assert int(scores[:, 1].argmax()) == 18  # the position at (20, 20): its box is the object
    assert scores[18, 1] > 0.7 and scores[:, 0].max() < 0.3 and scores[63, 1] < 0.3
    extreme = (torch.ones(1, 64, 2) * torch.tensor([1e4, -1e4])).requires_grad_()
    kind()(Positions(extreme, boxes, centers, torch.full((64,), 8.0)), truth, labels)["loss"].backward()
    assert extreme.grad is not None and torch.isfinite(extreme.grad).all()
