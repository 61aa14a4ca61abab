"""Rules over what a model says of an image, as data: `count(label="short", score>=0.5) > 0 and area() > 2%`.

A condition compares a measure with a number; several are joined by `and`. Measures over the objects that were found and
fit all filters: `count`, `score` (the highest), `area` (of all together, px), `largest` (of one). Of an image with a label
and no objects, the label is one object that covers it. `whole` is 1 where the label of the whole image fits, else 0.
Filters compare label, score, area, width, height, x, y (the middle), left, top, right, bottom; lengths and areas in px, or
in % of the image's. Nothing of a rule is ever executed as code.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.serving.answers import Region, Tags
from engine.serving.pipeline.settings import BadPipeline
from engine.serving.predictor import Prediction

OK, REJECT, UNSURE, BROKEN = VERDICTS = ("ok", "reject", "unsure", "broken")
MEASURES = ("count", "score", "area", "largest", "whole")
MOST_CONDITIONS, MOST_LENGTH = 32, 500
_TOKEN = re.compile(
    r'\s*(?:(?P<text>"[^"]{0,200}")|(?P<number>-?\d+(?:\.\d+)?%?)|(?P<word>[a-z]+)|(?P<sign>>=|<=|==|!=|[=<>(),]))'
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq, "==": operator.eq,
    "!=": operator.ne,
}  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What a rule says of an image: ok, reject or unsure, and the conditions that made it so."""

    verdict: str
    reasons: tuple[str, ...] = ()


class Found(NamedTuple):
    """One object as filters see it; lengths in px."""

    label: str
    score: float
    left: float
    top: float
    right: float
    bottom: float
    area: float

    def get(self, name: str) -> Any:
        """The value of a filter's name."""
        if name in ("width", "x"):
            return self.right - self.left if name == "width" else (self.left + self.right) / 2
        if name in ("height", "y"):
            return self.bottom - self.top if name == "height" else (self.top + self.bottom) / 2
        return getattr(self, name)


FIELDS = ("label", "score", "area", "width", "height", "x", "y", "left", "top", "right", "bottom")


@dataclass(frozen=True)
class Number:
    """A number as it is written, perhaps in percent of something of the image."""

    value: float
    percent: bool

    def of(self, what: str, size: tuple[int, int]) -> float:
        """In px where it is in percent of a length or an area; in percent of a score, a share."""
        if not self.percent:
            return self.value
        width, height = size
        whole = {"area": width * height, "largest": width * height, "score": 1, "count": 1, "whole": 1,
                 "height": height, "y": height, "top": height, "bottom": height}.get(what, width)  # fmt: skip
        return self.value / 100 * whole


@dataclass(frozen=True)
class Filter:
    """`NAME SIGN VALUE` within the brackets of a measure."""

    name: str
    sign: str
    value: str | Number

    def fits(self, found: Found, size: tuple[int, int]) -> bool:
        """Whether an object is one of those."""
        wanted = self.value.of(self.name, size) if isinstance(self.value, Number) else self.value
        return _COMPARE[self.sign](found.get(self.name), wanted)


@dataclass(frozen=True)
class Comparison:
    """`MEASURE(FILTER, …) SIGN NUMBER`, and how it was written."""

    text: str
    measure: str
    filters: tuple[Filter, ...]
    sign: str
    value: Number

    def measured(self, prediction: Prediction) -> float:
        """The figure that is compared."""
        size = (prediction.width, prediction.height)
        found = _whole(prediction) if self.measure == "whole" else _found(prediction)
        kept = [one for one in found if all(each.fits(one, size) for each in self.filters)]
        if self.measure == "count":
            return len(kept)
        if self.measure == "whole":
            return int(bool(kept))
        if self.measure == "score":
            return max((one.score for one in kept), default=0.0)
        areas = [one.area for one in kept]
        return sum(areas) if self.measure == "area" else max(areas, default=0.0)

    def holds(self, prediction: Prediction) -> tuple[bool, str]:
        """Whether it is so, and a sentence with the figure."""
        figure = self.measured(prediction)
        held = _COMPARE[self.sign](figure, self.value.of(self.measure, (prediction.width, prediction.height)))
        return held, f"{self.text} (it is {figure:.4g})"


@dataclass(frozen=True)
class Condition:
    """Comparisons that must all hold."""

    comparisons: tuple[Comparison, ...]

    def reason(self, prediction: Prediction) -> str:
        """Why it holds; empty where it does not."""
        told = [one.holds(prediction) for one in self.comparisons]
        return " and ".join(sentence for _, sentence in told) if all(held for held, _ in told) else ""


@dataclass(frozen=True)
class Rule:
    """Conditions of which one is enough: to reject, and else to be unsure."""

    reject: tuple[Condition, ...] = ()
    unsure: tuple[Condition, ...] = ()

    def decide(self, prediction: Prediction) -> Verdict:
        """What becomes of the part."""
        for verdict, conditions in ((REJECT, self.reject), (UNSURE, self.unsure)):
            reasons = tuple(reason for one in conditions if (reason := one.reason(prediction)))
            if reasons:
                return Verdict(verdict, reasons)
        return Verdict(OK)

    def check_labels(self, labels: Sequence[str], model: str) -> None:
        """Refuse a rule about labels that the model never says.

        Raises:
            BadPipeline: it names the label, and those that there are.
        """
        for which in ("reject", "unsure"):
            for place, condition in enumerate(getattr(self, which)):
                named = [each for one in condition.comparisons for each in one.filters if each.name == "label"]
                if unknown := next((each.value for each in named if each.value not in labels), None):
                    raise BadPipeline(
                        f"rule.{which}[{place}] is about the label “{unknown}”, which {model} never says;"
                        f" it says {', '.join(labels[:20])}."
                    )


def rule_of(values: Any, where: str = "rule") -> Rule:
    """A rule from the lists `reject` and `unsure` of conditions.

    Raises:
        BadPipeline: a condition cannot be read; it says which and where in it.
    """
    if not isinstance(values, Mapping):
        raise BadPipeline(f"{where} is missing; give reject, or unsure, as lists of conditions.")
    if unknown := sorted(set(values) - {"reject", "unsure"}):
        raise BadPipeline(f"{where}.{unknown[0]} is not known; there are reject, unsure.")
    read = {}
    for name, texts in values.items():
        if not isinstance(texts, list) or len(texts) > MOST_CONDITIONS:
            raise BadPipeline(f"{where}.{name} is a list of at most {MOST_CONDITIONS} conditions.")
        read[name] = tuple(_Reader(text, f"{where}.{name}[{place}]").condition() for place, text in enumerate(texts))
    if not any(read.values()):
        raise BadPipeline(f"{where} has no condition; give reject, or unsure, as lists of conditions.")
    return Rule(**read)


def _whole(prediction: Prediction) -> list[Found]:
    """The labels of the whole image, each as an object that covers it."""
    said, width, height = prediction.classification, prediction.width, prediction.height
    if said is None:
        return []
    labels = said.said if isinstance(said, Tags) else ((said.label, said.score),)
    return [Found(label, score, 0, 0, width, height, width * height) for label, score in labels]


def _found(prediction: Prediction) -> list[Found]:
    if prediction.classification is not None and prediction.task != "anomaly":
        return _whole(prediction)
    return [
        Found(one.label, one.score, *one.box, one.area if isinstance(one, Region) else _area(one.box))
        for one in prediction.detections
    ]


def _area(box: tuple[float, float, float, float]) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


class _Reader:
    """Reads one condition from left to right."""

    def __init__(self, text: Any, where: str) -> None:
        if not isinstance(text, str) or not 0 < len(text) <= MOST_LENGTH:
            raise BadPipeline(f"{where} is a text of at most {MOST_LENGTH} characters.")
        self.text, self.where, self.at = text, where, 0

    def condition(self) -> Condition:
        comparisons = [self.comparison()]
        while self.peek()[1] == "and":
            self.next()
            comparisons.append(self.comparison())
        if self.peek()[0]:
            raise self.wrong("the end, or “and”")
        return Condition(tuple(comparisons))

    def comparison(self) -> Comparison:
        start = self.at
        measure = self.word(MEASURES, "a measure")
        self.sign("(")
        filters = []
        while self.peek()[1] != ")":
            filters.append(self.filter())
            if self.peek()[1] != ")":
                self.sign(",")
        self.sign(")")
        sign, value = self.compared(), self.number()
        return Comparison(self.text[start : self.at].strip(), measure, tuple(filters), sign, value)

    def filter(self) -> Filter:
        name, sign = self.word(FIELDS, "a filter"), self.compared()
        if name != "label":
            return Filter(name, sign, self.number())
        if sign not in ("=", "==", "!="):
            raise self.wrong("= or != for a label")
        kind, text = self.peek()
        if kind != "text":
            raise self.wrong('a label in quotes, as "short"')
        self.next()
        return Filter(name, sign, text[1:-1])

    def peek(self) -> tuple[str, str]:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            if self.text[self.at :].strip():
                raise self.wrong("a measure, a filter, a number or a label in quotes")
            return "", ""
        kind = str(match.lastgroup)
        return kind, str(match[kind])

    def next(self) -> None:
        match = _TOKEN.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def word(self, known: Sequence[str], what: str) -> str:
        kind, text = self.peek()
        if kind != "word" or text not in known:
            raise self.wrong(f"{what} ({', '.join(known)})")
        self.next()
        return text

    def sign(self, wanted: str) -> None:
        if self.peek()[1] != wanted:
            raise self.wrong(f"“{wanted}”")
        self.next()

    def compared(self) -> str:
        text = self.peek()[1]
        if text not in _COMPARE:
            raise self.wrong(f"one of {' '.join(_COMPARE)}")
        self.next()
        return text

    def number(self) -> Number:
        kind, text = self.peek()
        if kind != "number":
            raise self.wrong("a number, or one with %")
        self.next()
        return Number(float(text.rstrip("%")), text.endswith("%"))

    def wrong(self, wanted: str) -> BadPipeline:
        rest = self.text[self.at :].strip()
        place = f"at “{rest[:30]}”" if rest else "at its end"
        return BadPipeline(f"{self.where} cannot be read {place}: there should be {wanted}.")
