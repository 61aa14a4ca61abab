"""The frame of the command line: help, start-up, exit codes, one JSON document, one sentence for a failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import main as cli
from app.cli.command import COMMANDS, Answer, Call, Command
from engine.errors import BadInput, LinesideError, TargetError
from engine.workspace import Workspace

WORDS = [" ".join(command.words) for command in COMMANDS]
DESIGNED = """
init|demo|doctor|data import|data export|data list|data stats|data query|version create|version list|version show
version diff|label schema list|label schema add|label schema rename|label schema color|label schema remove|model new
model check|model code|model from-code|model list|model show|train|jobs list|jobs show|jobs logs|jobs cancel
jobs resume|evaluate|export|quantize|package|target add|target list|target probe|target remove|deploy|release list
release rollback|release status|release promote|predict|completion
"""


def lineside(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **options.pop("env", {})}
    command = [sys.executable, "-P", "-m", "app", *arguments]
    environment["PYTHONPATH"] = str(Path(__file__).parents[3])
    return subprocess.run(command, capture_output=True, text=True, env=environment, **options)


def test_every_command_of_the_design_is_there() -> None:
    assert set(DESIGNED.replace("\n", "|").strip("|").split("|")) <= set(WORDS)


@pytest.mark.parametrize("words", WORDS)
def test_every_command_has_a_help_text(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*words.split(), "--help"]) == 0
    shown = capsys.readouterr()
    command = next(command for command in COMMANDS if " ".join(command.words) == words)
    assert shown.out.startswith(f"usage: lineside {words} ")
    assert command.summary in " ".join(shown.out.split())
    assert shown.err == ""


def test_the_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom app.cli.main import main\nmain(['--help'])\n"
        "heavy = ['PySide6', 'torch', 'numpy', 'duckdb', 'pyarrow', 'pydantic', 'openvino', 'cv2', 'PIL', 'app.gui']\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "Exit codes" in done.stdout


@pytest.mark.parametrize(
    "arguments", [[], ["data"], ["nonsense"], ["data", "import"], ["jobs", "list", "--limit", "x"]]
)
def test_a_wrong_call_ends_with_2_and_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.strip().splitlines()) == 1
    assert "--help" in shown.err


def test_without_a_workspace_the_code_is_4(tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINESIDE_WORKSPACE", raising=False)
    assert cli.main(["data", "stats"]) == 4
    assert "no workspace at or above" in capsys.readouterr().err


def test_the_workspace_comes_from_the_option_the_environment_or_the_folder_above(
    workspace: Workspace, monkeypatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workspace.path
    workspace.close()
    below = path / "media"
    for arguments, setting, folder in ([["-w", str(path)], "", "/"], [[], str(path), "/"], [[], "", str(below)]):
        monkeypatch.setenv("LINESIDE_WORKSPACE", setting)
        monkeypatch.chdir(folder)
        assert cli.main([*arguments, "data", "stats", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["items"] == 0


def test_a_workspace_that_is_open_elsewhere_ends_with_4_and_names_the_owner(workspace: Workspace) -> None:
    done = lineside("-w", str(workspace.path), "data", "stats", "--json")
    assert done.returncode == 4
    assert f"process {os.getpid()}" in done.stderr
    assert json.loads(done.stdout)["exit_code"] == 4


@pytest.fixture
def failing(monkeypatch):
    """A command that does what a test wants."""

    def make(action) -> None:
        def fail(call: Call) -> Answer:
            """Fail."""
            return action()

        monkeypatch.setattr(cli, "COMMANDS", [Command(("demo",), fail, ())])

    return make


def _raise(error: BaseException):
    def action():
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code"),
    [(LinesideError("No."), 1), (BadInput("Bad."), 3), (TargetError("Gone."), 5), (ValueError("odd"), 1),
     (FileNotFoundError(2, "No such file or directory", "x.png"), 3), (ModuleNotFoundError("x", name="torch"), 1)],
)  # fmt: skip
def test_each_failure_is_one_sentence_and_its_code(failing, capsys, error: Exception, code: int) -> None:
    failing(_raise(error))
    assert cli.main(["demo", "--json"]) == code
    shown = capsys.readouterr()
    assert len(shown.err.strip().splitlines()) == 1
    assert "Traceback" not in shown.err
    assert json.loads(shown.out)["exit_code"] == code


def test_debug_adds_the_traceback(failing, capsys) -> None:
    failing(_raise(ValueError("odd")))
    assert cli.main(["demo", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_fix_is_told_with_the_failure(failing, capsys) -> None:
    failing(_raise(LinesideError("It is not there.", fix="lineside doctor")))
    cli.main(["demo"])
    assert capsys.readouterr().err.strip() == "It is not there. Mend it with: lineside doctor"


def test_an_interrupt_ends_with_130(failing, capsys) -> None:
    failing(_raise(KeyboardInterrupt()))
    assert cli.main(["demo"]) == 130


def test_what_libraries_print_does_not_get_into_the_json(failing, capsys) -> None:
    def chatty() -> Answer:
        print("a library says hello")
        return Answer({"ok": True})

    failing(chatty)
    assert cli.main(["demo", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"ok": True}
    assert "hello" in shown.err


def test_a_closed_pipe_is_quiet(workspace: Workspace) -> None:
    workspace.close()
    command = f"{sys.executable} -P -m app completion bash | true; echo ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, check=True)
    assert done.stderr == ""
    assert done.stdout.strip() in ("0", "141")


def test_the_version_is_told(capsys) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("lineside 0.")


def test_progress_is_quiet_in_a_pipe_and_a_bar_on_a_terminal(monkeypatch, capsys) -> None:
    from app.cli.progress import Progress

    quiet = Progress()
    quiet(0.5, "half")
    assert capsys.readouterr().err == ""
    drawn = Progress()
    drawn.visible = True
    drawn(0.5, "half", 61)
    drawn.clear()
    shown = capsys.readouterr().err
    assert "50%" in shown
    assert "1:01 left  half" in shown
    assert shown.endswith("\r\x1b[K")
