"""One platform's image inside an OCI layout: its manifest, config and blobs, as a target reads them."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.errors import BadInput
from engine.packaging.image import LABEL

INDEX_TYPES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MOST_JSON_BYTES = 4 << 20


@dataclass(frozen=True)
class Blob:
    """One content-addressed file of an image."""

    digest: str
    size: int  # bytes
    media_type: str = ""

    @property
    def hex(self) -> str:
        """The digest without its algorithm; safe as a file name."""
        return self.digest.removeprefix("sha256:")


@dataclass(frozen=True)
class Image:
    """An image of one platform in a layout on this machine."""

    layout: Path
    digest: str  # of the manifest
    name: str = ""

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The parsed manifest, verified."""
        return read_json(self.layout, self.digest)

    @cached_property
    def config(self) -> dict[str, Any]:
        """The parsed image config: architecture, os, config (Entrypoint, Env, …)."""
        return read_json(self.layout, self.manifest["config"]["digest"])

    @property
    def platform(self) -> str:
        """For example linux/arm64."""
        return f"{self.config.get('os', 'linux')}/{self.config.get('architecture', '')}"

    @cached_property
    def layers(self) -> list[Blob]:
        """From the base up."""
        return [_blob(entry) for entry in self.manifest["layers"]]

    @property
    def blobs(self) -> list[Blob]:
        """Everything a target needs, manifest first: layers, config."""
        path = blob_path(self.layout, self.digest)
        return [Blob(self.digest, path.stat().st_size), _blob(self.manifest["config"]), *self.layers]

    def path(self, blob: Blob) -> Path:
        """Where a blob lies on this machine."""
        return blob_path(self.layout, blob.digest)

    @property
    def arguments(self) -> list[str]:
        """The program and its arguments."""
        settings = self.config.get("config", {})
        return [*(settings.get("Entrypoint") or []), *(settings.get("Cmd") or [])]

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that the image sets."""
        pairs = (entry.partition("=") for entry in self.config.get("config", {}).get("Env") or [])
        return {name: value for name, _, value in pairs}

    @property
    def precision(self) -> str:
        """fp32, bf16 or int8; "" where it does not say."""
        labels = self.config.get("config", {}).get("Labels") or {}
        return str(labels.get(LABEL + "precision", ""))

    @property
    def folder(self) -> str:
        """Working directory of the program."""
        return self.config.get("config", {}).get("WorkingDir") or "/"


def blob_path(layout: Path, digest: str) -> Path:
    """Path of a blob; refuses a digest that is not one (it becomes a file name).

    Raises:
        BadInput: not a sha256 digest.
    """
    if not DIGEST.fullmatch(digest):
        raise BadInput(f"“{digest[:80]}” is no sha256 digest; the artifact in {layout} is damaged, package it again.")
    return layout / "blobs" / "sha256" / digest.removeprefix("sha256:")


def read_json(layout: Path, digest: str) -> dict[str, Any]:
    """A manifest, index or config, checked against its digest.

    Raises:
        BadInput: missing, too large, or not what the digest says.
    """
    path = blob_path(layout, digest)
    try:
        if path.stat().st_size > MOST_JSON_BYTES:
            raise BadInput(f"The manifest {digest[:19]} in {layout} is too large to be one; package the model again.")
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"The artifact's blob {digest[:19]} is missing in {layout}; package the model again.") from error
    if hashlib.sha256(content).hexdigest() != digest.removeprefix("sha256:"):
        raise BadInput(f"The artifact's blob {digest[:19]} in {layout} is damaged; package the model again.")
    parsed = json.loads(content)
    if not isinstance(parsed, dict):
        raise BadInput(f"The artifact's blob {digest[:19]} in {layout} is no manifest; package the model again.")
    return parsed


def images(layout: Path, digest: str, name: str = "") -> list[Image]:
    """All platforms of an artifact: of its index, or the one manifest itself."""
    top = read_json(layout, digest)
    if "manifests" not in top:
        return [Image(layout, digest, name)]
    entries = [entry for entry in top["manifests"] if (entry.get("platform") or {}).get("os") != "unknown"]
    return [found for entry in entries for found in images(layout, entry["digest"], name)]


def _blob(entry: dict[str, Any]) -> Blob:
    return Blob(str(entry["digest"]), int(entry["size"]), str(entry.get("mediaType", "")))
