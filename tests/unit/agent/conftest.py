"""A workspace's signed metadata as files, made by python-tuf itself, with any flaw one likes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Role, Root, Snapshot, TargetFile, Targets, Timestamp

from engine.agent.trust import SIGNED_AT, target_path

NOW = datetime(2026, 11, 30, tzinfo=UTC)


class Forge:
    """Writes metadata into a folder, signed by whom one says, at a time and with an expiry that one chooses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root_keys = [CryptoSigner.generate_ed25519()]
        self.release_keys = [CryptoSigner.generate_ed25519()]
        self.threshold = {"root": 1, "release": 1}
        self.versions = {"root": 0, "targets": 0, "snapshot": 0, "timestamp": 0}
        self.days = {"root": 1000, "targets": 365, "snapshot": 365, "timestamp": 90}
        self.artifacts: dict[str, tuple[int, dict[str, Any]]] = {}
        self.blobs = folder.parent / "blobs" / "sha256"
        folder.mkdir(parents=True)
        self.blobs.mkdir(parents=True)

    def artifact(self, name: str, version: int, content: bytes = b"weights") -> str:
        """An image with one layer, listed from the next `publish` on."""
        blobs = [self.blob(b'{"os":"linux"}'), self.blob(content)]
        manifest = self.blob(json.dumps({"config": blobs[0], "layers": [blobs[1]], "n": f"{name} {version}"}).encode())
        self.artifacts[manifest["digest"]] = (manifest["size"], {"name": name, "version": version})
        return manifest["digest"]

    def blob(self, content: bytes) -> dict[str, Any]:
        value = hashlib.sha256(content).hexdigest()
        (self.blobs / value).write_bytes(content)
        return {"digest": f"sha256:{value}", "size": len(content)}

    def root(self, signers: Iterable[CryptoSigner] | None = None, now: datetime = NOW) -> bytes:
        """The next root, by the given keys or by its own."""
        self.versions["root"] += 1
        roles = {"root": Role([], self.threshold["root"])}
        roles |= {role: Role([], self.threshold["release"]) for role in ("targets", "snapshot", "timestamp")}
        root = Root(self.versions["root"], None, now + timedelta(days=self.days["root"]), {}, roles, True)
        for signer in self.root_keys:
            root.add_key(signer.public_key, "root")
        for signer in self.release_keys:
            for role in ("targets", "snapshot", "timestamp"):
                root.add_key(signer.public_key, role)
        return self._write(Metadata(root), f"{root.version}.root.json", signers or self.root_keys)

    def publish(self, signers: dict[str, list[CryptoSigner]] | None = None, now: datetime = NOW) -> None:
        """Targets, snapshot and timestamp, each one version on."""
        by = signers or {}
        for role in ("targets", "snapshot", "timestamp"):
            self.versions[role] += 1
        files = {
            target_path(digest): TargetFile(size, {"sha256": digest[7:]}, target_path(digest), {"custom": custom})
            for digest, (size, custom) in self.artifacts.items()
        }
        targets = Targets(self.versions["targets"], None, self._until("targets", now), files)
        listed = self._write(Metadata(targets), f"{targets.version}.targets.json", by.get("targets", self.release_keys))
        snapshot = Snapshot(self.versions["snapshot"], None, self._until("snapshot", now),
                            {"targets.json": MetaFile.from_data(targets.version, listed, ["sha256"])})  # fmt: skip
        listed = self._write(
            Metadata(snapshot), f"{snapshot.version}.snapshot.json", by.get("snapshot", self.release_keys)
        )
        timestamp = Timestamp(self.versions["timestamp"], None, self._until("timestamp", now),
                              MetaFile.from_data(snapshot.version, listed, ["sha256"]), {SIGNED_AT: int(now.timestamp())})  # fmt: skip
        self._write(Metadata(timestamp), "timestamp.json", by.get("timestamp", self.release_keys))

    def _until(self, role: str, now: datetime) -> datetime:
        return now + timedelta(days=self.days[role])

    def _write(self, metadata: Metadata[Any], name: str, signers: Iterable[CryptoSigner]) -> bytes:
        for signer in signers:
            metadata.sign(signer, append=True)
        content = metadata.to_bytes()
        (self.folder / name).write_bytes(content)
        return content


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    return Forge(tmp_path / "workspace" / "metadata")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "box" / "trust"
