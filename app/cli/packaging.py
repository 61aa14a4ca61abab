"""Commands that turn a model into an artifact: export, quantize, package."""

from __future__ import annotations

from typing import Any

from app.cli.command import DETACH, Answer, Call, argument, command, group
from app.cli.text import facts, size, table
from engine.errors import UsageError

group("artifact", "artifacts: list, save, sbom, manifests, pull, push")
REGISTRY = (
    argument("--ca", metavar="FILE", default="", help="a PEM file of who signed the registry's certificate"),
    argument("--insecure", action="store_true", help="plain http; else only this machine may speak it"),
)
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
    from engine.packaging.artifacts import list_artifacts

    artifacts = {one.digest: one for one in list_artifacts(call.workspace())}
    made = artifacts[result["digest"]]
    shown = [(key, result[key]) for key in ("name", "digest", "platform", "precision", "kit")]
    layers = [(f"layer {name}", size(count)) for name, count in result["layers"]]
    told = [
        f"Packaged {call.options.model}.",
        facts([("reference", made.reference), *shown, ("size", size(result["bytes"])), *layers]),
    ]
    others = [artifacts[one["digest"]] for one in result["built"][1:]]
    others += [
        one for one in artifacts.values() if "," in one.platforms and made.reference.startswith(f"{one.reference}-")
    ]
    told += [f"{one.reference} is for {one.platforms}: {one.digest}, {size(one.bytes)}." for one in others]
    unsigned = made.details.get("unsigned")
    signed = f"Not signed: {unsigned}" if unsigned else "Signed; see: lineside trust show"
    return Answer(result, "\n".join([*told, *result["rejected"].values(), signed]))


def _remark(artifact: dict[str, Any]) -> str:
    pipeline = artifact["details"].get("pipeline")
    told = [
        f"with the pipeline {pipeline['name']}" if pipeline else "",
        "from elsewhere" if artifact["foreign"] else "",
    ]
    return ", ".join(filter(None, told))


@command("artifact list")
def list_all(call: Call) -> Answer:
    """List the artifacts."""
    from engine.deployment.exchange import referrer_counts
    from engine.packaging.artifacts import list_artifacts

    counts = referrer_counts(call.workspace())
    found = [
        {**a.to_json(), "referrers": counts.get(a.digest, 0), "foreign": bool(a.details.get("foreign"))}
        for a in list_artifacts(call.workspace())
    ]
    rows = [
        [a["name"], a["digest"][:19], a["platforms"], a["precision"], size(a["bytes"]), a["created"], a["referrers"],
         _remark(a)]
        for a in found
    ]  # fmt: skip
    headers = ["name", "digest", "platforms", "precision", "size", "created", "attached", ""]
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


@command(
    "artifact pull",
    argument("reference", metavar="REFERENCE", help="host:5000/repository:tag, …@sha256:…, or TARGET/repository:tag"),
    argument("--most", type=int, default=8192, metavar="MB", help="refuse what is larger (default: 8192)"),
    *REGISTRY,
)
def pull(call: Call) -> Answer:
    """Bring an artifact from a registry into the workspace, all of it checked."""
    from app.cli.targets import shown
    from engine.deployment.exchange import pull as bring

    options = call.options
    arrived, _ = bring(call.workspace(), options.reference, shown(call), options=_registry_options(call), ask=call.ask,
                       most=options.most << 20)  # fmt: skip
    found = arrived.to_json()
    call.progress.clear()
    shown_facts = [(key, found[key]) for key in ("name", "digest", "platforms")]
    told = facts(
        [
            *shown_facts,
            ("size", size(found["bytes"])),
            ("received", size(found["received"])),
            ("attached", found["referrers"]),
        ]
    )
    return Answer(found, f"Pulled {options.reference}.\n{told}")


@command(
    "artifact push",
    argument("artifact", metavar="ARTIFACT", help="name or digest"),
    argument(
        "to", metavar="TO", help="a target that is a registry, TARGET/repository:tag, or host:5000/repository:tag"
    ),
    *REGISTRY,
)
def push(call: Call) -> Answer:
    """Push an artifact and what is attached to it to a registry, without a release."""
    from app.cli.targets import shown
    from engine.deployment.exchange import push as give

    options = call.options
    done = give(
        call.workspace(), options.artifact, options.to, shown(call), options=_registry_options(call), ask=call.ask
    )
    call.progress.clear()
    moved = [(key, size(done["push"][key])) for key in ("sent", "skipped", "resumed")]
    return Answer(
        done, f"Pushed {options.artifact} to {done['reference']}.\n{facts([('digest', done['digest']), *moved])}"
    )


def _registry_options(call: Call) -> dict[str, str]:
    return {
        **({"ca": call.options.ca} if call.options.ca else {}),
        **({"insecure": "yes"} if call.options.insecure else {}),
    }
