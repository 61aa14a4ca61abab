"""The row of figures: quality, misses, false rejects, latency and cost, each against the model before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.gui.evaluation.cost_chart import money_text
from app.gui.evaluation.reading import Seen
from app.gui.widgets.controls import Figure

if TYPE_CHECKING:
    from engine.evaluation.money import Money


class FigureRow(QWidget):
    """Five cards side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.main, self.missed, self.false, self.latency, self.cost = Figure(), Figure(), Figure(), Figure(), Figure()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for figure in (self.main, self.missed, self.false, self.latency, self.cost):
            row.addWidget(figure, 1)

    def show_seen(self, seen: Seen) -> None:
        """Show the figures of an evaluation against those before."""
        metrics, intervals = seen.metrics, seen.evaluation.summary.get("intervals", {})
        main = seen.evaluation.summary.get("main", "map50")
        names = {"map50": "mAP@.5", "miou": "mIoU", "auroc": "AUROC", "accuracy": self.tr("Accuracy"), "mean_ap": "mAP"}
        task = seen.evaluation.summary.get("task")
        self.main.name.setText("OKS mAP@.5" if task == "keypoints" else names.get(main, main))
        wider = f"mAP@[.5:.95] {_number(metrics.get('map'))} · mAP@.33 {_number(metrics.get('map33'))}"
        if task == "keypoints":
            wider += "\n" + self.tr("PCK@5 %: {0} · mean error of points: {1} px").format(
                _percent(metrics.get("pck")), _number(metrics.get("point_error"))
            )
        more = (
            {"map50": wider}
            if task == "tabular"
            else {"map50": wider, "auroc": self.tr("of pixels: {0}").format(_number(metrics.get("pixel_auroc")))}
        )
        each = [f"{name.partition(' ')[2]} {_number(value)}" for name, value in metrics.items() if name[:6] == "auroc "]
        self.main.setToolTip(more.get(main, "") or " · ".join(each))
        self._figure(self.main, seen, main, intervals, better=1)
        self.missed.name.setText(self.tr("Missed"))
        if task == "tabular" and metrics.get("missed") is None:  # no label means "good"
            self._show_chances(seen, intervals)
            return
        images = task in ("classification", "anomaly", "tabular")
        self.missed.setToolTip(
            self.tr("Share of the bad items that pass as good")
            if images
            else self.tr("Share of the true labels that were not said (1 − recall)")
            if task == "multilabel"
            else self.tr("Share of the true objects that were not found (1 − recall)")
        )
        self._figure(self.missed, seen, "missed", intervals, better=-1, percent=True)
        self.false.name.setText(self.tr("False rejects"))
        self.false.setToolTip(
            self.tr("Share of the good items that are rejected")
            if images
            else self.tr("Share of the said labels that are wrong (1 − precision)")
            if task == "multilabel"
            else self.tr("Share of the reported objects that are none (1 − precision)")
        )
        self._figure(self.false, seen, "false_reject", intervals, better=-1, percent=True)
        self._show_latency(seen)

    def _show_chances(self, seen: Seen, intervals: dict[str, Any]) -> None:
        """Of a table: whether the probabilities are true."""
        self.missed.name.setText(self.tr("Log loss"))
        self.missed.setToolTip(
            self.tr("How surprised the model is by what came, on average; 0.69: no better than a coin")
        )
        self._figure(self.missed, seen, "log_loss", intervals, better=-1)
        self.false.name.setText(self.tr("Calibration error"))
        self.false.setToolTip(self.tr("How far the probabilities are off the share that came true, on average"))
        self._figure(self.false, seen, "calibration_error", intervals, better=-1)
        self._show_latency(seen)

    def _figure(
        self, figure: Figure, seen: Seen, name: str, intervals: dict[str, Any], *, better: int, percent: bool = False
    ) -> None:
        value, before = seen.metrics.get(name), seen.before_metrics.get(name)
        if value is None:
            figure.show_value("—", self.tr("this split cannot tell"))
            return
        shown = _percent if percent else _number
        if isinstance(before, int | float):
            difference = float(value) - float(before)
            sign = "+" if difference >= 0 else "−"
            text = self.tr("{0}{1} against {2}").format(sign, shown(abs(difference)), seen.before)
            kind = "good" if difference * better > 0 else "warning" if difference * better < 0 else "small"
            figure.show_value(shown(value), text, kind)
            return
        low, high = intervals.get(name, (None, None))
        text = self.tr("95 %: {0} to {1}").format(shown(low), shown(high)) if low is not None else ""
        figure.show_value(shown(value), text)

    def _show_latency(self, seen: Seen) -> None:
        times = seen.latency.by_precision
        fast = (
            seen.latency.chosen
            if seen.latency.chosen in times
            else next((n for n in ("int8", "fp32") if n in times), "")
        )
        self.latency.name.setText(self.tr("{} here").format(fast.upper() or "INT8"))
        if not fast:
            self.latency.show_value("—", self.tr("Export measures it"))
            return
        time = QLocale().toString(times[fast], "f", 1 if times[fast] < 100 else 0)
        parts = []
        if fast != "fp32" and "fp32" in times:
            parts.append(self.tr("{} × FP32").format(QLocale().toString(times["fp32"] / times[fast], "f", 1)))
        if fast in seen.latency.accuracy and "fp32" in seen.latency.accuracy and fast != "fp32":
            drop = seen.latency.accuracy[fast] - seen.latency.accuracy["fp32"]
            sign = "±" if abs(drop) < 0.05 else "+" if drop > 0 else "−"
            parts.append(self.tr("{} pt").format(sign + QLocale().toString(abs(drop), "f", 1)))
        self.latency.show_value(f"{time} ms", " · ".join(parts))

    def show_cost(self, money: Money | None) -> None:
        """Show what the mistakes of a day cost now, and at the cheapest threshold."""
        self.cost.name.setText(self.tr("Cost of errors a day"))
        if money is None:
            self.cost.show_value("—", "")
            return
        now, best = (money_text(money.day(point).money, money.costs.currency) for point in (money.now, money.best))
        lowest = self.tr("{0} at threshold {1}").format(best, QLocale().toString(money.best.threshold or 0.0, "f", 2))
        self.cost.show_value(now, lowest, "good" if money.best.money < money.now.money else "small")


def _number(value: float | None) -> str:
    return "—" if value is None else QLocale().toString(float(value), "f", 3)


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{QLocale().toString(float(value) * 100, 'f', 1)} %"
