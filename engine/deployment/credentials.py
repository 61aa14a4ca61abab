"""Secrets of targets: from the environment, the system's keyring, or asked each time; never in the workspace."""

from __future__ import annotations

from engine.credentials import SERVICE, forget, keep, recall
from engine.deployment.target import Ask, Context

__all__ = ["SERVICE", "ask_for", "forget", "keep", "recall"]


def key_place(context: Context) -> str:
    """Where the keyring has the workbench's own API key of a target."""
    return f"key:{context.workspace_id}:{context.name}"


def key_of(context: Context) -> str:
    """The workbench's own API key of a target; empty when neither LINESIDE_KEY nor the keyring has it."""
    return recall(key_place(context), "LINESIDE_KEY")


def ask_for(ask: Ask | None, question: str) -> str:
    """Ask the person, if there is one; empty without an answer."""
    return (ask(question) or "") if ask else ""
