"""What a kernel says comes on two ways; the console shows a cell's output before its end, whichever came first."""

from __future__ import annotations

from typing import Any

import pytest


def message(type_: str, cell: str, **content: Any) -> dict[str, Any]:
    parent = {"msg_id": cell, "msg_type": "execute_request"}
    return {"header": {"msg_type": type_}, "parent_header": parent, "content": content}


@pytest.mark.parametrize("first", ["reply", "output"])
def test_a_reply_is_shown_after_all_that_its_cell_printed(qtbot, window, first: str) -> None:
    from app.gui.console.view import ConsoleView

    view = ConsoleView(window.shell.theme, "")
    qtbot.addWidget(view)
    shown: list[str] = []
    view._handle_stream = lambda one: shown.append(one["content"]["text"])
    view._handle_status = lambda one: shown.append(one["content"]["execution_state"])
    view._handle_execute_reply = lambda one: shown.append(one["content"]["status"])
    reply = message("execute_reply", "1", status="ok")
    printed = [message("stream", "1", name="stdout", text="a\n"), message("status", "1", execution_state="idle")]
    for one in [reply, *printed] if first == "reply" else [*printed, reply]:
        view._dispatch(one)
    view._dispatch(message("execute_reply", "2", status="later"))
    qtbot.waitUntil(lambda: not view._said)
    assert shown == ["a\n", "idle", "ok"]
