"""The gate before a release: measure what a file of expectations asks of a model, and say whether it is met."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from engine.evaluation.expectations import Expectations, Found, Verdict, judge, values_of

if TYPE_CHECKING:
    from engine.evaluation.results import Evaluation
    from engine.evaluation.robustness import Robustness
    from engine.jobs import Job
    from engine.training.models import ModelRow
    from engine.workspace import Workspace

Finish = Callable[["Job"], object]


@dataclass(frozen=True)
class Checked:
    """How a model stands; `evaluation` is the number of the one that was judged, None where there is none."""

    model: str
    version: str
    split: str
    precision: str
    evaluation: int | None
    verdicts: list[Verdict]

    @property
    def passed(self) -> bool:
        """Whether every expectation is met."""
        return bool(self.verdicts) and all(verdict.passed for verdict in self.verdicts)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        verdicts = [{**asdict(one), "what": one.what, "asked": one.asked, "note": one.note} for one in self.verdicts]
        return {"passed": self.passed, **asdict(self), "verdicts": verdicts}


def check_model(
    ws: Workspace, model: str | int, version: str | int, wanted: Expectations, finish: Finish | None = None
) -> Checked:
    """Judge a model by a version's split.

    Models and versions never change, so what was measured once is taken; what was not is measured by jobs that `finish`
    waits for. Without `finish` nothing is started, and what was not measured is not met.

    Raises:
        UsageError: no such model or version.
        BadInput: the split has no items, or the file asks for a figure, label, group or level that there is not.
    """
    from engine.data.versions import get_version
    from engine.training.models import get_model

    row, chosen = get_model(ws, model), get_version(ws, version)
    gate = _Gate(ws, chosen.id, wanted, finish)
    found = gate.evaluation(row)
    verdicts = [Verdict("", "evaluation", "at_least", 1, None, False, "not_measured")]
    if found is not None:
        verdicts = judge(wanted, gate.found(row, *found))
    ident = None if found is None else found[0]
    return Checked(row.title, chosen.name, wanted.split, wanted.precision, ident, verdicts)


@dataclass(frozen=True)
class _Gate:
    """What is asked, and where it is looked for."""

    ws: Workspace
    version: int
    wanted: Expectations
    finish: Finish | None

    def evaluation(self, model: ModelRow) -> tuple[int, Evaluation] | None:
        """The newest evaluation on the items with the threshold that is asked for."""
        from engine.evaluation.evaluate import evaluate_model

        found = self._newest(model)
        if found is None and self.finish is not None:
            wanted = self.wanted
            self.finish(
                evaluate_model(self.ws, model.id, self.version, wanted.split, wanted.precision, wanted.threshold)
            )
            found = self._newest(model)
        return found

    def found(self, model: ModelRow, ident: int, evaluation: Evaluation) -> Found:
        """Everything that the file asks for."""
        import numpy as np

        from engine.evaluation.compare import compare_in
        from engine.evaluation.outcomes import read_outcomes
        from engine.evaluation.parts import bad_items
        from engine.evaluation.slices import by_expression
        from engine.training.models import get_model

        wanted, told = self.wanted, {}
        if wanted.certain:
            outcomes = read_outcomes(evaluation)
            told = outcomes.figures_of(np.arange(len(outcomes.keys)))
        other = self.evaluation(get_model(self.ws, wanted.against.model)) if wanted.against else None
        return Found(
            values_of(evaluation.summary, told),
            evaluation.summary["per_class"],
            [by_expression(self.ws, evaluation, one.by) for one in wanted.slice],
            self._latency(model),
            self._robustness(model) if wanted.holds else None,
            compare_in(self.ws, other[0], ident) if other else None,
            bad_items(evaluation),
        )

    def _newest(self, model: ModelRow) -> tuple[int, Evaluation] | None:
        from engine.evaluation.results import list_evaluations, load_evaluation

        wanted = (self.version, self.wanted.split, self.wanted.precision)
        for row in list_evaluations(self.ws, model.id):
            if (row.version_id, row.split, row.precision) == wanted:
                evaluation = load_evaluation(self.ws, row.id)
                if self._as_wanted(model, evaluation.summary.get("choice", {})):
                    return row.id, evaluation
        return None

    def _as_wanted(self, model: ModelRow, choice: Mapping[str, Any]) -> bool:
        """Whether an evaluation has the threshold that is asked for, by cost with the costs of now."""
        from engine.evaluation.costs import read_costs

        same = choice.get("threshold", "model") == self.wanted.threshold
        return same and (
            self.wanted.threshold != "cost" or choice.get("costs") == read_costs(self.ws, model).model_dump()
        )

    def _latency(self, model: ModelRow) -> float | None:
        from engine.packaging.export import read_export

        export = read_export(model.folder)
        if self.wanted.latency is None or export is None:
            return None
        precision = self.wanted.latency.precision or self.wanted.precision
        if precision == "torch":
            precision = export["chosen"]
        latency = export["precisions"].get(precision, {}).get("latency_ms")
        return None if latency is None else float(latency)

    def _robustness(self, model: ModelRow) -> Robustness | None:
        from engine.evaluation.robustness import measure_robustness, read_robustness

        wanted, names = self.wanted, set(self.wanted.holds)
        place = (model.folder, self.version, wanted.split, wanted.precision)
        found = read_robustness(*place, names)
        if found is None and self.finish is not None:
            self.finish(
                measure_robustness(self.ws, model.id, self.version, wanted.split, wanted.precision, only=sorted(names))
            )
            found = read_robustness(*place, names)
        return found
