"""Figures as a quality engineer calls them, as text."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

SHARES = (
    "missed",
    "false_reject",
    "mislabelled",
    "missed_images",
    "false_reject_images",
    "accuracy",
    "precision",
    "recall",
    "pixel_accuracy",
    "pck",
    "visibility",
    "exact",
)


def figure_name(name: str) -> str:
    """A figure's name in the chosen language."""
    known = {
        "map50": "mAP@.5", "ap50": "AP@.5", "mean_ap": "mAP", "ap": "AP", "miou": "mIoU", "auroc": "AUROC",
        "image_iou": QCoreApplication.translate("figures", "IoU, mean of images"),
        "pixel_accuracy": QCoreApplication.translate("figures", "Pixels that are right"),
        "pck": "PCK@5 %",
        "point_error": QCoreApplication.translate("figures", "Mean error of points, px"),
        "log_loss": QCoreApplication.translate("figures", "Log loss"),
        "calibration_error": QCoreApplication.translate("figures", "Calibration error"),
        "accuracy": QCoreApplication.translate("figures", "Accuracy"),
        "macro_f1": QCoreApplication.translate("figures", "F1, mean of labels"),
        "micro_f1": QCoreApplication.translate("figures", "F1, all labels together"),
        "exact": QCoreApplication.translate("figures", "Images with all labels right"),
        "precision": QCoreApplication.translate("figures", "Precision"),
        "recall": QCoreApplication.translate("figures", "Recall"),
        "missed": QCoreApplication.translate("figures", "Missed"),
        "false_reject": QCoreApplication.translate("figures", "False rejects"),
        "mislabelled": QCoreApplication.translate("figures", "Wrong label"),
        "missed_images": QCoreApplication.translate("figures", "Bad images passed"),
        "false_reject_images": QCoreApplication.translate("figures", "Good images rejected"),
    }  # fmt: skip
    return known.get(name, name)


def disturbance_name(name: str) -> str:
    """A disturbance's name in the chosen language."""
    known = {
        "darker": QCoreApplication.translate("figures", "Darker"),
        "brighter": QCoreApplication.translate("figures", "Brighter"),
        "contrast": QCoreApplication.translate("figures", "Less contrast"),
        "blur": QCoreApplication.translate("figures", "Blur"),
        "noise": QCoreApplication.translate("figures", "Noise"),
        "rotation": QCoreApplication.translate("figures", "Rotation"),
        "jpeg": "JPEG",
        "dirt": QCoreApplication.translate("figures", "Dirt on the lens"),
    }
    return known.get(name, name)


def shown(name: str, value: float | None, sign: bool = False) -> str:
    """A figure as text: shares in percent, others with three places; "–" where it cannot be told."""
    if value is None:
        return "–"
    share = name in SHARES
    text = QLocale().toString(abs(value) * 100, "f", 1) + " %" if share else QLocale().toString(abs(value), "f", 3)
    minus = "−" if value < 0 else "+" if sign else ""
    return minus + text


def bounds(name: str, low: float | None, high: float | None, sign: bool = False) -> str:
    """An interval as text."""
    return "" if low is None or high is None else f"{shown(name, low, sign)} … {shown(name, high, sign)}"
