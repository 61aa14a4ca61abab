"""What stands out while a model trains, in plain words, with the curve, the step and the figures that show it.

Each kind is told once a run. The limits are chosen to stay silent on trainings that go well; see the tests.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.training.reporting import Reporter
    from engine.training.settings import Training

FILE = "warnings.jsonl"
WINDOW = 40  # steps that are looked at together
SPIKE, SPIKES = 3.0, 3  # times the median; so many of them in a window
RISEN = 1.5  # times the lowest mean of a window
FALLEN = 0.02  # of the val figure, that is more than chance on a few hundred images
SAME = 0.005
LOOKS = 3  # in a row
VANISHED = 1e-7  # norm of the gradient against that of the weights
BURST = 100.0  # times the limit of the gradient
DEAD = 0.5  # share of a part's filters
SLOW = 0.5  # share of the time


class Watcher:
    """Takes figures as they come and tells the reporter what they mean.

    Args:
        folder: of the run, where warnings.jsonl is kept.
        figure: by which the best weights are kept, as "val_map50".
        rows: whether rows of a table are learnt from instead of images.
    """

    def __init__(self, folder: Path, training: Training, figure: str, reporter: Reporter, rows: bool = False) -> None:
        self.rows = rows
        self.what, self.what_zh = ("rows", "行") if rows else ("images", "图像")
        self.path, self.training, self.figure, self.reporter = folder / FILE, training, figure, reporter
        self.warnings: list[dict[str, Any]] = []
        self.losses: list[tuple[int, float]] = []
        self.checks: list[tuple[int, float]] = []
        self._rate, self._lowest, self._meant = 0.0, math.inf, 0
        self._vanished: dict[str, int] = {}
        self._bursts: deque[float] = deque(maxlen=2 * LOOKS)

    def resume(self, step: int, checked: Sequence[tuple[int, Mapping[str, float]]]) -> None:
        """Forget what is later than the checkpoint; take up the losses and checks before it."""
        self.warnings = [warning for warning in _lines(self.path) if warning["step"] <= step]
        self.path.write_text("".join(json.dumps(found, ensure_ascii=False) + "\n" for found in self.warnings), "utf-8")
        known = _lines(self.path.with_name("metrics.jsonl"))
        self.losses = [(line["step"], line["loss"]) for line in known if "loss" in line and line["step"] <= step]
        self.checks = [(at, figures[self.figure]) for at, figures in checked if self.figure in figures]

    def loss(self, step: int, value: float, rate: float) -> None:
        """The loss of one step."""
        self.losses.append((step, value))
        self._rate = rate

    def look(self, step: int) -> None:
        """Look at the last losses."""
        if len(self.losses) < 2 * WINDOW:
            return
        for end in range(max(self._meant + WINDOW, WINDOW), len(self.losses) + 1, WINDOW):
            self._lowest, self._meant = min(self._lowest, _mean(self.losses[end - WINDOW : end])), end
        last = [value for _, value in self.losses[-WINDOW:]]
        middle, mean = median(last), sum(last) / len(last)
        high = [(at, value) for at, value in self.losses[-WINDOW:] if value > SPIKE * middle]
        third = f"{self._rate / 3:.1g}"
        if len(high) >= SPIKES:
            at, worst = max(high, key=lambda point: point[1])
            self._warn(
                "rate_too_high", step, "loss",
                f"The loss jumps: {len(high)} of the last {WINDOW} steps are above {SPIKE:g} times their median"
                f" ({middle:.3g}), step {at} has {worst:.3g}. The learning rate is probably too high; try {third}.",
                f"损失剧烈跳动：最近 {WINDOW} 步中有 {len(high)} 步超过中位数（{middle:.3g}）的 {SPIKE:g} 倍，第 {at} 步为"
                f" {worst:.3g}。学习率可能过高，可试 {third}。",
                spikes=len(high), median=middle, worst=worst, worst_step=at, rate=self._rate,
            )  # fmt: skip
        elif mean > RISEN * self._lowest and self._lowest > 0:
            self._warn(
                "rate_too_high", step, "loss",
                f"The loss rises again: its mean over {WINDOW} steps is {mean:.3g}, after {self._lowest:.3g} before. The"
                f" learning rate is probably too high; try {third}.",
                f"损失重新上升：最近 {WINDOW} 步平均为 {mean:.3g}，此前最低为 {self._lowest:.3g}。学习率可能过高，可试 {third}。",
                mean=mean, lowest=self._lowest, rate=self._rate,
            )  # fmt: skip

    def is_still(self, steps: int, margin: float) -> bool:
        """Whether the mean loss of so many steps is below that of as many before by less than a share of it."""
        last = self.losses[-1][0] if self.losses else 0
        if last < 2 * steps:
            return False
        now = _mean([point for point in self.losses if point[0] > last - steps])
        before = _mean([point for point in self.losses if last - 2 * steps < point[0] <= last - steps])
        return now > before - margin * abs(before)

    def checked(self, step: int, figures: Mapping[str, float], never: Sequence[str]) -> None:
        """A look at the val images; `never`: labels of theirs that the model did not answer once."""
        if never and step >= self.training.steps / 2:
            names, names_zh = ", ".join(f"“{name}”" for name in never), "、".join(f"“{name}”" for name in never)
            self._warn(
                "never_predicted", step, self.figure,
                f"The model never answers {names}, although val {self.what} have it. Label more of it, train longer, or, where"
                f" {self.what} are sorted, let rare labels count more (train.class_weights).",
                f"模型从未给出 {names_zh}，而验证{self.what_zh}中确有此标签。请多标注一些、延长训练，分类时还可提高少见标签的权重"
                "（train.class_weights）。",
                labels=list(never),
            )  # fmt: skip
        if self.figure not in figures:
            return
        self.checks.append((step, figures[self.figure]))
        best_step, best = max(self.checks, key=lambda point: (point[1], point[0]))
        before, now = self._loss_at(best_step), self._loss_at(step)
        since = [value for at, value in self.checks if at > best_step]
        if len(since) >= 2 and max(since[-2:]) < best - FALLEN and now < before * 0.95:
            help_en, help_zh = ("a smaller width", "减小宽度") if self.rows else ("more augmentation", "增强")
            self._warn(
                "overfits", step, self.figure,
                f"The model begins to learn the training {self.what} by heart: since step {best_step} its result on the val"
                f" {self.what} fell from {best:.3f} to {since[-1]:.3f}, while the training loss went on from {before:.3g} to"
                f" {now:.3g}. The weights of step {best_step} are kept; more {self.what}, {help_en} or fewer steps help.",
                f"模型开始死记训练{self.what_zh}：自第 {best_step} 步起，验证结果从 {best:.3f} 降到 {since[-1]:.3f}，而训练损失仍从"
                f" {before:.3g} 降到 {now:.3g}。已保留第 {best_step} 步的权重；增加{self.what_zh}、{help_zh}或减少步数会有帮助。",
                best=best, best_step=best_step, now=since[-1], loss_then=before, loss_now=now,
            )  # fmt: skip
        self._plateau(step)

    def _plateau(self, step: int) -> None:
        if len(self.checks) < LOOKS + 2 or step > 0.8 * self.training.steps:
            return
        recent = self.checks[-LOOKS - 1 :]
        first, values = recent[0][0], [value for _, value in recent]
        before, now = self._loss_at(first), self._loss_at(step)
        if max(values) - min(values) < SAME and 0 < max(values) < 0.99 and now > before * 0.98:
            self._warn(
                "plateau", step, self.figure,
                f"Nothing has got better since step {first}: the result on the val {self.what} stays at {values[-1]:.3f}, the"
                f" loss at {now:.3g}. Longer training will hardly help; other labels, a larger network or another rate may.",
                f"自第 {first} 步起没有进展：验证结果停在 {values[-1]:.3f}，损失停在 {now:.3g}。继续训练作用不大；"
                "可检查标签、换更大的网络或其他学习率。",
                since=first, value=values[-1], loss=now,
            )  # fmt: skip

    def gradients(self, step: int, norms: Mapping[str, tuple[float, float]]) -> None:
        """Norm of the gradient and of the weights, by part of the network."""
        for part, (gradient, weights) in norms.items():
            small = gradient < VANISHED * weights
            self._vanished[part] = self._vanished.get(part, 0) + 1 if small else 0
            if self._vanished[part] >= LOOKS:
                self._warn(
                    "gradient_vanishes", step, "gradient",
                    f"“{part}” does not learn: its gradient ({gradient:.1e}) is next to nothing against its weights"
                    f" ({weights:.3g}). A higher rate, or another loss or start of the weights, may wake it.",
                    f"“{part}”没有在学习：其梯度（{gradient:.1e}）与权重（{weights:.3g}）相比几乎为零。可提高学习率，或更换损失、初始权重。",
                    part=part, gradient=gradient, weights=weights,
                )  # fmt: skip
        total, limit = math.hypot(*(gradient for gradient, _ in norms.values())), self.training.clip
        self._bursts.append(total)
        if len(self._bursts) == self._bursts.maxlen and min(self._bursts) > BURST * limit:
            self._warn(
                "gradient_explodes", step, "gradient",
                f"The gradient is {total:.3g} and is cut to {limit:g} at every step, so that only its direction is left."
                " A lower learning rate, or a longer warm-up, helps.",
                f"梯度达到 {total:.3g}，每一步都被截断到 {limit:g}，只剩方向。可降低学习率或延长预热。",
                gradient=total, limit=limit,
            )  # fmt: skip

    def dead(self, step: int, shares: Mapping[str, float]) -> None:
        """Share of each part's filters that no image moved since the last check."""
        for part, share in shares.items():
            if share > DEAD:
                self._warn(
                    "dead", step, "gradient",
                    f"{share:.0%} of the filters of “{part}” answer to no {self.what[:-1]} any more. The learning rate was probably"
                    " too high at the beginning; start again with a third of it.",
                    f"“{part}”中 {share:.0%} 的滤波器对任何{self.what_zh}都不再有响应。起始学习率可能过高；请用三分之一重新训练。",
                    part=part, share=share,
                )  # fmt: skip

    def loading(self, step: int, share: float) -> None:
        """Share of the time in which the step waited for its images."""
        if share > SLOW:
            self._warn(
                "slow_data", step, "speed",
                f"{share:.0%} of the time goes into reading and augmenting images, not into learning. Smaller images"
                " (data.width), or fewer augmentations, make it quicker."
                if not self.rows else f"{share:.0%} of the time goes into putting rows together, not into learning.",
                f"{share:.0%} 的时间花在读取和增强图像上，而不是学习。减小图像尺寸（data.width）或减少增强会更快。"
                if not self.rows else f"{share:.0%} 的时间花在准备行上，而不是学习。",
                share=share,
            )  # fmt: skip

    def _loss_at(self, step: int) -> float:
        """Mean of the losses of a window that ends at a step."""
        return _mean([point for point in self.losses if step - WINDOW < point[0] <= step])

    def _warn(self, kind: str, step: int, curve: str, text: str, text_zh: str, **evidence: Any) -> None:
        if any(warning["kind"] == kind for warning in self.warnings):
            return
        evidence = {name: _short(value) for name, value in evidence.items()}
        found = {"kind": kind, "step": step, "curve": curve, "text": text, "text_zh": text_zh, "evidence": evidence}
        self.warnings.append(found)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(found, ensure_ascii=False) + "\n")
        self.reporter.emit("warning", **found)


def read_warnings(folder: Path) -> list[dict[str, Any]]:
    """What stood out in a run: {"kind", "step", "curve", "text", "text_zh", "evidence"}."""
    return _lines(folder / FILE)


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]


def _mean(points: Sequence[tuple[int, float]]) -> float:
    return sum(value for _, value in points) / len(points) if points else math.nan


def _short(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value
