"""Commands for the smart tools of labelling: pairs of networks that segment by clicks, scribbles applied to images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.cli.command import DETACH, Answer, Call, argument, command
from app.cli.text import plural, table

NAME = argument("name", metavar="NAME")


@command(
    "label assist add",
    NAME,
    argument("--encoder", type=Path, required=True, metavar="E.onnx", help="image → image_embeddings"),
    argument("--decoder", type=Path, required=True, metavar="D.onnx", help="embeddings and clicks → masks"),
    argument(
        "--pixels",
        default="sam",
        metavar="KIND",
        help="what the encoder takes: sam (default), unit (0 … 1), raw (0 … 255)",
    ),
)
def add(call: Call) -> Answer:
    """Add a pair of ONNX networks (SAM family) that segments by clicks; both are checked and copied."""
    from dataclasses import asdict

    from engine.labeling.assist import onnx_pair

    options, workspace = call.options, call.workspace()
    pair = onnx_pair.add(workspace.path, options.name, options.encoder, options.decoder, options.pixels)
    text = f"Added “{pair.name}”: it sees {pair.side} × {pair.side} px. Choose it under Assist, Method, in the window."
    return Answer(asdict(pair), text)


@command("label assist pairs")
def pairs(call: Call) -> Answer:
    """List the pairs of networks that segment by clicks."""
    from dataclasses import asdict

    from engine.labeling.assist import onnx_pair

    found = onnx_pair.pairs(call.workspace().path)
    rows = [[pair.name, f"{pair.side} px", pair.pixels, pair.digest[:12]] for pair in found]
    empty = "No pairs yet; add one with: lineside label assist add NAME --encoder E.onnx --decoder D.onnx"
    return Answer([asdict(pair) for pair in found], table(["name", "sees", "pixels", "digest"], rows, empty=empty))


@command("label assist remove", NAME)
def remove(call: Call) -> Answer:
    """Remove a pair of networks and what it has kept of images."""
    from engine.labeling.assist import onnx_pair

    onnx_pair.remove(call.workspace().path, call.options.name)
    return Answer({"removed": call.options.name}, f"Removed “{call.options.name}”.")


@command(
    "label assist scribbles",
    argument("--output", choices=("mask", "polygon"), default="mask", help="what the regions become (default: mask)"),
    argument("--least", type=int, default=20, metavar="PX", help="leave smaller regions out (default: 20 px)"),
    DETACH,
)
def apply_scribbles(call: Call) -> Answer:
    """Suggest regions on all unlabelled images, learnt from the scribbles made in the window."""
    from engine.labeling.assist.apply import apply

    options, workspace = call.options, call.workspace()
    job = apply(workspace, "pixels", None, options.output, options.least)

    def tell(result: dict[str, Any]) -> Answer:
        document = {"job": job.id, "suggested": result["suggested"], "unreadable": result["unreadable"]}
        lines = [f"The scribbles suggest {plural(result['suggested'], 'region')}."]
        lines += [f"Image {item} could not be read: {reason}" for item, reason in result["unreadable"].items()]
        return Answer(document, "\n".join(lines))

    return call.run_or_detach(job, tell)
