"""How an API server is asked: which one and as whom, and what is done when it is busy, forgets, or hangs up.

The server here is a stand-in that answers from a list; the exchange with a real one is tests/integration/deployment's.
"""

from __future__ import annotations

import json
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from connectors.kubernetes.api import DEPLOYMENTS, PODS, Api, NotThere
from connectors.kubernetes.kubeconfig import Access, read_access
from connectors.kubernetes.settings import read_settings
from connectors.kubernetes.watching import followed
from engine.deployment.errors import LoginRefused, TargetUnreachable
from engine.errors import TargetError, UsageError

CLUSTER = {"name": "c", "cluster": {"server": "https://host:6443"}}


@contextmanager
def server(*answers: tuple[int, dict[str, str], object]):
    """Answers one request after another: status, headers, and a JSON value or lines of a watch."""
    asked, left = [], list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Authorization", "")))
            status, headers, value = left.pop(0)
            lines = [json.dumps(one) for one in value] if isinstance(value, list) else [json.dumps(value)]
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write("\n".join(lines).encode())

        def log_message(self, *_):
            pass

    here = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=here.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{here.server_port}", asked
    finally:
        here.shutdown()
        here.server_close()


def api(url: str, **user) -> Api:
    return Api(Access("line", url, {}, user, source="kubeconfig"), "line", "cluster (kubernetes://line)")


def listed(version: str, *names: str) -> dict[str, object]:
    return {"metadata": {"resourceVersion": version}, "items": [thing(name, version) for name in names]}


def thing(name: str, version: str) -> dict[str, object]:
    return {"metadata": {"name": name, "resourceVersion": version}}


def test_a_busy_server_is_asked_again_when_it_says():
    with server((429, {"Retry-After": "0"}, {}), (503, {"Retry-After": "0"}, {}), (200, {}, {"kind": "Pod"})) as (
        url,
        asked,
    ):
        assert api(url).get(PODS, "a") == {"kind": "Pod"}
    assert len(asked) == 3


def test_one_that_wants_to_be_left_alone_for_long_is_told():
    with (
        server((429, {"Retry-After": "3600"}, {})) as (url, _),
        pytest.raises(TargetError, match="3600 s; try again later"),
    ):
        api(url).get(PODS, "a")


def test_a_watch_goes_on_where_it_was_and_lists_again_when_that_is_gone():
    gone = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old resource version"}}
    with server(
        (200, {}, listed("5", "a")),
        (200, {}, [{"type": "ADDED", "object": thing("b", "6")}, {"type": "BOOKMARK", "object": thing("", "9")}]),
        (200, {}, [{"type": "DELETED", "object": thing("a", "10")}, gone]),
        (200, {}, listed("20", "c")),
        (410, {}, {"kind": "Status", "message": "too old"}),
        (200, {}, listed("30", "d")),
        (500, {}, {}),
    ) as (url, asked):
        seen = []
        with pytest.raises(TargetError):
            seen.extend("".join(sorted(now)) for now in followed(api(url), DEPLOYMENTS, "x=y", 60, lambda: None))
    assert list(dict.fromkeys(seen)) == ["a", "ab", "b", "c", "d"]
    assert "resourceVersion=5" in asked[1][0]
    assert "resourceVersion=9" in asked[2][0], "the bookmark moved it on"


def test_a_list_comes_in_pages():
    first = {"metadata": {"continue": "more", "resourceVersion": "1"}, "items": [1]}
    with server((200, {}, first), (200, {}, {"metadata": {}, "items": [2]})) as (url, asked):
        assert api(url).list(PODS)["items"] == [1, 2]
    assert "continue=more" in asked[1][0]


def test_a_program_of_the_kubeconfig_gives_the_token_and_is_asked_again_when_it_has_ended(tmp_path):
    count = tmp_path / "count"
    code = (f"import json,os; p={str(count)!r}; n=os.path.exists(p) and int(open(p).read()) or 0; open(p,'w').write(str(n+1));"
            "assert os.environ['KUBERNETES_EXEC_INFO']; print(json.dumps({'status': {'token': f't{n}'}}))")  # fmt: skip
    program = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": ["-c", code]}
    with server((401, {}, {}), (200, {}, {"kind": "Pod"})) as (url, asked):
        api(url, exec=program).get(PODS, "a")
    assert [token for _, token in asked] == ["Bearer t0", "Bearer t1"]


@pytest.mark.parametrize(("user", "error", "said"), [
    ({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-program-here"}}, LoginRefused, "is not there"),
    ({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "false"}}, LoginRefused, "failed"),
    ({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "echo", "args": ["hello"]}}, LoginRefused, "ExecCredential"),
    ({"exec": {"apiVersion": "v0", "command": "true"}}, UsageError, "v1beta1"),
    ({"auth-provider": {"name": "gcp"}}, UsageError, "given up"),
    ({"token": "a\nHost: other"}, UsageError, "control letters"),
    ({"client-certificate-data": "###"}, UsageError, "base64"),
])  # fmt: skip
def test_a_login_that_cannot_be_is_refused_with_its_reason(user, error, said):
    with pytest.raises(error, match=said):
        api("http://127.0.0.1:9", **user).get(PODS, "a")


def test_nobody_and_somebody_else_are_told_apart():
    with pytest.raises(TargetUnreachable, match="does not answer"):
        api("http://127.0.0.1:9").get(PODS, "a")
    with server((200, {}, "no object")) as (url, _), pytest.raises(TargetError, match="not answer as an API server"):
        api(url).get(PODS, "a")
    with server((404, {}, {"kind": "Status", "message": "nothing"})) as (url, _), pytest.raises(NotThere):
        api(url).ask("GET", "/api/v1/x")


def test_earlier_kubeconfigs_win_and_their_paths_are_relative_to_themselves(tmp_path, monkeypatch):
    one, two = tmp_path / "a" / "one", tmp_path / "two"
    one.parent.mkdir()
    context = {"name": "line", "context": {"cluster": "c", "user": "u", "namespace": "factory"}}
    user = {"name": "u", "user": {"client-certificate": "me.pem"}}
    one.write_text(yaml.safe_dump({"contexts": [context], "users": [user]}))
    two.write_text(
        yaml.safe_dump({"current-context": "line", "clusters": [CLUSTER], "users": [{"name": "u", "user": {}}]})
    )
    monkeypatch.setenv("KUBECONFIG", f"{one}:{two}:{tmp_path}/none")
    access = read_access("")
    assert (access.context, access.namespace, access.server) == ("line", "factory", "https://host:6443")
    assert access.user["client-certificate"] == str(one.parent / "me.pem")


@pytest.mark.parametrize("text", [
    "", "[]", "{", "contexts: [1]", "contexts: [{name: line, context: 3}]", "!!python/object/apply:os.system ['true']",
    "current-context: other", "contexts: [{name: line, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: 'file:///etc'}}]",
    "contexts: [{name: line, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: 'http://far:80'}}]",
])  # fmt: skip
def test_a_kubeconfig_that_is_none_is_refused(tmp_path, monkeypatch, text):
    path = Path(tmp_path / "config")
    path.write_text(text)
    monkeypatch.setenv("KUBECONFIG", str(path))
    with pytest.raises(UsageError):
        read_access("line")


def test_a_workspace_cannot_name_a_kubeconfig_and_with_it_a_program():
    with pytest.raises(UsageError, match="set KUBECONFIG"):
        read_settings("kubernetes://line/factory", "line", {"kubeconfig": "/media/stick/config"})
