"""A process beside the window that keeps networks loaded: `python -P -m engine.labeling.assist.companion`.

A window asks it through `Companion.call`; what it can do is named in `FUNCTIONS`. To add something: write

    def answer(arguments: dict, arrays: dict[str, NDArray]) -> tuple[dict, dict[str, NDArray]]

in a module of yours, name it here as "module:function", and call `shared().call("name", {...}, {"image": pixels})` off
the UI thread. Arguments are JSON; arrays travel as bytes; nothing is pickled. Loaded networks are kept by that module
(a cache of its own). A `LinesideError` raised there is raised again here with its words.

The process starts with the first call, is started again when it dies, and ends when its window does (its input closes).
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from queue import SimpleQueue
from typing import IO, Any

from numpy.typing import NDArray

from engine.errors import LinesideError, UsageError
from engine.labeling.assist import frames
from engine.labeling.assist.frames import Arrays

FUNCTIONS: dict[str, str] = {
    "echo": "engine.labeling.assist.companion:echo",
    "model.complete": "engine.modeling.completion:answer",
    "model.measure": "engine.modeling.figures:answer",
    "predict": "engine.curation.live:answer",
    "segment.embed": "engine.labeling.assist.onnx_pair:embed",
    "segment.decode": "engine.labeling.assist.onnx_pair:decode",
}
TIMEOUT_S = 120.0
DEAD_S = 0.2  # how often a process that does not answer is looked after

Answer = tuple[dict[str, Any], Arrays]
Function = Callable[[dict[str, Any], Arrays], Answer]


class CompanionFailed(LinesideError):
    """The process beside the window could not answer."""


class Superseded(Exception):
    """A newer call of the same kind came before this one had its turn."""


class Companion:
    """The window's end. Calls from any thread; they are answered one after the other."""

    def __init__(self, functions: Mapping[str, str] = FUNCTIONS) -> None:
        self._functions = functions
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._changed = threading.Condition()
        self._busy = False
        self._newest: Counter[str] = Counter()
        self._closed = threading.Event()

    @property
    def pid(self) -> int | None:
        """The process, while one is running."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def call(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        arrays: Mapping[str, NDArray[Any]] | None = None,
        *,
        replaces: str = "",
        timeout_s: float = TIMEOUT_S,
    ) -> Answer:
        """Have a function answer.

        Args:
            name: one of `FUNCTIONS`.
            arguments: what JSON can hold.
            arrays: numpy arrays by name.
            replaces: calls with the same word that still wait for their turn are dropped in favour of this one.
            timeout_s: after that the process is ended.

        Raises:
            Superseded: a newer call with the same `replaces` came.
            CompanionFailed: the process died twice, took too long, or met an unexpected error.
            LinesideError: what the function raised.
        """
        if name not in self._functions:
            raise UsageError(f"There is no function “{name}” of the process beside the window.")
        request = {"function": self._functions[name], "arguments": dict(arguments or {})}
        with self._turn(replaces):
            try:
                return self._exchange(request, arrays, timeout_s)
            except OSError:
                self._stop()  # died since the last call, or on this one: once more with a fresh process
            try:
                return self._exchange(request, arrays, timeout_s)
            except OSError as error:
                raise CompanionFailed(self._why()) from error

    def close(self) -> None:
        """End the process; the window is going."""
        self._closed.set()
        self._stop()

    @contextlib.contextmanager
    def _turn(self, replaces: str) -> Iterator[None]:
        """One call after the other; a waiting one leaves as soon as a newer one comes, so that no threads pile up."""
        with self._changed:
            self._newest[replaces] += 1
            number = self._newest[replaces]
            self._changed.notify_all()
            while self._busy:
                if replaces and self._newest[replaces] != number:
                    raise Superseded
                self._changed.wait()
            if replaces and self._newest[replaces] != number:
                raise Superseded
            self._busy = True
        try:
            yield
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _exchange(
        self, request: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]] | None, timeout_s: float
    ) -> Answer:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            _end_group(process.pid)
            process.kill()

        timer = threading.Timer(timeout_s, end)
        timer.daemon = True
        timer.start()
        try:
            frames.write(process.stdin, request, arrays)
            answer = frames.read(_Answers(process))
        except (OSError, ValueError):  # dead, a broken frame, or its pipe was closed under us
            answer = None
        finally:
            timer.cancel()
        if late.is_set():
            self._stop()
            raise CompanionFailed(f"No answer within {timeout_s:.0f} s; the process beside the window was ended.")
        if answer is None:
            raise BrokenPipeError
        body, found = answer
        if "error" in body:
            _raise(body)
        return body["result"], found

    def _running(self) -> subprocess.Popen[bytes]:
        if self._closed.is_set():
            raise CompanionFailed("The window is closing.")
        process = self._process
        if process is None or process.poll() is not None:
            self._stop()
            self._said = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the process
            command = [sys.executable, "-P", "-m", "engine.labeling.assist.companion"]
            process = self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, env=_environment(),
                start_new_session=os.name == "posix",
            )  # fmt: skip
            if self._closed.is_set():  # meanwhile
                self._stop()
        return process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _end_group(process.pid)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()

    def _why(self) -> str:
        code = self._process.wait() if self._process is not None else None
        said = b""
        if self._said is not None:
            self._said.seek(0)
            said = self._said.read()
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        reason = last or (f"signal {-code}" if code is not None and code < 0 else f"exit code {code}")
        return f"The process beside the window ended ({reason}); it starts again with the next try."


class _Answers:
    """The answers of a process; at an end when it is dead, even while a process that it has forked holds the pipe."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._process, self._pipe = process, process.stdout

    def read(self, count: int) -> bytes:
        data = bytearray(count)
        return bytes(data[: self.readinto(memoryview(data))])

    def readinto(self, view: memoryview) -> int:
        if os.name != "posix":
            return int(self._pipe.readinto(view))  # type: ignore[attr-defined]
        import select

        while not select.select([self._pipe], [], [], DEAD_S)[0]:
            if self._process.poll() is not None and not select.select([self._pipe], [], [], 0)[0]:
                return 0
        got = os.read(self._pipe.fileno(), min(len(view), 1 << 20))
        view[: len(got)] = got
        return len(got)


def _end_group(leader: int) -> None:
    """End a process with all that it has forked."""
    if os.name == "posix":
        import signal

        with contextlib.suppress(OSError):
            os.killpg(leader, signal.SIGKILL)


@cache
def shared() -> Companion:
    """The one companion of this program; it ends with it."""
    import atexit

    companion = Companion()
    atexit.register(companion.close)
    return companion


def echo(arguments: dict[str, Any], arrays: Arrays) -> Answer:
    """Give back what came: whether the process answers at all."""
    return arguments | {"pid": os.getpid()}, arrays


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Answer requests until the input closes; then end at once, whatever is being worked on."""
    waiting: SimpleQueue[tuple[dict[str, Any], Arrays]] = SimpleQueue()

    def listen() -> None:
        with contextlib.suppress(frames.BrokenFrame, OSError):
            while (request := frames.read(source)) is not None:
                waiting.put(request)
        if os.name == "posix" and os.getpgrp() == os.getpid():
            _end_group(os.getpid())
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        body, arrays = waiting.get()
        try:
            result, found = _function(str(body["function"]))(body["arguments"], arrays)
        except Exception as error:
            frames.write(target, _described(error))
        else:
            frames.write(target, {"result": result}, found)


def _described(error: Exception) -> dict[str, Any]:
    if isinstance(error, LinesideError):
        return {"error": str(error), "fix": error.fix, "exit_code": error.exit_code}
    if isinstance(error, MemoryError):
        return {"error": "The memory of this machine is full; close other programs and try again."}
    first = str(error).splitlines()[0] if str(error) else ""
    return {"error": f"Something unexpected went wrong ({type(error).__name__}: {first})."}


@cache
def _function(reference: str) -> Function:
    module, _, name = reference.partition(":")
    function: Function = getattr(import_module(module), name)
    return function


def _raise(body: Mapping[str, Any]) -> None:
    error = CompanionFailed(str(body["error"]), fix=str(body.get("fix", "")))
    error.exit_code = int(body.get("exit_code", 1))
    raise error


def _environment() -> dict[str, str]:
    """The window's, with the folder of this program on the path wherever it was started."""
    from pathlib import Path

    root = str(Path(__file__).resolve().parents[3])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH", "")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def main() -> None:
    """Answer on the standard streams; what libraries print goes to stderr.

    Libraries see an empty input: what they fork could not close one that is being read from.
    """
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # it forks, and calls a server
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    serve(source, target)


if __name__ == "__main__":
    main()
