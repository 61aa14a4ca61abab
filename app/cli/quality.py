"""Commands for the quality of labels: review, blind rounds with agreement and gauge study, suspicious labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.text import facts, plural, table
from engine.errors import BadInput, UsageError

if TYPE_CHECKING:
    from engine.labeling.gauge import Gauge
    from engine.workspace import Workspace

group("label review", "how far items have come: set, list, assign, stats, rule")
group(
    "label round",
    "several people label the same items unseen by each other: create, list, export, import, close, remove",
)
ITEMS = argument("items", nargs="*", metavar="ITEM", help="ids or names; or choose with the options")
CHOICES = (
    ITEMS,
    argument("--all", action="store_true", help="all items"),
    argument("--label", metavar="LABEL", help="items with this label"),
    argument("--split", choices=("train", "val", "test")),
    argument("--in-state", metavar="STATE", help="items in this state"),
)
ROUND = argument("round", metavar="ROUND", help="name or number; lineside label round list")
HTML = argument("--html", metavar="FILE", type=Path, help="also write the report as a page that prints")
LANGUAGE = argument("--language", choices=("en", "zh"), default="en", help="of the page (default en)")


@command(
    "label review set", argument("state", metavar="STATE", help="“to label”, labelled, “in review”, accepted, rejected"),
    *CHOICES, argument("--reason", default="", help="what is wrong; needed for rejected"),
)  # fmt: skip
def set_state(call: Call) -> Answer:
    """Put items into a state."""
    from engine.labeling.review import set_state as put

    workspace, options = call.workspace(), call.options
    items = _items(workspace, options)
    changes = put(workspace, items, options.state, options.reason)
    return Answer({"state": options.state, "items": sorted(changes.reviews)}, f"{plural(len(changes.reviews), 'item')} now “{options.state}”.")  # fmt: skip


@command(
    "label review list",
    argument("--state", metavar="STATE"),
    argument("--person", metavar="NAME", help="assigned to NAME"),
    argument("--limit", type=int, default=50, help="at most so many (default 50; 0: all)"),
)
def list_reviews(call: Call) -> Answer:
    """List items with their state, who has them and open comments."""
    from engine.data.browse import ItemFilter, item_ids, item_rows
    from engine.labeling.comments import open_counts
    from engine.labeling.review import reviews

    workspace, options = call.workspace(), call.options
    _state(options.state)
    ids = item_ids(workspace, ItemFilter(state=options.state or "", assignee=options.person or ""))
    shown = ids[: options.limit] if options.limit > 0 else ids
    states, talk = reviews(workspace, shown), open_counts(workspace, shown)
    documents = [
        {"id": row.id, "name": row.name, "state": states[row.id].state, "assignee": states[row.id].assignee,
         "by": states[row.id].author, "comments": talk.get(row.id, 0)}
        for row in item_rows(workspace, shown)
    ]  # fmt: skip
    text = table(["id", "name", "state", "assignee", "by", "comments"], [list(d.values()) for d in documents], empty="No items.")  # fmt: skip
    if len(shown) < len(ids):
        text += f"\n… {len(ids) - len(shown):,} more (--limit 0 lists all)"
    return Answer({"count": len(ids), "items": documents}, text)


@command(
    "label review assign",
    argument(
        "person", metavar="NAME", help="one name, or several with commas who get the items in turn; “-” for nobody"
    ),
    *CHOICES,
)
def assign(call: Call) -> Answer:
    """Give items to people."""
    from engine.labeling.review import assign as give

    workspace = call.workspace()
    people = [name.strip() for name in call.options.person.split(",") if name.strip()]
    changes = give(workspace, _items(workspace, call.options), "" if people == ["-"] else people)
    return Answer({"assigned": len(changes.reviews), "to": people}, f"Assigned {plural(len(changes.reviews), 'item')}.")


@command(
    "label review stats", argument("--days", type=int, default=14, help="the last so many days (default 14; 0: all)")
)
def stats(call: Call) -> Answer:
    """Count items by state and person, and what each person did on each day."""
    from engine.labeling.review import counts, counts_by_person, work

    workspace = call.workspace()
    states, people, days = counts(workspace), counts_by_person(workspace), work(workspace, call.options.days)
    document = {"states": states, "assigned": people, "work": [entry.to_json() for entry in days]}
    rows = [[e.person, e.day.isoformat(), e.items, e.shapes, e.reviewed, f"{e.seconds / 60:.0f}", f"{e.items_per_hour:.0f}"] for e in days]  # fmt: skip
    text = facts(states.items())
    if any(people):
        text += "\n\n" + table(
            ["assigned to", *states], [[who or "nobody", *by.values()] for who, by in people.items()]
        )
    text += "\n\n" + table(["person", "day", "items", "shapes", "reviewed", "minutes", "items/h"], rows, empty="Nobody has labelled yet.")  # fmt: skip
    return Answer(document, text)


@command("label review rule", argument("who", nargs="?", metavar="WHO", help="everyone, nobody, or names with commas"))
def rule(call: Call) -> Answer:
    """Show or change who may accept what they labelled themselves."""
    from engine.labeling.review import own_work_rule, set_own_work_rule

    workspace = call.workspace()
    if call.options.who:
        set_own_work_rule(workspace, call.options.who)
    now = own_work_rule(workspace)
    return Answer({"own_work": now}, f"Own work may be accepted by: {now}.")


@command(
    "label round create", argument("name", metavar="NAME"), *CHOICES,
    argument("--persons", required=True, metavar="A,B,…", help="who labels the items"),
    argument("--trials", type=int, default=1, help="how often each does; 2 or 3 for a gauge study (default 1)"),
)  # fmt: skip
def create_round(call: Call) -> Answer:
    """Begin a blind round: each person labels each item, unseen by the others. They do it in the window, page Quality."""
    from engine.labeling.rounds import create_round as begin

    workspace, options = call.workspace(), call.options
    made = begin(workspace, options.name, _items(workspace, options), options.persons.split(","), options.trials)
    text = f"The round “{made.name}” has {plural(len(made.items), 'item')} for {', '.join(made.persons)}."
    return Answer(made.to_json(), text)


@command("label round list")
def list_rounds(call: Call) -> Answer:
    """List the rounds and how far everybody is."""
    from engine.labeling.rounds import progress, rounds

    workspace = call.workspace()
    documents = [known.to_json() | {"done": progress(workspace, known)} for known in rounds(workspace)]
    rows = [
        [d["id"], d["name"], d["items"], d["trials"], d["state"], "; ".join(f"{who} {' / '.join(map(str, n))}" for who, n in d["done"].items())]
        for d in documents
    ]  # fmt: skip
    empty = "No rounds yet; begin one with: lineside label round create NAME --all --persons A,B"
    return Answer(documents, table(["id", "name", "items", "trials", "state", "done"], rows, empty=empty))


@command("label round close", ROUND, argument("--open", action="store_true", help="open it again"))
def close_round(call: Call) -> Answer:
    """Take no more answers."""
    from engine.labeling.rounds import close_round as close
    from engine.labeling.rounds import round_of

    workspace, options = call.workspace(), call.options
    close(workspace, round_of(workspace, options.round), not options.open)
    made = round_of(workspace, options.round)
    return Answer(made.to_json(), f"The round “{made.name}” is {made.state}.")


@command("label round export", ROUND, argument("file", metavar="FILE.json", type=Path))
def export_round(call: Call) -> Answer:
    """Write a round with its answers into a file, for people who label on other machines."""
    from engine.labeling.round_files import export_round as write
    from engine.labeling.rounds import round_of

    workspace, options = call.workspace(), call.options
    made = round_of(workspace, options.round)
    count = write(workspace, made, options.file)
    return Answer({"round": made.name, "answers": count, "file": str(options.file)}, f"Wrote “{made.name}” with {plural(count, 'answer')} to {options.file}.")  # fmt: skip


@command("label round import", argument("file", metavar="FILE.json", type=Path))
def import_round(call: Call) -> Answer:
    """Bring in a round, or the answers of another machine; the later of two answers stays."""
    from engine.labeling.round_files import import_round as bring

    made, new = bring(call.workspace(), call.options.file)
    return Answer(made.to_json() | {"new": new}, f"{plural(new, 'new answer')} in the round “{made.name}”.")


@command("label round remove", ROUND)
def remove_round(call: Call) -> Answer:
    """Remove a round with all its answers."""
    from engine.labeling.rounds import remove_round as remove
    from engine.labeling.rounds import round_of

    workspace = call.workspace()
    made = round_of(workspace, call.options.round)
    remove(workspace, made)
    return Answer({"removed": made.id}, f"Removed the round “{made.name}”.")


@command("label agreement", ROUND, argument("--trial", type=int, default=1), HTML, LANGUAGE)
def agreement(call: Call) -> Answer:
    """Say how far the people of a round agree: shapes matched by IoU, labels, κ."""
    from engine.data.records import read_labels
    from engine.labeling.gauge_report import agreement_page, number
    from engine.labeling.rounds import agreement_of, round_of

    workspace, options = call.workspace(), call.options
    made = round_of(workspace, options.round)
    found = agreement_of(workspace, made, options.trial)
    names = {label.id: label.name for label in read_labels(workspace)}
    if options.html:
        titles = dict(workspace.query("SELECT id, name FROM item"))
        _write(options.html, agreement_page(found, made.name, names, titles, options.language))
    rows = [
        [p.first, p.second, p.items, p.matched, p.only_first, p.only_second,
         *(number(p.f1[t]) for t in found.thresholds), number(p.mean_iou), number(p.shape_kappa.value), number(p.item_kappa.value)]
        for p in found.pairs
    ]  # fmt: skip
    heads = ["first", "second", "items", "matched", "only first", "only second", *(f"F1 at {t:g}" for t in found.thresholds), "mean IoU", "κ shapes", "κ items"]  # fmt: skip
    text = table(heads, rows, empty="No pair has done the same items yet.")
    return Answer(found.to_json(names), f"{text}\n\nFleiss’ κ of the items over all: {number(found.fleiss.value)}")


@command(
    "label gauge", argument("study", metavar="ROUND|FILE.csv", help="a round, or a file with part, appraiser, trial, rating[, reference]"),
    argument("--good", default="", metavar="RATING", help="the rating that means good (default: ok, good, pass, 1, else the commonest)"),
    argument("--no-reference", action="store_true", help="do not compare with the annotations"), HTML, LANGUAGE,
)  # fmt: skip
def gauge(call: Call) -> Answer:
    """Evaluate an attribute gauge study (AIAG MSA): within, between, against the reference; misses and false alarms."""
    from engine.labeling.gauge import read_study, study
    from engine.labeling.gauge_report import gauge_page
    from engine.labeling.rounds import gauge_of, round_of

    options = call.options
    if options.study.lower().endswith(".csv"):
        ratings, truth = read_study(Path(options.study))
        name, found = Path(options.study).stem, study(ratings, {} if options.no_reference else truth, options.good)
    else:
        workspace = call.workspace()
        made = round_of(workspace, options.study)
        name, found = made.name, gauge_of(workspace, made, with_reference=not options.no_reference, good=options.good)
    if options.html:
        _write(options.html, gauge_page(found, name, options.language))
    return Answer(found.to_json(), _gauge_text(found))


@command(
    "label consensus", ROUND,
    argument("--rule", default="majority", help="majority, “n of m”, weighted (by agreement), any, all"),
    argument("--votes", type=int, default=2, help="for “n of m”"),
    argument("--iou", type=float, default=0.5, help="from which overlap on shapes are the same (default 0.5)"),
    argument("--trial", type=int, default=1),
    argument("--keep", action="store_true", help="leave the annotations that the items have; else they are replaced"),
)  # fmt: skip
def consensus(call: Call) -> Answer:
    """Make annotations of what the people of a round agree on; one undo takes it back."""
    from engine.labeling.consensus import Rule
    from engine.labeling.rounds import agreement_of, apply_consensus, round_of

    workspace, options = call.workspace(), call.options
    made = round_of(workspace, options.round)
    weights = agreement_of(workspace, made, options.trial).weights if options.rule == "weighted" else None
    chosen = Rule(options.rule, options.votes, options.iou, weights)
    _, numbers = apply_consensus(workspace, made, chosen, trial=options.trial, keep=options.keep)
    text = f"{plural(numbers['items'], 'item')}: {numbers['added']} annotations agreed on, {numbers['removed']} replaced, {numbers['refused']} drawn shapes without enough votes."  # fmt: skip
    return Answer(numbers, text)


@command(
    "label check",
    argument("--rule", action="append", default=[], metavar="RULE", help="only this rule; may be given several times"),
    argument("--fix", metavar="RULE", help="mend what this rule finds"),
    argument("--how", default="", metavar="FIX", help="with --fix: delete, merge, clip, repair, default or mark"),
    argument("--ignore", metavar="RULE", help="let be what this rule finds now"),
    argument("--ignored", action="store_true", help="also list what was let be"),
    argument("--limit", type=int, default=50, help="show at most so many (default 50; 0: all)"),
)
def check(call: Call) -> Answer:
    """List suspicious labels: tiny, outside, double, overlapping, crossed, out of proportion, not as the schema says.

    Rules: empty, outside, tiny, duplicate, conflict, overlap, crossing, kind, attribute, aspect, size, unlabelled,
    learning (by a training that recorded how it learnt each item: lineside train --dynamics).
    """
    from engine.labeling.findings import counts, ignore
    from engine.labeling.fixes import fix
    from engine.training.dynamics import all_findings

    workspace, options = call.workspace(), call.options
    if (options.fix and options.ignore) or (options.how and not options.fix):
        raise UsageError("Give --fix RULE, with --how where you like, or --ignore RULE.")
    acting = options.fix or options.ignore
    found = all_findings(workspace, [*map(_rule, options.rule), *map(_rule, [acting] if acting else [])], ignored=options.ignored)  # fmt: skip
    if options.fix:
        changes, left = fix(workspace, found, options.how)
        done = len(changes.annotations) + len(changes.reviews)
        text = f"Mended {plural(done, 'label')}." + (f" {len(left)} could not be mended so." if left else "")
        return Answer({"mended": done, "left": [finding.to_json() for finding in left]}, text)
    if options.ignore:
        ignore(workspace, found)
        return Answer({"ignored": len(found)}, f"{plural(len(found), 'finding')} will not be listed any more.")
    shown = found[: options.limit] if options.limit > 0 else found
    names = dict(workspace.query("SELECT id, name FROM item WHERE id IN (SELECT unnest(?::BIGINT[]))", [[f.item_id for f in shown]]))  # fmt: skip
    rows = [[f.rule, names.get(f.item_id, f.item_id), f.annotation_id or "", f"{f.value:.2f}", f.what] for f in shown]
    summary = ", ".join(f"{rule} {count}" for rule, count in counts(found).items())
    text = table(["rule", "item", "annotation", "value", "what"], rows, empty="Nothing suspicious.")
    text += f"\n\n{summary}" if summary else ""
    return Answer({"counts": counts(found), "findings": [finding.to_json() for finding in shown]}, text)


@command(
    "data report",
    argument("out", metavar="OUT.html", type=Path),
    LANGUAGE,
    argument(
        "--pictures", type=int, default=3000, metavar="N", help="measure at most N pictures (default 3000; 0: none)"
    ),
)
def report(call: Call) -> Answer:
    """Write a page about the data: labels, sizes, places, splits, picture quality, near duplicates, drift between imports."""
    from engine.data.report.report import make_report

    options = call.options
    numbers = make_report(call.workspace(), options.out, options.language, max(0, options.pictures), call.progress)
    call.progress.clear()
    return Answer(numbers | {"report": str(options.out)}, f"Wrote the report of {plural(numbers['items'], 'item')} to {options.out}.")  # fmt: skip


def _items(workspace: Workspace, options: Any) -> list[int]:
    """The items that were named or chosen.

    Raises:
        UsageError: none was.
        BadInput: there is no such item.
    """
    from engine.data.browse import ItemFilter, item_ids

    if options.items:
        known = dict(workspace.query("SELECT name, id FROM item"))
        ids = set(known.values())
        found = [known.get(name) or (int(name) if name.isdigit() and int(name) in ids else 0) for name in options.items]
        if 0 in found:
            raise BadInput(f"There is no item “{options.items[found.index(0)]}”; list them with: lineside data list")
        return found
    if not (options.all or options.label or options.split or options.in_state):
        raise UsageError("Say which items: by id or name, or with --all, --label, --split, --in-state.")
    _state(options.in_state)
    return item_ids(workspace, ItemFilter(label=options.label, split=options.split, state=options.in_state or ""))


def _state(name: str | None) -> None:
    from engine.data.records import REVIEW_STATES

    if name and name not in REVIEW_STATES:
        raise UsageError(f"There is no state “{name}”; choose one of: {', '.join(REVIEW_STATES)}.")


def _rule(name: str) -> str:
    from engine.labeling.findings import RULES

    if name not in RULES:
        raise UsageError(f"There is no rule “{name}”; choose one of: {', '.join(RULES)}.")
    return name


def _write(path: Path, text: str) -> None:
    from engine.workspace import write_atomically

    if path.is_dir():
        raise BadInput(f"{path} is a folder; name a file.")
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path.absolute(), text.encode())


def _gauge_text(found: Gauge) -> str:
    from engine.labeling.gauge_report import number, percent

    rows: list[Sequence[Any]] = []
    for who in found.appraisers:
        right, decision = found.versus.get(who), found.decisions.get(who)
        rows.append([
            who, percent(found.within[who][0].value), number(found.within[who][1].value),
            percent(right[0].value) if right else "–",
            f"{percent(right[0].low)} – {percent(right[0].high)}" if right else "–",
            percent(decision.miss.value) if decision else "–", percent(decision.false_alarm.value) if decision else "–",
        ])  # fmt: skip
    text = table(["appraiser", "with itself", "κ", "with reference", "95 %", "misses", "false alarms"], rows)
    pairs = [[f"{p.first} – {p.second or 'reference'}", number(p.kappa.value)] for p in (*found.pairs, *found.to_reference)]  # fmt: skip
    text += "\n\n" + table(["pair", "Cohen’s κ"], pairs)
    together = f"; and are right: {percent(found.together[0].value)}" if found.together else ""
    return f"{text}\n\nAll agree: {percent(found.between[0].value)}{together}"
