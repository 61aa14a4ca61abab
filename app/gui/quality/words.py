"""Names of states, rules and fixes in the language of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from engine.labeling.findings import Finding

STATE_COLORS = {
    "to label": "quiet", "labelled": "accent", "in review": "warning", "accepted": "good", "rejected": "bad",
}  # fmt: skip


def state_text(state: str) -> str:
    """A state of the review."""
    translate = QCoreApplication.translate
    names = {
        "to label": translate("Review", "To label"),
        "labelled": translate("Review", "Labelled"),
        "in review": translate("Review", "In review"),
        "accepted": translate("Review", "Accepted"),
        "rejected": translate("Review", "Rejected"),
    }
    return names.get(state, state)


def rule_text(rule: str) -> str:
    """A rule by its name."""
    translate = QCoreApplication.translate
    names = {
        "empty": translate("Findings", "Empty"),
        "outside": translate("Findings", "Outside the image"),
        "tiny": translate("Findings", "Tiny"),
        "duplicate": translate("Findings", "Double"),
        "conflict": translate("Findings", "Two labels at one place"),
        "overlap": translate("Findings", "Overlapping"),
        "crossing": translate("Findings", "Crosses itself"),
        "kind": translate("Findings", "Kind not allowed"),
        "attribute": translate("Findings", "Attribute missing or wrong"),
        "aspect": translate("Findings", "Out of proportion"),
        "size": translate("Findings", "Unusual size"),
        "unlabelled": translate("Findings", "Unlabelled among labelled"),
        "learning": translate("Findings", "The model disagrees"),
    }
    return names.get(rule, rule)


def finding_text(finding: Finding) -> str:
    """What is suspicious about one label, in a sentence."""
    translate = QCoreApplication.translate
    number = abs(finding.value)
    texts = {
        "empty": translate("Findings", "The shape has no extent or too few points."),
        "outside": translate("Findings", "The shape stands {0} px over the edge of the image."),
        "tiny": translate("Findings", "The shape is only {0} px wide or high."),
        "duplicate": translate("Findings", "The same label is here twice (IoU {0})."),
        "conflict": translate("Findings", "Another label covers the same place (IoU {0})."),
        "overlap": translate("Findings", "Another shape of the label covers much of this one (IoU {0})."),
        "crossing": translate("Findings", "The outline of the polygon crosses itself."),
        "kind": translate("Findings", "The label does not allow this kind of shape ({1})."),
        "attribute": translate("Findings", "The attribute “{1}” is missing or has a value that is no choice."),
        "aspect": translate("Findings", "Much longer or wider than other shapes of the label ({0} deviations)."),
        "size": translate("Findings", "Much larger or smaller than other shapes of the label ({0} deviations)."),
        "unlabelled": translate("Findings", "Nothing on this image, though its neighbours nearly all have labels."),
        "learning": translate("Findings", "The training kept contradicting this label ({1})."),
    }
    if finding.rule == "tiny":
        number = 1 / number if number else 0.0
    shown = f"{number:.2f}" if finding.rule in ("duplicate", "conflict", "overlap") else f"{number:.1f}"
    return texts.get(finding.rule, finding.rule).format(shown, finding.what)


def fix_text(how: str) -> str:
    """A fix as a button says it."""
    translate = QCoreApplication.translate
    names = {
        "delete": translate("Findings", "Delete"),
        "merge": translate("Findings", "Merge"),
        "clip": translate("Findings", "Cut to the image"),
        "repair": translate("Findings", "Untangle"),
        "default": translate("Findings", "Fill in the default"),
        "mark": translate("Findings", "Nothing is on it"),
    }
    return names.get(how, how)


def _history_words() -> None:
    """The actions of the log, for the translators; never called."""
    for word in (
        QCoreApplication.translate("history", "Review"),
        QCoreApplication.translate("history", "to label"),
        QCoreApplication.translate("history", "labelled"),
        QCoreApplication.translate("history", "in review"),
        QCoreApplication.translate("history", "accepted"),
        QCoreApplication.translate("history", "rejected"),
        QCoreApplication.translate("history", "Assign items"),
        QCoreApplication.translate("history", "Comment"),
        QCoreApplication.translate("history", "Answer comment"),
        QCoreApplication.translate("history", "Resolve comment"),
        QCoreApplication.translate("history", "Reopen comment"),
        QCoreApplication.translate("history", "Change comment"),
        QCoreApplication.translate("history", "Remove comment"),
        QCoreApplication.translate("history", "Mend labels"),
        QCoreApplication.translate("history", "Consensus"),
    ):
        assert word
