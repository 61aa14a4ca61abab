"""Commands for the workspace as a whole: make one, show the whole job, look at this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.cli.command import Answer, Call, argument, command
from app.cli.text import facts, table


@command("init", argument("folder", metavar="DIR", help="a new or empty folder"), argument("--name", default=""))
def init(call: Call) -> Answer:
    """Make a workspace: one folder with all of a project's data."""
    from engine.workspace import Workspace

    with Workspace.create(Path(call.options.folder).expanduser(), call.options.name) as workspace:
        document = {"path": str(workspace.path), "id": workspace.id, "name": workspace.name}
    return Answer(document, f"Made the workspace “{document['name']}” in {document['path']}.")


@command("allow")
def allow(call: Call) -> Answer:
    """Let a workspace that was made elsewhere run its own code, and the jobs that wait in it, without being told to.

    What it runs can do what you can: allow it if you know who it comes from. What you order yourself runs in any
    workspace. That it is allowed is remembered for this folder, outside of it.
    """
    from engine.familiar import Folder, is_familiar, make_familiar
    from engine.jobs import would_go_on

    workspace = Folder.of(call.folder())
    before, waiting = is_familiar(workspace), [job.title for job in would_go_on(workspace)]
    make_familiar(workspace)
    document = {"path": str(workspace.path), "id": workspace.id, "before": before, "waiting": waiting}
    if before:
        return Answer(document, f"{workspace.path} was made or allowed here before.")
    goes_on = (
        f" What waits in it goes on with the next command or in the window: {', '.join(waiting)}." if waiting else ""
    )
    return Answer(document, f"{workspace.path} is allowed to run its own code here.{goes_on}")


@command("doctor")
def doctor(call: Call) -> Answer:
    """Say what this machine has, what is missing, and which command brings it.

    Ends with 1 where something is missing that the main job needs.
    """
    from engine.doctor import examine

    found = examine(call.progress)
    marks = {"ok": "✓", "missing": "✗", "optional": "○", "note": "·"}
    lines = []
    for group in dict.fromkeys(check.group for check in found):
        lines += ["", group]
        for check in (check for check in found if check.group == group):
            lines.append(f"  {marks[check.state]} {check.name}: {check.found}")
            if check.fix:
                lines.append(f"      {check.fix}")
    missing = [check.name for check in found if check.state == "missing"]
    lines += ["", f"Missing: {', '.join(missing)}." if missing else "Nothing is missing for the main job."]
    document = {"ok": not missing, "missing": missing, "checks": [check.to_json() for check in found]}
    return Answer(document, "\n".join(lines).lstrip("\n"), 1 if missing else 0)


@command(
    "demo",
    argument("folder", metavar="DIR", nargs="?", default="lineside-demo", help="where (default: ./lineside-demo)"),
    argument("--data", metavar="COCO.json", help="run on your own images instead of the synthetic sample"),
    argument("--target", metavar="URL", default="process://local", help="where to deploy (default: this machine)"),
)
def demo(call: Call) -> Answer:
    """Run the whole job once: images, version, training, evaluation, INT8, artifact, release, prediction.

    Without --data the images are synthetic: machined parts with scratches, dents, stains and missing holes, drawn by
    the program. A folder that already is a demo is used again: its images are kept, and a new run is trained.
    """
    from engine.demo import Step, run_demo

    def started(step: Step) -> None:
        call.note(f"[{step.number}/{step.count}] {step.title} …")

    def finished(step: Step) -> None:
        call.note(f"[{step.number}/{step.count}] {step.title}: {step.outcome} ({step.seconds:.1f} s)")

    summary = run_demo(
        Path(call.options.folder).expanduser(),
        data=call.options.data and Path(call.options.data).expanduser(),
        target_url=call.options.target,
        progress=call.progress,
        started=started if call.progress.visible else None,
        finished=finished,
        note=call.note,
    )
    return Answer(summary, demo_text(summary))


def demo_text(summary: dict[str, Any]) -> str:
    """The closing table of the demo."""
    model, artifact = summary["model"], summary["artifact"]
    rows = [
        ("Data", summary["data"]),
        (
            "Items",
            f"{summary['items']} (train {summary['splits'].get('train', 0)}, test {summary['splits'].get('test', 0)})",
        ),
        ("Labels", ", ".join(f"{name} {count}" for name, count in summary["labels"].items())),
        (
            "Model",
            f"{model['name']}:{model['number']}, trained in {summary['seconds']['train']:.0f} s on {model['device']}",
        ),
        *((metric["name"], metric["text"]) for metric in summary["metrics"]),
        ("Artifact", artifact["text"]),
        ("Target", summary["target"]["text"]),
        ("Prediction", summary["prediction"]["text"]),
        ("Time", f"{summary['seconds']['total']:.0f} s in all"),
    ]
    precisions = table(
        ["precision", "latency ms", "per second", "accuracy (mAP@.5, points)", ""],
        [
            [row["precision"].upper(), f"{row['latency_ms']:.2f}", f"{row['throughput']:.0f}", row["accuracy"],
             "chosen" if row["chosen"] else ""]
            for row in summary["precisions"]
        ],
    )  # fmt: skip
    shortfalls = "".join(f"\n! {text}" for text in summary["shortfalls"])
    opening = f"\n\nOpen it in the window: lineside window {summary['workspace']}"
    return f"{facts(rows)}\n\n{precisions}{shortfalls}{opening}"
