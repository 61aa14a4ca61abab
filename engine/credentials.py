"""Secrets: from the environment or the system's keyring; never in a workspace."""

from __future__ import annotations

import os

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
