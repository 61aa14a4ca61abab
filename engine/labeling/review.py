"""Review of items: states, who may go from one to the next, assignment, what comes next, how fast people are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.changes import Changes
from engine.data.records import REVIEW_STATES, Review
from engine.errors import UsageError
from engine.labeling import log
from engine.labeling.log import Step

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

NEXT: dict[str, tuple[str, ...]] = {  # state → the states that may follow it
    "to label": ("labelled",),
    "labelled": ("to label", "in review", "accepted", "rejected"),
    "in review": ("labelled", "accepted", "rejected"),
    "accepted": ("in review", "rejected"),
    "rejected": ("to label", "labelled", "in review"),
}
TO_REVIEW = ("labelled", "in review")
OWN_WORK = "review.own"  # who may accept what they labelled themselves: "everyone", "nobody", or names with commas
BY_MACHINE = (
    "Predict",
    "Collect",
    "Consensus",
    "Pull from Label Studio",
    "Exchange with Label Studio",
)  # no work of a person's hands
GAP_S = 120.0  # a longer pause between two actions is not work …
GAP_COUNTED_S = 15.0  # … but for what the action after it took

STATE_OF = """
    coalesce(r.state, CASE WHEN i.id IN (SELECT item_id FROM annotation WHERE origin <> 'model')
                           THEN 'labelled' ELSE 'to label' END)
"""  # of an item i with its review r, or without one


class NotAllowed(UsageError):
    """An item may not go into that state now, or not by this person."""


@dataclass(frozen=True)
class Work:
    """What a person did on a day (in local time).

    Attributes:
        items: labelled or changed; shapes: changed; reviewed: items whose state was set.
        seconds: at work: pauses longer than `GAP_S` left out.
    """

    person: str
    day: date
    items: int
    shapes: int
    reviewed: int
    seconds: float

    @property
    def items_per_hour(self) -> float:
        """Speed; 0 without time."""
        return self.items / self.seconds * 3600 if self.seconds else 0.0

    def to_json(self) -> dict[str, Any]:
        """For the command line."""
        return {"person": self.person, "day": self.day.isoformat(), "items": self.items, "shapes": self.shapes,
                "reviewed": self.reviewed, "seconds": round(self.seconds, 1),
                "items_per_hour": round(self.items_per_hour, 1)}  # fmt: skip


def reviews(ws: Workspace, items: Sequence[int]) -> dict[int, Review]:
    """The review of each item; one without a row is to label, or labelled when people have put annotations on it."""
    rows = ws.query(
        f"""
        SELECT i.id, {STATE_OF}, coalesce(r.assignee, ''), coalesce(r.author, ''), r.created
        FROM item i LEFT JOIN review r ON r.item_id = i.id WHERE i.id IN (SELECT unnest(?::BIGINT[]))
        """,
        [list(items)],
    )
    return {
        item: Review(item, state, assignee, author, created.isoformat() if created else "")
        for item, state, assignee, author, created in rows
    }


def set_state(ws: Workspace, items: Sequence[int], state: str, reason: str = "", **place: Any) -> Changes:
    """Put items into a state. Rejecting needs a reason, which becomes a comment.

    Args:
        reason: what is wrong, for the person who labelled it.
        place: x, y, annotation_id of that comment.

    Raises:
        NotAllowed: the state may not follow the present one, the reason is missing, or own work may not be accepted.
    """
    from engine.labeling.comments import new_comment

    _known_state(state)
    present = reviews(ws, items)
    wanted = [present[item] for item in dict.fromkeys(items) if item in present and present[item].state != state]
    if not wanted:
        return Changes()
    _check(ws, wanted, state, reason)
    with ws.transaction(f"Review: {state}") as tx:
        steps = _steps(tx, [(review, {"state": state}) for review in wanted])
        if reason.strip():
            steps += [Step(None, new_comment(ws, tx, review.item_id, reason, **place)) for review in wanted]
        return log.put(ws, tx, steps)


def assign(ws: Workspace, items: Sequence[int], person: str | Sequence[str]) -> Changes:
    """Give items to a person, or to several in turn; "" takes the assignment back."""
    people = [person] if isinstance(person, str) else list(person)
    present = reviews(ws, items)
    listed = [present[item] for item in dict.fromkeys(items) if item in present]
    changed = [
        (review, {"assignee": people[place % len(people)].strip()})
        for place, review in enumerate(listed)
        if review.assignee != people[place % len(people)].strip()
    ]
    if not changed:
        return Changes()
    with ws.transaction("Assign items") as tx:
        return log.put(ws, tx, _steps(tx, changed))


def next_item(ws: Workspace, after: int = 0, states: Sequence[str] = TO_REVIEW, person: str = "") -> int | None:
    """The next item in one of these states after a given one, from the start again at the end; None without any.

    Args:
        person: only what is assigned to this person or to nobody, and for review nothing that this person labelled where
            own work may not be accepted.
    """
    conditions, parameters = ["TRUE"], list[Any]()
    if person:
        conditions.append("coalesce(r.assignee, '') IN ('', ?)")
        parameters.append(person)
        if not may_accept_own(ws, person) and set(states) & set(TO_REVIEW):
            conditions.append("i.id NOT IN (SELECT item_id FROM annotation WHERE author = ? AND origin <> 'model')")
            parameters.append(person)
    rows = ws.query(
        f"""
        SELECT i.id FROM item i LEFT JOIN review r ON r.item_id = i.id
        WHERE {" AND ".join(conditions)} AND i.id <> ? AND {STATE_OF} IN (SELECT unnest(?::VARCHAR[]))
        ORDER BY i.id <= ?, i.id LIMIT 1
        """,
        [*parameters, after, list(states), after],
    )
    return int(rows[0][0]) if rows else None


def counts(ws: Workspace) -> dict[str, int]:
    """How many items are in each state."""
    rows = ws.query(f"SELECT {STATE_OF}, count(*) FROM item i LEFT JOIN review r ON r.item_id = i.id GROUP BY 1")
    found = dict(rows)
    return {state: int(found.get(state, 0)) for state in REVIEW_STATES}


def counts_by_person(ws: Workspace) -> dict[str, dict[str, int]]:
    """Assignee → state → items; "" for what is assigned to nobody."""
    rows = ws.query(
        f"SELECT coalesce(r.assignee, ''), {STATE_OF}, count(*) FROM item i LEFT JOIN review r ON r.item_id = i.id"
        " GROUP BY 1, 2 ORDER BY 1"
    )
    found: dict[str, dict[str, int]] = {}
    for person, state, count in rows:
        found.setdefault(person, dict.fromkeys(REVIEW_STATES, 0))[state] = int(count)
    return found


def people(ws: Workspace) -> list[str]:
    """Everybody who has worked here or has something assigned; models are nobody."""
    rows = ws.query(
        "SELECT author FROM tx WHERE author <> '' AND action <> 'Predict' AND author NOT IN (SELECT name || ' v' || number FROM"
        " model) UNION SELECT assignee FROM review WHERE assignee <> '' ORDER BY 1"
    )
    return [row[0] for row in rows]


def work(ws: Workspace, days: int = 0) -> list[Work]:
    """Items, shapes and time at work per person and day, the newest day first; `days`: only so many last ones.

    Days are those of the clock on the wall, as it was then. What models and exchanges write is nobody's work.

    Time comes from when actions were saved: the time since a person's action before, where that is at most `GAP_S`; else
    `GAP_COUNTED_S`.
    """
    starts, dates = _days(ws)
    rows = ws.query(
        """
        WITH done AS (
            SELECT e.* FROM edit e JOIN tx t ON t.id = e.tx
            WHERE e.op NOT IN ('import', 'label') AND NOT coalesce(contains(e.after, '"origin": "model"'), false)
                  AND t.action NOT IN (SELECT unnest($machine::VARCHAR[]))
        ), acted AS (
            SELECT t.id, t.author, t.created,
                   epoch(t.created) - epoch(lag(t.created) OVER (PARTITION BY t.author ORDER BY t.created)) AS gap
            FROM tx t WHERE t.id IN (SELECT tx FROM done)
        ), placed AS (
            SELECT a.id, a.author, a.gap, d.day
            FROM acted a ASOF JOIN (SELECT unnest($starts::TIMESTAMP[]) AS start, unnest($dates::DATE[]) AS day) d
            ON a.created >= d.start
        ), touched AS (
            SELECT p.author, p.day,
                   count(DISTINCT e.item_id) FILTER (e.op IN ('add', 'change', 'remove')) AS items,
                   count(DISTINCT e.annotation_id) AS shapes,
                   count(DISTINCT e.item_id) FILTER (e.op = 'review') AS reviewed
            FROM placed p JOIN done e ON e.tx = p.id GROUP BY 1, 2
        ), spent AS (
            SELECT author, day, sum(CASE WHEN gap <= $gap THEN gap ELSE $counted END) AS seconds FROM placed GROUP BY 1, 2
        )
        SELECT author, day, items, shapes, reviewed, seconds FROM touched JOIN spent USING (author, day)
        ORDER BY day DESC, author
        """,
        {"starts": starts, "dates": dates, "machine": list(BY_MACHINE), "gap": GAP_S, "counted": GAP_COUNTED_S},  # type: ignore[arg-type]  # named parameters
    )
    found = [Work(*row) for row in rows]
    last = sorted({entry.day for entry in found}, reverse=True)[:days] if days > 0 else []
    return [entry for entry in found if days <= 0 or entry.day in last]


def own_work_rule(ws: Workspace) -> str:
    """Who may accept what they labelled themselves: "everyone" (default), "nobody", or names with commas."""
    rows = ws.query("SELECT value FROM meta WHERE key = ?", [OWN_WORK])
    return str(rows[0][0]) if rows else "everyone"


def set_own_work_rule(ws: Workspace, rule: str) -> Changes:
    """Change that rule; it belongs to the workspace."""
    value = ", ".join(name.strip() for name in rule.split(",") if name.strip()) or "everyone"
    with ws.transaction("Change review rule") as tx:
        tx.execute("DELETE FROM meta WHERE key = ?", [OWN_WORK])
        tx.execute("INSERT INTO meta VALUES (?, ?)", [OWN_WORK, value])
    return Changes(reviews=frozenset(["rule"]))


def may_accept_own(ws: Workspace, person: str) -> bool:
    """Whether this person may accept own work."""
    rule = own_work_rule(ws)
    return rule == "everyone" or (rule != "nobody" and person in [name.strip() for name in rule.split(",")])


def _check(ws: Workspace, wanted: Sequence[Review], state: str, reason: str) -> None:
    for review in wanted:
        if state not in NEXT[review.state]:
            allowed = " or ".join(f"“{name}”" for name in NEXT[review.state])
            raise NotAllowed(
                f"Item {review.item_id} is “{review.state}” and cannot become “{state}” directly; it can become {allowed}."
            )
    if state == "rejected" and not reason.strip():
        raise NotAllowed("Say why it is rejected; the person who labelled it reads that.")
    if state == "accepted" and not may_accept_own(ws, ws.author):
        own = _labelled_by(ws, [review.item_id for review in wanted], ws.author)
        if own:
            raise NotAllowed(
                f"Item {own[0]} was labelled by {ws.author}, and here nobody accepts own work; let somebody else review it,"
                " or change the rule: lineside label review rule everyone"
            )


def _labelled_by(ws: Workspace, items: Iterable[int], person: str) -> list[int]:
    rows = ws.query(
        "SELECT DISTINCT item_id FROM annotation WHERE author = ? AND origin <> 'model'"
        " AND item_id IN (SELECT unnest(?::BIGINT[])) ORDER BY 1",
        [person, list(items)],
    )
    return [row[0] for row in rows]


def _steps(tx: Transaction, changes: Sequence[tuple[Review, Mapping[str, str]]]) -> list[Step]:
    """Steps to other states, which say who set them and when, or to other persons, which leave that."""
    from dataclasses import replace

    now = {"author": tx.author, "created": tx.at.isoformat()}
    stored = {row[0] for row in tx.execute("SELECT item_id FROM review").fetchall()}
    return [
        Step(
            review if review.item_id in stored else None,
            replace(review, **(dict(values) | (now if "state" in values else {}))),  # type: ignore[arg-type]  # fields are text
        )
        for review, values in changes
    ]


def _known_state(state: str) -> None:
    if state not in REVIEW_STATES:
        raise UsageError(f"There is no state “{state}”; choose one of: {', '.join(REVIEW_STATES)}.")


def _days(ws: Workspace) -> tuple[list[datetime], list[date]]:
    """When each day with work began, in UTC without a zone, and which day that was on the clock on the wall."""
    first, last = ws.query("SELECT min(created)::DATE, max(created)::DATE FROM tx")[0]
    if first is None:
        return [], []
    dates = [first + timedelta(days=number) for number in range(-1, (last - first).days + 2)]
    starts = [datetime(day.year, day.month, day.day).astimezone(UTC).replace(tzinfo=None) for day in dates]
    return starts, dates
