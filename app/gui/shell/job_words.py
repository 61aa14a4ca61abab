"""What jobs say of themselves, in the language of the window: titles and progress come in English from the workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP

from app.gui.shell.said import Sentences

if TYPE_CHECKING:
    from engine.jobs import Job

# A more special one stands before a more general one.
SENTENCES = (
    QT_TRANSLATE_NOOP("JobWords", "Apply scribbles to {} images"),
    QT_TRANSLATE_NOOP("JobWords", "Best model within {} min on {}"),
    QT_TRANSLATE_NOOP("JobWords", "Compare {}"),
    QT_TRANSLATE_NOOP("JobWords", "Dataset report"),
    QT_TRANSLATE_NOOP("JobWords", "Evaluate {} on {} ({})"),
    QT_TRANSLATE_NOOP("JobWords", "Export {}"),
    QT_TRANSLATE_NOOP("JobWords", "Import {}"),
    QT_TRANSLATE_NOOP("JobWords", "Learning rate of {} on {}"),
    QT_TRANSLATE_NOOP("JobWords", "Measure {} recipes"),
    QT_TRANSLATE_NOOP("JobWords", "Package {}"),
    QT_TRANSLATE_NOOP("JobWords", "Pre-label {} images with {}"),
    QT_TRANSLATE_NOOP("JobWords", "Quantise {}"),
    QT_TRANSLATE_NOOP("JobWords", "Queue of {} out of {} images"),
    QT_TRANSLATE_NOOP("JobWords", "Robustness of {} on {} ({})"),
    QT_TRANSLATE_NOOP("JobWords", "Sweep {} on {}"),
    QT_TRANSLATE_NOOP("JobWords", "Train {} on {} in {} folds"),
    QT_TRANSLATE_NOOP("JobWords", "Train {} on {}"),
    QT_TRANSLATE_NOOP("JobWords", "Train {}"),
    QT_TRANSLATE_NOOP("JobWords", "Trial {} of {}"),
    QT_TRANSLATE_NOOP("JobWords", "Why {} says so of {}"),
    QT_TRANSLATE_NOOP("JobWords", "Asking what counts"),
    QT_TRANSLATE_NOOP("JobWords", "Backing up"),
    QT_TRANSLATE_NOOP("JobWords", "Bringing the run home from {}"),
    QT_TRANSLATE_NOOP("JobWords", "Choosing images to calibrate with"),
    QT_TRANSLATE_NOOP("JobWords", "Collecting what changed"),
    QT_TRANSLATE_NOOP("JobWords", "Comparing with PyTorch"),
    QT_TRANSLATE_NOOP("JobWords", "Comparing {}"),
    QT_TRANSLATE_NOOP("JobWords", "Converting to ONNX and OpenVINO"),
    QT_TRANSLATE_NOOP("JobWords", "Counting"),
    QT_TRANSLATE_NOOP("JobWords", "Cutting the image into tiles"),
    QT_TRANSLATE_NOOP("JobWords", "Done"),
    QT_TRANSLATE_NOOP("JobWords", "Drawing synthetic parts"),
    QT_TRANSLATE_NOOP("JobWords", "Drawing"),
    QT_TRANSLATE_NOOP("JobWords", "Exporting the model"),
    QT_TRANSLATE_NOOP("JobWords", "Fetching Debian packages for {}"),
    QT_TRANSLATE_NOOP("JobWords", "Fetching the inference runtime for {}"),
    QT_TRANSLATE_NOOP("JobWords", "Fold {} of {}"),
    QT_TRANSLATE_NOOP("JobWords", "Frame {} of {}"),
    QT_TRANSLATE_NOOP("JobWords", "Gives way while you work"),
    QT_TRANSLATE_NOOP("JobWords", "Loading the model"),
    QT_TRANSLATE_NOOP("JobWords", "Loading the network"),
    QT_TRANSLATE_NOOP("JobWords", "Looked at {} of {} batches"),
    QT_TRANSLATE_NOOP("JobWords", "Looking at this machine"),
    QT_TRANSLATE_NOOP("JobWords", "Looking at what {} has"),
    QT_TRANSLATE_NOOP("JobWords", "Looking at {}"),
    QT_TRANSLATE_NOOP("JobWords", "Measuring {} of {}"),
    QT_TRANSLATE_NOOP("JobWords", "No link to {}; the training goes on there"),
    QT_TRANSLATE_NOOP("JobWords", "On {}: starts"),
    QT_TRANSLATE_NOOP("JobWords", "On {}: Waits until another training ends"),
    QT_TRANSLATE_NOOP("JobWords", "On {}: Waits for its turn, {} before it"),
    QT_TRANSLATE_NOOP("JobWords", "On battery; goes on with power"),
    QT_TRANSLATE_NOOP("JobWords", "Packages for {}"),
    QT_TRANSLATE_NOOP("JobWords", "Packing the base layer"),
    QT_TRANSLATE_NOOP("JobWords", "Packing the runtime layer"),
    QT_TRANSLATE_NOOP("JobWords", "Packing"),
    QT_TRANSLATE_NOOP("JobWords", "Putting together"),
    QT_TRANSLATE_NOOP("JobWords", "Quantising ({})"),
    QT_TRANSLATE_NOOP("JobWords", "Rate {}, loss {}"),
    QT_TRANSLATE_NOOP("JobWords", "Reading image {} of {}"),
    QT_TRANSLATE_NOOP("JobWords", "Reading the {} annotations"),
    QT_TRANSLATE_NOOP("JobWords", "Reading {}"),
    QT_TRANSLATE_NOOP("JobWords", "Reading"),
    QT_TRANSLATE_NOOP("JobWords", "Saving"),
    QT_TRANSLATE_NOOP("JobWords", "Sending {} of {} MB to {}"),
    QT_TRANSLATE_NOOP("JobWords", "Starting PyTorch"),
    QT_TRANSLATE_NOOP("JobWords", "Step {} of {}, loss {}"),
    QT_TRANSLATE_NOOP("JobWords", "The kit is ready"),
    QT_TRANSLATE_NOOP("JobWords", "Tree {}, loss {}"),
    QT_TRANSLATE_NOOP("JobWords", "Unpacking {}"),
    QT_TRANSLATE_NOOP("JobWords", "Waits for its turn, {} before it"),
    QT_TRANSLATE_NOOP("JobWords", "Waits until another training ends"),
    QT_TRANSLATE_NOOP("JobWords", "Writing the results"),
    QT_TRANSLATE_NOOP("JobWords", "Writing"),
    QT_TRANSLATE_NOOP("JobWords", "{} fetched"),
    QT_TRANSLATE_NOOP("JobWords", "{} of {} images"),
    QT_TRANSLATE_NOOP("JobWords", "{} of {} trials, best {} by trial {}"),
    QT_TRANSLATE_NOOP("JobWords", "{} of {} trials"),
    QT_TRANSLATE_NOOP("JobWords", "{} trials, best {} by trial {}"),
    QT_TRANSLATE_NOOP("JobWords", "{} trials"),
    QT_TRANSLATE_NOOP("JobWords", "{} images"),
    QT_TRANSLATE_NOOP("JobWords", "{} rows to learn from"),
)

_KNOWN = Sentences("JobWords", SENTENCES)


def job_title(job: Job) -> str:
    """What a job does, and where, if not on this machine."""
    return f"{job_text(job.title)} · {job.where}" if job.where else job_text(job.title)


def job_text(said: str) -> str:
    """A title or a progress message in the language of the window; one that is not known stays as it is.

    What follows “: ” is a message of its own, as “Fold 2 of 5: Step 3 of 40, loss 0.100”.
    """
    before, colon, after = said.partition(": ")
    if (known := _KNOWN.translated(before)) is not None:
        return f"{known}{colon}{job_text(after)}" if colon else known
    return _KNOWN.translated(said) or said
