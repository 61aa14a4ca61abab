"""The workspace's list of targets."""

from __future__ import annotations

import pytest

from connectors.ssh import link
from engine.deployment import releases, targets
from engine.deployment.target import Probe
from engine.errors import TargetError, UsageError


def test_targets_are_added_listed_and_removed(workspace):
    changes = targets.add_target(workspace, "line 7".replace(" ", "-"), "ssh://edge@10.0.0.7:2222", root="/data/x")
    targets.add_target(workspace, "here", "process://local")
    assert changes.touches("targets")
    assert [row.name for row in targets.list_targets(workspace)] == ["here", "line-7"]
    assert targets.get_target(workspace, "line-7").options == {"root": "/data/x"}
    targets.remove_target(workspace, "line-7", clean=False)
    assert [row.name for row in targets.list_targets(workspace)] == ["here"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", "-x", "x" * 80, ".hidden"])
def test_a_name_that_cannot_be_a_folder_is_refused(workspace, name):
    with pytest.raises(UsageError, match="cannot name a target"):
        targets.add_target(workspace, name, "process://local")


def test_a_name_is_taken_once(workspace):
    targets.add_target(workspace, "here", "process://local")
    with pytest.raises(UsageError, match="already"):
        targets.add_target(workspace, "here", "process://local")


def test_an_unknown_kind_of_target_is_told_with_those_there_are(workspace):
    with pytest.raises(UsageError, match=r"docker.*process.*ssh"):
        targets.add_target(workspace, "x", "gopher://host")


def test_a_password_goes_to_the_keyring_and_not_to_the_workspace(workspace, memory_keyring):
    targets.add_target(workspace, "box", "ssh://edge:s%40cret@10.0.0.7")
    assert memory_keyring[("lineside", "ssh://edge@10.0.0.7")] == "s@cret"
    assert targets.get_target(workspace, "box").url == "ssh://edge@10.0.0.7"
    with pytest.raises(UsageError, match="not kept in the workspace"):
        targets.add_target(workspace, "box2", "ssh://edge@10.0.0.7", password="s@cret")


def test_rolling_back_without_a_release_is_told(workspace):
    targets.add_target(workspace, "here", "process://local")
    with pytest.raises(UsageError, match="nothing to go back to"):
        releases.rollback(workspace, "here")
    with pytest.raises(UsageError, match="There is no artifact"):
        releases.deploy(workspace, "none", "here")


def test_ssh_config_fills_what_the_url_leaves_open(tmp_path):
    config = tmp_path / "config"
    config.write_text(
        "Host Line7\n HostName 10.1.2.3\n Port 2200\n User worker\n IdentityFile /k/%h\n ProxyJump gate:22\n"
    )
    found = link.resolve("ssh://Line7", {}, config)
    assert (found.host, found.port, found.user, found.jump) == ("10.1.2.3", 2200, "worker", "gate:22")
    assert link.resolve("ssh://root@Line7:22", {}, config).port == 22
    assert link.resolve("ssh://root@Line7", {"identity": "/my/key"}, config).identities == ("/my/key",)
    assert link.resolve("ssh://root@other", {}, config).known_as == "other"
    assert link.resolve("ssh://root@other:2222", {}, config).known_as == "[other]:2222"


@pytest.mark.parametrize("url", ["ssh://", "ssh://root@host:notaport"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(UsageError):
        link.resolve(url, {})


def test_words_stay_words_on_a_command_line():
    assert link.command_line("rm", "a b;c", "$(x)") == "rm 'a b;c' '$(x)'"


@pytest.mark.parametrize("url", ["registry://", "registry://HOST:5000/UPPER", "bundle:///", "ssh://", "ssh://box:no"])
def test_an_address_that_leads_nowhere_is_refused_before_it_is_remembered(workspace, url):
    with pytest.raises(UsageError):
        targets.add_target(workspace, "shop", url)
    assert targets.list_targets(workspace) == []


def test_a_target_gets_another_address_of_its_kind_and_what_was_seen_is_forgotten(workspace):
    targets.add_target(workspace, "line-7", "ssh://edge@10.0.0.7", identity="~/.ssh/line")
    targets.remember_probe(workspace, "line-7", Probe("linux/arm64"))
    targets.change_target(workspace, "line-7", "ssh://edge@10.0.0.8:2222")
    row = targets.get_target(workspace, "line-7")
    assert (row.url, row.probe, row.options) == ("ssh://edge@10.0.0.8:2222", None, {"identity": "~/.ssh/line"})
    with pytest.raises(UsageError, match="is of kind ssh"):
        targets.change_target(workspace, "line-7", "process://local")
    with pytest.raises(UsageError):
        targets.change_target(workspace, "nowhere", "ssh://edge@10.0.0.8")
    assert targets.get_target(workspace, "line-7").url == "ssh://edge@10.0.0.8:2222"


@pytest.mark.parametrize("option", ["tls", "keys", "feedback"])
def test_an_option_with_a_command_of_its_own_is_not_set_by_itself(workspace, option):
    with pytest.raises(UsageError, match="a command of its own"):
        targets.add_target(workspace, "here", "process://local", **{option: "1"})
    assert not targets.list_targets(workspace)


@pytest.mark.parametrize("url", ["process://local", "docker:///var/run/docker.sock", "registry://127.0.0.1:5000"])
def test_what_cannot_be_trained_on_says_so_and_whether_releases_run_there(workspace, url):
    targets.add_target(workspace, "place", url)
    with targets.open_target(workspace, "place") as opened:
        assert opened.runs is not url.startswith("registry")
        with pytest.raises(TargetError, match="Nothing can be trained"):
            opened.host()
