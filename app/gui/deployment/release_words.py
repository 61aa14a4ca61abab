"""What is said of releases in the language of the window: reasons, decisions, tests of the judge, figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import gcd
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QDateTime, QLocale

if TYPE_CHECKING:
    from engine.deployment.live import Going, Look
    from engine.deployment.plan import Plan

KINDS = {"taken back": "bad", "failed": "bad", "promoted": "good", "passed": "good", "paused": "warning",
         "weights": "warning", "waits": "warning"}  # fmt: skip

PATTERNS = (  # of `engine.deployment.reasons`
    QT_TRANSLATE_NOOP("Reasons", "{} of {} requests failed on the new release, {} of {} on the old."),
    QT_TRANSLATE_NOOP(
        "Reasons",
        "{} of {} requests took longer than {} ms on the new release; on the old one {} of {} took longer than {} ms.",
    ),
    QT_TRANSLATE_NOOP(
        "Reasons",
        "The surest score is at most {} on {} of {} images of the new release; on the old one it is at most {} on {} of {}.",
    ),
    QT_TRANSLATE_NOOP(
        "Reasons", "At most {} objects are found on {} of {} images by the new release, on {} of {} by the old."
    ),
    QT_TRANSLATE_NOOP("Reasons", "“{}” is said of {} of {} images by the new release, of {} of {} by the old."),
    QT_TRANSLATE_NOOP("Reasons", "{} of {} parts are called bad by the new release, {} of {} by the old."),
    QT_TRANSLATE_NOOP(
        "Reasons", "{} of {} parts are called bad by the new release; between {} % and {} % are usual here."
    ),
    QT_TRANSLATE_NOOP(
        "Reasons",
        "On {} images that both releases looked at they disagree by {} % on average; up to {} % is let through.",
    ),
    QT_TRANSLATE_NOOP("Reasons", "The chance of this by accident is below 1 in {}."),
    QT_TRANSLATE_NOOP("Reasons", "The new release ended and was started again since it was given requests."),
    QT_TRANSLATE_NOOP("Reasons", "The new release did not tell how it does when it was asked {} times in a row."),
    QT_TRANSLATE_NOOP("Reasons", "The old release does not tell how it does; nothing was compared."),
    QT_TRANSLATE_NOOP("Reasons", "The new release answered {} requests, the old one {}; nothing speaks against it."),
    QT_TRANSLATE_NOOP("Reasons", "The new release answered {} of at least {} requests; nothing is decided yet."),
    QT_TRANSLATE_NOOP(
        "Reasons",
        "Something may be wrong, but this could still be an accident; at most {} requests of the new release are waited for.",
    ),
    QT_TRANSLATE_NOOP("Reasons", "After {} requests of the new release nothing is proven against it."),
    QT_TRANSLATE_NOOP(
        "Reasons", "Only {} of at least {} requests reached the new release within {} s; that is too few to judge it."
    ),
    QT_TRANSLATE_NOOP("Reasons", "It takes all requests once it is ready."),
    QT_TRANSLATE_NOOP("Reasons", "It is rolled out beside the running release."),
    QT_TRANSLATE_NOOP(
        "Reasons",
        "Takt {} ms: {} with threads: {} answers within {} ms (p99 of {} requests, at most {} ms with 95 % certainty),"
        " measured on {} at {} UTC.",
    ),
    QT_TRANSLATE_NOOP("Reasons", "Release {} was put back in the place of release {}."),
    QT_TRANSLATE_NOOP("Reasons", "It was cut off."),
    QT_TRANSLATE_NOOP("Reasons", "The new release is ready; nobody asks it yet."),
    QT_TRANSLATE_NOOP("Reasons", "It gets {} % of the requests (step {} of {})."),
    QT_TRANSLATE_NOOP("Reasons", "It gets a copy of the requests; its answers are compared and given to nobody."),
    QT_TRANSLATE_NOOP("Reasons", "It gets the requests with the header {}, and no others."),
    QT_TRANSLATE_NOOP("Reasons", "It gets the requests with the API key {}, and no others."),
    QT_TRANSLATE_NOOP("Reasons", "Step {} was passed."),
    QT_TRANSLATE_NOOP("Reasons", "All steps before were passed."),
    QT_TRANSLATE_NOOP("Reasons", "It waits for a person: promote it or take it back."),
    QT_TRANSLATE_NOOP("Reasons", "The rollout goes on."),
    QT_TRANSLATE_NOOP("Reasons", "{} paused it; the traffic stays."),
    QT_TRANSLATE_NOOP("Reasons", "{} promoted it."),
    QT_TRANSLATE_NOOP("Reasons", "{} took it back."),
    QT_TRANSLATE_NOOP("Reasons", "{} gave it {} % of the requests; the steps are paused."),
    QT_TRANSLATE_NOOP("Reasons", "It gets all requests."),
    QT_TRANSLATE_NOOP("Reasons", "All requests go to the old release."),
    QT_TRANSLATE_NOOP("Reasons", "{} is brought to {} targets in {} waves."),
    QT_TRANSLATE_NOOP("Reasons", "Wave {} of {} begins: {} targets of {}."),
    QT_TRANSLATE_NOOP("Reasons", "Wave {} is healthy: {} of {} targets run it."),
    QT_TRANSLATE_NOOP("Reasons", "{} of {} targets of wave {} failed; {} are let through."),
    QT_TRANSLATE_NOOP("Reasons", "It did not stay well: {}."),
    QT_TRANSLATE_NOOP("Reasons", "{} paused it; targets that are being updated are finished."),
    QT_TRANSLATE_NOOP("Reasons", "Its program was ended; it can be continued."),
    QT_TRANSLATE_NOOP("Reasons", "It goes on."),
    QT_TRANSLATE_NOOP("Reasons", "{} aborted it; {} targets were not updated."),
    QT_TRANSLATE_NOOP("Reasons", "It is through: {} have it, {} failed."),
    QT_TRANSLATE_NOOP("Reasons", "{} of {} images fail on the new release, {} on the old; {} more are let through."),
    QT_TRANSLATE_NOOP(
        "Reasons",
        "Half of the answers take longer than {} ms on the new release, {} ms on the old; {} times as long is let through.",
    ),
    QT_TRANSLATE_NOOP(
        "Reasons",
        "One in a hundred answers takes longer than {} ms on the new release, {} ms on the old; {} times as long is let through.",
    ),
    QT_TRANSLATE_NOOP(
        "Reasons", "The new release calls {} of {} parts bad, the old one {}; from {} to {} is let through."
    ),
    QT_TRANSLATE_NOOP("Reasons", "The releases agree by {} % on average; at least {} % is asked for."),
)


def reason_text(said: str, kept: Mapping[str, Any] | None = None) -> str:
    """A sentence of the engine in the language of the window; `kept`: its parts, where it came from the history."""
    from engine.deployment.reasons import parts, sentence

    return sentence(
        said, parts(said) if kept is None else kept, lambda text: QCoreApplication.translate("Reasons", text)
    )


def why_text(row: Mapping[str, Any]) -> str:
    """Why something of the history was decided."""
    kept = row.get("reasons") or [{}] * len(row["why"])
    joint = "" if QLocale().name().startswith("zh") else " "
    return joint.join(reason_text(said, parts) for said, parts in zip(row["why"], kept, strict=True))


def what_text(what: str) -> str:
    """What was decided, in a word."""
    translate = QCoreApplication.translate
    words = {
        "begun": translate("Rollout", "Begun"),
        "ready": translate("Rollout", "Ready"),
        "step": translate("Rollout", "Step"),
        "passed": translate("Rollout", "Passed"),
        "waits": translate("Rollout", "Waits"),
        "paused": translate("Rollout", "Paused"),
        "resumed": translate("Rollout", "Resumed"),
        "weights": translate("Rollout", "Share set"),
        "promoted": translate("Rollout", "Promoted"),
        "taken back": translate("Rollout", "Taken back"),
        "failed": translate("Rollout", "Failed"),
    }
    return words.get(what, what)


def by_text(by: str) -> str:
    """Who decided it."""
    known = {
        "judge": QCoreApplication.translate("Rollout", "the judge"),
        "plan": QCoreApplication.translate("Rollout", "the plan"),
    }
    return known.get(by, by)


def test_text(name: str) -> str:
    """A test of the judge."""
    translate = QCoreApplication.translate
    words = {
        "errors": translate("Rollout", "Errors"),
        "latency": translate("Rollout", "Time of an answer"),
        "scores": translate("Rollout", "Scores"),
        "answers": translate("Rollout", "What is found"),
        "rejects": translate("Rollout", "Reject rate"),
        "disagreement": translate("Rollout", "Disagreement"),
    }
    return words.get(name, name)


def sure_text(evidence: float) -> str:
    """How sure it is that a release is worse, from an e-value."""
    import math

    from engine.deployment.reasons import odds

    if evidence < 5:
        return QCoreApplication.translate("Rollout", "no sign of it")
    return QCoreApplication.translate("Rollout", "by accident in at most 1 of {} cases").format(
        QLocale().toString(odds(math.log(evidence)))
    )


def part_text(percent: int) -> str:
    """A share as people count: “1 of 4 requests”."""
    shared = gcd(percent, 100)
    return QCoreApplication.translate("Rollout", "{0} of {1} requests").format(percent // shared, 100 // shared)


def time_text(moment: str) -> str:
    """A moment of the history as the locale writes it, with seconds."""
    when = QDateTime.fromSecsSinceEpoch(int(datetime.fromisoformat(moment).timestamp()))
    return f"{QLocale().toString(when.date(), QLocale.FormatType.ShortFormat)} {when.toString('HH:mm:ss')}"


def next_text(look: Look) -> str:
    """What comes next, and after how many requests or how long."""
    going, translate = look.going, QCoreApplication.translate
    if going is None:
        return ""
    if going.waits:
        return translate("Rollout", "It waits for you: promote it or take it back.")
    if going.paused:
        return translate("Rollout", "Paused: the traffic stays as it is, and nothing is judged.")
    steps = going.plan.steps
    if going.plan.kind != "canary":
        goal = translate("Rollout", "you decide")
    elif going.step + 1 < len(steps) and steps[going.step + 1] < 100:
        goal = translate("Rollout", "it gets {} % of the requests").format(steps[going.step + 1])
    else:
        goal = translate("Rollout", "it gets all requests")
    return translate("Rollout", "Next: {0}, {1}.").format(goal, _when(look, going))


def _when(look: Look, going: Going) -> str:
    left = max(0, going.needed - going.asked)
    rate = look.new.rate if look.new else None
    seconds = left / rate if rate else None
    if going.since and going.plan.seconds:
        seconds = max(seconds or 0, going.since + going.plan.seconds - look.at)
    if not left and not seconds:
        return QCoreApplication.translate("Rollout", "as soon as the judge lets it")
    text = QCoreApplication.translate("Rollout", "after {} more requests").format(QLocale().toString(left))
    if seconds is None:
        return text
    from app.gui.training.words import duration_text

    return QCoreApplication.translate("Rollout", "{0} (about {1})").format(text, duration_text(seconds))


def plan_text(plan: Plan) -> list[str]:
    """What a plan means, a sentence for each step."""
    translate = QCoreApplication.translate
    pace = translate("Rollout", "for at least {} requests").format(QLocale().toString(plan.requests))
    if plan.seconds:
        from app.gui.training.words import duration_text

        pace = translate("Rollout", "{0} and {1}").format(pace, duration_text(plan.seconds))
    match plan.kind:
        case "mirror":
            return [
                translate(
                    "Rollout", "A copy of each request goes to the new model {}; nobody gets its answers, you decide."
                ).format(pace)
            ]
        case "header":
            return [
                translate("Rollout", "Requests with the header {0} go to the new model {1}; then you decide.").format(
                    plan.header, pace
                )
            ]
        case "key":
            return [
                translate("Rollout", "Requests with the API key {0} go to the new model {1}; then you decide.").format(
                    plan.key[:12], pace
                )
            ]
    shares = [
        translate("Rollout", "{0} go to the new model {1}.").format(part_text(step), pace)
        for step in plan.steps
        if step < 100
    ]
    return [*shares, translate("Rollout", "Then all requests go to it.")]
