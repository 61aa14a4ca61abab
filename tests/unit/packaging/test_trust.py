"""Signing a workspace's artifacts: keys, metadata, statements, lists of parts; and what is refused before it is sent."""

from __future__ import annotations

import base64
import functools
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from tuf.api.metadata import Metadata
from tuf.ngclient import Updater, UpdaterConfig

from engine.agent import trust
from engine.errors import BadInput, LinesideError, UsageError
from engine.packaging.artifacts import get_artifact, remove_artifact
from engine.packaging.oci import Layout
from engine.packaging.trust import owners, sbom, signing, statement
from engine.packaging.trust.keys import VARIABLE, NoKeys
from engine.packaging.trust.repository import NotTrusted, Repository
from engine.workspace import Workspace
from tests.unit.packaging.conftest import PACKAGES

NOW = datetime.now(UTC).replace(microsecond=0)
pytestmark = pytest.mark.usefixtures("memory_keyring")


def layout_of(workspace: Workspace) -> Layout:
    return Layout(workspace.path / "artifacts")


def pae(kind: str, payload: bytes) -> bytes:
    """The bytes that a DSSE signature covers, by the specification's own words."""
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def test_the_first_signature_makes_the_keys_and_keeps_them_in_the_keyring_only(workspace, add_artifact, memory_keyring):
    digest = add_artifact()
    assert signing.vouch(workspace, digest) == {"signed": 1}
    found = owners.status(workspace)
    assert set(found.here) == {*found.root_keys, *found.release_keys}
    assert len(memory_keyring) == 2
    files = [path for path in workspace.path.rglob("*") if path.is_file()]
    for seed in memory_keyring.values():
        assert not [
            path for path in files if seed.encode() in path.read_bytes() or bytes.fromhex(seed) in path.read_bytes()
        ]


def test_without_a_keyring_an_artifact_stays_unsigned_and_says_how_to_mend_that(workspace, add_artifact, no_keyring):
    digest = add_artifact()
    assert "trust init" in signing.vouch(workspace, digest)["unsigned"]
    assert "no keyring" in signing.sign_if_possible(workspace, get_artifact(workspace, digest))
    assert layout_of(workspace).attached(digest, sbom.TYPE), "the list of parts needs no key"
    assert not Repository(workspace).root()


def test_keys_may_come_from_the_environment(workspace, add_artifact, no_keyring, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"{'11' * 32}, {'22' * 32}")
    assert signing.vouch(workspace, add_artifact()) == {"signed": 1}
    monkeypatch.setenv(VARIABLE, "mine")
    with pytest.raises(NoKeys, match="64 hexadecimal digits"):
        signing.sign_again(workspace)


def test_plain_cryptography_verifies_the_statement(workspace, add_artifact):
    digest = add_artifact()
    signing.vouch(workspace, digest)
    [raw] = layout_of(workspace).attached(digest, statement.TYPE)
    envelope = json.loads(raw)
    payload = base64.b64decode(envelope["payload"])
    root = json.loads(owners.export_root(workspace))["signed"]
    [keyid] = root["roles"]["targets"]["keyids"]
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(root["keys"][keyid]["keyval"]["public"]))
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    key.verify(signature, pae("application/vnd.in-toto+json", payload))
    with pytest.raises(InvalidSignature):
        key.verify(signature, pae("application/vnd.in-toto+json", payload + b" "))
    told = json.loads(payload)
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["subject"] == [{"name": "parts:1", "digest": {"sha256": digest[7:]}}]
    build = told["predicate"]["buildDefinition"]
    assert (
        build["externalParameters"] | {"model": "parts", "number": "1", "run": "r1", "precision": "fp32"}
        == build["externalParameters"]
    )
    assert build["internalParameters"] == {"metrics": {"map": 0.9}}
    assert [one["name"] for one in build["resolvedDependencies"]] == ["dataset version", "graph", "kit"]
    assert build["resolvedDependencies"][0]["digest"] == {"sha256": "a" * 64}


def test_the_list_of_parts_is_cyclonedx_and_the_same_each_time(workspace, add_artifact):
    digest = add_artifact()
    content = sbom.sbom_of(workspace, get_artifact(workspace, digest))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode()) is None
    assert content == sbom.make_sbom(layout_of(workspace), digest)
    document = json.loads(content)
    assert "timestamp" not in document["metadata"]
    urls = [PackageURL.from_string(one["purl"]) for one in document["components"] if "purl" in one]
    assert sorted((url.type, url.version) for url in urls) == sorted(
        ({"debian": "deb"}.get(kind, kind), rest.partition("==" if kind == "pypi" else "=")[2])
        for kind, _, rest in (one.partition(":") for one in PACKAGES)
    )
    [model] = [one for one in document["components"] if one["type"] == "machine-learning-model"]
    assert model["hashes"][0]["content"] == layout_of(workspace).read_json(digest)["layers"][3]["digest"][7:]
    assert {"name": "io.lineside.run", "value": "r1"} in model["properties"]


def test_parts_that_are_not_known_are_told_and_hostile_names_open_no_file(workspace, add_artifact):
    for kit in ("gone", "../k1", ""):
        digest = add_artifact(weights=kit.encode(), kit=kit)
        with pytest.raises(BadInput, match="package the model again"):
            sbom.sbom_of(workspace, get_artifact(workspace, digest))


def test_referrers_name_their_subject_as_oci_1_1_says_and_go_with_it(workspace, add_artifact):
    digest, layout = add_artifact(), layout_of(workspace)
    signing.sign_if_possible(workspace, get_artifact(workspace, digest))
    kinds = {}
    for descriptor in layout.referrers(digest):
        manifest = layout.read_json(descriptor["digest"])
        assert manifest["subject"] == {
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": layout.blob(digest).stat().st_size,
        }  # fmt: skip
        assert manifest["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
        kinds[manifest["artifactType"]] = manifest["layers"][0]["mediaType"]
    assert kinds == {sbom.TYPE: sbom.TYPE, statement.TYPE: "application/vnd.dsse.envelope.v1+json"}
    assert [image["digest"] for image in layout.images()] == [digest]
    remove_artifact(workspace, digest)
    assert layout.referrers(digest) == []
    assert not list((layout.root / "blobs" / "sha256").iterdir())


def test_signing_twice_attaches_once(workspace, add_artifact):
    digest = add_artifact()
    signing.sign(workspace, digest)
    signing.sign(workspace, digest)
    assert len(layout_of(workspace).referrers(digest, statement.TYPE)) == 1


def serve(folder: Path) -> tuple[http.server.ThreadingHTTPServer, str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"


def test_the_client_of_python_tuf_follows_the_workspace_over_http(workspace, add_artifact, tmp_path):
    first, pinned = add_artifact(), tmp_path / "client"
    signing.vouch(workspace, first)
    root = owners.export_root(workspace)
    owners.rotate(workspace)
    second = add_artifact("parts:2", b"more")
    signing.vouch(workspace, second)
    server, url = serve(workspace.path)
    try:
        pinned.mkdir()
        updater = Updater(str(pinned), f"{url}/trust/metadata", str(tmp_path), f"{url}/artifacts/",
                          config=UpdaterConfig(prefix_targets_with_hash=False), bootstrap=root)  # fmt: skip
        for digest, count in ((first, 1), (second, 2)):
            info = updater.get_targetinfo(trust.target_path(digest))
            assert info.custom["version"] == count
            content = Path(updater.download_target(info, str(tmp_path / "manifest"))).read_bytes()
            assert content == layout_of(workspace).read(digest)
    finally:
        server.shutdown()
        server.server_close()


def test_a_box_gets_what_it_needs_as_files(workspace, add_artifact, tmp_path):
    digest = add_artifact()
    signing.vouch(workspace, digest)
    stick, box = tmp_path / "stick", tmp_path / "box"
    stick.mkdir()
    for file in Repository(workspace).files():
        shutil.copy(file, stick)
    trust.pin(owners.export_root(workspace), box)
    assert trust.verify(stick, box, digest).custom["artifact"] == "parts:1"
    assert sorted(path.name for path in stick.iterdir()) == [
        "1.root.json",
        "2.snapshot.json",
        "2.targets.json",
        "timestamp.json",
    ]


def test_deploying_an_older_artifact_is_a_signed_order(workspace, add_artifact, tmp_path):
    old, new = add_artifact("parts:1", b"1"), add_artifact("parts:2", b"2")
    assert [signing.vouch(workspace, digest)["signed"] for digest in (old, new, new)] == [1, 2, 2]
    box, metadata = tmp_path / "box", Repository(workspace).metadata
    trust.pin(owners.export_root(workspace), box)
    trust.verify(metadata, box, new)
    with pytest.raises(trust.Refused, match="older than release 2"):
        trust.verify(metadata, box, old)
    assert signing.vouch(workspace, old) == {"signed": 3}
    assert trust.verify(metadata, box, old).version == 3
    with pytest.raises(trust.Refused, match="older than release 3"):
        trust.verify(metadata, box, new)


def test_the_count_grows_even_when_the_newest_artifact_is_removed(workspace, add_artifact):
    signing.vouch(workspace, add_artifact("parts:1", b"1"))
    gone = add_artifact("parts:2", b"2")
    signing.vouch(workspace, gone)
    remove_artifact(workspace, gone)
    assert signing.vouch(workspace, add_artifact("parts:3", b"3")) == {"signed": 3}
    assert gone not in [one["digest"] for one in owners.status(workspace).artifacts]


def test_a_swapped_layer_is_refused_before_it_is_sent(workspace, add_artifact):
    digest, layout = add_artifact(), layout_of(workspace)
    signing.vouch(workspace, digest)
    layer = layout.blob(layout.read_json(digest)["layers"][3]["digest"])
    layer.write_bytes(layer.read_bytes()[::-1])
    with pytest.raises(NotTrusted, match="damaged or swapped"):
        signing.vouch(workspace, digest)
    other = add_artifact("seams:1", b"x")
    layout.blob(layout.read_json(other)["layers"][3]["digest"]).unlink()
    with pytest.raises(BadInput, match="missing or damaged"):
        signing.vouch(workspace, other)


def test_what_came_from_elsewhere_is_signed_only_when_somebody_says_so(workspace, add_artifact):
    digest = add_artifact(foreign=True)
    with pytest.raises(NotTrusted, match=r"not made in this workspace.*trust sign"):
        signing.vouch(workspace, digest)
    signing.sign(workspace, digest)
    assert signing.vouch(workspace, digest) == {"signed": 1}


def test_metadata_that_others_changed_are_not_signed_on_top_of(workspace, add_artifact):
    digest = add_artifact()
    signing.vouch(workspace, digest)
    file = Repository(workspace).files()[1]
    document = json.loads(file.read_bytes())
    document["signed"]["targets"][trust.target_path("sha256:" + "0" * 64)] = document["signed"]["targets"][
        trust.target_path(digest)
    ]
    file.write_text(json.dumps(document))
    for work in (signing.vouch, signing.sign, signing.verify):
        with pytest.raises(NotTrusted, match=r"not signed by this workspace's keys|of another time"):
            work(workspace, digest)


def test_a_statement_about_another_image_or_by_a_stranger_does_not_count(workspace, add_artifact):
    digest, other, layout = add_artifact(), add_artifact("seams:1", b"x"), layout_of(workspace)
    signing.vouch(workspace, other)
    [foreign] = layout.attached(other, statement.TYPE)
    layout.attach(digest, foreign, statement.TYPE)
    root = Metadata.from_bytes(owners.export_root(workspace)).signed
    with pytest.raises(trust.Refused, match="about another image"):
        statement.read_statement(layout, digest, root)
    layout.attach(digest, foreign.replace(b'"sig": "', b'"sig": "AA'), statement.TYPE)
    with pytest.raises(trust.Refused, match="no valid signature"):
        statement.read_statement(layout, digest, root)
    assert signing.vouch(workspace, digest) == {"signed": 1}, "what the workspace itself made is signed anew"


def test_an_expired_timestamp_is_signed_anew_where_the_key_is_and_refused_where_not(
    workspace, add_artifact, memory_keyring
):
    digest = add_artifact()
    signing.vouch(workspace, digest)
    later = NOW + timedelta(days=100)
    kept = dict(memory_keyring)
    memory_keyring.clear()
    with pytest.raises(NotTrusted, match="timestamp metadata was to be signed anew by"):
        signing.vouch(workspace, digest, later)
    memory_keyring.update(kept)
    assert signing.vouch(workspace, digest, later) == {"signed": 1}


def test_a_clock_that_went_back_signs_nothing(workspace, add_artifact):
    signing.vouch(workspace, add_artifact())
    with pytest.raises(LinesideError, match=r"clock of this computer says 2001-02-03.*Set the clock"):
        signing.sign_again(workspace, NOW.replace(2001, 2, 3))


def test_the_keys_elsewhere_let_one_deploy_what_is_signed_and_nothing_else(workspace, add_artifact, memory_keyring):
    signed, new = add_artifact(), add_artifact("parts:2", b"2")
    signing.vouch(workspace, signed)
    memory_keyring.clear()
    assert signing.vouch(workspace, signed) == {"signed": 1}
    with pytest.raises(NoKeys, match="trust export --key"):
        signing.vouch(workspace, new)


def test_rotation_gives_new_keys_forgets_the_old_and_keeps_the_counts(
    workspace, add_artifact, memory_keyring, tmp_path
):
    digest, box = add_artifact(), tmp_path / "box"
    signing.vouch(workspace, digest)
    trust.pin(owners.export_root(workspace), box)
    before, secrets = owners.status(workspace), set(memory_keyring.values())
    after = owners.rotate(workspace)
    assert (before.version, after.version) == (1, 2)
    assert not set(before.root_keys + before.release_keys) & set(after.root_keys + after.release_keys)
    assert len(memory_keyring) == 2
    assert not secrets & set(memory_keyring.values())
    assert signing.vouch(workspace, digest)["signed"] >= 1
    assert trust.verify(Repository(workspace).metadata, box, digest).name == "parts"


def test_a_rotation_that_was_broken_off_is_finished_by_the_next_signature(workspace, add_artifact, monkeypatch):
    digest = add_artifact()
    signing.vouch(workspace, digest)

    def killed(*_a, **_k):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Repository, "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            owners.rotate(workspace)
    assert not Repository(workspace).current()
    signing.vouch(workspace, digest)
    assert Repository(workspace).current()
    signing.verify(workspace, digest)


def test_two_machines_sign_a_change_of_the_keys(tmp_path, add_artifact, workspace):
    with Workspace.create(tmp_path / "second") as second:
        key = tmp_path / "second.json"
        key.write_bytes(owners.export_key(second))
        assert b"private" not in key.read_bytes()
        found = owners.init(workspace, others=[key], threshold=2)
        assert found.version == 0
        with pytest.raises(NotTrusted, match="waits for signatures"):
            signing.vouch(workspace, add_artifact())
        draft = Path(found.draft)
        carried = tmp_path / "stick.json"
        shutil.copy(draft, carried)
        assert not owners.sign_root(second, carried)
        assert owners.sign_root(workspace, carried)
        assert owners.status(workspace).version == 1
        assert signing.vouch(workspace, add_artifact()) == {"signed": 1}
        waiting = owners.rotate(workspace)
        assert (waiting.version, bool(waiting.draft)) == (1, True)
        with pytest.raises(UsageError, match="waits for signatures"):
            owners.rotate(workspace)
        owners.sign_root(second, Path(waiting.draft))
        assert owners.sign_root(workspace, Path(waiting.draft))
        assert owners.status(workspace).version == 2
        assert signing.vouch(workspace, add_artifact()) == {"signed": 1}


def test_a_lost_machine_is_dropped_by_another_one(tmp_path, add_artifact, workspace, memory_keyring):
    with Workspace.create(tmp_path / "second") as second:
        key = tmp_path / "second.json"
        key.write_bytes(owners.export_key(second))
        owners.init(workspace, others=[key])
        lost = json.loads(key.read_bytes())
        found = owners.status(workspace)
        assert len(found.root_keys) == len(found.release_keys) == 2
        gone = [keyid for keyid in found.root_keys + found.release_keys if keyid not in found.here]
        after = owners.rotate(workspace, drop=[keyid[:8] for keyid in gone])
        root = json.loads(owners.export_root(workspace))["signed"]
        assert lost["root"] not in root["keys"].values()
        assert len(after.root_keys) == len(after.release_keys) == 1


def test_wrong_calls_are_told(workspace, tmp_path):
    with pytest.raises(UsageError, match="no keys yet"):
        owners.rotate(workspace)
    with pytest.raises(UsageError, match="2 machines cannot"):
        owners.init(workspace, threshold=2)
    (tmp_path / "k").write_text('{"root": {"keytype": "rsa"}}')
    with pytest.raises(LinesideError, match="no public key"):
        owners.init(workspace, others=[tmp_path / "k"])
    assert owners.status(workspace).version == 0
    owners.init(workspace)
    with pytest.raises(UsageError, match="keys already"):
        owners.init(workspace)
    with pytest.raises(UsageError, match="No keys begin"):
        owners.rotate(workspace, drop=["abcdef0"])
    with pytest.raises(UsageError, match="cannot be asked"):
        owners.rotate(workspace, threshold=9)
    with pytest.raises(NotTrusted, match="no root"):
        owners.sign_root(workspace, tmp_path / "k")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_write_the_metadata_are_the_old_or_the_new(workspace, add_artifact, tmp_path):
    """The process is killed for real before its n-th replacement of a file, for each n."""
    first = add_artifact()
    signing.vouch(workspace, first)
    second = add_artifact("parts:2", b"2")
    artifact, whole = get_artifact(workspace, second), Path(workspace.path)
    kept = tmp_path / "kept"
    for folder in ("trust", "artifacts"):
        shutil.copytree(whole / folder, kept / folder)
    for number in range(1, 40):
        for folder in ("trust", "artifacts"):
            shutil.rmtree(whole / folder)
            shutil.copytree(kept / folder, whole / folder)
        child = os.fork()
        if child == 0:
            left, replace = [number], Path.replace

            def counted(self, target, left=left, replace=replace):
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                return replace(self, target)

            Path.replace = counted
            try:
                signing._sign(workspace, artifact, None)
            finally:
                os._exit(0)
        status = os.waitpid(child, 0)[1]
        box = tmp_path / f"box{number}"
        trust.pin(owners.export_root(workspace), box)
        assert trust.verify(Repository(workspace).metadata, box, first).version == 1
        if not os.WIFSIGNALED(status):
            break
    assert number > 5
    assert trust.verify(Repository(workspace).metadata, box, second).version == 2


def test_the_commands_work_from_end_to_end(workspace, add_artifact, tmp_path):
    digest, path = add_artifact(), workspace.path
    workspace.close()
    environment = {**os.environ, VARIABLE: "33" * 32}

    def lineside(*words: str) -> tuple[int, dict]:
        done = subprocess.run([sys.executable, "-m", "app", "-w", str(path), "--json", *words], capture_output=True, text=True,
                              env=environment, cwd=Path(__file__).resolve().parents[3])  # fmt: skip
        return done.returncode, json.loads(done.stdout)

    assert lineside("trust", "show")[1]["version"] == 0
    assert lineside("trust", "sign", digest)[1]["version"] == 1
    assert lineside("trust", "verify", "parts")[1]["name"] == "parts"
    assert lineside("trust", "rotate")[1]["version"] == 2
    assert lineside("trust", "export", str(tmp_path / "root.json"))[0] == 0
    trust.pin((tmp_path / "root.json").read_bytes(), tmp_path / "box")
    assert lineside("artifact", "sbom", "parts:1")[1]["specVersion"] == "1.6"
    code, answer = lineside("trust", "verify", "nothing")
    assert (code, "no artifact" in answer["error"]) == (2, True)
    layer = layout_of(workspace).blob(layout_of(workspace).read_json(digest)["layers"][0]["digest"])
    layer.write_bytes(b"")
    code, answer = lineside("trust", "verify", "parts")
    assert code == 3
    assert "not the size" in answer["error"]
