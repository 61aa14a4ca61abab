"""What ends an apply, in words for the person who stands before the box."""

from __future__ import annotations


class Refused(Exception):
    """What the stick brings is not taken; what ran on the box before still runs."""


class Gone(Refused):
    """The stick was pulled, or cannot be read."""
