"""The model card: one document that says what a model is, what was measured of it, and what was not.

After Mitchell et al., Model Cards for Model Reporting (2019), in the words of a quality engineer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.report.page import Section, Table, page
from engine.data.report.words import Words
from engine.errors import LinesideError

if TYPE_CHECKING:
    from engine.evaluation.expectations import Expectations
    from engine.evaluation.money import Money
    from engine.evaluation.results import Evaluation, EvaluationRow
    from engine.training.models import ModelRow
    from engine.workspace import Workspace


@dataclass
class Subject:
    """A model, what is known of it, and what turns out not to be.

    Attributes:
        run: all of run.json.
        row, evaluation: what the figures are of; None where the model was not evaluated so.
        missing: what was not measured or not said, with the command that mends it.
    """

    ws: Workspace
    model: ModelRow
    words: Words
    run: dict[str, Any]
    row: EvaluationRow | None = None
    evaluation: Evaluation | None = None
    expected: Expectations | None = None
    by: Sequence[str] = ()
    missing: list[tuple[str, str]] = field(default_factory=list)

    def lacks(self, what: str, command: str) -> None:
        """Name what is not known; `what` is English and is told in the card's language."""
        self.missing.append((self.words(what), command))

    @property
    def money(self) -> Money | None:
        """What the mistakes cost by what is remembered; None where the evaluation cannot tell."""
        from engine.evaluation.costs import read_costs
        from engine.evaluation.money import money

        try:
            return money(self.evaluation, read_costs(self.ws, self.model)) if self.evaluation else None
        except LinesideError:
            return None


@dataclass(frozen=True)
class ModelCard:
    """The finished document."""

    title: str
    subtitle: str
    cards: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    language: str

    def html(self) -> str:
        """One file that needs nothing from outside; every text is escaped."""
        return page(self.title, self.subtitle, self.cards, self.sections, Words(self.language, __package__))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, for a program that prints it."""
        return asdict(self)


def make_card(
    ws: Workspace, model: str | int, version: str | int | None = None, split: str = "test", precision: str = "torch",
    language: str = "en", expected: Expectations | None = None, by: Sequence[str] = (),
) -> ModelCard:  # fmt: skip
    """Put together what is known of a model; nothing is measured for it.

    Args:
        version: the dataset version of the evaluation that is told; None: that of the newest evaluation.
        language: en or zh.
        expected: what the model is held against.
        by: SQL expressions, each of which gives a table of groups.

    Raises:
        UsageError: no such model or version.
        BadInput: an expression or an expectation is wrong, or the notes are damaged.
    """
    from engine.data.versions import get_version
    from engine.evaluation.results import list_evaluations, load_evaluation
    from engine.packaging.card import sections
    from engine.training.models import get_model

    row, words = get_model(ws, model), Words(language, __package__)
    subject = Subject(ws, row, words, _run(row.folder), expected=expected, by=by)
    chosen = None if version is None else get_version(ws, version).id
    evaluations = [one for one in list_evaluations(ws, row.id) if (one.split, one.precision) == (split, precision)]
    subject.row = next((one for one in evaluations if chosen in (None, one.version_id)), None)
    if subject.row is not None:
        subject.evaluation = load_evaluation(ws, subject.row.id)
    else:
        subject.lacks(
            "Evaluation", f"lineside evaluate {row.title} --version V --split {split} --precision {precision}"
        )
    made = [make(subject) for make in sections.ALL]
    found = [section for section in made if section is not None]
    if subject.missing:
        text = words("What this card does not tell, because nobody measured or said it:")
        table = Table((words("What"), words("How to find out")), subject.missing)
        found.append(Section("missing", words("Not measured"), text, tables=[table]))
    title = words("Model card: {0}", row.title)
    subtitle = words("Made {0} by Lineside in the workspace “{1}”", f"{datetime.now():%Y-%m-%d %H:%M}", ws.name)
    return ModelCard(title, subtitle, sections.headline(subject), found, words.language)


def write_html(card: ModelCard, out: Path) -> None:
    """Write the page; a kill leaves no half file."""
    from engine.workspace import write_atomically

    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, card.html().encode())


def _run(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found
