"""Releases on a bare box over a real sshd."""

from __future__ import annotations

import subprocess
import tarfile
import time

import pytest

from engine.deployment import predict, releases, targets
from engine.deployment.errors import (
    HostKeyChanged,
    HostKeyUnknown,
    LoginRefused,
    ReleaseFailed,
    TargetUnreachable,
    WrongPlatform,
)
from engine.deployment.image import Image
from engine.deployment.logs import LogReader
from engine.errors import BadInput, TargetError
from engine.packaging.layers import TAR, Layer, digest_of_file
from engine.packaging.oci import Layout, RunConfig
from tests.integration.deployment.program import HERE, add_artifact


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "did not come true in time"
        time.sleep(0.1)
    return found


def answers(workspace, name, file):
    try:
        return predict.predict(workspace, name, file)
    except TargetError:
        return None


@pytest.mark.parametrize(
    ("user", "mode"),
    [("root", ""), ("root", "direct"), ("edge", ""), ("edge", "direct")],
)
def test_an_artifact_runs_on_a_bare_box(workspace, add_box, image_file, user, mode):
    box, name = add_box(user=user, **({"mode": mode} if mode else {}))
    add_artifact(workspace, "alpha", padding=100_000)
    seen = []
    release = releases.deploy(workspace, "alpha", name, lambda *call: seen.append(call))
    assert release.details["mode"] == (mode or ("namespaces" if user == "root" else "user-namespaces"))
    assert predict.predict(workspace, name, image_file)["model"] == "alpha"
    status = releases.status(workspace, name)
    assert status.running.state == "running"
    assert "model alpha starts" in releases.logs(workspace, name)
    with targets.open_target(workspace, name) as opened:
        key = status.running.key
        part = opened.log(key, 1)
        assert opened.log(key, after=part.end).lines == () and opened.log(key, after="0").lines[-1:] == part.lines
    layers = {digest for stage, _, _, digest in seen if stage == "push"}
    assert len(layers) == 5, "manifest, config, three layers"
    for digest in layers:
        done = [done for stage, done, _, one in seen if stage == "push" and one == digest]
        assert done == sorted(done)
    targets.remove_target(workspace, name)
    assert box.run("ps -e 2>/dev/null | grep python || true") == ""
    assert box.run("ls -d /var/lib/lineside /home/edge/.local/share/lineside 2>/dev/null || true") == ""


def test_a_second_release_takes_over_and_one_call_brings_the_first_back(workspace, add_box, image_file):
    _, name = add_box()
    add_artifact(workspace, "alpha")
    add_artifact(workspace, "beta")
    add_artifact(workspace, "broken", "crash")
    releases.deploy(workspace, "alpha", name)
    second = releases.deploy(workspace, "beta", name)
    assert second.details["push"]["sent"] < 20_000, "the base layer was there already"
    assert predict.predict(workspace, name, image_file)["model"] == "beta"
    with pytest.raises(ReleaseFailed, match="the weights cannot be read"):
        releases.deploy(workspace, "broken", name)
    assert predict.predict(workspace, name, image_file)["model"] == "beta"
    back = releases.rollback(workspace, name)
    assert back.details["push"]["sent"] == 0
    assert predict.predict(workspace, name, image_file)["model"] == "alpha"
    states = [one.state for one in releases.status(workspace, name).releases]
    assert states.count("running") == 1
    again = releases.deploy(workspace, "alpha", name)
    assert again.id == back.id


def test_a_killed_release_is_started_again_and_told(workspace, add_box, image_file):
    box, name = add_box(user="edge")
    add_artifact(workspace, "alpha")
    releases.deploy(workspace, "alpha", name)
    pid = releases.status(workspace, name).running.pid
    box.run(f"kill -9 {pid}")
    after = until(lambda: (now := releases.status(workspace, name).running).restarts and now.state == "running" and now)
    assert "killed by signal 9" in after.message
    assert until(lambda: answers(workspace, name, image_file))["model"] == "alpha"


def test_after_a_power_cut_the_status_says_that_nothing_runs_and_deploy_mends_it(workspace, add_box, image_file):
    box, name = add_box()
    add_artifact(workspace, "alpha")
    releases.deploy(workspace, "alpha", name)
    box.off()
    down = releases.status(workspace, name)
    assert not down.reachable
    assert box.address in down.message
    box.up()
    status = releases.status(workspace, name)
    assert status.running.state == "stopped"
    assert "deploy it again" in status.message
    assert releases.deploy(workspace, "alpha", name).details["push"]["sent"] == 0
    assert predict.predict(workspace, name, image_file)["model"] == "alpha"


def test_an_unknown_host_key_is_shown_and_accepted_only_by_its_fingerprint(workspace, add_box):
    box, name = add_box(accept=False)
    with pytest.raises(HostKeyUnknown) as unknown:
        targets.probe_target(workspace, name)
    assert unknown.value.fingerprint == box.fingerprint
    assert box.fingerprint in str(unknown.value)
    with pytest.raises(HostKeyUnknown):
        targets.accept_host_key(workspace, name, "SHA256:" + "A" * 43)
    with pytest.raises(HostKeyUnknown):
        targets.probe_target(workspace, name)
    targets.accept_host_key(workspace, name, box.fingerprint)
    probe = targets.probe_target(workspace, name)
    assert probe.user == "root"
    assert probe.system.startswith("Debian")
    assert probe.cores >= 1
    assert probe.memory > 1e8
    assert abs(probe.clock_skew_s) < 5
    assert targets.get_target(workspace, name).probe == probe


def test_a_changed_host_key_is_refused(workspace, add_box):
    box, name = add_box()
    targets.probe_target(workspace, name)
    old = box.fingerprint
    box.off()
    box.new_host_key()
    box.up()
    with pytest.raises(HostKeyChanged) as changed:
        targets.probe_target(workspace, name)
    assert old in str(changed.value)
    assert box.fingerprint in str(changed.value)


def test_a_command_that_ends_before_it_has_read_all_tells_its_code_and_the_link_stays(workspace, add_box):
    _, name = add_box()
    with targets.open_target(workspace, name) as target:
        for _ in range(10):
            assert target.link.run("echo why >&2; exit 7", bytes(8 << 20))[::2] == (7, "why\n")
        assert target.link.run("wc -c", bytes(1000))[:2] == (0, "1000\n")


def test_a_kept_file_that_cannot_be_read_is_named_and_a_link_is_passed_over(workspace, add_box):
    box, name = add_box(user="edge")
    with targets.open_target(workspace, name) as target:
        target.put_state("feedback/a", b"1")
        target.put_state("feedback/b", b"2")
        folder = f"{target.where().root}/state/feedback"
        box.run(f"ln -s /etc/shadow {folder}/c && chown root {folder}/b && chmod 600 {folder}/b")
        found = target.fetch_state("feedback")
        assert next(found) == ("a", b"1")
        with pytest.raises(TargetError, match="“b” cannot be read"):
            next(found)
        assert list(target.fetch_state("feedback", {"a", "b"})) == []


def test_a_password_is_asked_for_and_never_written_to_the_workspace(workspace, add_box, monkeypatch):
    _box, name = add_box(user="edge", identity="")
    with pytest.raises(LoginRefused, match="accepted no key"):
        targets.probe_target(workspace, name)
    asked = []
    answers = iter(["wrong", "line-side"])
    probe = targets.probe_target(workspace, name, ask=lambda question: asked.append(question) or next(answers))
    assert probe.user == "edge"
    assert len(asked) == 2
    monkeypatch.setenv("LINESIDE_SSH_PASSWORD", "line-side")
    assert targets.probe_target(workspace, name).user == "edge"
    for path in workspace.path.rglob("*"):
        assert not path.is_file() or b"line-side" not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("name", "kind", "target"),
    [
        ("dev/sda", tarfile.BLKTYPE, ""),
        ("up", tarfile.SYMTYPE, "../../etc"),
        ("../../etc/cron.d/x", tarfile.REGTYPE, ""),
    ],
)
def test_a_layer_that_must_not_be_unpacked_is_not_even_sent(workspace, add_box, tmp_path, name, kind, target):
    box, place = add_box()
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    with tarfile.open(tmp_path / "layer", "w") as tar:
        tar.addfile(member)
    digest = digest_of_file(tmp_path / "layer")
    layer = Layer(tmp_path / "layer", digest, (tmp_path / "layer").stat().st_size, digest, TAR)
    layout = Layout(workspace.path / "artifacts").make()
    image = Image(layout.root, layout.write_image([layer], RunConfig(["/serve"]), HERE, {})["digest"])
    with targets.open_target(workspace, place) as opened, pytest.raises(BadInput, match="must not be unpacked"):
        opened.push(image, lambda *_: None)
    assert box.run("ls -A /var/lib/lineside/blobs/sha256") == ""


def test_the_passphrase_of_a_key_opens_the_key_and_is_never_said_to_the_host(workspace, add_box, tmp_path):
    box, name = add_box()
    key, asked = tmp_path / "locked", []
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "line-side", "-f", key], check=True)
    targets.set_options(workspace, name, identity=str(key))

    def probe(*secrets: str):
        given = iter(secrets)
        asked.clear()
        return targets.probe_target(workspace, name, ask=lambda question: asked.append(question) or next(given, ""))

    with pytest.raises(LoginRefused, match="accepted no key"):
        probe("line-side")  # which is the host's password, too: it would let us in
    (box.root / "root/.ssh/authorized_keys").write_text(key.with_suffix(".pub").read_text())
    assert probe("wrong", "line-side").user == "root"
    assert asked == [f"Passphrase of the key {key}:"] * 2
    assert "password" not in (box.folder / "box.log").read_text()


def test_an_artifact_of_another_architecture_is_refused_before_a_byte_is_sent(workspace, add_box):
    box, name = add_box()
    add_artifact(workspace, "arm", platform="linux/riscv64")
    with pytest.raises(WrongPlatform, match=r"linux/riscv64.*is linux/"):
        releases.deploy(workspace, "arm", name)
    assert box.run("ls /var/lib/lineside 2>/dev/null || true") == ""


def test_ssh_config_names_host_user_and_key(workspace, add_box, tmp_path):
    box, _name = add_box(user="edge")
    (tmp_path / "home" / ".ssh").mkdir()
    (tmp_path / "home" / ".ssh" / "config").write_text(
        f"Host Line7\n  HostName {box.address}\n  User edge\n  IdentityFile {box.key}\n"
    )
    targets.add_target(workspace, "alias", "ssh://Line7")
    assert targets.probe_target(workspace, "alias").user == "edge"


def test_a_jump_host_leads_to_a_box(workspace, add_box):
    box, _name = add_box()
    targets.add_target(workspace, "far", "ssh://edge@127.0.0.1", identity=str(box.key), jump=f"root@{box.address}",
                       accept_host_key=box.fingerprint)  # fmt: skip
    assert targets.probe_target(workspace, "far").user == "edge"


@pytest.mark.parametrize(("user", "mode"), [("root", "direct"), ("edge", "direct")])
def test_a_box_without_namespaces_runs_an_artifact_all_the_same(workspace, add_box, image_file, user, mode):
    _box, name = add_box(user=user, tools_missing=("unshare", "setsid"))
    add_artifact(workspace, "alpha")
    assert releases.deploy(workspace, "alpha", name).details["mode"] == mode
    assert predict.predict(workspace, name, image_file)["model"] == "alpha"


@pytest.mark.slow
@pytest.mark.parametrize("user", ["root", "edge"])
def test_a_box_with_cron_starts_its_release_by_itself(workspace, add_box, image_file, user):
    box, name = add_box(user=user, more="cron")
    add_artifact(workspace, "alpha")
    releases.deploy(workspace, "alpha", name)
    assert releases.status(workspace, name).running.autostart == "cron"
    box.off()
    (box.root / "run/crond.reboot").unlink(missing_ok=True)
    (box.root / "run/crond.pid").unlink(missing_ok=True)
    box.up()
    assert releases.status(workspace, name).running.state == "stopped"
    box.run("cron")
    assert until(lambda: answers(workspace, name, image_file))["model"] == "alpha"
    targets.remove_target(workspace, name)
    assert "@reboot" not in box.run(f"crontab -u {user} -l 2>/dev/null || true")


@pytest.mark.slow
@pytest.mark.parametrize(("user", "runtime"), [("root", "runc"), ("edge", "runc"), ("root", "crun")])
def test_an_oci_runtime_is_used_where_there_is_one(workspace, add_box, image_file, user, runtime):
    box, name = add_box(user=user, more=runtime)
    add_artifact(workspace, "alpha")
    release = releases.deploy(workspace, "alpha", name)
    assert any(found.startswith(runtime) for found in targets.get_target(workspace, name).probe.runtimes)
    if runtime == "runc":
        assert release.details["mode"] == "runc"
    assert predict.predict(workspace, name, image_file)["model"] == "alpha"
    pid = releases.status(workspace, name).running.pid
    box.run(f"kill -9 {pid}")
    until(lambda: (now := releases.status(workspace, name).running).restarts and now.state == "running" and now)
    assert until(lambda: answers(workspace, name, image_file))["model"] == "alpha"


@pytest.mark.parametrize(
    "name", ["a b;touch /tmp/pwned", "$(touch /tmp/pwned)", "`touch /tmp/pwned`", "x'\"y", "中文 名"]
)
def test_shell_signs_in_names_and_folders_do_nothing(workspace, add_box, image_file, name):
    box, target = add_box(root=f"/srv/{name}")
    add_artifact(workspace, name)
    releases.deploy(workspace, name, target)
    assert predict.predict(workspace, target, image_file)["model"] == name
    assert releases.status(workspace, target).running.name == name
    assert box.run("ls /tmp") == ""


@pytest.mark.slow
def test_a_log_is_followed_over_a_cut_link_without_losing_or_doubling_a_line(workspace, add_box):
    box, name = add_box()
    add_artifact(workspace, "alpha")
    releases.deploy(workspace, "alpha", name)
    reader = LogReader(workspace, name)
    first, _ = reader.read()
    assert "model alpha starts" in first.lines
    log = next((box.root / "var/lib/lineside/releases").glob("*/log"))
    box.link("down")
    with log.open("a") as file:
        file.writelines(f"line {number}\n" for number in range(3000))
    with pytest.raises(TargetUnreachable):
        reader.read()
    box.link("up")
    part, other = until(lambda: tried(reader))
    assert not other and list(part.lines[-3000:]) == [f"line {number}" for number in range(3000)]
    assert reader.read()[0].lines == () and reader.earlier(part.start).lines == first.lines
    reader.close()


def tried(reader):
    try:
        return reader.read()
    except TargetUnreachable:
        return None
