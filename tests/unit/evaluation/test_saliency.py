"""Where a model looks: maps by gradients and by hiding parts, and whether they are worth anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from engine.errors import BadInput, UsageError
from engine.evaluation.explanation import Question, answer, check_method
from engine.evaluation.focus import Subject, focus_on, surest
from engine.evaluation.saliency import Scene, Trust, by_gradients, by_hiding, most_important, trust_in
from engine.modeling.nets.anomaly import PaDiM, PatchCore, StudentTeacher
from engine.modeling.nets.convnext import SIZES, ConvNeXt
from engine.modeling.nets.deployed import deployed
from engine.modeling.nets.detection import Positions
from engine.modeling.nets.small import SmallBackbone
from engine.modeling.nets.vit import ViT
from engine.serving.answers import Answer, Classification, Detection
from engine.serving.manifest import InputSpec, ModelManifest, PreprocessSpec
from engine.serving.preprocess import resize

SIDE = 64
PATCH = (slice(36, 48), slice(10, 22))


def manifest(task: str, labels: tuple[str, ...] = ("good", "bad")) -> ModelManifest:
    spec = InputSpec(width=SIDE, height=SIDE, channels=3)
    return ModelManifest("m", task, labels, input=spec, preprocess=PreprocessSpec(mean=(0.0,), std=(1.0,)))


def scene(task: str, pixels: np.ndarray, labels: tuple[str, ...] = ("good", "bad")) -> Scene:
    about = manifest(task, labels)
    canvas, geometry = resize(pixels, about)
    return Scene(canvas, geometry, about)


def planted(height: int = SIDE, width: int = SIDE) -> np.ndarray:
    pixels = np.random.default_rng(0).integers(60, 90, (height, width, 3)).astype(np.uint8)
    pixels[PATCH] = 230
    return pixels


class Learner(nn.Module):
    """A backbone and a linear layer, as the recipes draw them."""

    def __init__(self, backbone: nn.Module | None = None) -> None:
        super().__init__()
        self.backbone = backbone or SmallBackbone(3, width=8)
        self.linear = nn.Linear(self.backbone.channels[-1], 2)

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.linear(self.backbone(images)[-1].mean((2, 3)))
        return found


class BrightCorner(nn.Module):
    """A fixed net: bad is how bright the planted patch is."""

    def forward(self, images: Tensor) -> Tensor:
        value = images[:, :, PATCH[0], PATCH[1]].mean((1, 2, 3)) * 8
        return torch.stack([torch.full_like(value, 4.0), value], 1)


@pytest.fixture(scope="module")
def learner() -> nn.Module:
    """A classifier that learned to tell images with a bright patch from images without, in a few steps."""
    torch.manual_seed(0)
    random = np.random.default_rng(1)
    network = Learner()
    optimiser = torch.optim.AdamW(network.parameters(), 0.01)
    for _ in range(40):
        images = random.integers(60, 90, (16, SIDE, SIDE, 3)).astype(np.float32) / 255
        for image in images[:8]:
            top, left = random.integers(0, SIDE - 12, 2)
            image[top : top + 12, left : left + 12] = 0.9
        logits = network(torch.from_numpy(images.transpose(0, 3, 1, 2).copy()))
        loss = nn.functional.cross_entropy(logits, torch.tensor([1] * 8 + [0] * 8))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.3
    return deployed(network, "classification").eval().requires_grad_(False)


def around_patch() -> np.ndarray:
    inside = np.zeros((SIDE, SIDE), bool)
    inside[PATCH[0].start - 10 : PATCH[0].stop + 10, PATCH[1].start - 10 : PATCH[1].stop + 10] = True
    return inside


def test_gradients_of_a_learned_classifier_lie_on_the_patch_more_than_chance(learner: nn.Module) -> None:
    seen = scene("classification", planted())
    focus = focus_on(learner, seen.manifest, Subject("bad"), seen.geometry, seen.tensor())
    saliency = by_gradients(learner, focus, seen)
    inside = around_patch()
    assert saliency[inside].sum() / saliency.sum() > 2 * inside.mean()
    assert inside[np.unravel_index(saliency.argmax(), saliency.shape)]
    trust = trust_in(saliency, focus, seen)
    assert trust.kind == "good"
    assert trust.at_share > 0.5 > trust.by_chance


def test_hiding_parts_finds_the_patch_that_a_fixed_net_looks_at() -> None:
    seen = scene("classification", planted())
    network = deployed(BrightCorner(), "classification")
    focus = focus_on(network, seen.manifest, Subject("bad"), seen.geometry, seen.tensor())
    told: list[float] = []
    saliency = by_hiding(focus, seen, told.append)
    assert most_important(saliency, 0.02)[PATCH].sum() == most_important(saliency, 0.02).sum()
    assert told == sorted(told)
    assert 0 <= told[0] < told[-1] < 1


def convnext() -> nn.Module:
    """A ConvNeXt of few channels, whose blocks take part from the first step on: theirs grow from nothing, over hours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "atto", ((16, 32, 48, 64), (1, 1, 1, 1)))
        made = ConvNeXt(3, "atto")
    for name, weight in made.named_parameters():
        if name.endswith("gamma"):
            nn.init.ones_(weight)
    return made


@pytest.mark.parametrize("make", [lambda: ViT(3, 48, 2, 3), convnext], ids=["vit", "convnext"])
def test_of_a_transformer_and_a_convnext_both_maps_have_their_peak_on_the_object(make: Any) -> None:
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    network = Learner(make())
    optimiser = torch.optim.AdamW(network.parameters(), 0.001)
    spec = InputSpec(width=SIDE, height=SIDE, channels=3)
    about = ModelManifest(
        "m", "classification", ("good", "bad"), input=spec, preprocess=PreprocessSpec(mean=(0.3,), std=(0.15,))
    )
    for _ in range(60):
        images = random.integers(60, 90, (16, SIDE, SIDE, 3)).astype(np.float32) / 255
        for image in images[:8]:
            top, left = random.integers(0, SIDE - 12, 2)
            image[top : top + 12, left : left + 12] = (0.9, 0.1, 0.1)
        logits = network((torch.from_numpy(images.transpose(0, 3, 1, 2).copy()) - 0.3) / 0.15)
        optimiser.zero_grad()
        nn.functional.cross_entropy(logits, torch.tensor([1] * 8 + [0] * 8)).backward()
        optimiser.step()
    judge = deployed(network, "classification").eval().requires_grad_(False)
    pixels = planted()
    pixels[PATCH] = (230, 26, 26)
    seen = Scene(*resize(pixels, about), about)
    focus = focus_on(judge, about, Subject("bad"), seen.geometry, seen.tensor())
    for saliency in (by_gradients(judge, focus, seen), by_hiding(focus, seen)):
        assert around_patch()[np.unravel_index(saliency.argmax(), saliency.shape)]
        assert saliency[around_patch()].mean() > 1.2 * saliency.mean()


def test_a_map_that_points_elsewhere_is_not_trusted() -> None:
    seen = scene("classification", planted())
    network = deployed(BrightCorner(), "classification")
    focus = focus_on(network, seen.manifest, Subject("bad"), seen.geometry, seen.tensor())
    elsewhere = np.zeros((SIDE, SIDE), np.float32)
    elsewhere[:16, 40:] = 1
    assert trust_in(elsewhere, focus, seen).kind == "none"


def test_a_letterboxed_image_gets_a_map_of_its_own_proportions(learner: nn.Module) -> None:
    seen = scene("classification", planted(SIDE, 2 * SIDE))
    assert seen.size == (SIDE // 2, SIDE)
    focus = focus_on(learner, seen.manifest, Subject("bad"), seen.geometry, seen.tensor())
    assert by_gradients(learner, focus, seen).shape == by_hiding(focus, seen).shape == seen.size


class TwoBoxes(nn.Module):
    """Says of the left and the right half how bright it is."""

    def forward(self, images: Tensor) -> Positions:
        halves = torch.stack([images[..., : SIDE // 2].mean((1, 2, 3)), images[..., SIDE // 2 :].mean((1, 2, 3))], 1)
        boxes = torch.tensor([[0.0, 0, SIDE / 2, SIDE], [SIDE / 2, 0, SIDE, SIDE]]).expand(len(images), -1, -1)
        return Positions(8 * halves[..., None] - 4, boxes, boxes[0, :, :2], torch.ones(2))


@pytest.mark.parametrize(("box", "half"), [((0, 0, 32, 64), slice(0, 32)), ((32, 0, 64, 64), slice(32, 64))])
def test_of_a_detector_the_box_that_is_asked_about_is_explained(box: Any, half: slice) -> None:
    seen = scene("detection", np.full((SIDE, SIDE, 3), 200, np.uint8), ("thing",))
    seen.mean[:] = 0
    network = deployed(TwoBoxes(), "detection")
    focus = focus_on(network, seen.manifest, Subject("thing", box), seen.geometry, seen.tensor())
    for saliency in (by_gradients(network, focus, seen), by_hiding(focus, seen)):
        assert saliency[:, half].sum() > 0.85 * saliency.sum()


class Bright(nn.Module):
    """A segmentation: bright pixels are the label, at half of the resolution."""

    def forward(self, images: Tensor) -> Tensor:
        small = nn.functional.avg_pool2d(images.mean(1, keepdim=True), 2)
        return torch.cat([torch.full_like(small, 4.0), 8 * small], 1)


def test_of_a_segmentation_the_pixels_of_the_region_are_explained() -> None:
    pixels = planted()
    pixels[4:12, 50:60] = 230  # another region
    seen = scene("segmentation", pixels, ("stain",))
    network = deployed(Bright(), "segmentation")
    box = (PATCH[1].start, PATCH[0].start, PATCH[1].stop, PATCH[0].stop)
    focus = focus_on(network, seen.manifest, Subject("stain", box), seen.geometry, seen.tensor())
    assert focus.scores(seen.tensor())[0] > 0.9
    for saliency in (by_gradients(network, focus, seen), by_hiding(focus, seen)):
        assert around_patch()[saliency > 0.5].mean() > 0.95


class Judge(nn.Module):
    def __init__(self, head: nn.Module, *, with_images: bool) -> None:
        super().__init__()
        self.backbone, self.head, self.with_images = SmallBackbone(3, width=4), head, with_images

    def forward(self, images: Tensor) -> Any:
        features = self.backbone(images)
        return self.head(features, images) if self.with_images else self.head(features)


def test_of_a_student_beside_its_teacher_gradients_of_the_pixels_are_taken() -> None:
    torch.manual_seed(0)
    head = StudentTeacher((4, 8, 16, 24), (4, 8, 16, 32), 3, width=8)
    network = deployed(Judge(head, with_images=True), "anomaly").eval().requires_grad_(False)
    seen = scene("anomaly", planted(), ("normal", "anomaly"))
    focus = focus_on(network, seen.manifest, Subject("anomaly"), seen.geometry, seen.tensor())
    saliency = by_gradients(network, focus, seen)
    assert saliency.max() == 1
    assert np.isfinite(saliency).all()


def test_a_model_that_only_remembers_shows_its_heat_map_when_gradients_are_asked_for(tmp_path: Path) -> None:
    torch.manual_seed(0)
    head = PatchCore((4, 8, 16, 24), (4, 8, 16, 32), taps="4", memory=300)
    network = Judge(head, with_images=False).eval()
    plain = planted()
    plain[PATCH] = 75
    head.begin()
    with torch.no_grad():
        network(scene("anomaly", plain, ("normal", "anomaly")).tensor())
    head.settle()
    judge = deployed(network, "anomaly").requires_grad_(False)
    Image.fromarray(planted()).save(tmp_path / "odd.png")
    about = manifest("anomaly", ("normal", "anomaly"))
    found, saliency = answer(judge, about, tmp_path / "odd.png", Question("", 0, "gradient"), lambda _: None)
    assert (found.method, found.shown, found.label) == ("gradient", "heat", "anomaly")
    assert found.trust is None
    assert around_patch()[np.unravel_index(saliency.argmax(), saliency.shape)]
    assert saliency[around_patch()].sum() > 2 * around_patch().mean() * saliency.sum()


@pytest.mark.parametrize("kind", [PatchCore, PaDiM])
def test_an_anomaly_model_finds_less_to_wonder_at_where_the_odd_place_is_hidden(kind: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    head = kind((4, 8, 16, 24), (4, 8, 16, 32), taps="4")
    network = Judge(head, with_images=False).eval()
    head.begin()
    with torch.no_grad():
        for seed in range(4):
            plain = np.random.default_rng(seed).integers(60, 90, (SIDE, SIDE, 3)).astype(np.uint8)
            network(scene("anomaly", plain, ("normal", "anomaly")).tensor())
    head.settle()
    judge = deployed(network, "anomaly").requires_grad_(False)
    about = manifest("anomaly", ("normal", "anomaly"))
    Image.fromarray(planted()).save(tmp_path / "odd.png")
    found, saliency = answer(judge, about, tmp_path / "odd.png", Question("", 0, "occlusion"), lambda _: None)
    assert (found.shown, found.trust) == ("occlusion", None)
    assert around_patch()[np.unravel_index(saliency.argmax(), saliency.shape)]
    assert saliency[around_patch()].sum() > 2 * around_patch().mean() * saliency.sum()
    even = np.full((SIDE, SIDE, 3), 230, np.uint8)  # unusual everywhere: nothing around it could stand in
    Image.fromarray(even).save(tmp_path / "even.png")
    with pytest.raises(BadInput, match="no less unusual to m"):
        answer(judge, about, tmp_path / "even.png", Question("", 0, "occlusion"), lambda _: None)
    with pytest.raises(UsageError, match="Only anomaly models answer with a heat map"):
        check_method("heat", "detection")


def test_what_a_model_says_most_surely_is_asked_about_and_unknown_labels_are_named() -> None:
    found = (Detection("a", 0.4, (0, 0, 9, 9)), Detection("b", 0.7, (1, 1, 5, 5)))
    about = manifest("detection", ("a", "b", "c"))
    assert surest(Answer(found), about) == Subject("b", (1, 1, 5, 5))
    assert surest(Answer(found), about, "a") == Subject("a", (0, 0, 9, 9))
    assert surest(Answer(found), about, "c") is None
    whole = Answer(classification=Classification("bad", 0.9, (0.1, 0.9)))
    assert surest(whole, manifest("classification"), "good") == Subject("good")
    with pytest.raises(UsageError, match="knows no label “dent”; it knows: a, b, c"):
        surest(Answer(found), about, "dent")


def test_a_small_loss_is_never_called_trusted() -> None:
    assert Trust([0.2], [0.05], 0.0, 1.0).kind == "weak"
    assert Trust([0.2], [0.5], 0.1, 1.0).kind == "good"
    assert Trust([0.2], [0.5], 0.6, 0.25).kind == "none"
