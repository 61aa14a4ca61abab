"""What can go wrong, in words that a person can act on."""

from __future__ import annotations


class LinesideError(Exception):
    """A failure a person can act on: one sentence that says what, where and what to do.

    Attributes:
        exit_code: what a command ends with (0 done, 1 failed, 2 usage, 3 bad input, 4 workspace, 5 target).
        fix: a command or an action that mends it, shown as a link in the window; may be empty.
    """

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class UsageError(LinesideError):
    """The call itself is wrong: an unknown name, a value out of range."""

    exit_code = 2


class BadInput(LinesideError):
    """What was given cannot be read or does not fit."""

    exit_code = 3


class WorkspaceError(LinesideError):
    """The workspace cannot be used as asked."""

    exit_code = 4


class NotAWorkspace(WorkspaceError):
    """The folder has no workspace.toml."""


class WorkspaceBusy(WorkspaceError):
    """Another running program owns the workspace."""


class WorkspaceDamaged(WorkspaceError):
    """The store could not be opened and no backup could replace it."""


class CommitFailed(WorkspaceError):
    """A commit failed; the message says whether the change is in the store or not."""


class TargetError(LinesideError):
    """A target is unreachable, refuses, or failed to do what was asked."""

    exit_code = 5
