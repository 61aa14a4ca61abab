"""Secrets of targets: from the environment, the system's keyring, or asked each time; never in the workspace."""

from __future__ import annotations

from engine.credentials import SERVICE, forget, keep, recall
from engine.deployment.target import Ask

__all__ = ["SERVICE", "ask_for", "forget", "keep", "recall"]


def ask_for(ask: Ask | None, question: str) -> str:
    """Ask the person, if there is one; empty without an answer."""
    return (ask(question) or "") if ask else ""
