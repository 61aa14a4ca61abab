"""Why a release goes on or is taken back: the sentences of the judge, from numbers."""

from __future__ import annotations

import math
from typing import Any

# What is said, with {} in the place of each value
FAILED = "{} of {} requests failed on the new release, {} of {} on the old."
SLOW = "{} of {} requests took longer than {} ms on the new release; on the old one {} of {} took longer than {} ms."
SCORES = (
    "The surest score is at most {} on {} of {} images of the new release; on the old one it is at most {} on {} of {}."
)
OBJECTS = "At most {} objects are found on {} of {} images by the new release, on {} of {} by the old."
LABEL = "“{}” is said of {} of {} images by the new release, of {} of {} by the old."
REJECTED = "{} of {} parts are called bad by the new release, {} of {} by the old."
REJECTED_BEFORE = "{} of {} parts are called bad by the new release; between {} % and {} % are usual here."
DISAGREE = "On {} images that both releases looked at they disagree by {} % on average; up to {} % is let through."
CHANCE = "The chance of this by accident is below 1 in {}."
RESTARTED = "The new release ended and was started again since it was given requests."
SILENT = "The new release did not tell how it does when it was asked {} times in a row."
OLD_SILENT = "The old release does not tell how it does; nothing was compared."
NOTHING = "The new release answered {} requests, the old one {}; nothing speaks against it."
LOOKS = "The new release answered {} of at least {} requests; nothing is decided yet."
DOUBTFUL = "Something may be wrong, but this could still be an accident; at most {} requests of the new release are waited for."
UNPROVEN = "After {} requests of the new release nothing is proven against it."
TOO_FEW = "Only {} of at least {} requests reached the new release within {} s; that is too few to judge it."
SENTENCES = (
    FAILED, SLOW, SCORES, OBJECTS, LABEL, REJECTED_BEFORE, REJECTED, DISAGREE, CHANCE, RESTARTED, SILENT, OLD_SILENT, NOTHING,
    LOOKS, DOUBTFUL, UNPROVEN, TOO_FEW,
)  # fmt: skip


def compared(kind: tuple[Any, ...], new: int, many: int, old: int, many_old: int) -> str:
    """One kind of answer (see `engine.deployment.judge.Watch`) of both releases in words."""
    match kind:
        case ("failed",):
            return FAILED.format(new, many, old, many_old)
        case ("slow", limit, usual):
            return SLOW.format(new, many, f"{1e3 * limit:.3g}", old, many_old, f"{1e3 * usual:.3g}")
        case ("score", limit, usual):
            return SCORES.format(f"{limit:g}", new, many, f"{usual:g}", old, many_old)
        case ("objects", most):
            return OBJECTS.format(f"{most:g}", new, many, old, many_old)
        case ("label", label):
            return LABEL.format(label, new, many, old, many_old)
        case _:
            return REJECTED.format(new, many, old, many_old)


def percent(share: float) -> str:
    """12.3 for 0.123."""
    return f"{100 * share:.3g}"


def chance(log: float) -> str:
    """That evidence of this logarithm comes by accident, with 1, 2 or 5 and zeros, down to one in a million."""
    value = math.exp(min(log, math.log(1e6)))
    power: int = 10 ** math.floor(math.log10(value) + 1e-9)
    found = max(factor * power for factor in (1, 2, 5) if factor * power <= value * (1 + 1e-9))
    return CHANCE.format(f"{found:,}")
