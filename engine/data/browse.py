"""What the window asks about items: which ones fit a filter, what to show of them, how many there are of what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.workspace import Workspace

_STATE = """
    coalesce((SELECT r.state FROM review r WHERE r.item_id = item.id),
             CASE WHEN id IN (SELECT item_id FROM annotation WHERE origin <> 'model') THEN 'labelled' ELSE 'to label' END)
"""  # as engine/labeling/review.py: STATE_OF


@dataclass(frozen=True)
class ItemFilter:
    """Conditions that must all hold; None and "" mean: any.

    Attributes:
        label: a label id or name that the item has an annotation of.
        split: train, val, test, or "none" for items without one.
        problem: True: only items that someone should look at; False: only the others; a text: with that in the reason.
        text: part of the name.
        labelled: True: with annotations; False: without. What a model merely suggests does not count.
        sql: a condition over the view `items`, or a whole SELECT over the views with a column id or item_id.
        ids: only these.
        state: of the review: to label, labelled, in review, accepted, rejected.
        assignee: whom it is given to.
    """

    label: int | str | None = None
    split: str | None = None
    problem: bool | str | None = None
    text: str = ""
    labelled: bool | None = None
    sql: str = ""
    ids: tuple[int, ...] | None = None
    state: str = ""
    assignee: str = ""


@dataclass(frozen=True)
class ItemRow:
    """What a grid shows of an item. `labels` are names, `annotations` their number."""

    id: int
    name: str
    width: int
    height: int
    split: str | None
    problem: str | None
    annotations: int
    labels: list[str]
    digest: str = ""
    page: int = 0


@dataclass(frozen=True)
class Stats:
    """Numbers of the data page; counts by label are of annotations, those by split of items."""

    items: int = 0
    labelled: int = 0
    problems: int = 0
    annotations: int = 0
    bytes: int = 0
    labels: dict[str, int] = field(default_factory=dict)
    splits: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def item_ids(ws: Workspace, filter: ItemFilter | None = None) -> list[int]:
    """Ids of the items that fit, in the order in which they came.

    Raises:
        BadQuery: the SQL of the filter is wrong or not allowed.
    """
    chosen = filter or ItemFilter()
    conditions, parameters = ["TRUE"], list[Any]()

    def need(condition: str, *values: Any) -> None:
        conditions.append(condition)
        parameters.extend(values)

    if chosen.label is not None and chosen.label != "":
        column = "id" if isinstance(chosen.label, int) else "name"
        need(
            f"id IN (SELECT item_id FROM annotation WHERE label_id IN (SELECT id FROM label WHERE {column} = ?))",
            chosen.label,
        )
    if chosen.split:
        if chosen.split == "none":
            need("split IS NULL")
        else:
            need("split = ?", chosen.split)
    if isinstance(chosen.problem, bool):
        need(f"problem IS {'NOT ' if chosen.problem else ''}NULL")
    elif chosen.problem:
        need("contains(problem, ?)", chosen.problem)
    if chosen.text:
        need("contains(lower(name), lower(?))", chosen.text)
    if chosen.labelled is not None:
        need(f"id {'IN' if chosen.labelled else 'NOT IN'} (SELECT item_id FROM annotation WHERE origin <> 'model')")
    if chosen.ids is not None:
        need("id IN (SELECT unnest(?::BIGINT[]))", list(chosen.ids))
    if chosen.state:
        need(f"{_STATE} = ?", chosen.state)
    if chosen.assignee:
        need("id IN (SELECT item_id FROM review WHERE assignee = ?)", chosen.assignee)
    rows = ws.query(f"SELECT id FROM item WHERE {' AND '.join(conditions)} ORDER BY id", parameters)
    ids = [row[0] for row in rows]
    return _by_sql(ws, chosen.sql, ids) if chosen.sql.strip() else ids


def count_items(ws: Workspace) -> int:
    """How many items the workspace has."""
    return int(ws.query("SELECT count(*) FROM item")[0][0])


def _by_sql(ws: Workspace, sql: str, ids: list[int]) -> list[int]:
    from engine.data.query import BadQuery, select

    whole = sql.lstrip().lower().startswith(("select", "with", "from"))
    result = select(ws, sql if whole else f"SELECT id FROM items WHERE {sql}", None)
    column = next((name for name in ("item_id", "id") if name in result.column_names), None)
    if column is None:
        raise BadQuery("The query gives no column “id” or “item_id”, so no items can be shown.")
    fitting = set(result[column].to_pylist())
    return [item for item in ids if item in fitting]


def item_rows(ws: Workspace, ids: list[int]) -> list[ItemRow]:
    """What to show of these items, in the given order; unknown ids are left out."""
    if not ids:
        return []
    rows = ws.query(
        """
        WITH chosen AS (SELECT unnest(?::BIGINT[]) AS id),
             said AS (
                 SELECT a.item_id, count(*) AS n, list(DISTINCT l.name ORDER BY l.name) AS names
                 FROM annotation a SEMI JOIN chosen ON chosen.id = a.item_id LEFT JOIN label l ON l.id = a.label_id
                 WHERE a.item_id BETWEEN ? AND ? AND a.origin <> 'model' GROUP BY a.item_id
             )
        SELECT i.id, i.name, i.width, i.height, i.split, i.problem, coalesce(said.n, 0), coalesce(said.names, []), i.digest, i.page
        FROM item i SEMI JOIN chosen USING (id) LEFT JOIN said ON said.item_id = i.id
        """,
        [ids, min(ids), max(ids)],
    )
    found = {row[0]: ItemRow(*row) for row in rows}
    return [found[item] for item in ids if item in found]


def stats(ws: Workspace) -> Stats:
    """Counts over the whole workspace."""
    ((items, problems, size),) = ws.query("SELECT count(*), count(problem), coalesce(sum(bytes), 0) FROM item")
    ((annotations, labelled),) = ws.query(
        "SELECT count(*), count(DISTINCT item_id) FROM annotation WHERE origin <> 'model'"
    )
    counts = [
        "SELECT l.name, count(a.id) FROM label l LEFT JOIN annotation a ON a.label_id = l.id AND a.origin <> 'model' GROUP BY l.id, l.name, l.position ORDER BY l.position, l.id",
        "SELECT coalesce(split, ''), count(*) FROM item GROUP BY 1 ORDER BY 2 DESC, 1",
        "SELECT kind, count(*) FROM annotation WHERE origin <> 'model' GROUP BY 1 ORDER BY 2 DESC, 1",
        "SELECT width || ' × ' || height, count(*) FROM item GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20",
    ]
    return Stats(items, labelled, problems, annotations, int(size), *(dict(ws.query(sql)) for sql in counts))
