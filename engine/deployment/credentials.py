"""Secrets of targets: from the environment, the system's keyring, or asked each time; never in the workspace."""

from __future__ import annotations

import os

from engine.deployment.target import Ask, Context

SERVICE = "lineside"


def recall(url: str, variable: str) -> str:
    """The secret of a URL from an environment variable or the keyring; empty when neither has it."""
    if found := os.environ.get(variable):
        return found
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, url) or ""
    except (KeyringError, RuntimeError):
        return ""


def keep(url: str, secret: str) -> bool:
    """Put a secret into the system's keyring; False where this machine has none (it is then asked each time)."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, url, secret)
    except (KeyringError, RuntimeError):
        return False
    return True


def forget(url: str) -> None:
    """Take a secret out of the keyring."""
    import contextlib

    import keyring
    from keyring.errors import KeyringError

    with contextlib.suppress(KeyringError, RuntimeError):
        keyring.delete_password(SERVICE, url)


def key_place(context: Context) -> str:
    """Where the keyring has the workbench's own API key of a target."""
    return f"key:{context.workspace_id}:{context.name}"


def key_of(context: Context) -> str:
    """The workbench's own API key of a target; empty when neither LINESIDE_KEY nor the keyring has it."""
    return recall(key_place(context), "LINESIDE_KEY")


def ask_for(ask: Ask | None, question: str) -> str:
    """Ask the person, if there is one; empty without an answer."""
    return (ask(question) or "") if ask else ""
