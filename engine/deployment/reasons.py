"""Why a release is where it is: what was decided and why, each sentence with the figures that it was made of.

The history keeps both, the sentence in English and its parts (see `Reason`), so that a face says it in its own language:
`sentence` fills a pattern of PATTERNS that was translated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

# What is said, with {} in the place of each value
PATTERNS = {
    # what the judge saw
    "failed": "{} of {} requests failed on the new release, {} of {} on the old.",
    "slow": "{} of {} requests took longer than {} ms on the new release; on the old one {} of {} took longer than {} ms.",
    "scores": (
        "The surest score is at most {} on {} of {} images of the new release; on the old one it is at most {} on {} of {}."
    ),
    "objects": "At most {} objects are found on {} of {} images by the new release, on {} of {} by the old.",
    "label": "“{}” is said of {} of {} images by the new release, of {} of {} by the old.",
    "rejected": "{} of {} parts are called bad by the new release, {} of {} by the old.",
    "rejected before": "{} of {} parts are called bad by the new release; between {} % and {} % are usual here.",
    "disagree": "On {} images that both releases looked at they disagree by {} % on average; up to {} % is let through.",
    "chance": "The chance of this by accident is below 1 in {}.",
    "restarted": "The new release ended and was started again since it was given requests.",
    "silent": "The new release did not tell how it does when it was asked {} times in a row.",
    "old silent": "The old release does not tell how it does; nothing was compared.",
    "nothing": "The new release answered {} requests, the old one {}; nothing speaks against it.",
    "looks": "The new release answered {} of at least {} requests; nothing is decided yet.",
    "doubtful": (
        "Something may be wrong, but this could still be an accident; at most {} requests of the new release are waited for."
    ),
    "unproven": "After {} requests of the new release nothing is proven against it.",
    "too few": "Only {} of at least {} requests reached the new release within {} s; that is too few to judge it.",
    # what became of a release
    "alone": "It takes all requests once it is ready.",
    "beside": "It is rolled out beside the running release.",
    "takt": (
        "Takt {} ms: {} with threads: {} answers within {} ms (p99 of {} requests, at most {} ms with 95 % certainty),"
        " measured on {} at {} UTC."
    ),
    "put back": "Release {} was put back in the place of release {}.",
    "cut off": "It was cut off.",
    "ready": "The new release is ready; nobody asks it yet.",
    "share": "It gets {} % of the requests (step {} of {}).",
    "copies": "It gets a copy of the requests; its answers are compared and given to nobody.",
    "header": "It gets the requests with the header {}, and no others.",
    "key": "It gets the requests with the API key {}, and no others.",
    "passed": "Step {} was passed.",
    "all passed": "All steps before were passed.",
    "waits": "It waits for a person: promote it or take it back.",
    "resumed": "The rollout goes on.",
    "paused by": "{} paused it; the traffic stays.",
    "promoted by": "{} promoted it.",
    "taken back by": "{} took it back.",
    "share by": "{} gave it {} % of the requests; the steps are paused.",
    "gets all": "It gets all requests.",
    "old gets all": "All requests go to the old release.",
    # what became of an order to a fleet
    "fleet begun": "{} is brought to {} targets in {} waves.",
    "fleet wave": "Wave {} of {} begins: {} targets of {}.",
    "fleet passed": "Wave {} is healthy: {} of {} targets run it.",
    "fleet stopped": "{} of {} targets of wave {} failed; {} are let through.",
    "fleet unwell": "It did not stay well: {}.",
    "fleet paused by": "{} paused it; targets that are being updated are finished.",
    "fleet cut": "Its program was ended; it can be continued.",
    "fleet resumed": "It goes on.",
    "fleet aborted by": "{} aborted it; {} targets were not updated.",
    "fleet done": "It is through: {} have it, {} failed.",
    # what a rehearsal found
    "rehearsed failures": "{} of {} images fail on the new release, {} on the old; {} more are let through.",
    "rehearsed slower": (
        "Half of the answers take longer than {} ms on the new release, {} ms on the old; {} times as long is let through."
    ),
    "rehearsed tail": (
        "One in a hundred answers takes longer than {} ms on the new release, {} ms on the old;"
        " {} times as long is let through."
    ),
    "rehearsed rejects": "The new release calls {} of {} parts bad, the old one {}; from {} to {} is let through.",
    "rehearsed agreement": "The releases agree by {} % on average; at least {} % is asked for.",
}


class Reason(str):
    """A sentence in English that knows which of PATTERNS it is, and its figures."""

    id: str
    values: tuple[str, ...]

    def __new__(cls, name: str, *values: object) -> Reason:
        """The pattern of that name, filled in."""
        told = tuple(str(value) for value in values)
        made = super().__new__(cls, PATTERNS[name].format(*told))
        made.id, made.values = name, told
        return made


def parts(said: str) -> dict[str, Any]:
    """What the history keeps of a sentence beside its words; {} for one that is none of PATTERNS."""
    return {"id": said.id, "values": list(said.values)} if isinstance(said, Reason) else {}


def sentence(said: str, kept: Mapping[str, Any], translate: Callable[[str], str] = str) -> str:
    """A sentence of the history, from its `parts` in another language; as it was said where they are not known."""
    pattern = PATTERNS.get(str(kept.get("id")))
    return translate(pattern).format(*kept["values"]) if pattern else said


def compared(kind: tuple[Any, ...], new: int, many: int, old: int, many_old: int) -> Reason:
    """One kind of answer (see `engine.deployment.judge.Watch`) of both releases in words."""
    match kind:
        case ("failed",):
            return Reason("failed", new, many, old, many_old)
        case ("slow", limit, usual):
            return Reason("slow", new, many, f"{1e3 * limit:.3g}", old, many_old, f"{1e3 * usual:.3g}")
        case ("score", limit, usual):
            return Reason("scores", f"{limit:g}", new, many, f"{usual:g}", old, many_old)
        case ("objects", most):
            return Reason("objects", f"{most:g}", new, many, old, many_old)
        case ("label", label):
            return Reason("label", label, new, many, old, many_old)
        case _:
            return Reason("rejected", new, many, old, many_old)


def percent(share: float) -> str:
    """12.3 for 0.123."""
    return f"{100 * share:.3g}"


def odds(log: float) -> int:
    """1 in how many cases evidence of this logarithm comes by accident at most: 1, 2 or 5 and zeros, up to a million."""
    value = math.exp(min(max(log, 0.0), math.log(1e6)))
    power: int = 10 ** math.floor(math.log10(value) + 1e-9)
    return max(factor * power for factor in (1, 2, 5) if factor * power <= value * (1 + 1e-9))


def chance(log: float) -> Reason:
    """That evidence of this logarithm comes by accident."""
    return Reason("chance", f"{odds(log):,}")
