"""An OCI image layout: blobs by digest and one index that names the images in it. No daemon, no tool."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import BadInput
from engine.packaging.layers import Layer, digest_of, digest_of_file
from engine.workspace import write_atomically

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
REF_NAME = "org.opencontainers.image.ref.name"
EPOCH = "1970-01-01T00:00:00Z"  # an image without a clock has the same digest tomorrow


@dataclass(frozen=True)
class RunConfig:
    """How a container of the image runs."""

    entrypoint: list[str]
    env: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    user: str = "65532:65532"
    workdir: str = "/"
    ports: tuple[int, ...] = (8080,)
    volumes: tuple[str, ...] = ()


class Layout:
    """The folder of an OCI image layout (`oci-layout`, `index.json`, `blobs/sha256/…`)."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def make(self) -> Layout:
        """Create what a layout needs; harmless where it exists."""
        (self.root / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        if not (self.root / "oci-layout").exists():
            write_atomically(self.root / "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
        if not (self.root / "index.json").exists():
            self._write_index([])
        return self

    def blob(self, digest: str) -> Path:
        """Where a blob lies, whether or not it is there.

        Raises:
            BadInput: not a sha256 digest.
        """
        algorithm, _, value = digest.partition(":")
        if algorithm != "sha256" or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
            raise BadInput(f"“{digest}” is not a digest; one looks like sha256: and 64 hexadecimal digits.")
        return self.root / "blobs" / "sha256" / value

    def has(self, digest: str) -> bool:
        """Whether a blob is there."""
        return self.blob(digest).is_file()

    def add(self, content: bytes) -> str:
        """Keep bytes as a blob and give their digest."""
        digest = digest_of(content)
        if not self.has(digest):
            write_atomically(self.blob(digest), content)
        return digest

    def add_layer(self, layer: Layer) -> None:
        """Keep a written layer as a blob; the file is linked where the disk can, else copied."""
        if self.has(layer.digest):
            return
        target = self.blob(layer.digest)
        part = target.with_name(f".{target.name}.part")
        part.unlink(missing_ok=True)
        try:
            part.hardlink_to(layer.path)
        except OSError:
            shutil.copyfile(layer.path, part)
        part.replace(target)

    def read(self, digest: str) -> bytes:
        """A blob's bytes, checked against its digest.

        Raises:
            BadInput: the blob is missing or damaged.
        """
        try:
            content = self.blob(digest).read_bytes()
        except OSError as error:
            raise BadInput(f"The blob {digest} is missing in {self.root}; package the model again.") from error
        if digest_of(content) != digest:
            raise BadInput(f"The blob {digest} in {self.root} is damaged; package the model again.")
        return content

    def read_json(self, digest: str) -> dict[str, Any]:
        """A JSON blob: a manifest or a config."""
        document: dict[str, Any] = json.loads(self.read(digest))
        return document

    def check(self, digest: str) -> None:
        """Compare every blob of an image with its digest, layers and all platforms of an index included.

        Raises:
            BadInput: one is missing or damaged.
        """
        manifest = self.read_json(digest)
        for one in manifest.get("manifests", []):
            self.check(one["digest"])
        if "manifests" in manifest:
            return
        for part in (manifest["config"], *manifest["layers"]):
            path = self.blob(part["digest"])
            if not path.is_file() or path.stat().st_size != part["size"] or digest_of_file(path) != part["digest"]:
                raise BadInput(
                    f"The blob {part['digest']} in {self.root} is missing or damaged; package the model again."
                )

    def images(self) -> list[dict[str, Any]]:
        """The descriptors of the images that the index names."""
        return [entry for entry in self.entries() if "artifactType" not in entry]

    def referrers(self, digest: str, artifact_type: str = "") -> list[dict[str, Any]]:
        """The descriptors of what was attached to an image, the newest last (OCI distribution 1.1, “referrers”)."""
        return [
            entry
            for entry in self.entries()
            if "artifactType" in entry
            and artifact_type in ("", entry["artifactType"])
            and self._subject(entry["digest"]) == digest
        ]

    def attach(
        self,
        digest: str,
        content: bytes,
        artifact_type: str,
        media_type: str = "",
        annotations: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Keep a document beside an image, as a manifest that names it as `subject`, and give that one's descriptor.

        Args:
            digest: of the image's manifest or index.
            content: the document.
            artifact_type: what it is; `referrers` finds it by this.
            media_type: of the document; its type where it is the same.
            annotations: of the manifest.
        """
        subject = self.read(digest)
        blob = {"mediaType": media_type or artifact_type, "digest": self.add(content), "size": len(content)}
        manifest = _json(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "artifactType": artifact_type,
                "config": {"mediaType": EMPTY, "digest": self.add(b"{}"), "size": 2},
                "layers": [blob],
                "subject": {"mediaType": json.loads(subject)["mediaType"], "digest": digest, "size": len(subject)},
                "annotations": annotations or {},
            }
        )
        descriptor = {
            "mediaType": MANIFEST, "artifactType": artifact_type, "digest": self.add(manifest), "size": len(manifest),
            "annotations": annotations or {},
        }  # fmt: skip
        self.keep_attached(descriptor)
        return descriptor

    def keep_attached(self, descriptor: dict[str, Any]) -> None:
        """Let the index name a manifest with a subject, whose blobs lie here; its `artifactType` says that it is one."""
        self._write_index([*(one for one in self.entries() if one["digest"] != descriptor["digest"]), descriptor])

    def attached(self, digest: str, artifact_type: str) -> list[bytes]:
        """The documents of a type that were attached to an image, the newest last.

        Raises:
            BadInput: one is missing or damaged.
        """
        found = self.referrers(digest, artifact_type)
        return [self.read(self.read_json(one["digest"])["layers"][0]["digest"]) for one in found]

    def _subject(self, referrer: str) -> str:
        try:
            return str(self.read_json(referrer)["subject"]["digest"])
        except (BadInput, ValueError, KeyError, TypeError):  # a damaged referrer is as good as none
            return ""

    def entries(self) -> list[dict[str, Any]]:
        """All that the index names: images, and what is attached to them."""
        index = self.root / "index.json"
        if not index.is_file():
            return []
        manifests: list[dict[str, Any]] = json.loads(index.read_bytes())["manifests"]
        return manifests

    def find(self, name: str) -> dict[str, Any]:
        """The descriptor of an image by its digest, the beginning of it (≥ 6 digits), or its reference name.

        Raises:
            BadInput: no image, or more than one, answers to it.
        """
        found = {
            image["digest"]: image
            for image in self.images()
            if name in (image["digest"], image.get("annotations", {}).get(REF_NAME))
            or (
                len(name.removeprefix("sha256:")) >= 6
                and image["digest"].startswith("sha256:" + name.removeprefix("sha256:"))
            )
        }
        if len(found) != 1:
            raise BadInput(f"{'No' if not found else 'More than one'} artifact in {self.root} is called “{name}”.")
        return next(iter(found.values()))

    def write_image(
        self, layers: Sequence[Layer], config: RunConfig, platform: str, annotations: dict[str, str]
    ) -> dict[str, Any]:
        """Keep the blobs of an image and give its descriptor. The index names it once `name` was called.

        Args:
            layers: from the base up.
            config: how it runs.
            platform: "linux/amd64" or "linux/arm64".
            annotations: of the manifest.
        """
        for layer in layers:
            self.add_layer(layer)
        system, _, architecture = platform.partition("/")
        document: dict[str, Any] = {
            "created": EPOCH,
            "architecture": architecture,
            "os": system,
            "config": {
                "User": config.user,
                "ExposedPorts": {f"{port}/tcp": {} for port in config.ports},
                "Env": [f"{key}={value}" for key, value in sorted(config.env.items())],
                "Entrypoint": config.entrypoint,
                "WorkingDir": config.workdir,
                "Labels": config.labels,
                "StopSignal": "SIGTERM",
                **({"Volumes": {volume: {} for volume in config.volumes}} if config.volumes else {}),
            },
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
            "history": [{"created": EPOCH, "created_by": "lineside"} for _ in layers],
        }
        if architecture == "arm64":
            document["variant"] = "v8"
        content = _json(document)
        manifest = _json(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": CONFIG, "digest": self.add(content), "size": len(content)},
                "layers": [layer.descriptor() for layer in layers],
                "annotations": annotations,
            }
        )
        return {
            "mediaType": MANIFEST,
            "digest": self.add(manifest),
            "size": len(manifest),
            "platform": {
                "architecture": architecture,
                "os": system,
                **({"variant": "v8"} if architecture == "arm64" else {}),
            },
        }

    def extend_image(
        self, digest: str, layers: Sequence[Layer], env: dict[str, str], annotations: dict[str, str]
    ) -> dict[str, Any]:
        """Keep an image that is another one with layers on top, and give its descriptor; same input, same digest.

        Args:
            digest: of the other one's manifest, which is of one platform.
            layers: what comes on top, the topmost last.
            env: variables of the environment that it sets beside its own.
            annotations: of the manifest, beside its own.
        """
        for layer in layers:
            self.add_layer(layer)
        manifest = self.read_json(digest)
        document = self.read_json(manifest["config"]["digest"])
        settings = document.setdefault("config", {})
        kept = [entry for entry in settings.get("Env") or [] if entry.partition("=")[0] not in env]
        settings["Env"] = sorted([*kept, *(f"{key}={value}" for key, value in env.items())])
        settings["Labels"] = {**(settings.get("Labels") or {}), **annotations}
        document["rootfs"]["diff_ids"] += [layer.diff_id for layer in layers]
        if "history" in document:
            document["history"] += [{"created": EPOCH, "created_by": "lineside"} for _ in layers]
        content = _json(document)
        manifest["config"] |= {"digest": self.add(content), "size": len(content)}
        manifest["layers"] += [layer.descriptor() for layer in layers]
        manifest["annotations"] = {**manifest.get("annotations", {}), **annotations}
        made = _json(manifest)
        platform = {"architecture": document["architecture"], "os": document["os"]}
        if "variant" in document:
            platform["variant"] = document["variant"]
        return {
            "mediaType": manifest.get("mediaType", MANIFEST), "digest": self.add(made), "size": len(made), "platform": platform,
        }  # fmt: skip

    def name(self, descriptor: dict[str, Any], reference: str) -> None:
        """Let the index name an image; another image of that reference loses it."""
        kept = [
            image
            for image in self.entries()
            if image["digest"] != descriptor["digest"] and image.get("annotations", {}).get(REF_NAME) != reference
        ]
        self._write_index([*kept, {**descriptor, "annotations": {REF_NAME: reference}}])

    def write_index(self, images: Sequence[dict[str, Any]], annotations: dict[str, str]) -> dict[str, Any]:
        """Keep one index of several platforms' images and give its descriptor; same images, same digest."""
        entries = [{key: value for key, value in image.items() if key != "annotations"} for image in images]
        entries.sort(key=lambda entry: str(entry["platform"]["architecture"]))
        content = _json({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries, "annotations": annotations})
        return {"mediaType": INDEX, "digest": self.add(content), "size": len(content)}

    def remove(self, digest: str) -> None:
        """Take an image and what is attached to it out of the index, with the blobs that nothing else in it uses."""
        gone = [digest, *(one["digest"] for one in self.referrers(digest))]
        kept = [entry for entry in self.entries() if entry["digest"] not in gone]
        self._write_index(kept)
        used = {blob for entry in kept for blob in self.blobs_of(entry["digest"])}
        for blob in {blob for one in gone for blob in self.blobs_of(one)} - used:
            self.blob(blob).unlink(missing_ok=True)

    def blobs_of(self, digest: str) -> list[str]:
        """Digests of all blobs of an image, its manifest first; of an index those of all its platforms."""
        manifest = self.read_json(digest)
        if "manifests" in manifest:
            return [digest, *(blob for one in manifest["manifests"] for blob in self.blobs_of(one["digest"]))]
        return [digest, manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]

    def size(self, digest: str) -> int:
        """Bytes to transfer: manifest, config and layers."""
        return sum(self.blob(blob).stat().st_size for blob in dict.fromkeys(self.blobs_of(digest)))

    def _write_index(self, images: list[dict[str, Any]]) -> None:
        write_atomically(self.root / "index.json", _json({"schemaVersion": 2, "mediaType": INDEX, "manifests": images}))


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
