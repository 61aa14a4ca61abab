"""What is not taken, in words for the person who stands before the box or the workbench."""

from __future__ import annotations


class Refused(Exception):
    """What is not trusted or not taken, why, and what to do: one sentence. What ran before still runs."""


class Gone(Refused):
    """The stick was pulled, or cannot be read."""
