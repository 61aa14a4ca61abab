"""Distillation: a network also learns to answer as a trained one does, its teacher (Hinton et al. 2015)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.overlaps import generalised_iou
from engine.modeling.nets.segmentation import at_pixels

SURE = 0.05  # score from which on the teacher's box is one to learn from


class Teacher(nn.Module):
    """Weighs the loss of the labels against how far the network is from its teacher: (1 − weight) · loss + weight · imitation.

    Until it is given a network (`listen`) it hands the loss on as it is.

    Args:
        model: name of the teacher, which the training finds.
        weight: of the imitation, in [0, 1].
        temperature: T by which the scores of labels are divided before they are compared (eq. 1); the term counts T².
        features: weight of the hint, how far the maps that the head reads are from the teacher's (Romero et al. 2015, eq. 3).
    """

    def __init__(self, model: str, weight: float = 0.5, temperature: float = 4.0, features: float = 0.0) -> None:
        super().__init__()
        self.model, self.weight, self.temperature, self.features = model, weight, temperature, features
        self.adapters = nn.ModuleList()
        self._ask: Callable[[Tensor], Any] | None = None
        self._compare: Callable[[Any, Any], Tensor] | None = None
        self._maps: tuple[list[Any], list[Any]] = ([], [])  # that passed last: the network's own, the teacher's

    def listen(self, task: str, ask: Callable[[Tensor], Any]) -> None:
        """Learn from now on.

        Args:
            ask: from a batch of images (N, C, H, W), as the network sees them, to the teacher's answer in the network's labels.
        """
        self._ask = ask
        compare = {"detection": self._positions, "multilabel": self._chances}
        self._compare = compare.get(task, self._shares)

    def read_maps(self, own: nn.Module, teacher: nn.Module, channels: list[tuple[int, int]]) -> None:
        """Compare the maps that two parts give as well; each pair has (own, teacher's) channels."""
        self.adapters.extend(nn.Conv2d(mine, theirs, 1) for mine, theirs in channels)
        for part, kept in zip((own, teacher), self._maps, strict=True):
            part.register_forward_hook(_keeper(kept))

    def forward(self, losses: Mapping[str, Tensor], images: Tensor, answer: Any) -> dict[str, Tensor]:
        """The losses with the imitation in them, of an answer to a batch of images."""
        if self._ask is None or self._compare is None:
            return dict(losses)
        with torch.no_grad():
            wanted = self._ask(images)
        imitation = self._compare(answer, wanted)
        if len(self.adapters):
            imitation = imitation + self.features * self._hint()
        loss = (1 - self.weight) * losses["loss"] + self.weight * imitation
        return {**losses, "loss": loss, "imitation": imitation.detach()}

    def _shares(self, answer: Tensor, wanted: Tensor) -> Tensor:
        """T² · KL of the softmax over dimension 1: labels (N, C), or the classes of each pixel (N, C, h, w)."""
        if answer.ndim == 4:
            wanted = at_pixels(wanted, answer.shape[-2:])
        own = torch.log_softmax(answer.float() / self.temperature, 1)
        theirs = torch.log_softmax(wanted.float() / self.temperature, 1)
        apart = (theirs.exp() * (theirs - own)).sum(1).mean()
        return self.temperature**2 * apart

    def _chances(self, answer: Tensor, wanted: Tensor) -> Tensor:
        """The same of labels (N, C) that are each by themselves, added up."""
        own, theirs = answer.float() / self.temperature, wanted.float() / self.temperature
        chance = theirs.sigmoid()
        apart = functional.binary_cross_entropy_with_logits(own, chance, reduction="none")
        least = functional.binary_cross_entropy_with_logits(theirs, chance, reduction="none")
        return self.temperature**2 * (apart - least).sum(1).mean()

    def _positions(self, answer: Any, wanted: Any) -> Tensor:
        """The teacher's scores as soft labels (quality focal loss, Li et al. 2020, eq. 4), its surer boxes by GIoU."""
        scores = wanted.logits.float().sigmoid()
        focus = (answer.logits.float().sigmoid() - scores).square()
        classes = focus * functional.binary_cross_entropy_with_logits(answer.logits.float(), scores, reduction="none")
        sure = scores.amax(-1)
        chosen = sure > SURE
        total = sure[chosen].sum().clamp(min=1.0)
        if not chosen.any():
            alone: Tensor = classes.sum() / total
            return alone
        located = (1 - generalised_iou(answer.boxes[chosen].float(), wanted.boxes[chosen].float())) * sure[chosen]
        together: Tensor = (classes.sum() + located.sum()) / total
        return together

    def _hint(self) -> Tensor:
        """Mean square of the difference of maps, in units of how far the teacher's spread."""
        apart = [
            functional.mse_loss(adapter(own).float(), theirs.float()) / theirs.float().var().clamp(min=1e-6)
            for adapter, own, theirs in zip(self.adapters, *self._maps, strict=True)
        ]
        return torch.stack(apart).mean()


def _keeper(kept: list[Any]) -> Callable[[nn.Module, Any, Any], None]:
    """A hook that keeps the maps of the last call; a function, so that a copy of the network has it as it is."""

    def keep(_module: nn.Module, _given: Any, maps: Any) -> None:
        kept[:] = list(maps)

    return keep
