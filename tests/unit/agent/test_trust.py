"""What a machine takes for a release, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadHTTPError, RepositoryError
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig
from tuf.ngclient._internal import trusted_metadata_set

from engine.agent.errors import Refused
from engine.agent.trust import MOST_BYTES, check_blobs, pin, roots, target_path, verify
from tests.unit.agent.conftest import NOW, Forge

ROOT = Path(__file__).resolve().parents[3]


def ready(forge: Forge, state: Path, version: int = 1) -> str:
    """A published artifact, and a machine that has pinned the root."""
    digest = forge.artifact("parts", version)
    pin(forge.root(), state)
    forge.publish()
    return digest


def refuses(forge: Forge, state: Path, digest: str, why: str, now=NOW, **options) -> None:
    with pytest.raises(Refused, match=why):
        verify(forge.folder, state, digest, now=now, **options)


def test_a_signed_artifact_is_trusted_with_its_name_and_count(forge, state):
    digest = ready(forge, state, version=7)
    trusted = verify(forge.folder, state, digest, now=NOW)
    assert (trusted.digest, trusted.name, trusted.version) == (digest, "parts", 7)
    assert trusted.expires == NOW + timedelta(days=90)
    assert check_blobs(forge.blobs, digest) == sum(path.stat().st_size for path in forge.blobs.iterdir())


def test_without_cryptography_urllib3_and_the_rest_of_the_program_it_is_the_same(forge, state, tmp_path):
    digest = ready(forge, state)
    shutil.copytree(ROOT / "engine" / "agent", tmp_path / "box" / "engine" / "agent")
    (tmp_path / "box" / "engine" / "__init__.py").touch()
    script = (
        "import sys, importlib.abc, datetime\n"
        "class Missing(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('cryptography', 'urllib3', 'requests', 'certifi', 'cffi'): raise ImportError(name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from pathlib import Path\n"
        "from engine.agent.errors import Refused\nfrom engine.agent.trust import verify\n"
        "folder, state, digest, at = sys.argv[1:]\n"
        "now = datetime.datetime.fromisoformat(at)\n"
        "print(verify(Path(folder), Path(state), digest, now=now).version)\n"
        "file = Path(folder) / 'timestamp.json'\n"
        "file.write_bytes(file.read_bytes().replace(b'\"version\":1', b'\"version\":2', 1))\n"
        "try: verify(Path(folder), Path(state), digest, now=now)\n"
        "except Refused as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, forge.folder, state, digest, NOW.isoformat()], capture_output=True,
                          text=True, cwd=tmp_path / "box", env={"PYTHONPATH": str(tmp_path / "box")})  # fmt: skip
    assert done.stdout.startswith("1\n"), done.stderr
    assert "signature of key" in done.stdout


def test_a_machine_that_pinned_nothing_trusts_nothing(forge, state):
    digest = forge.artifact("parts", 1)
    forge.root()
    forge.publish()
    refuses(forge, state, digest, "trusts no workspace yet.*trust export")


def test_what_is_not_listed_is_refused(forge, state):
    ready(forge, state)
    refuses(forge, state, "sha256:" + "0" * 64, "not among the signed artifacts")
    refuses(forge, state, "../../etc/passwd", "no sha256 digest")


@pytest.mark.parametrize("role", ["targets", "snapshot", "timestamp"])
def test_an_unknown_key_is_refused(forge, state, role):
    digest = ready(forge, state)
    forge.publish({role: [CryptoSigner.generate_ed25519()]})
    refuses(forge, state, digest, f"{role}.json is signed by keys that are not trusted here")


@pytest.mark.parametrize("role", ["targets", "snapshot", "timestamp"])
def test_a_wrong_signature_is_refused(forge, state, role):
    digest = ready(forge, state)
    stranger = CryptoSigner.generate_ed25519()
    stranger.public_key.keyid = forge.release_keys[0].public_key.keyid
    forge.publish({role: [stranger]})
    refuses(forge, state, digest, f"{role}.json was changed after it was signed")


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_what_has_expired_is_refused_with_the_date(forge, state, role):
    forge.days[role] = 30
    digest = ready(forge, state)
    refuses(
        forge, state, digest, f"{role} metadata was to be signed anew by 2026-12-30.*5 days after", NOW + timedelta(35)
    )


def test_a_frozen_state_is_refused_once_its_timestamp_is_old(forge, state):
    digest = ready(forge, state)
    verify(forge.folder, state, digest, now=NOW + timedelta(days=89))
    refuses(forge, state, digest, "timestamp metadata was to be signed anew", NOW + timedelta(days=91))


def test_a_clock_that_is_years_behind_is_told_as_such(forge, state):
    digest = ready(forge, state)
    refuses(
        forge,
        state,
        digest,
        r"clock says 2019-01-01.*signed on 2026-11-30.*at least 7.9 years behind",
        NOW.replace(2019, 1, 1),
    )


def test_a_clock_that_is_years_ahead_is_told_first(forge, state):
    digest = ready(forge, state)
    refuses(
        forge, state, digest, r"clock says 2038-11-30, .* years after that: if the clock is wrong", NOW.replace(2038)
    )


def test_metadata_older_than_what_was_seen_are_refused(forge, state, tmp_path):
    digest = ready(forge, state)
    shutil.copytree(forge.folder, tmp_path / "old")
    forge.publish()
    verify(forge.folder, state, digest, now=NOW)
    with pytest.raises(Refused, match="timestamp 1 after 2"):
        verify(tmp_path / "old", state, digest, now=NOW)


def test_a_snapshot_that_lists_older_targets_is_refused(forge, state):
    digest = ready(forge, state)
    forge.publish()
    verify(forge.folder, state, digest, now=NOW)
    forge.versions["targets"] = 0  # somebody with the snapshot's and the timestamp's keys only
    forge.publish()
    refuses(forge, state, digest, "targets 1 after 2")


def test_a_snapshot_of_another_time_is_refused(forge, state):
    digest = ready(forge, state)
    old = (forge.folder / "1.snapshot.json").read_bytes()
    forge.publish()
    (forge.folder / "2.snapshot.json").write_bytes(old)
    refuses(forge, state, digest, "2.snapshot.json is of another time.*mixed up")


def test_targets_of_another_time_are_refused(forge, state):
    digest = ready(forge, state)
    forge.artifact("parts", 2)
    forge.publish()
    shutil.copyfile(forge.folder / "1.targets.json", forge.folder / "2.targets.json")
    refuses(forge, state, digest, "mixed up")


def test_a_file_in_the_place_of_another_is_refused(forge, state):
    digest = ready(forge, state)
    shutil.copyfile(forge.folder / "1.targets.json", forge.folder / "timestamp.json")
    refuses(forge, state, digest, "is a targets where a timestamp should be")


def test_an_older_release_is_refused_unless_a_new_count_orders_it(forge, state):
    old = ready(forge, state)
    new = forge.artifact("parts", 2)
    forge.publish()
    verify(forge.folder, state, new, now=NOW)
    refuses(forge, state, old, "release 1, older than release 2.*release rollback")
    size, custom = forge.artifacts[old]
    forge.artifacts[old] = (size, {**custom, "version": 3})
    forge.publish()
    assert verify(forge.folder, state, old, now=NOW).version == 3
    refuses(forge, state, new, "release 2, older than release 3")


def test_another_model_has_a_count_of_its_own(forge, state):
    ready(forge, state, version=5)
    other = forge.artifact("seams", 1)
    forge.publish()
    assert verify(forge.folder, state, other, now=NOW).version == 1


def test_a_box_may_go_back_by_itself_only_to_what_it_had(forge, state):
    had = ready(forge, state)
    never = forge.artifact("parts", 2)
    new = forge.artifact("parts", 3)
    forge.publish()
    for digest in (had, new):
        verify(forge.folder, state, digest, now=NOW)
    refuses(forge, state, never, "older than release 3", allow_rollback=True)
    assert verify(forge.folder, state, had, now=NOW, allow_rollback=True).version == 1
    refuses(forge, state, had, "older than release 3")


def test_a_root_is_followed_only_when_the_old_keys_and_its_own_have_signed_it(forge, state):
    digest = ready(forge, state)
    old, new = forge.root_keys, [CryptoSigner.generate_ed25519()]
    forge.root_keys = new
    forge.root(signers=new)
    refuses(forge, state, digest, "Root 2 is signed by keys that are not trusted")
    forge.versions["root"] = 1
    forge.root(signers=old)
    refuses(forge, state, digest, "Root 2 is signed by keys that are not trusted")
    forge.versions["root"] = 1
    forge.root(signers=[*old, *new])
    verify(forge.folder, state, digest, now=NOW)
    (forge.folder / "2.root.json").unlink()
    verify(forge.folder, state, digest, now=NOW)
    assert json.loads((state / "root.json").read_bytes())["signed"]["version"] == 2


def test_a_change_of_the_release_key_makes_the_old_one_worthless(forge, state):
    digest, thief = ready(forge, state), forge.release_keys
    forge.release_keys = [CryptoSigner.generate_ed25519()]
    forge.root()
    forge.publish(dict.fromkeys(("targets", "snapshot", "timestamp"), thief))
    refuses(forge, state, digest, "timestamp.json is signed by keys that are not trusted")


def test_versions_driven_up_with_a_stolen_key_are_forgotten_with_the_key(forge, state):
    digest = ready(forge, state)
    honest = dict(forge.versions)
    forge.versions |= {"targets": 9000, "snapshot": 9000, "timestamp": 9000}
    forge.publish()
    verify(forge.folder, state, digest, now=NOW)
    forge.release_keys, forge.versions = [CryptoSigner.generate_ed25519()], honest
    forge.root()
    forge.publish()
    assert verify(forge.folder, state, digest, now=NOW).version == 1


def test_a_threshold_that_is_not_met_is_told_with_what_is_missing(forge, state):
    forge.release_keys = [CryptoSigner.generate_ed25519() for _ in range(3)]
    forge.threshold["release"] = 2
    digest = ready(forge, state)
    forge.publish({"targets": forge.release_keys[:1]})
    refuses(forge, state, digest, "targets.json needs signatures of 2 keys and has 1")
    forge.publish({"targets": forge.release_keys[:1] * 2})
    refuses(forge, state, digest, "needs signatures of 2 keys and has 1")
    forge.publish({"targets": forge.release_keys[1:]})
    verify(forge.folder, state, digest, now=NOW)


def test_a_root_needs_the_threshold_of_the_one_before(forge, state):
    forge.root_keys = [CryptoSigner.generate_ed25519() for _ in range(2)]
    forge.threshold["root"] = 2
    digest = ready(forge, state)
    forge.root(signers=forge.root_keys[:1])
    refuses(forge, state, digest, "Root 2 needs signatures of 2 keys and has 1")


def test_pinning_again_is_harmless_and_another_root_is_refused(forge, state, tmp_path):
    first = forge.root()
    pin(first, state)
    pin(first, state)
    with pytest.raises(Refused, match="not the one that this machine trusts"):
        pin(Forge(tmp_path / "other" / "metadata").root(), state)
    pin(forge.root(), state)
    with pytest.raises(Refused, match="older"):
        pin(first, state)
    with pytest.raises(Refused, match="no signed metadata"):
        pin(b"{}", state)


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "root"])
def test_endless_metadata_are_not_read(forge, state, role):
    digest = ready(forge, state)
    if role == "root":
        forge.root()
    file = next(path for path in sorted(forge.folder.glob(f"*{role}.json"), reverse=True))
    with file.open("r+b") as opened:
        opened.truncate(1 << 40)  # sparse: a terabyte for who would read it
    refuses(forge, state, digest, f"{file.name} is larger than the")
    assert all(limit <= 5_000_000 for limit in MOST_BYTES.values())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_a_link_and_a_folder_are_not_opened(forge, state):
    digest = ready(forge, state)
    file = forge.folder / "timestamp.json"
    kept = file.rename(forge.folder / "kept")
    os.mkfifo(file)
    refuses(forge, state, digest, "no ordinary file")
    file.unlink()
    file.symlink_to(kept)
    refuses(forge, state, digest, "cannot be read")
    file.unlink()
    file.mkdir()
    refuses(forge, state, digest, "no ordinary file|cannot be read")


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[" * 16_000, b'{"signed": {}, "signatures": []}', b'{"signed": 1}', b"9" * 9000]
)
def test_rubbish_is_refused_in_a_sentence(forge, state, content):
    digest = ready(forge, state)
    (forge.folder / "timestamp.json").write_bytes(content)
    refuses(forge, state, digest, "no signed metadata, or is damaged")


def test_a_signature_that_is_no_number_is_refused(forge, state):
    digest = ready(forge, state)
    document = json.loads((forge.folder / "timestamp.json").read_bytes())
    document["signatures"][0]["sig"] = "zz"
    (forge.folder / "timestamp.json").write_text(json.dumps(document))
    refuses(forge, state, digest, "cannot be verified|signature")


def test_what_was_seen_is_not_lost_when_its_file_is_damaged(forge, state):
    digest = ready(forge, state)
    verify(forge.folder, state, digest, now=NOW)
    (state / "seen.json").write_bytes(b"{")
    refuses(forge, state, digest, "damaged.*could not be told")


def test_a_refusal_changes_nothing_of_what_was_seen(forge, state):
    digest = ready(forge, state)
    verify(forge.folder, state, digest, now=NOW)
    before = (state / "seen.json").read_bytes()
    forge.publish()
    refuses(forge, state, "sha256:" + "1" * 64, "not among")
    assert (state / "seen.json").read_bytes() == before


def test_a_swapped_layer_is_found(forge, state):
    digest = ready(forge, state)
    layer = forge.blobs / json.loads((forge.blobs / digest[7:]).read_bytes())["layers"][0]["digest"][7:]
    layer.write_bytes(b"WEIGHTS")
    with pytest.raises(Refused, match="damaged or swapped"):
        check_blobs(forge.blobs, digest)
    layer.write_bytes(b"weights and more")
    with pytest.raises(Refused, match="not the size"):
        check_blobs(forge.blobs, digest)
    layer.unlink()
    with pytest.raises(Refused, match="cannot be read"):
        check_blobs(forge.blobs, digest)


def test_a_swapped_or_endless_manifest_is_found(forge, state):
    digest = ready(forge, state)
    manifest = forge.blobs / digest[7:]
    manifest.write_bytes(manifest.read_bytes() + b" ")
    with pytest.raises(Refused, match="not what its digest says"):
        check_blobs(forge.blobs, digest)
    with manifest.open("r+b") as opened:
        opened.truncate(1 << 40)
    with pytest.raises(Refused, match="larger than"):
        check_blobs(forge.blobs, digest)


@pytest.mark.parametrize("named", ["sha256:../../../etc/passwd", "sha512:" + "0" * 128, 7, None])
def test_a_manifest_that_names_no_digest_opens_no_file(forge, state, named):
    digest = forge.blob(json.dumps({"config": {"digest": named, "size": 1}, "layers": []}).encode())["digest"]
    with pytest.raises(Refused, match="no sha256 digest"):
        check_blobs(forge.blobs, digest)


class Folder(FetcherInterface):
    """Gives python-tuf's own client the files of a folder."""

    def _fetch(self, url):
        path = Path(url.removeprefix("file://"))
        if not path.exists():
            raise DownloadHTTPError("missing", 404)
        yield path.read_bytes()


FLAWS = {
    "none": lambda forge: None,
    "unknown key": lambda forge: forge.publish({"targets": [CryptoSigner.generate_ed25519()]}),
    "older timestamp": lambda forge: (forge.versions.update(timestamp=0), forge.publish()),
    "older snapshot": lambda forge: (forge.versions.update(snapshot=0), forge.publish()),
    "older targets": lambda forge: (forge.versions.update(targets=0), forge.publish()),
    "expired timestamp": lambda forge: (forge.days.update(timestamp=-1), forge.publish()),
    "expired snapshot": lambda forge: (forge.days.update(snapshot=-1), forge.publish()),
    "expired targets": lambda forge: (forge.days.update(targets=-1), forge.publish()),
    "expired root": lambda forge: (forge.days.update(root=-1), forge.root()),
    "mixed snapshot": lambda forge: (forge.publish(), shutil.copyfile(forge.folder / "2.snapshot.json", forge.folder / "3.snapshot.json")),
    "mixed targets": lambda forge: (forge.publish(), shutil.copyfile(forge.folder / "2.targets.json", forge.folder / "3.targets.json")),
    "threshold": lambda forge: (forge.threshold.update(release=2), forge.release_keys.append(CryptoSigner.generate_ed25519()),
                                forge.root(), forge.publish({"snapshot": forge.release_keys[:1]})),
    "rotated": lambda forge: (forge.release_keys.__setitem__(0, CryptoSigner.generate_ed25519()), forge.root(), forge.publish()),
    "root by strangers": lambda forge: (forge.root_keys.__setitem__(0, CryptoSigner.generate_ed25519()), forge.root()),
    "root skipped": lambda forge: (forge.versions.update(root=2), forge.root().__len__(),
                                   (forge.folder / "3.root.json").rename(forge.folder / "2.root.json")),
}  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWS)
def test_it_judges_as_the_client_of_python_tuf_does(forge, state, tmp_path, flaw, monkeypatch):
    digest = ready(forge, state)
    forge.publish()
    known = tmp_path / "client"
    known.mkdir()
    clock = SimpleNamespace(now=lambda _zone: NOW)
    monkeypatch.setattr(trusted_metadata_set, "datetime", SimpleNamespace(datetime=clock, timezone=timezone))

    def client() -> bool:
        updater = Updater(str(known), f"file://{forge.folder}", fetcher=Folder(), config=UpdaterConfig(),
                          bootstrap=next(roots(forge.folder)).read_bytes())  # fmt: skip
        try:
            return updater.get_targetinfo(target_path(digest)) is not None
        except RepositoryError:
            return False

    def ours() -> bool:
        try:
            return verify(forge.folder, state, digest, now=NOW).digest == digest
        except Refused:
            return False

    assert client()
    assert ours()
    FLAWS[flaw](forge)
    assert ours() == client() == (flaw in ("none", "rotated"))
