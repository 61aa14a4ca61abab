"""A target that is held open between uses, as a view that looks at it again and again does."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.deployment.target import Ask, Target
    from engine.workspace import Workspace


class Held:
    """One connection, for one thread; whatever goes wrong in a use closes it, and the next use opens it anew."""

    def __init__(self, workspace: Workspace, name: str, ask: Ask | None = None) -> None:
        self._workspace, self._name, self._ask = workspace, name, ask
        self._target: Target | None = None

    @contextlib.contextmanager
    def use(self) -> Iterator[Target]:
        """The target, open.

        Raises:
            TargetError: it cannot be opened.
        """
        from engine.deployment.targets import open_target

        try:
            if self._target is None:
                self._target = open_target(self._workspace, self._name, self._ask)
            yield self._target
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection."""
        target, self._target = self._target, None
        if target is not None:
            with contextlib.suppress(Exception):
                target.close()
