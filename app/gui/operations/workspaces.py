"""What a person does with a workspace as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.changes import Changes
    from engine.workspace import Workspace


def allow(shell: Shell, then: Callable[[], object]) -> None:
    """Let a workspace from elsewhere run its own code and what waits in it."""

    def work(workspace: Workspace) -> Changes:
        from engine.changes import Changes
        from engine.familiar import make_familiar

        make_familiar(workspace)
        return Changes()

    shell.run(work, QCoreApplication.translate("operations", "Allow the workspace"), lambda _: then())
