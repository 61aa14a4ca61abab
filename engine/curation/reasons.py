"""Why an item is next, in a sentence. The faces translate the patterns; see `PATTERNS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

PATTERNS = {
    "unsure": "{model} is unsure about {label} {where} ({score}).",
    "unsure of two": "{model} wavers between {label} and {other} {where}.",
    "nothing found": "{model} finds nothing here.",
    "seen by one": "Models {model} and {second} disagree: only {by} sees {label} {where} ({score}).",
    "label": "Models {model} and {second} disagree {where}: {label} or {other}.",
    "score": "Models {model} and {second} disagree {where}: {label} with {score} or {other_score}.",
    "place": "Models {model} and {second} disagree about the place of {label} {where}.",
    "agree": "Nothing speaks against what is here.",
    "different": "It looks unlike everything labelled so far.",
    "typical": "It is the most typical of all images: a good one to begin with.",
    "random": "It was drawn by chance.",
    "feedback corrected": "Somebody at {target} says that {model} is wrong here.",
    "feedback disagreement": "Two releases at {target} answered it differently.",
    "feedback unsure": "{model} was unsure about it at {target}.",
    "feedback sampled": "It was drawn from what {model} was asked at {target}.",
    "class": "Labelled {label}, but {model} says {other} ({score}).",
    "swapped": "{label} {where} may be {other}: {model} is sure of it ({score}).",
    "missing": "{label} {where} may have been overlooked: {model} is sure of it ({score}).",
    "unfounded": "{label} {where} may be nothing: {model} sees nothing there.",
    "misplaced": "The box of {label} {where} may not fit: {model} puts it elsewhere.",
}
MORE = {
    "doubtful": "{count} places on it are in doubt.",
    "errors": "{count} places on it are suspicious.",
    "times": "It is {times} × as doubtful as an average image.",
}
PLACES = {
    "upper left": "in the upper left corner", "top": "at the top", "upper right": "in the upper right corner",
    "left": "on the left", "middle": "in the middle", "right": "on the right", "lower left": "in the lower left corner",
    "bottom": "at the bottom", "lower right": "in the lower right corner", "": "",
}  # fmt: skip


def sentence(why: Mapping[str, Any], translate: Callable[[str], str] = str) -> str:
    """What `why` of a queue entry says, in up to three sentences.

    Args:
        translate: gives a pattern in the language of the window.
    """
    pattern = PATTERNS.get(_pattern(why), "")
    values = {name: str(value) for name, value in why.items()} | {
        "where": translate(PLACES.get(str(why.get("where", "")), "")), "score": _score(why.get("score")),
        "other_score": _score(why.get("other_score")), "model": str(why.get("model", "?")),
        "second": str(why.get("second", "?")),
        "by": str(why.get("second" if why.get("by") else "model", "?")),
    }  # fmt: skip
    told = [" ".join(translate(pattern).format_map(_Known(values)).split()).replace(" .", ".").replace(" :", ":")]
    if (count := why.get("doubtful", 0)) and count > 1:
        told.append(translate(MORE["doubtful"]).format(count=count))
    if (count := why.get("errors", 0)) and count > 1:
        told.append(translate(MORE["errors"]).format(count=count))
    if (times := why.get("times", 0)) and times >= 1.5:
        told.append(translate(MORE["times"]).format(times=f"{times:.1f}"))
    return " ".join(filter(None, told))


def _pattern(why: Mapping[str, Any]) -> str:
    kind = str(why.get("kind", ""))
    if kind == "unsure" and "other" in why:
        return "unsure of two"
    return str(why.get("what", "")) if kind in ("disagree", "label error") else kind


def _score(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) else ""


class _Known(dict[str, str]):
    """Names that a reason of another version lacks are left empty."""

    def __missing__(self, key: str) -> str:
        return ""
