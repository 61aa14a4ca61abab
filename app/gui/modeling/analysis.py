"""What the engine says of the drawing: issues at ports, the code, and whether it is what will run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.gui.modeling.views import FixView, ProblemView

if TYPE_CHECKING:
    from engine.modeling.graph import Graph


@dataclass(frozen=True)
class Analysis:
    """The answer of one look at a graph."""

    problems: tuple[ProblemView, ...]
    code: str

    @property
    def errors(self) -> int:
        """How many problems keep it from being trained."""
        return sum(problem.severity == "error" for problem in self.problems)


def analyse(graph: Graph, language: str) -> Analysis:
    """Check and compile a graph; without torch, in a few milliseconds."""
    from engine.modeling.check import check
    from engine.modeling.compile import compile_sound

    problems = tuple(
        ProblemView(
            i.node,
            i.message.of(language),
            i.place,
            i.suggestion.of(language),
            i.severity,
            tuple(FixView(fix.title.of(language), fix) for fix in i.fixes),
        )
        for i in check(graph)
    )
    code = "" if any(problem.severity == "error" for problem in problems) else compile_sound(graph)
    return Analysis(problems, code)
