"""Commands for places where artifacts run: targets, releases, predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.cli.command import Answer, Call, argument, command, group, pairs
from app.cli.text import facts, moment, plural, size, table
from engine.errors import TargetError, UsageError

group("target", "places where artifacts run: add, list, probe, set, remove")
group("release", "what runs where: list, status, history, promote, pause, resume, continue, weights, rollback")
TARGET = argument("target", metavar="TARGET", help="name of a target")


@command(
    "target add",
    argument("name", metavar="NAME"),
    argument(
        "url",
        metavar="URL",
        help="process://local, docker:///var/run/docker.sock, ssh://user@host:22, registry://host:5000/line, …",
    ),
    argument("--accept-host-key", metavar="SHA256:…", default="", help="trust the ssh host with this fingerprint"),
    argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="of the connector: root=…, identity=…"
    ),
)
def add(call: Call) -> Answer:
    """Remember a place where artifacts run. A password in the URL goes to the keyring, not into the workspace."""
    from engine.deployment.targets import add_target, get_target

    options, workspace = call.options, call.workspace()
    extra: dict[str, Any] = dict(pairs(options.option, "NAME=VALUE"))
    add_target(workspace, options.name, options.url, accept_host_key=options.accept_host_key, **extra)
    return Answer(get_target(workspace, options.name).to_json(), f"Added the target “{options.name}”.")


@command("target list")
def list_all(call: Call) -> Answer:
    """List the targets and what was last seen of them."""
    from engine.deployment.targets import list_targets

    found = [target.to_json() for target in list_targets(call.workspace())]
    rows = [[t["name"], t["url"], _machine(t["probe"]), moment(t["probed"]) if t["probed"] else "never"] for t in found]
    empty = "No targets yet; add this machine with: lineside target add here process://local"
    return Answer(found, table(["name", "url", "machine", "probed"], rows, empty=empty))


@command("target remove", TARGET, argument("--keep", action="store_true", help="forget it here, leave what runs there"))
def remove(call: Call) -> Answer:
    """Forget a target, after ending its releases and clearing Lineside's files there."""
    from engine.deployment.targets import remove_target

    name = call.options.target
    try:
        remove_target(call.workspace(), name, clean=not call.options.keep, ask=call.ask)
    except TargetError as error:
        error.fix = error.fix or f"lineside target remove {name} --keep"
        raise
    return Answer({"removed": name}, f"Removed the target “{name}”.")


@command(
    "deploy",
    argument("artifact", metavar="ARTIFACT", help="name, NAME:NUMBER or digest"),
    TARGET,
    argument("--canary", metavar="5,25,100", default="", help="give it a rising share of the requests, in percent"),
    argument("--mirror", action="store_true", help="give it copies of the requests; its answers are only compared"),
    argument("--header", metavar="NAME=VALUE", default="", help="give it the requests with this header"),
    argument("--key", metavar="ID", default="", help="give it the requests with this API key"),
    argument("--takt", metavar="120ms", default="", help="measure precisions and threads there, and take the most exact that answers in time"),
    argument("--from", dest="source", metavar="recorded|DIR|VERSION", default="", help="with --takt: images to measure with (default: the model's version)"),
    argument("--pipeline", type=Path, metavar="FILE", help="let the release run this pipeline: see docs/pipelines.md"),
    argument("--pace", metavar="50,30s", default="", help="requests and time that a step takes at least (50 requests)"),
    argument("--policy", type=Path, metavar="FILE", help="limits by which it is judged, as TOML or JSON; usual ones for what it does not name"),
)  # fmt: skip
def deploy(call: Call) -> Answer:
    """Push an artifact to a target (missing blobs only) and let it take over there once it is ready.

    With --canary, --mirror, --header or --key it runs beside the present release and is judged; one that is worse is taken
    back by itself. Ending this command (Ctrl-C) leaves the traffic as it is: lineside release continue TARGET.

    With --pipeline it carries a pipeline, which runs on the target while the release is the one that requests go to.

    With --takt, FP32, BF16 and INT8 are measured on the target first; where none answers in time, nothing is deployed, and
    it ends with 1.
    """
    from app.cli import takt
    from engine.deployment.pipelines import load
    from engine.deployment.plan import plan_of
    from engine.deployment.policy import Policy
    from engine.deployment.releases import deploy as release
    from engine.deployment.rollout import start

    options = call.options
    plan = plan_of(
        canary=options.canary, mirror=options.mirror, header=options.header, key=options.key, pace=options.pace
    )
    if plan is None and options.policy:
        raise UsageError("A policy needs steps to be judged at: give --canary, --mirror, --header or --key with it.")
    if options.source and not options.takt:
        raise UsageError("--from names images to measure with; give --takt with it.")
    artifact, notes, figures = options.artifact, None, ""
    pipeline = load(options.pipeline) if options.pipeline else None
    if options.takt:
        measured = takt.measured(call, shown(call))
        if measured.chosen is None:
            return takt.refused(measured)
        artifact, notes, figures = measured.chosen.digest, measured.notes, takt.figures(measured.to_json()) + "\n\n"
    if plan is None:
        found = release(
            call.workspace(), artifact, options.target, shown(call), notes=notes, pipeline=pipeline, ask=call.ask
        )
    else:
        limits = Policy.load(options.policy).model_dump(mode="json", exclude_unset=True) if options.policy else {}
        progress = shown(call)
        found = start(
            call.workspace(),
            artifact,
            options.target,
            plan,
            progress,
            limits=limits,
            notes=notes,
            pipeline=pipeline,
            ask=call.ask,
        )
    return Answer(found.to_json(), figures + release_text(found.to_json()))


@command("release list", argument("--target", metavar="TARGET"))
def releases(call: Call) -> Answer:
    """List releases, newest first."""
    from engine.deployment.releases import list_releases

    workspace, wanted = call.workspace(), call.options.target
    if wanted:
        from engine.deployment.targets import get_target

        get_target(workspace, wanted)
    found = [release.to_json() for release in list_releases(workspace) if wanted in (None, release.target)]
    rows = [
        [r["id"], r["target"], r["name"] or r["artifact"][:19], r["state"], r["endpoint"], moment(r["created"])]
        for r in found
    ]
    empty = "No releases yet; make one with: lineside deploy ARTIFACT TARGET"
    return Answer(found, table(["id", "target", "artifact", "state", "endpoint", "created"], rows, empty=empty))


@command("release status", argument("target", metavar="TARGET", nargs="?", help="default: all"))
def release_status(call: Call) -> Answer:
    """Ask the targets what runs there now."""
    from engine.deployment.releases import status
    from engine.deployment.targets import list_targets

    workspace = call.workspace()
    names = [call.options.target] if call.options.target else [target.name for target in list_targets(workspace)]
    found = [status(workspace, name, ask=call.ask).to_json() for name in names]
    rows = [
        [
            entry["target"],
            release.get("name", ""),
            release.get("state", ""),
            release.get("endpoint", ""),
            entry["message"],
        ]
        for entry in found
        for release in entry["releases"] or [{}]
    ]
    text = table(["target", "release", "state", "endpoint", ""], rows, empty="No targets yet.")
    return Answer(found[0] if call.options.target else found, text)


@command("predict", TARGET, argument("files", metavar="FILE", nargs="+", help="image files"))
def predict(call: Call) -> Answer:
    """Send images, or JSON files of a table's rows, to the release that runs on a target and print what it sees."""
    from engine.deployment.predict import predict_many

    answers = []
    files = [Path(file) for file in call.options.files]
    for file, answer in zip(
        files, predict_many(call.workspace(), call.options.target, files, ask=call.ask), strict=True
    ):
        answers.append({"file": str(file), **answer})
        call.progress(len(answers) / len(files), file.name)
    call.progress.clear()
    return Answer(answers[0] if len(answers) == 1 else answers, "\n".join(map(prediction_text, answers)))


def prediction_text(answer: dict[str, Any]) -> str:
    """A prediction in a line for each object."""
    name = answer.get("file", "")
    if "predictions" in answer:
        rows = enumerate(answer["predictions"], 1)
        return "\n".join(prediction_text({**one, "file": f"{name}, row {number}"}) for number, one in rows)
    if "detections" not in answer:
        return f"{name}: {answer.get('label', '?')} {answer.get('score', 0):.2f}"
    found = [
        f"  {one['label']} {one['score']:.2f} at {', '.join(f'{edge:.0f}' for edge in one['box'])}{_more(one)}"
        for one in answer["detections"]
    ]
    return "\n".join([f"{name}: {len(found) or 'nothing'} found", *found])


def _more(one: dict[str, Any]) -> str:
    """What an object carries beside its box, in words."""
    return (
        f", {one['rotated'][2]:.0f} × {one['rotated'][3]:.0f} px at {one['rotated'][4]:.0f}°"
        if "rotated" in one
        else ""
    )


def shown(call: Call) -> Any:
    """Progress of a deploy on the call's line."""
    from engine.demo import STAGES

    def show(stage: str, done: int, total: int, digest: str) -> None:
        if stage == "note":
            call.note(digest)
            return
        if stage in ("watch", "takt"):
            did = "looked at" if stage == "watch" else "measured"
            call.progress(done / total if total else None, f"{digest}, {done} of {total} requests {did}")
            return
        amount = f" {size(done)} of {size(total)}" if total else ""
        call.progress(done / total if total else None, STAGES.get(stage, stage) + amount)

    return show


def release_text(release: dict[str, Any]) -> str:
    """A release in a few lines, with the last thing that was decided about it."""
    from engine.deployment.takt import told as takt_told

    keys = ("target", "name", "artifact", "state", "endpoint")
    details = release["details"]
    rows = [(key, release[key]) for key in keys if release[key]]
    rows += [("traffic", f"{release['traffic']} %")] if release["state"] == "rolling" else []
    rows += [("runs as", details["mode"])] if details.get("mode") else []
    push = details.get("push") or {}
    rows += (
        [("sent", f"{size(push['sent'])}; {size(push['saved'])} were made there of an older layer")]
        if push.get("saved")
        else []
    )
    rows += [("pipeline", details["pipeline"])] if details.get("pipeline") else []
    rows += [("takt", takt_told(details["takt"]))] if details.get("takt") else []
    rows += [("", sentence) for sentence in details["history"][-1]["why"]] if details.get("history") else []
    return facts(rows)


def _machine(probe: dict[str, Any] | None) -> str:
    if not probe:
        return ""
    cores, memory = probe["cores"], probe["memory"]
    known = [probe["platform"], probe["cpu"], plural(cores, "core") if cores else "", size(memory) if memory else ""]
    return ", ".join(filter(None, known)) or probe["system"]
