"""Read-only SQL over the documented views; anything that is not a SELECT over them is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.workspace import Workspace

VIEWS = ("items", "annotations", "labels", "history", "versions", "models", "evaluations")
_TABLE_FUNCTIONS = {"unnest", "range", "generate_series"}
_FORBIDDEN_FUNCTIONS = {"getenv", "query", "query_table", "nextval", "setseed", "current_setting", "getvariable"}


class BadQuery(UsageError):
    """The SQL is wrong or not allowed; the message says why."""


def select(ws: Workspace, sql: str, limit: int | None = 10_000) -> pa.Table:
    """The result of one SELECT over the views as an Arrow table of at most `limit` rows.

    Raises:
        BadQuery: not a single SELECT, another table or function, or an error of the database in its own words.
    """
    sql = sql.strip().rstrip(";")
    check(sql)
    bounded = f"SELECT * FROM ({sql}\n) LIMIT {int(limit)}" if limit is not None else sql
    return _run(ws, bounded)


def columns(ws: Workspace) -> dict[str, list[tuple[str, str]]]:
    """The views and their columns (name, type): what a person may ask for."""
    rows = ws.query(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index"
    )
    return {view: [(name, kind) for table, name, kind in rows if table == view] for view in VIEWS}


def check(sql: str) -> None:
    """Refuse anything but one SELECT over the views.

    Raises:
        BadQuery: it is something else.
    """
    import duckdb

    connection = duckdb.connect(":memory:", config={"autoload_known_extensions": "false"})
    try:
        ((text,),) = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall()
    except duckdb.Error as error:
        raise BadQuery(f"The query cannot be read: {_first_line(error)}") from error
    finally:
        connection.close()
    tree = json.loads(text)
    if tree.get("error"):
        message = tree.get("error_message", "")
        if "Only SELECT" in message:
            raise BadQuery("Only a SELECT is allowed here; the workspace is changed by its own commands.")
        raise BadQuery(f"The query cannot be read: {message.splitlines()[0] if message else 'a syntax error'}")
    if len(tree["statements"]) != 1:
        raise BadQuery("Write one query at a time.")
    _walk(tree, set())


def check_expression(text: str) -> None:
    """Refuse what is not an expression over the columns of `items`.

    Raises:
        BadQuery: it is something else.
    """
    check(f"SELECT ({text}\n) FROM items")


def _walk(node: Any, known: set[str]) -> None:
    if isinstance(node, list):
        for entry in node:
            _walk(entry, known)
        return
    if not isinstance(node, dict):
        return
    if "cte_map" in node:
        known = known | {entry["key"].lower() for entry in node["cte_map"].get("map", [])}
    if node.get("type") == "BASE_TABLE":
        name = str(node.get("table_name", "")).lower()
        if (node.get("schema_name") or "main").lower() != "main" or name not in {*VIEWS, *known}:
            raise BadQuery(f"There is no view “{node.get('table_name')}”; there are: {', '.join(VIEWS)}.")
    if node.get("type") == "TABLE_FUNCTION":
        name = str(node.get("function", {}).get("function_name", "")).lower()
        if name not in _TABLE_FUNCTIONS:
            raise BadQuery(f"The function “{name}” is not allowed here; ask the views: {', '.join(VIEWS)}.")
    if node.get("class") == "FUNCTION":
        name = str(node.get("function_name", "")).lower()
        if name in _FORBIDDEN_FUNCTIONS or name.startswith(("read_", "pg_", "duckdb_")):
            raise BadQuery(f"The function “{name}” is not allowed here.")
    for value in node.values():
        _walk(value, known)


def _run(ws: Workspace, sql: str) -> pa.Table:
    import duckdb

    try:
        return ws.cursor().sql(sql).to_arrow_table()
    except duckdb.Error as error:
        raise BadQuery(f"The query fails: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
