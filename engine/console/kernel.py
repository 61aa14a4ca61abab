"""The process behind the console: `python -P -m engine.console.kernel CONNECTION-FILE WORKSPACE`, and the same in a terminal.

The names are the same in both: `ws` reads the workspace, `train` and the cell magic `%%train` give trainings to the queue.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.console.reading import ReadOnlyWorkspace
from engine.console.submitting import Trainer, Training, train_cell
from engine.errors import LinesideError

HISTORY = "history.sqlite"


def main(connection: str, workspace: str) -> None:
    """Answer the window until it ends or asks for an end."""
    _end_with_the_window(Path(connection).parent)
    from ipykernel.kernelapp import IPKernelApp

    kernel = IPKernelApp.instance(config=config())
    kernel.initialize(["-f", connection])
    set_up(kernel.shell, Path(workspace))
    kernel.start()


def in_terminal(workspace: Path, words: str) -> None:
    """IPython on this terminal, until the person leaves it; `words` are shown first."""
    from IPython.terminal.ipapp import TerminalIPythonApp

    settings = config()
    settings.TerminalInteractiveShell.banner1 = words + "\n"
    settings.TerminalInteractiveShell.confirm_exit = False
    app = TerminalIPythonApp.instance(config=settings)
    app.initialize([])
    set_up(app.shell, workspace)
    app.start()


def run_once(workspace: Path, code: str) -> tuple[str, bool]:
    """Run code with the console's names; what it showed, and whether it went well."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    settings = config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=settings)
    set_up(shell, workspace)
    with capture_output(display=False) as shown:
        result = shell.run_cell(code)
    return str(shown.stdout) + str(shown.stderr), bool(result.success)


def config() -> Any:
    """Settings of IPython: the history lies with the person's state, nothing of an IPython of the person's own is read."""
    from traitlets.config import Config

    found = Config()
    found.HistoryManager.hist_file = str(state_folder() / HISTORY)
    found.BaseIPythonApplication.ipython_dir = str(state_folder() / "ipython")
    found.BaseIPythonApplication.log_level = "CRITICAL"
    found.IPCompleter.use_jedi = False  # it reads the annotations of heavy libraries for seconds
    return found


def state_folder() -> Path:
    """What the console remembers of a person; LINESIDE_CONFIG names another place, as for the window's settings."""
    from platformdirs import user_state_path

    own = os.environ.get("LINESIDE_CONFIG")
    folder = (Path(own) if own else user_state_path("lineside", appauthor=False)) / "console"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "ipython").mkdir(exist_ok=True)
    return folder


def set_up(shell: Any, workspace: Path) -> None:
    """Give a shell of IPython the console's names; the program's own errors are told in their one sentence."""
    ws = ReadOnlyWorkspace(workspace)
    train = Trainer(ws)
    shell.push({"ws": ws, "train": train})
    shell.register_magic_function(_cell_magic(shell, train), "cell", "train")
    shell.set_custom_exc((LinesideError,), _tell)


def _end_with_the_window(folder: Path) -> None:
    """The window holds the other end of stdin: when that closes, whatever ended it, this process goes with its folder."""
    window = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)

    def watch() -> None:
        while os.read(window, 1):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def _cell_magic(shell: Any, train: Trainer) -> Callable[[str, str], Training | None]:
    def magic(line: str, cell: str) -> Training | None:
        try:
            return train_cell(train, line, cell)
        except LinesideError as error:
            _tell(shell, type(error), error, None)
            return None

    return magic


def _tell(_shell: Any, _kind: type, error: BaseException, _trace: Any, tb_offset: int | None = None) -> list[str]:
    del tb_offset
    print(error, file=sys.stderr)
    return [str(error)]


if __name__ == "__main__":
    main(*sys.argv[1:3])
