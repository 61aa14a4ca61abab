"""The console's process: its own, private, interruptible, and gone with the program that started it."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client import BlockingKernelClient

from engine.console.process import Kernel
from engine.workspace import Workspace

LIMIT_S = 60


@pytest.fixture(scope="module")
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("state")
        patch.setenv("LINESIDE_CONFIG", str(folder))
        yield folder


@pytest.fixture(scope="module")
def kernel(own_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    path = tmp_path_factory.mktemp("console") / "workspace"
    with Workspace.create(path):
        made = Kernel(path, {"figure.facecolor": "123456"})
        made.start()
        yield made
        made.stop()


def client_of(kernel: Kernel) -> BlockingKernelClient:
    client = BlockingKernelClient(connection_file=str(kernel.connection))
    client.load_connection_file()
    client.start_channels(hb=False)
    return client


def ask(client: BlockingKernelClient, code: str) -> dict[str, Any]:
    """Run code and give what came of it: the text of the result, what was printed, the error's name."""
    shown: dict[str, Any] = {"text": "", "printed": "", "error": None, "png": False}

    def take(message: dict[str, Any]) -> None:
        content, data = message["content"], message["content"].get("data", {})
        shown["text"] += data.get("text/plain", "")
        shown["png"] |= "image/png" in data
        shown["printed"] += content.get("text", "")
        shown["error"] = content.get("ename", shown["error"])

    client.execute_interactive(code, output_hook=take, timeout=LIMIT_S)
    return shown


@pytest.fixture(scope="module")
def client(kernel: Kernel) -> Iterator[BlockingKernelClient]:
    made = client_of(kernel)
    yield made
    made.stop_channels()


def test_it_reads_the_workspace_tells_errors_in_a_sentence_and_draws(client: BlockingKernelClient) -> None:
    assert ask(client, "ws")["text"] == "workspace: versions 0, runs 0, models 0, evaluations 0"
    assert ask(client, "ws.items()")["printed"] == "There is no version “None”; there are: none yet.\n"
    assert ask(client, "%%train v1\n1 + 1")["printed"].startswith("the cell does not say what it learns")
    drawn = ask(client, "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.rcParams['figure.facecolor']")
    assert (drawn["text"].splitlines()[0].split("<")[0], drawn["png"]) == ("'#123456'", True) or drawn["png"]


def test_nobody_else_can_reach_it(kernel: Kernel, client: BlockingKernelClient) -> None:
    assert ask(client, "1 + 1")["text"] == "2"
    assert kernel.connection.stat().st_mode & 0o777 == 0o600
    assert kernel.folder.stat().st_mode & 0o777 == 0o700
    assert kernel.pid is not None
    listening = [found.laddr.ip for found in psutil.Process(kernel.pid).net_connections("inet")]
    assert set(listening) <= {"127.0.0.1"}  # where IPython takes what forked processes print, by a secret of its own
    forged = client_of(kernel)
    forged.session.key = b"guessed"
    forged.execute("raise SystemExit")
    with pytest.raises(queue.Empty):
        forged.get_shell_msg(timeout=0.5)
    forged.stop_channels()
    assert ask(client, "2 + 2")["text"] == "4"


def test_an_endless_loop_is_interrupted_and_the_names_stay(kernel: Kernel, client: BlockingKernelClient) -> None:
    ask(client, "kept = 7")
    client.execute(
        "print('on')\nwhile True: pass", stop_on_error=False
    )  # else what is asked next may be dropped with it
    while client.get_iopub_msg(timeout=LIMIT_S)["content"].get("text") != "on\n":
        pass
    kernel.interrupt()
    assert client.get_shell_msg(timeout=LIMIT_S)["content"]["ename"] == "KeyboardInterrupt"
    assert ask(client, "kept")["text"] == "7"


def test_a_killed_one_says_how_and_a_new_one_begins_with_the_old_history(
    kernel: Kernel, client: BlockingKernelClient
) -> None:
    ask(client, "'remembered'")
    ask(client, "get_ipython().history_manager.writeout_cache()")
    before, pid = kernel.folder, kernel.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while kernel.ended() is None:
        pass
    assert kernel.ended() == "SIGKILL"
    kernel.start()
    assert not before.exists()
    again = client_of(kernel)
    history = again.history(hist_access_type="tail", n=20, reply=True, timeout=LIMIT_S)["content"]["history"]
    assert "'remembered'" in [line for *_, line in history]
    again.stop_channels()
    folder = kernel.folder
    kernel.stop()
    assert not folder.exists()


def test_it_goes_with_the_program_that_started_it(own_state: Path, tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from engine.console.process import Kernel\n"
        "kernel = Kernel(Path(sys.argv[1]), {}); kernel.start()\n"
        "print(kernel.pid, kernel.folder, flush=True); time.sleep(600)"
    )
    Workspace.create(tmp_path / "workspace").close()
    owner = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "workspace")], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    pid, folder = owner.stdout.readline().split()
    kernel = psutil.Process(int(pid))
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    psutil.wait_procs([kernel], LIMIT_S)
    deadline = time.monotonic() + LIMIT_S
    while Path(folder).exists() and time.monotonic() < deadline:
        pass
    assert not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE
    assert not Path(folder).exists()
