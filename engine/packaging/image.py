"""The artifact: an OCI image that serves one model, written without a daemon. Job kind “package”."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.errors import BadInput, UsageError
from engine.packaging import base
from engine.packaging.base import PLATFORMS, Kit
from engine.packaging.bytecode import with_bytecode
from engine.packaging.layers import Entry, folder_entries, write_layer
from engine.packaging.oci import MANIFEST, REF_NAME, Layout, RunConfig
from engine.serving.errors import BadManifest
from engine.serving.manifest import ModelManifest

if TYPE_CHECKING:
    from engine.jobs.context import JobContext
    from engine.jobs.job import Job
    from engine.workspace import Transaction, Workspace

PORT = 8080
CODE = "opt/lineside/code"
MODEL = "opt/lineside/model"
PRECISIONS = ("fp32", "bf16", "int8")
LABEL = "io.lineside."
_MODEL_FILES = ("model.json", "model.xml", "model.bin")


@dataclass(frozen=True)
class Built:
    """A finished image in a layout: `reference` names it for Docker, podman and skopeo."""

    digest: str
    reference: str
    platform: str
    precision: str
    bytes: int
    layers: tuple[tuple[str, int], ...]  # (what it is, compressed bytes), from the base up
    kit: str
    labels: Mapping[str, str]
    descriptor: Mapping[str, Any]


def package_model(
    workspace: Workspace, model: str | int, platform: str = "linux/amd64", precision: str = "auto"
) -> Job:
    """Start making the artifact of a model; exports the model first where that was not done yet.

    Args:
        model: as for `get_model`.
        platform: one, or several with commas between them; those of one precision get one index.
        precision: fp32, bf16, int8, or auto: as measured.

    Raises:
        UsageError: no such model, platform or precision.
    """
    from engine.jobs.job import submit
    from engine.training.models import get_model

    row = get_model(workspace, model)
    platforms = list(dict.fromkeys(part.strip() for part in platform.split(",")))
    if unknown := [one for one in platforms if one not in PLATFORMS]:
        raise UsageError(f"The platform “{unknown[0]}” is not known; there are {' and '.join(PLATFORMS)}.")
    if precision not in ("auto", *PRECISIONS):
        raise UsageError(f"The precision “{precision}” is not known; there are auto, {', '.join(PRECISIONS)}.")
    arguments = {
        "model_id": row.id, "name": row.name, "number": row.number, "run": row.run_id, "platforms": platforms,
        "precision": precision, "metrics": dict(row.metrics or {}),
    }  # fmt: skip
    return submit(workspace, "package", arguments, f"Package {row.name}:{row.number}")


def run(context: JobContext) -> dict[str, Any]:
    """The worker's part: find or make the export, then write the image's blobs."""
    from engine.packaging.export import export_as_drawn, read_export

    started, arguments = time.monotonic(), context.arguments
    run_folder = context.workspace / "runs" / str(arguments["run"])
    if read_export(run_folder) is None:
        context.progress(0, "Exporting the model")
        export_as_drawn(
            run_folder, context.workspace, lambda fraction, message: context.progress(fraction * 0.4, message)
        )
    context.should_stop()
    export = read_export(run_folder) or {}
    for reason in export.get("rejected", {}).values():
        context.log(reason)
    precision = arguments["precision"]
    if precision == "auto":
        precision = export["chosen"]
    folder = run_folder / "export" / precision
    if not folder.is_dir():
        raise BadInput(
            f"The model {arguments['name']}:{arguments['number']} has not been exported as {precision};"
            f" there are {', '.join(sorted(export.get('precisions', {})))}."
        )
    layout, platforms = (
        Layout(context.workspace / "artifacts").make(),
        arguments.get("platforms") or [arguments["platform"]],
    )
    built = []
    for done, platform in enumerate(platforms):
        part = _part(context, 0.4 + 0.6 * done / len(platforms), 0.4 / len(platforms))
        labels = lineage(run_folder, arguments)
        built.append(
            build_image(
                layout, folder, base.kit(platform, part), labels, name=arguments["name"], number=arguments["number"]
            )
        )
        context.should_stop()
    context.progress(1, "Done")
    return {
        **asdict(built[0]),
        "built": [asdict(one) for one in built],
        "name": f"{arguments['name']}:{arguments['number']}",
        "model_id": arguments["model_id"],
        "run": arguments["run"],
        "rejected": export.get("rejected", {}),
        "seconds": round(time.monotonic() - started, 2),
    }


def _part(context: JobContext, begin: float, length: float) -> base.Progress:
    return lambda fraction, message: context.progress(begin + length * fraction, message)


def ingest(workspace: Workspace, tx: Transaction, spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """The owner's part: name the images in the layout's index and in the store, and sign them where there are keys."""
    from engine.packaging.artifacts import Artifact
    from engine.packaging.trust.signing import sign_if_possible

    del spec
    layout = Layout(workspace.path / "artifacts").make()
    told = {key: result[key] for key in ("run", "seconds")}
    digests = []
    for built in name_images(layout, result.get("built", [result])):
        details = {**told, **{key: built[key] for key in ("reference", "layers", "kit", "labels")}}
        artifact = Artifact(
            built["digest"], result["model_id"], result["name"], built["platform"], built["bytes"], built["precision"], tx.at,
            details,
        )  # fmt: skip
        if unsigned := sign_if_possible(workspace, artifact):
            details["unsigned"] = unsigned
        tx.execute("DELETE FROM artifact WHERE digest = ?", [artifact.digest])
        tx.execute(
            "INSERT INTO artifact VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [artifact.digest, artifact.model_id, artifact.name, artifact.platforms, artifact.bytes, artifact.precision, tx.at,
             json.dumps(details, ensure_ascii=False)],
        )  # fmt: skip
        digests.append(artifact.digest)
    _follow_names(tx, layout)
    return changed(artifacts=digests)


def _follow_names(tx: Transaction, layout: Layout) -> None:
    """Store the names that images got because an index took theirs."""
    names = references(layout)
    for digest, text in tx.execute("SELECT digest, details FROM artifact").fetchall():
        details = json.loads(text or "{}")
        if digest in names and details.get("reference") != names[digest]:
            details["reference"] = names[digest]
            tx.execute(
                "UPDATE artifact SET details = ? WHERE digest = ?", [json.dumps(details, ensure_ascii=False), digest]
            )


def name_images(layout: Layout, built: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let the layout's index name images; one index over all platforms of a model gets the name without a platform.

    Returns:
        What is to be stored, each with its present reference: the images, and an index like one of them.
    """
    for one in built:
        layout.name(one["descriptor"], one["reference"])
    indexes = [
        found for one in {_plain(one["reference"]): one for one in built}.values() if (found := _index(layout, one))
    ]
    names = references(layout)
    return [{**one, "reference": names[one["digest"]]} for one in [*built, *indexes]]


def references(layout: Layout) -> dict[str, str]:
    """The names of a layout's images by digest."""
    return {image["digest"]: image.get("annotations", {}).get(REF_NAME, "") for image in layout.images()}


def _index(layout: Layout, one: dict[str, Any]) -> dict[str, Any] | None:
    """The index over the images of all platforms of the artifact that `one` is of; None while there is one platform."""
    plain, names = _plain(one["reference"]), references(layout)
    images = {
        image["platform"]["architecture"]: image
        for image in layout.images()
        if image["mediaType"] == MANIFEST and _plain(names[image["digest"]]) == plain
    }
    if len(images) < 2:
        return None
    for architecture, image in images.items():
        layout.name(image, f"{plain}-{architecture}")
    labels = {key: value for key, value in one["labels"].items() if key != LABEL + "kit"}
    index = layout.write_index(list(images.values()), labels)
    layout.name(index, plain)
    platforms = ",".join(f"linux/{architecture}" for architecture in sorted(images))
    size = layout.size(index["digest"])
    return {**one, "descriptor": index, "digest": index["digest"], "platform": platforms, "bytes": size, "layers": []}


def _plain(name: str) -> str:
    """A reference without its platform."""
    for platform in PLATFORMS:
        name = name.removesuffix("-" + platform.partition("/")[2])
    return name


def build_image(
    layout: Layout, model: Path, kit: Kit, labels: Mapping[str, str], *, name: str = "", number: int | None = None
) -> Built:
    """Write the image of an exported model: base, runtime, serving code, model. Same input, same digest.

    Args:
        layout: where the blobs go; the index is left as it is.
        model: folder with model.json, model.xml, model.bin.
        kit: the layers below.
        labels: lineage, kept in the image's config and manifest.
        name: instead of the one in model.json; what the model is served as.
        number: likewise.

    Raises:
        BadInput: a file of the model is missing or damaged.
    """
    manifest = _manifest(model, name, number)
    with tempfile.TemporaryDirectory(dir=layout.root, prefix=".building-") as temporary:
        code = write_layer(Path(temporary) / "code", with_bytecode(_code_entries()))
        weights = write_layer(Path(temporary) / "model", _model_entries(model, manifest), packing="stored")
        layers = {"base": kit.base, "runtime": kit.runtime, "serving code": code, "model": weights}
        all_labels = {
            **labels,
            "org.opencontainers.image.title": manifest.name,
            "org.opencontainers.image.version": str(manifest.number),
            LABEL + "task": manifest.task,
            LABEL + "precision": manifest.precision,
            LABEL + "kit": kit.key,
        }
        descriptor = layout.write_image(list(layers.values()), _run_config(all_labels), kit.platform, all_labels)
    digest = descriptor["digest"]
    return Built(
        digest=digest,
        reference=reference(manifest, kit.platform),
        platform=kit.platform,
        precision=manifest.precision,
        bytes=layout.size(digest),
        layers=tuple((what, layer.size) for what, layer in layers.items()),
        kit=kit.key,
        labels=all_labels,
        descriptor=descriptor,
    )


def lineage(run_folder: Path, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Labels that lead from the artifact back to its data and its graph."""
    try:
        run = json.loads((run_folder / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        run = {}
    graph = run_folder / "graph.json"
    found = {
        "run": str(arguments.get("run", run_folder.name)),
        "version-digest": str(run.get("version_digest", "")),
        "graph-digest": "sha256:" + hashlib.sha256(graph.read_bytes()).hexdigest() if graph.is_file() else "",
        "metrics": json.dumps(arguments.get("metrics") or {}, sort_keys=True),
    }
    return {LABEL + key: value for key, value in found.items() if value}


def reference(manifest: ModelManifest, platform: str) -> str:
    """`name:number-precision`, in the letters that registries allow; other names get a hash of themselves."""
    slug = re.sub(r"[^a-z0-9]+", "-", manifest.name.lower()).strip("-")
    if slug != manifest.name.lower():
        slug = f"{slug or 'model'}-{hashlib.sha256(manifest.name.encode()).hexdigest()[:8]}"
    architecture = platform.partition("/")[2]
    return f"{slug}:{manifest.number}-{manifest.precision}" + ("" if architecture == "amd64" else f"-{architecture}")


def _manifest(model: Path, name: str, number: int | None) -> ModelManifest:
    missing = [file for file in _MODEL_FILES if not (model / file).is_file()]
    if missing:
        raise BadInput(f"The exported model in {model} lacks {', '.join(missing)}; export it again.")
    try:
        document = ModelManifest.load(model).to_json()
    except BadManifest as error:
        raise BadInput(str(error)) from error
    return ModelManifest.from_json(
        {**document, "name": name or document["name"], "number": document["number"] if number is None else number}
    )


def _model_entries(model: Path, manifest: ModelManifest) -> list[Entry]:
    described = json.dumps(manifest.to_json(), ensure_ascii=False, indent=2, sort_keys=True).encode()
    files = [Entry(f"{MODEL}/{file}", model / file) for file in _MODEL_FILES[1:]]
    return [Entry(f"{MODEL}/model.json", described), *files]


def _code_entries() -> list[Entry]:
    engine = Path(__file__).resolve().parents[1]
    entries = folder_entries(engine / "serving", f"{CODE}/engine/serving")
    code = [entry for entry in entries if entry.path.endswith(".py")]
    return [Entry(f"{CODE}/engine/__init__.py", b""), *code]


def _run_config(labels: Mapping[str, str]) -> RunConfig:
    return RunConfig(
        entrypoint=["/usr/bin/python3.11", "-P", "-S", "-s", "-m", "engine.serving"],
        env={
            "PYTHONPATH": f"/{CODE}:/{base.RUNTIME}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "PATH": "/usr/bin",
            "LANG": "C.UTF-8",
            "HOME": "/var/lib/lineside",
            "LINESIDE_MODEL": f"/{MODEL}",
            "LINESIDE_HOST": "0.0.0.0",  # noqa: S104  a container is reached from outside through its published port only
            "LINESIDE_PORT": str(PORT),
        },
        labels=dict(labels),
        user=f"{base.USER}:{base.USER}",
        ports=(PORT,),
    )
