"""Strategies and reasons of the queue in the language of the window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication


def strategy_text(name: str) -> tuple[str, str]:
    """What a strategy is called, and what it does."""
    translate = QCoreApplication.translate
    words = {
        "mix": (translate("QueueWords", "A mix (recommended)"),
                translate("QueueWords", "Images that the model is unsure of, and unlike each other and what is labelled.")),
        "uncertainty": (translate("QueueWords", "What the model is unsure of"),
                        translate("QueueWords", "The sum of the doubts of all detections.")),
        "disagreement": (translate("QueueWords", "Where two models disagree"),
                         translate("QueueWords", "What only one of them sees, or labels or places otherwise.")),
        "diversity": (translate("QueueWords", "What is unlike all that is labelled"),
                      translate("QueueWords", "Needs no model: good for the first images.")),
        "errors": (translate("QueueWords", "Likely label errors"),
                   translate("QueueWords", "Labelled images whose labels a model contradicts that has not learned from them.")),
        "random": (translate("QueueWords", "By chance"), translate("QueueWords", "An honest sample, to compare with.")),
    }  # fmt: skip
    return words.get(name, (name, ""))


STRATEGIES = ("mix", "uncertainty", "disagreement", "diversity", "errors", "random")


def reason_text(why: Mapping[str, Any]) -> str:
    """Why an item is next."""
    from engine.curation.reasons import sentence

    return sentence(why, lambda text: QCoreApplication.translate("QueueReason", text) if text else "")


def _words() -> tuple[str, ...]:
    """The patterns of `engine.curation.reasons`, for the translators; never called."""
    translate = QCoreApplication.translate
    return (
        translate("QueueReason", "{model} is unsure about {label} {where} ({score})."),
        translate("QueueReason", "{model} wavers between {label} and {other} {where}."),
        translate("QueueReason", "{model} finds nothing here."),
        translate("QueueReason", "Models {model} and {second} disagree: only {by} sees {label} {where} ({score})."),
        translate("QueueReason", "Models {model} and {second} disagree {where}: {label} or {other}."),
        translate(
            "QueueReason", "Models {model} and {second} disagree {where}: {label} with {score} or {other_score}."
        ),
        translate("QueueReason", "Models {model} and {second} disagree about the place of {label} {where}."),
        translate("QueueReason", "Nothing speaks against what is here."),
        translate("QueueReason", "It looks unlike everything labelled so far."),
        translate("QueueReason", "It is the most typical of all images: a good one to begin with."),
        translate("QueueReason", "It was drawn by chance."),
        translate("QueueReason", "Somebody at {target} says that {model} is wrong here."),
        translate("QueueReason", "Two releases at {target} answered it differently."),
        translate("QueueReason", "{model} was unsure about it at {target}."),
        translate("QueueReason", "It was drawn from what {model} was asked at {target}."),
        translate("QueueReason", "Labelled {label}, but {model} says {other} ({score})."),
        translate("QueueReason", "{label} {where} may be {other}: {model} is sure of it ({score})."),
        translate("QueueReason", "{label} {where} may have been overlooked: {model} is sure of it ({score})."),
        translate("QueueReason", "{label} {where} may be nothing: {model} sees nothing there."),
        translate("QueueReason", "The box of {label} {where} may not fit: {model} puts it elsewhere."),
        translate("QueueReason", "{count} places on it are in doubt."),
        translate("QueueReason", "{count} places on it are suspicious."),
        translate("QueueReason", "It is {times} × as doubtful as an average image."),
        translate("QueueReason", "in the upper left corner"),
        translate("QueueReason", "at the top"),
        translate("QueueReason", "in the upper right corner"),
        translate("QueueReason", "on the left"),
        translate("QueueReason", "in the middle"),
        translate("QueueReason", "on the right"),
        translate("QueueReason", "in the lower left corner"),
        translate("QueueReason", "at the bottom"),
        translate("QueueReason", "in the lower right corner"),
    )
