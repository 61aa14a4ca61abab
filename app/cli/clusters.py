"""Commands for clusters: manifests for GitOps, and options of a target that is there already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.cli.command import Answer, Call, argument, command, pairs


@command(
    "artifact manifests",
    argument("artifact", metavar="ARTIFACT", help="name, NAME:NUMBER or digest"),
    argument("--target", required=True, metavar="TARGET", help="the cluster: kubernetes://CONTEXT/NAMESPACE"),
    argument("--as", dest="kind", default="", metavar="KIND", help="inferenceservice, for KServe"),
    argument("--out", metavar="FILE", default="", help="the file to write (default: print it)"),
)
def manifests(call: Call) -> Answer:
    """Write what a deploy to a cluster would apply as YAML, for those who apply it by GitOps; the cluster is not asked."""
    from engine.deployment.manifests import as_yaml
    from engine.deployment.manifests import manifests as made
    from engine.workspace import write_atomically

    options = call.options
    found = made(call.workspace(), options.artifact, options.target, options.kind, ask=call.ask)
    text = as_yaml(found)
    if not options.out:
        return Answer(found, text.rstrip())
    write_atomically(Path(options.out), text.encode())
    return Answer({"path": options.out, "objects": len(found)}, f"Wrote {len(found)} objects to {options.out}.")


@command(
    "target set",
    argument("target", metavar="TARGET"),
    argument("options", metavar="NAME=VALUE", nargs="+", help="of the connector; NAME= takes one away"),
)
def set_options(call: Call) -> Answer:
    """Change options of a target, for example force=yes to take fields over that others own on a cluster."""
    from engine.deployment.targets import get_target, refuse_made_elsewhere
    from engine.deployment.targets import set_options as change

    changed: dict[str, Any] = {name: value or None for name, value in pairs(call.options.options, "NAME=VALUE")}
    refuse_made_elsewhere(changed)
    change(call.workspace(), call.options.target, **changed)
    found = get_target(call.workspace(), call.options.target).to_json()
    return Answer(found, f"Changed the target “{call.options.target}”.")
