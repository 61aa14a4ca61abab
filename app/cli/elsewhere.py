"""What a target has for trainings."""

from __future__ import annotations

from dataclasses import asdict

from app.cli.command import Answer, Call, argument, command
from app.cli.text import facts, size


@command("target training", argument("target", metavar="TARGET", help="name of a target, or ssh://user@host"))
def training(call: Call) -> Answer:
    """Whether trainings can run on a target: its Python, PyTorch, GPUs and free memory; else what is missing."""
    from engine.deployment.elsewhere import look_at

    row, machine = look_at(call.workspace(), call.options.target, call.ask)
    gpus = [f"{gpu['name']}, {size(gpu['free'])} of {size(gpu['memory'])} free" for gpu in machine.gpus]
    rows = [
        ("target", f"{row.name} ({row.url})"),
        ("Python", f"{machine.python} ({machine.executable})"),
        ("PyTorch", machine.packages["torch"]),
        ("GPU", "\n".join(gpus) or "none"),
        ("cores", machine.cores),
        ("free memory", size(machine.memory_free)),
        ("free disk", size(machine.disk_free)),
        *(("note", note) for note in machine.differences),
    ]
    return Answer({"target": row.name, "url": row.url, **asdict(machine)}, facts(rows))
