"""What tests of several areas share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("LINESIDE_AUTHOR", "tester")
# No test leaves a secret in the keyring of the person who runs it.
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
# Threads of several workers that spin take the cores from each other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 0)):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))

from engine.workspace import Workspace
from tests.warm import WarmStarter

# The account of the person who runs them remembers no workspaces of tests.
_state = tempfile.TemporaryDirectory(prefix="lineside-state-")
os.environ["XDG_STATE_HOME"] = _state.name
ROOT = Path(__file__).resolve().parent.parent
settings.register_profile("suite", deadline=None)  # what an example takes depends on who else computes
settings.load_profile("suite")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real images and recordings that are not part of the product."""
    folder = Path(os.environ.get("LINESIDE_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the shared test data is not on this machine (LINESIDE_TEST_DATA names its folder)")
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A fresh, open workspace."""
    with Workspace.create(tmp_path / "workspace") as opened:
        yield opened


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine keeps no secrets, whatever was asked of the keyring before."""
    import keyring
    from keyring.backends import null

    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")  # for programs that a test starts
    before = keyring.get_keyring()
    keyring.set_keyring(null.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def memory_keyring() -> Iterator[dict[tuple[str, str], str]]:
    """A keyring that forgets with the test; what it holds, by service and user."""
    import keyring
    from keyring.backend import KeyringBackend
    from keyring.errors import PasswordDeleteError

    secrets: dict[tuple[str, str], str] = {}

    class Memory(KeyringBackend):
        priority = 1  # type: ignore[assignment]

        def get_password(self, service: str, username: str) -> str | None:
            return secrets.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            secrets[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            if secrets.pop((service, username), None) is None:
                raise PasswordDeleteError("there is no such password")

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield secrets
    keyring.set_keyring(before)


@pytest.fixture(scope="session")
def warm_starter() -> Iterator[WarmStarter]:
    """A process that has loaded PyTorch, from which jobs fork."""
    starter = WarmStarter()
    yield starter
    starter.stop()


@pytest.fixture
def warm_jobs(warm_starter: WarmStarter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings begin at once, on one thread, in processes that need not load PyTorch first."""
    from engine.jobs import job

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(job, "_start", warm_starter.start)
