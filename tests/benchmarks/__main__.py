"""`python -m tests.benchmarks [GROUP[.MEASURE] …]`: measure, each in a process of its own, into build/bench.json.

Each module beside this one lists its functions in MEASURES; a function returns figures by their names in DESIGN.md §13.
A figure that could not be measured is absent, and the reason is printed.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from datetime import datetime
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUTPUT = ROOT / "build" / "bench.json"


def main(wanted: list[str]) -> int:
    if wanted[:1] == ["--one"]:
        module, _, function = wanted[1].partition(".")
        print(json.dumps(getattr(import_module(f"tests.benchmarks.{module}"), function)()))
        return 0
    figures = json.loads(OUTPUT.read_text()) if OUTPUT.exists() else {}
    failed = 0
    for name in measures():
        if not wanted or any(name == one or name.startswith(one + ".") for one in wanted):
            failed += not run(name, figures)
    return 1 if failed else 0


def measures() -> list[str]:
    """`module.function` of all that can be measured."""
    modules = sorted(path.stem for path in HERE.glob("[a-z]*.py"))
    return [
        f"{name}.{f.__name__}"
        for name in modules
        for f in getattr(import_module(f"tests.benchmarks.{name}"), "MEASURES", [])
    ]


def run(name: str, figures: dict[str, object]) -> bool:
    """Measure one function in a fresh process and keep its figures."""
    print(f"{name} …", flush=True)
    start = time.monotonic()
    command = [sys.executable, "-m", "tests.benchmarks", "--one", name]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    seconds = time.monotonic() - start
    if done.returncode:
        print(f"  not measured: ended with {done.returncode} after {seconds:.0f} s")
        return False
    found = json.loads(done.stdout.strip().splitlines()[-1])
    for figure, value in found.items():
        print(f"  {figure:40} {value:.6g}")
    figures |= found | {"machine": machine(), "when": datetime.now().astimezone().isoformat(timespec="seconds")}
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    return True


def machine() -> str:
    """The processor and how many cores are to be had."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
