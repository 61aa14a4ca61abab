"""Whether an artifact fits a target, before anything is sent: the reason against it, and what to know besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.gui.deployment.push_card import size_text

if TYPE_CHECKING:
    from app.gui.deployment.reading import ArtifactLine, Place


def reason_against(artifact: ArtifactLine, place: Place) -> str:
    """Why it cannot go there; "" where it can, or where nobody has looked at the machine yet."""
    if artifact.foreign and not artifact.signed:
        return QCoreApplication.translate(
            "Fit", "It was not made here and is not signed. If you trust it: lineside trust sign {}"
        ).format(artifact.digest[7:19])
    probe = place.probe
    if probe is None or not place.runs:
        return ""
    if probe.platform not in artifact.platform.split(","):
        text = QCoreApplication.translate("Fit", "It is for {0}, this machine is {1}. Package the model for it.")
        return text.format(artifact.platform, probe.platform)
    if 0 < probe.disk_free < artifact.bytes:
        text = QCoreApplication.translate("Fit", "It needs {0}, only {1} are free there. Free some space.")
        return text.format(size_text(artifact.bytes), size_text(probe.disk_free))
    return ""


def remark_on(artifact: ArtifactLine, place: Place) -> str:
    """What to know of an artifact that fits: a precision that this CPU computes slowly."""
    from engine.deployment.advice import fits

    if place.probe is None or not place.runs or fits(place.probe, artifact.precision.lower()):
        return ""
    text = QCoreApplication.translate("Fit", "{} runs here, but this CPU has nothing that makes it faster than FP32.")
    return text.format(artifact.precision.upper())
