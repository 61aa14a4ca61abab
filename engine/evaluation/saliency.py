"""Where an image supports an answer: by gradients, by hiding parts of it, and how far such a map can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.evaluation.focus import Box, Focus, in_box
from engine.serving.images import Pixels
from engine.serving.manifest import ModelManifest
from engine.serving.preprocess import Geometry, normalise

if TYPE_CHECKING:
    from torch import Tensor, nn

Map = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Tell = Callable[[float], None]

BATCH = 16  # images with something hidden that are looked at together
PATCHES = 7  # hidden patches that lie side by side across the image; they move by half of their side
SHARES = (0.05, 0.1, 0.2, 0.4)  # of the pixels that are taken away to see what a map is worth
SHARE = 0.2  # the one that is told
LOTS = 8  # random maps that it is held against
LEAST_FALL = 0.01  # share of a distance; what is filled up from around differs by as much without any reason
FILL_PX = 3.0  # how far around each pixel is looked to fill it up
NOISE, NOISY = 0.1, 12  # share of the input's range, and number of noisy copies (Smilkov et al. 2017)


@dataclass(frozen=True)
class Trust:
    """What happens to the score when what a map calls important is taken away (deletion; Petsiuk et al. 2018, §4.1).

    Attributes:
        shares: of the pixels that are taken away.
        lost: share of the score that is lost with the most important pixels.
        by_chance: the same at `SHARE` for places drawn by lot, the mean of `LOTS` draws.
        beaten: share of the draws that lose less than the map at `SHARE`.
    """

    shares: list[float]
    lost: list[float]
    by_chance: float
    beaten: float

    @property
    def at_share(self) -> float:
        """What is lost at `SHARE`."""
        return self.lost[self.shares.index(SHARE)]

    @property
    def kind(self) -> str:
        """ "good": a tenth or more is lost, and more than in all draws; "weak": more than in most; "none": no more than by chance."""
        if self.at_share >= 0.1 and self.beaten == 1:
            return "good"
        return "weak" if self.at_share > 0.02 and self.beaten >= 0.75 else "none"


@dataclass
class Scene:
    """One image on a model's input, parts of which can be hidden.

    Attributes:
        canvas: (H, W, C) uint8, as `preprocess.resize` gives it.
    """

    canvas: Pixels
    geometry: Geometry
    manifest: ModelManifest
    device: Any = "cpu"
    mean: Any = field(init=False)

    def __post_init__(self) -> None:
        self.mean = self.canvas[self.inside].reshape(-1, self.canvas.shape[2]).mean(0).round().astype(np.uint8)

    @property
    def inside(self) -> tuple[slice, slice]:
        """Where on the canvas the image lies: rows and columns."""
        place = self.geometry
        left, top = int(place.pad_x), int(place.pad_y)
        height, width = round(place.height * place.scale_y), round(place.width * place.scale_x)
        return slice(top, top + height), slice(left, left + width)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the image on the canvas, px."""
        rows, columns = self.inside
        return rows.stop - rows.start, columns.stop - columns.start

    def tensor(self, canvas: Pixels | None = None) -> Tensor:
        """(1, channels, H, W), prepared."""
        import torch

        return torch.from_numpy(normalise(self.canvas if canvas is None else canvas, self.manifest)).to(self.device)

    def hidden(self, mask: Mask) -> Tensor:
        """The input without the pixels of a mask over the image (h, w).

        The mean of the image stands in for them; to a model that finds the unusual that would be unusual itself, so for it
        they are filled up from around (Telea 2004, fast marching).
        """
        canvas = self.canvas.copy()
        shown = canvas[self.inside]
        if self.manifest.task == "anomaly" and mask.any():
            shown[:] = _filled(shown, mask)
        else:
            shown[mask] = self.mean
        return self.tensor(canvas)

    def scores(self, focus: Focus, masks: Sequence[Mask], tell: Tell | None = None) -> npt.NDArray[np.float64]:
        """How sure the model is without the pixels of each mask, (M,)."""
        import torch

        found = []
        for start in range(0, len(masks), BATCH):
            if tell is not None:
                tell(start / len(masks))
            with torch.inference_mode():
                found.append(focus.scores(torch.cat([self.hidden(mask) for mask in masks[start : start + BATCH]])))
        result: npt.NDArray[np.float64] = torch.cat(found).double().cpu().numpy()
        return result


def _filled(pixels: Pixels, mask: Mask) -> Pixels:
    import cv2

    found = cv2.inpaint(np.ascontiguousarray(pixels), mask.astype(np.uint8), FILL_PX, cv2.INPAINT_TELEA)
    filled: Pixels = found.reshape(pixels.shape)
    return filled


def by_gradients(network: nn.Module, focus: Focus, scene: Scene) -> Map:
    """Positive gradients times activations of the backbone's maps (Jiang et al. 2021, LayerCAM, §III); over the image, in [0, 1].

    Coarse maps say what and fine ones where, so each level is scaled to 1 and they are averaged. Where no gradient comes to
    the maps (a student beside its teacher), gradients of the pixels are taken.
    """
    import torch

    image = scene.tensor().requires_grad_()
    with FeatureMaps(network) as maps:
        evidence = focus.evidence(image).sum()
    found = maps.chosen(scene.canvas.shape[0])
    gradients = torch.autograd.grad(evidence, found, allow_unused=True) if found and evidence.requires_grad else ()
    levels = [(g.relu() * a).sum(1)[0].relu() for a, g in zip(found, gradients, strict=False) if g is not None]
    if not any(bool((level > 0).any()) for level in levels):
        return by_pixel_gradients(focus, scene)
    shown = [_over_image(level.detach().float().cpu().numpy(), scene) for level in levels]
    return scaled(np.mean([scaled(level) for level in shown], axis=0, dtype=np.float32))


def by_pixel_gradients(focus: Focus, scene: Scene) -> Map:
    """Gradients of the pixels, the mean over noisy copies of the image (Smilkov et al. 2017, SmoothGrad, §2), smoothed."""
    import cv2
    import torch

    image = scene.tensor()
    lot = torch.Generator().manual_seed(0)
    spread = NOISE * float(image.max() - image.min())
    total = torch.zeros(image.shape[2:])
    for _ in range(NOISY):
        noisy = (image + spread * torch.randn(image.shape, generator=lot).to(image.device)).requires_grad_()
        (gradient,) = torch.autograd.grad(focus.evidence(noisy).sum(), noisy)
        total += gradient[0].abs().sum(0).cpu()
    smooth = cv2.GaussianBlur(total.numpy(), (0, 0), max(scene.size) / 64)
    return scaled(smooth[scene.inside])


def by_hiding(focus: Focus, scene: Scene, tell: Tell | None = None) -> Map:
    """How much the score falls when a patch over each place is hidden (Zeiler & Fergus 2014, §4.2); over the image, in [0, 1].

    All 0 for an anomaly model whose score falls nowhere by more than rounding.
    """
    masks = list(_patches(*scene.size))
    whole = float(scene.scores(focus, [np.zeros(scene.size, np.bool_)])[0])
    fall = whole - scene.scores(focus, masks, tell)
    if scene.manifest.task == "anomaly" and fall.max() < LEAST_FALL * whole:
        return np.zeros(scene.size, np.float32)
    total, count = np.zeros(scene.size), np.zeros(scene.size)
    for mask, value in zip(masks, fall, strict=True):
        total[mask] += value
        count[mask] += 1
    return scaled((total / np.maximum(count, 1)).astype(np.float32))


def trust_in(saliency: Map, focus: Focus, scene: Scene, tell: Tell | None = None) -> Trust:
    """Take away what a map over the image (h, w) calls important, and as much by lot."""
    import cv2

    lot = np.random.default_rng(0)
    rivals = [cv2.resize(lot.random((PATCHES, PATCHES), np.float32), scene.size[::-1]) for _ in range(LOTS)]
    nothing = np.zeros(scene.size, np.bool_)
    masks = [most_important(saliency, share) for share in SHARES] + [most_important(one, SHARE) for one in rivals]
    scores = scene.scores(focus, [nothing, *masks], tell)
    lost = 1 - scores[1:] / max(scores[0], 1e-9)
    mine, chance = lost[: len(SHARES)], lost[len(SHARES) :]
    return Trust(
        list(SHARES), mine.round(4).tolist(), round(float(chance.mean()), 4),
        float((chance < mine[SHARES.index(SHARE)]).mean()),
    )  # fmt: skip


def most_important(saliency: Map, share: float) -> Mask:
    """The pixels of the highest values, that share of them; ties by their place."""
    mask = np.zeros(saliency.size, np.bool_)
    mask[np.argsort(-saliency.ravel(), kind="stable")[: round(share * saliency.size)]] = True
    return mask.reshape(saliency.shape)


def scaled(values: Map) -> Map:
    """What is above 0, brought to [0, 1]."""
    above = np.maximum(values, 0)
    result: Map = (above / max(float(above.max()), 1e-12)).astype(np.float32)
    return result


def _patches(height: int, width: int) -> Iterator[Mask]:
    side = max(2, round(max(height, width) / PATCHES))
    step = max(1, side // 2)
    for top in range(-step, height - step + 1, step):
        for left in range(-step, width - step + 1, step):
            mask = np.zeros((height, width), np.bool_)
            mask[max(top, 0) : top + side, max(left, 0) : left + side] = True
            yield mask


def _over_image(values: Map, scene: Scene) -> Map:
    """A map (h, w) over the input as one over the image on the canvas."""
    import cv2

    height, width = scene.canvas.shape[:2]
    shown: Map = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)[scene.inside]
    return shown


class FeatureMaps:
    """Listens to a network for one pass: the feature maps of its backbone, or the last maps that any of its layers makes."""

    FINEST = 8  # px; maps of smaller strides show edges

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self._pyramid: list[Tensor] = []
        self._single: list[Tensor] = []

    def __enter__(self) -> FeatureMaps:
        self._hooks = [part.register_forward_hook(self._heard) for part in self.network.modules()]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def chosen(self, height: int) -> list[Tensor]:
        """The maps (1, C, h, w) to take gradients of, for an input of that height."""
        if self._pyramid:
            coarse = [one for one in self._pyramid if one.shape[2] * self.FINEST <= height]
            return coarse or self._pyramid[-1:]
        return self._single[-1:]

    def pooled_in(self, boxes: Sequence[Box], geometry: Geometry, whole: Sequence[int]) -> Tensor:
        """What was heard of one image (H, W) inside boxes, xyxy in px of the item: (B, D), as `pooled`, from all chosen maps."""
        import torch

        rows = []
        for box in boxes:
            parts = [
                one[0][:, in_box(box, geometry, whole, one.shape[2:]).to(one.device)].mean(1)
                for one in self.chosen(whole[0])
            ]
            rows.append(torch.cat([torch.nn.functional.normalize(part, dim=0) for part in parts]))
        return torch.stack(rows)

    def pooled(self) -> Tensor:
        """What was heard of a batch as vectors (N, D): the means of the two coarsest maps, each of length 1."""
        import torch

        maps = self._pyramid[-2:] or self._single[-1:]
        return torch.cat([torch.nn.functional.normalize(one.mean((2, 3)), dim=1) for one in maps], 1)

    def _heard(self, _part: nn.Module, _inputs: Any, output: Any) -> Any:
        maps = [output] if _is_map(output) else list(output) if isinstance(output, list | tuple) else []
        if not maps or not all(_is_map(one) for one in maps):
            return None
        if isinstance(output, list | tuple):
            self._pyramid = self._pyramid or maps
            return None
        self._single.append(output)
        return output.clone()  # a layer behind it may write into what it is given


def _is_map(value: Any) -> bool:
    return getattr(value, "ndim", 0) == 4 and min(value.shape[2:]) > 1
