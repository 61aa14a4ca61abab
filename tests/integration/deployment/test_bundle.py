"""Releases that are carried on a stick: to a bare box without a network, and its receipt back home."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.agent.index import read_index
from engine.deployment import releases, targets
from engine.deployment.errors import NotTrustedThere
from engine.deployment.image import Image
from engine.deployment.orders import bundle_artifact, collect_receipts
from engine.packaging.artifacts import layout_folder
from engine.workspace import Workspace
from tests.integration.deployment.program import HERE, add_artifact

APPLY = "/var/lib/lineside/agent/lineside-agent apply /mnt/stick --json 2>/dev/null"
ASK = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], bytes([0x89]) + b"PNG" + bytes(64)).read().decode())
"""


LOAD = """
import sys, threading, urllib.request
over, answers = threading.Event(), []
def ask():
    while not over.is_set():
        try:
            answers.append(urllib.request.urlopen(sys.argv[1], bytes([0x89]) + b"PNG" + bytes(64), 30).status)
        except Exception as error:
            answers.append(repr(error))
clients = [threading.Thread(target=ask) for _ in range(3)]
[client.start() for client in clients]
sys.stdin.read()
over.set()
[client.join() for client in clients]
print(len(answers), *[answer for answer in answers if answer != 200])
"""


def carry(folder: Path, box) -> Path:
    """Put the stick into the box: what is done with it there is done to the folder's copy, which comes back."""
    there = box.root / "mnt" / "stick"
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(folder, there)
    return there


def predicts(box, port=18080) -> str:
    """Asked on the box itself, whose network may be cut."""
    line = ["ip", "netns", "exec", box.name, sys.executable, "-c", ASK, f"http://127.0.0.1:{port}/"]
    return str(json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)["model"])


def apply(box) -> dict:
    return json.loads(box.run(APPLY))["body"]


def test_a_stick_brings_a_release_to_a_bare_box_without_a_network_and_its_receipt_comes_home(
    workspace, add_box, tmp_path
):
    box, name = add_box()
    add_artifact(workspace, "alpha", padding=3_000_000)
    stick = tmp_path / "stick"
    sent = bundle_artifact(workspace, "alpha", stick, name)
    assert sent.release.state == "sent"
    assert not sent.changes_only
    box.link("down")
    there = carry(stick, box)
    assert "it runs nothing" in box.run("sh /mnt/stick/install.sh")
    receipt = apply(box)
    assert receipt["result"] == "running"
    assert predicts(box) == "alpha"

    found, problems = collect_receipts(workspace, there)
    assert not problems
    assert [release.state for _, release in found] == ["running"]
    current = releases.current_release(workspace, name)
    assert current.id == sent.release.id
    assert current.details["receipts"][receipt["box"]]["endpoint"] == "http://127.0.0.1:18080"

    # the next stick brings only what changed, and the box goes over to it
    digest = add_artifact(workspace, "beta", padding=1000)
    second = bundle_artifact(workspace, "beta", stick, name)
    assert second.changes_only
    assert second.bytes < 20_000
    assert read_index(stick).box == receipt["box"]
    assert not [path for path in (stick / "chunks").iterdir() if path.stat().st_size > 20_000], "old chunks are gone"
    there = carry(stick, box)
    again = apply(box)
    assert again["previous"] == current.artifact
    assert predicts(box, 18081) == "beta"
    assert box.run("ps -e -o args | grep -c '[s]erve.py'").strip() == "1", "the old release was ended"
    collect_receipts(workspace, there)
    assert releases.current_release(workspace, name).artifact == digest
    assert releases.get_release(workspace, current.id).state == "replaced"

    box.link("up")
    status = releases.status(workspace, name)
    assert status.message == "", "what came by stick is what the box says over SSH"
    assert status.running.digest == digest


def test_a_stick_is_a_target_whose_release_is_sent_until_its_box_answers(workspace, add_box, tmp_path):
    box, _ = add_box()
    stick = tmp_path / "media" / "stick"
    stick.parent.mkdir()
    targets.add_target(workspace, "line-3", f"bundle://{stick}")
    add_artifact(workspace, "alpha", padding=100_000)
    first = releases.deploy(workspace, "alpha", "line-3")
    assert first.state == "sent"
    assert releases.current_release(workspace, "line-3") is None
    status = releases.status(workspace, "line-3")
    assert [one.state for one in status.releases] == ["sent"]

    there = carry(stick, box)
    box.run("sh /mnt/stick/install.sh")
    apply(box)
    shutil.copytree(there, stick, dirs_exist_ok=True)
    status = releases.status(workspace, "line-3")
    assert status.should.id == first.id
    assert status.message == ""
    assert targets.probe_target(workspace, "line-3").platform == HERE

    add_artifact(workspace, "beta", padding=100)
    second = releases.deploy(workspace, "beta", "line-3")
    assert second.details["push"]["sent"] < 20_000, "the receipt told what the box has"
    assert second.details["previous"] == first.id
    carry(stick, box)
    apply(box)
    assert predicts(box, 18081) == "beta"


def test_a_release_that_does_not_start_is_told_in_the_receipt_and_the_old_one_runs_on(workspace, add_box, tmp_path):
    box, name = add_box()
    add_artifact(workspace, "alpha")
    add_artifact(workspace, "broken", "crash")
    stick = tmp_path / "stick"
    bundle_artifact(workspace, "alpha", stick, name)
    carry(stick, box)
    box.run("sh /mnt/stick/install.sh")
    apply(box)
    sent = bundle_artifact(workspace, "broken", stick, name, full=True, agent=False)
    there = carry(stick, box)
    assert "ended as it started" in box.run(f"{APPLY.replace('2>/dev/null', '2>&1')} || true")
    assert predicts(box) == "alpha"
    found, _ = collect_receipts(workspace, there)
    failed = releases.get_release(workspace, sent.release.id)
    assert failed.state == "failed"
    assert "the weights cannot be read" in failed.details["log"]
    assert releases.current_release(workspace, name).name == "alpha"
    assert {receipt.result for receipt, _ in found} == {"running", "failed"}


def test_a_stick_leads_the_gateway_of_a_box_to_its_release_and_no_request_is_lost(workspace, add_box, tmp_path):
    box, name = add_box(gateway="yes")
    for one in ("alpha", "beta"):
        add_artifact(workspace, one)
    first = releases.deploy(workspace, "alpha", name)
    port = int(first.endpoint.rpartition(":")[2])
    bundle_artifact(workspace, "beta", tmp_path / "stick", name, full=True)
    box.link("down")
    carry(tmp_path / "stick", box)
    box.run("sh /mnt/stick/install.sh")
    line = ["ip", "netns", "exec", box.name, sys.executable, "-c", LOAD, f"{first.endpoint}/predict"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
        receipt = apply(box)
        told = load.communicate()[0].split()
    assert (receipt["result"], receipt["endpoint"]) == ("running", first.endpoint)
    assert int(told[0]) > 20
    assert told[1:] == [], "no request failed"
    assert predicts(box, port) == "beta"

    box.link("up")
    status = releases.status(workspace, name).running
    assert (status.name, status.endpoint) == ("beta", first.endpoint)


@pytest.mark.parametrize("user", ["edge"])
def test_an_ordinary_user_installs_and_applies(workspace, add_box, tmp_path, user):
    box, name = add_box(user=user)
    add_artifact(workspace, "alpha")
    bundle_artifact(workspace, "alpha", tmp_path / "stick", name)
    carry(tmp_path / "stick", box)
    box.run("chmod -R a+rwX /mnt/stick")
    root = "/home/edge/.local/share/lineside"
    as_edge = "su edge -s /bin/sh -c"
    box.run(f"{as_edge} 'sh /mnt/stick/install.sh'")
    assert json.loads(box.run(f"{as_edge} '{root}/agent/lineside-agent apply /mnt/stick --json'"))["body"]["mode"]
    assert predicts(box) == "alpha"


def test_a_box_takes_only_what_its_workspace_signed_and_nothing_older(workspace, add_box, tmp_path, memory_keyring):
    box, name = add_box()
    add_artifact(workspace, "alpha")
    old, stick = tmp_path / "old", tmp_path / "stick"
    bundle_artifact(workspace, "alpha", old, name)
    carry(old, box)
    box.run("sh /mnt/stick/install.sh")
    assert apply(box)["signed"] is True
    home = "/var/lib/lineside/agent/lineside-agent apply /mnt/stick 2>&1 || true"

    add_artifact(workspace, "alpha", padding=1000)
    bundle_artifact(workspace, "alpha", stick, name, full=True, agent=False)
    there = carry(stick, box)
    shutil.rmtree(there / "trust")
    assert "timestamp.json" in box.run(home), "a stick without signatures is refused by a box that trusts somebody"
    there = carry(stick, box)
    (there / "trust" / "timestamp.json").write_bytes((old / "trust" / "timestamp.json").read_bytes())
    assert "is not among the signed artifacts" in box.run(home), "signatures of before do not list this release"
    carry(stick, box)
    assert apply(box)["result"] == "running"
    assert predicts(box, 18081) == "alpha"
    carry(old, box)
    assert "older" in box.run(home), "a stick that somebody found in a drawer"


def test_a_box_that_trusts_a_workspace_verifies_what_comes_over_ssh(workspace, add_box, tmp_path, memory_keyring):
    box, name = add_box()
    for one in ("alpha", "beta"):
        add_artifact(workspace, one)
    bundle_artifact(workspace, "alpha", tmp_path / "stick", name)
    carry(tmp_path / "stick", box)
    box.run("sh /mnt/stick/install.sh")
    assert apply(box)["signed"] is True
    assert releases.deploy(workspace, "beta", name).state == "running"
    assert releases.deploy(workspace, "alpha", name).state == "running", "going back is a signed order, too"
    with Workspace.create(tmp_path / "stranger") as stranger:
        row = targets.get_target(workspace, name)
        targets.add_target(stranger, "box", row.url, accept_host_key=box.fingerprint, identity=str(box.key), stall_s=3)
        digest = add_artifact(stranger, "gamma")
        with pytest.raises(NotTrustedThere, match="trusts only what its keys released"):
            releases.deploy(stranger, digest, "box")
    now = releases.status(workspace, name).running
    assert (now.name, now.state) == ("alpha", "running")
    hexadecimal = now.digest.removeprefix("sha256:")
    box.run(f"echo >> /var/lib/lineside/blobs/sha256/{hexadecimal}")
    with (
        targets.open_target(workspace, name) as target,
        pytest.raises(NotTrustedThere, match="not what its digest says"),
    ):
        target._verify(Image(layout_folder(workspace), now.digest))
