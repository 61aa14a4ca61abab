"""What a person does for the quality of labels: one function per action, answering with what changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed

if TYPE_CHECKING:
    from engine.labeling.consensus import Rule
    from engine.labeling.findings import Finding
    from engine.workspace import Workspace

Operation = Callable[["Workspace"], Any]


def set_state(items: Sequence[int], state: str, reason: str = "", **place: Any) -> Operation:
    """Put items into a state of the review."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import review

        return review.set_state(ws, items, state, reason, **place)

    return operation


def assign(items: Sequence[int], person: str | Sequence[str]) -> Operation:
    """Give items to a person, or to several in turn."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import review

        return review.assign(ws, items, person)

    return operation


def set_own_work_rule(rule: str) -> Operation:
    """Who may accept own work."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import review

        return review.set_own_work_rule(ws, rule)

    return operation


def comment(item: int, text: str, **place: Any) -> Operation:
    """Say something of an item, a place, a shape, or answer."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import comments

        return comments.add(ws, item, text, **place)

    return operation


def resolve(comment_id: int, resolved: bool) -> Operation:
    """A thread is done with, or not."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import comments

        return comments.resolve(ws, comment_id, resolved)

    return operation


def remove_comment(comment_id: int) -> Operation:
    """A thread goes."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import comments

        return comments.remove(ws, comment_id)

    return operation


def fix(findings: Sequence[Finding], how: str) -> Operation:
    """Mend suspicious labels; gives those that could not be mended so."""

    def operation(ws: Workspace) -> tuple[Changes, list[Finding]]:
        from engine.labeling.fixes import fix

        return fix(ws, findings, how)

    return operation


def ignore(findings: Sequence[Finding], heed: bool = False) -> Operation:
    """Let findings be, or list them again."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import findings as found

        return found.heed(ws, findings) if heed else found.ignore(ws, findings)

    return operation


def create_round(name: str, items: Sequence[int], persons: Sequence[str], trials: int) -> Operation:
    """Begin a blind round; gives it."""

    def operation(ws: Workspace) -> tuple[Changes, Any]:
        from engine.labeling.rounds import create_round

        made = create_round(ws, name, items, persons, trials)
        return Changes(reviews=frozenset([f"round {made.id}"])), made

    return operation


def close_round(round_id: int, closed: bool) -> Operation:
    """No more answers, or again."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling.rounds import close_round, round_of

        return close_round(ws, round_of(ws, round_id), closed)

    return operation


def remove_round(round_id: int) -> Operation:
    """A round goes with all its answers."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling.rounds import remove_round, round_of

        return remove_round(ws, round_of(ws, round_id))

    return operation


def consensus(round_id: int, rule: Rule, keep: bool) -> Operation:
    """Annotations out of what people agree on; gives the numbers."""

    def operation(ws: Workspace) -> tuple[Changes, dict[str, int]]:
        from dataclasses import replace

        from engine.labeling.rounds import agreement_of, apply_consensus, round_of

        made = round_of(ws, round_id)
        chosen = replace(rule, weights=agreement_of(ws, made).weights) if rule.name == "weighted" else rule
        return apply_consensus(ws, made, chosen, keep=keep)

    return operation


def report(language: str) -> Operation:
    """Make the dataset report in a process of its own; gives the job's id."""

    def operation(ws: Workspace) -> tuple[Changes, str]:
        from engine.data.report.report import submit_report

        job = submit_report(ws, language)
        return changed(jobs=job.id), job.id

    return operation
