"""Commands that turn a model into an artifact: export, quantize, package."""

from __future__ import annotations

from typing import Any

from app.cli.command import DETACH, Answer, Call, argument, command, group
from app.cli.text import facts, size, table
from engine.errors import UsageError

group("artifact", "artifacts: list, save, sbom")
MODEL = argument("model", metavar="MODEL", help="NAME, NAME:NUMBER or id")


@command("export", MODEL, DETACH)
def export(call: Call) -> Answer:
    """Export a model to ONNX and OpenVINO, check it against PyTorch, measure it."""
    from engine.packaging.export import export_model

    job = export_model(call.workspace(), call.options.model)
    return call.run_or_detach(job, lambda result: _exported(call, "Exported", result))


@command("quantize", MODEL, argument("--max-drop", type=float, metavar="PT",
                                     help="accuracy that may be lost, in points (default: as the drawing says, else 0.5)"), DETACH)  # fmt: skip
def quantize(call: Call) -> Answer:
    """Quantise a model to INT8 behind an accuracy gate, and choose the precision by measurement."""
    from engine.packaging.export import quantize_model

    job = quantize_model(call.workspace(), call.options.model, max_drop=call.options.max_drop)
    return call.run_or_detach(job, lambda result: _exported(call, "Quantised", result))


@command(
    "package",
    MODEL,
    argument(
        "--platform",
        default="linux/amd64",
        metavar="P",
        help="linux/amd64 (default), linux/arm64, or both with a comma",
    ),
    argument("--precision", default="auto", help="fp32, bf16, int8, or auto: as measured (default)"),
    argument(
        "--bundle", metavar="DIR", help="then write it to a folder of a stick; see lineside artifact bundle --help"
    ),
    argument("--for", dest="target", metavar="TARGET", help="with --bundle: the target whose box it is carried to"),
    DETACH,
)
def package(call: Call) -> Answer:
    """Build the artifact: an OCI image that serves the model, named by its digest."""
    from app.cli.bundles import bundled
    from engine.packaging.image import package_model

    options = call.options
    if (options.target or options.detach) and bool(options.bundle) == bool(options.detach):
        raise UsageError("--for goes with --bundle, and --bundle waits for the artifact: leave --detach out.")
    job = package_model(call.workspace(), options.model, platform=options.platform, precision=options.precision)
    answer = call.run_or_detach(job, lambda result: _packaged(call, result))
    return bundled(call, answer) if options.bundle else answer


def _exported(call: Call, did: str, result: dict[str, Any]) -> Answer:
    """What each precision costs and gives, as measured."""
    rows = [
        [name.upper(), f"{one['latency_ms']:.2f}", f"{one['throughput']:.0f}", one["accuracy"], one["drop_pt"],
         f"{one['speedup']:.2f} ×", size(one["bytes"]), "chosen" if name == result["chosen"] else ""]
        for name, one in result["precisions"].items()
    ]  # fmt: skip
    headers = ["precision", "latency ms", "per second", "accuracy pt", "lost pt", "speed", "size", ""]
    lines = [f"{did} {call.options.model} to {result['path']}.", "", table(headers, rows), "", result["why"]]
    return Answer(result, "\n".join([*lines, *result.get("rejected", {}).values()]))


def _packaged(call: Call, result: dict[str, Any]) -> Answer:
    shown = [(key, result[key]) for key in ("name", "reference", "digest", "platform", "precision", "kit")]
    layers = [(f"layer {name}", size(count)) for name, count in result["layers"]]
    told = [f"Packaged {call.options.model}.", facts([*shown, ("size", size(result["bytes"])), *layers])]
    told += [
        f"Also for {other['platform']}: {other['reference']}, {other['digest']}, {size(other['bytes'])}."
        for other in result["built"][1:]
    ]
    return Answer(result, "\n".join([*told, *result["rejected"].values(), _signed(call, result)]))


def _signed(call: Call, result: dict[str, Any]) -> str:
    from engine.packaging.artifacts import get_artifact

    unsigned = get_artifact(call.workspace(), result["digest"]).details.get("unsigned")
    return f"Not signed: {unsigned}" if unsigned else "Signed; see: lineside trust show"


@command("artifact list")
def list_all(call: Call) -> Answer:
    """List the artifacts."""
    import dataclasses

    from engine.packaging.artifacts import list_artifacts

    found = [a.to_json() if hasattr(a, "to_json") else dataclasses.asdict(a) for a in list_artifacts(call.workspace())]
    rows = [
        [a["name"], a["digest"][:19], a["platforms"], a["precision"], size(a["bytes"]), a["created"]] for a in found
    ]
    headers = ["name", "digest", "platforms", "precision", "size", "created"]
    return Answer(found, table(headers, rows, empty="No artifacts yet; make one with: lineside package MODEL"))


@command(
    "artifact save", argument("artifact", metavar="ARTIFACT", help="name or digest"), argument("out", metavar="OUT.tar")
)
def save(call: Call) -> Answer:
    """Write an artifact as one file that `docker load`, `podman load` and skopeo read."""
    from pathlib import Path

    from engine.packaging.archive import write_archive
    from engine.packaging.artifacts import get_artifact

    workspace = call.workspace()
    artifact, out = get_artifact(workspace, call.options.artifact), Path(call.options.out)
    write_archive(workspace.path / "artifacts", artifact.digest, out)
    written = out.stat().st_size
    return Answer({"path": str(out), "digest": artifact.digest, "bytes": written}, f"Wrote {out} ({size(written)}).")


@command(
    "artifact sbom",
    argument("artifact", metavar="ARTIFACT", help="name or digest"),
    argument("out", metavar="OUT.json", nargs="?", help="the file to write (default: print it)"),
)
def sbom(call: Call) -> Answer:
    """Tell what an artifact is made of: Debian packages, wheels, code and model, as CycloneDX 1.6."""
    import json
    from pathlib import Path

    from engine.packaging.artifacts import get_artifact
    from engine.packaging.trust.sbom import sbom_of
    from engine.workspace import write_atomically

    workspace = call.workspace()
    content = sbom_of(workspace, get_artifact(workspace, call.options.artifact))
    if not call.options.out:
        return Answer(json.loads(content), content.decode())
    write_atomically(Path(call.options.out), content)
    return Answer({"path": call.options.out, "bytes": len(content)}, f"Wrote {call.options.out}.")
