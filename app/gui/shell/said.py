"""Sentences that come in English from other processes, said in the language of the window."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from PySide6.QtCore import QCoreApplication


class Sentences:
    """What a process can say: sentences with {} in the place of each value; a more special one before a more general one.

    They are marked for translation, in the same context, where they are written down. `deep`: a value may be a sentence of
    its own.
    """

    def __init__(self, context: str, sentences: Sequence[str], *, deep: bool = False) -> None:
        self._context, self._sentences, self._deep = context, sentences, deep

    def translated(self, said: str) -> str | None:
        """A sentence in the language of the window; None: it is not known."""
        for sentence, pattern in self._patterns:
            if (found := pattern.fullmatch(said)) is not None:
                values = [self.translated(one) or one for one in found.groups()] if self._deep else found.groups()
                return QCoreApplication.translate(self._context, sentence).format(*values)
        return None

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        found = [(one, re.escape(one).replace(r"\{\}", "(.+?)")) for one in self._sentences]
        return [(one, re.compile(pattern, re.DOTALL)) for one, pattern in found]
