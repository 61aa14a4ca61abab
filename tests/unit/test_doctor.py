"""The doctor's eye: what is missing is named with the command that brings it."""

from __future__ import annotations

import importlib.metadata
import socket
from pathlib import Path

import pytest

from engine import doctor


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name in ("openvino", "docker"):
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    by_name = {check.name: check for check in doctor._packages()}
    learning, connecting = by_name["Packages for training, export"], by_name["Packages for docker, ssh"]
    assert (learning.state, learning.fix) == ("missing", "pip install 'lineside[train]'")
    assert "openvino" in learning.found
    assert (connecting.state, connecting.fix) == ("optional", "pip install 'lineside[connectors]'")


@pytest.mark.parametrize(
    ("line", "expected"),
    [('torch==2.13.0; extra == "train"', ("torch", "2.13.0", "train")), ("numpy==2.4.6", ("numpy", "2.4.6", "")),
     ("tritonclient[http]==2.73.0 ; extra == 'dev'", ("tritonclient", "2.73.0", "dev"))],
)  # fmt: skip
def test_requirements_are_read(line: str, expected: tuple[str, str, str]) -> None:
    assert doctor._requirement(line) == expected


def test_a_missing_library_of_the_window_matters_where_there_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_loads", lambda library: library != "libEGL.so.1")
    monkeypatch.setenv("DISPLAY", ":0")
    (check,) = doctor._window_libraries()
    assert (check.state, check.fix) == ("missing", "apt-get install libegl1")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    (check,) = doctor._window_libraries()
    assert check.state == "optional"


def test_an_engine_is_there_when_its_socket_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        found = {check.name: check for check in doctor._engines()}
    assert found["Docker"].state == "ok"
    assert str(path) in found["Docker"].found
    assert not doctor._answers(str(path))


def test_a_full_disk_is_missing_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_DISK", 1 << 60)
    assert {check.state for check in doctor._disk()} == {"missing"}
