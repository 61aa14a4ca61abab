"""A registry that lies ends in one sentence, soon, without much memory, and nothing of it becomes a blob."""

from __future__ import annotations

import itertools
import json
import shutil
import socket
import time
import tracemalloc

import keyring
import pytest
from keyring.backends import null

from connectors.registry.target import RegistryTarget
from connectors.registry.wire import Limits
from engine.deployment import exchange, targets
from engine.deployment.image import blob_path
from engine.errors import LinesideError
from engine.packaging.artifacts import layout_folder, list_artifacts
from engine.packaging.oci import Layout
from engine.workspace import Workspace
from tests.integration.deployment.hostile import CONFIG, IMAGE, INDEX, LAYER, Hostile, digest, reply

pytestmark = pytest.mark.timeout(60)
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(autouse=True)
def hasty(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    patience(monkeypatch, 20)
    before = keyring.get_keyring()
    keyring.set_keyring(null.Keyring())
    yield
    keyring.set_keyring(before)


def patience(monkeypatch, seconds: float) -> None:
    limits = Limits(connect_s=5, answer_s=seconds, stall_s=seconds, first_pause_s=0.01, tries=3, error_bytes=16384)
    monkeypatch.setattr(RegistryTarget, "limits", limits)


@pytest.fixture
def registry():
    made = Hostile()
    yield made
    made.close()


@pytest.fixture
def stranger():
    """Another server, to which a registry may point."""
    made = Hostile("127.0.0.2")
    yield made
    made.close()


@pytest.fixture(scope="module")
def shut(tmp_path_factory):
    """A workspace into which nothing comes."""
    with Workspace.create(tmp_path_factory.mktemp("shut") / "workspace") as opened:
        yield opened


def pull(workspace, registry, **more):
    return exchange.pull(workspace, f"{registry.host}/line/parts:1", options={"insecure": "yes"}, **more)


def refused(workspace, registry, match: str, most_mb: int = 24) -> str:
    """The sentence with which a pull ends; the workspace is as it was, and little memory was needed."""
    shutil.rmtree(layout_folder(workspace), ignore_errors=True)
    tracemalloc.start()
    try:
        with pytest.raises(LinesideError, match=match) as caught:
            pull(workspace, registry)
        assert tracemalloc.get_traced_memory()[1] < most_mb << 20
    finally:
        tracemalloc.stop()
    said = str(caught.value)
    assert "\n" not in said
    assert 20 < len(said) < 500
    assert list_artifacts(workspace) == []
    layout = Layout(layout_folder(workspace))
    assert layout.images() == []
    for blob in (layout.root / "blobs" / "sha256").iterdir():
        assert blob.name.startswith(".") or digest(blob.read_bytes()) == f"sha256:{blob.name}"
    assert not blob_path(layout.root, digest(registry.manifest)).exists()
    return said


def slowly(*pieces: bytes, pause: float = 0.05):
    yield from pieces
    while True:
        time.sleep(pause)  # the hostile side's own pace
        yield b"a"


def endless(head: bytes, piece: bytes):
    yield head
    yield from itertools.repeat(piece)


def chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
CLOSES = HEAD + b"Connection: close\r\n\r\n"
BODIES = {
    "wrong length": (lambda layer: reply(layer, Content_Length="5"), "sends 5 bytes as"),
    "enormous length": (lambda layer: reply(layer, Content_Length="9" * 17), "bytes as the 1048576"),
    "no number as length": (lambda layer: reply(layer, Content_Length="many"), "bytes as the 1048576"),
    "short body": (lambda layer: reply(layer[:1000], Content_Length=str(len(layer)), Connection="close"), "broke off"),
    "empty body": (lambda layer: reply(b""), "sends 0 bytes"),
    "longer than said": (lambda layer: CLOSES + layer + b"x", "sends more than"),
    "endless": (lambda layer: endless(CLOSES, bytes(1 << 16)), "sends more than"),
    "endless in chunks": (lambda layer: endless(CHUNKED, chunk(bytes(1 << 16))), "sends more than"),
    "wrong digest": (lambda layer: reply(layer[::-1]), "sends another blob"),
    "slow": (lambda layer: slowly(HEAD + f"Content-Length: {len(layer)}\r\n\r\n".encode()), "in time"),
    "slow head": (lambda layer: slowly(HEAD + b"X: "), "in time"),
    "endless head": (lambda layer: endless(HEAD + b"X: ", b"a" * 4096), "does not answer"),
    "endless heads": (lambda layer: endless(HEAD, b"X: a\r\n"), "does not answer"),
    "endless chunk size": (lambda layer: endless(CHUNKED + b"1;", b"a" * 4096), "broke off"),
    "slow chunk size": (lambda layer: slowly(CHUNKED + b"1;"), "in time"),
    "endless trailer": (lambda layer: endless(CHUNKED + chunk(layer[:9]) + b"0\r\n", b"X: a\r\n"), "in time"),
    "negative chunk": (lambda layer: CHUNKED + b"-5\r\nabc\r\n", "broke off"),
    "huge chunk": (lambda layer: CHUNKED + b"FFFFFFFFFFFFFFF\r\nabc", "broke off"),
    "endless 100": (lambda layer: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500), "in time"),
    "no HTTP": (lambda layer: b"220 smtp ready\r\n", "does not answer"),
    "nothing": (lambda layer: [b""], "does not answer"),
    "file": (lambda layer: reply(b"", "307 Moved", Location="file:///etc/passwd"), "no address on the web"),
    "ftp": (lambda layer: reply(b"", "307 Moved", Location="ftp://127.0.0.1/x"), "no address on the web"),
    "nowhere": (lambda layer: reply(b"", "307 Moved"), "sends us on more than"),
    "with a login": (lambda layer: reply(b"", "307 Moved", Location="http://a:b@127.0.0.1/x"), "no address on the web"),
    "metadata service": (lambda layer: reply(b"", "307 Moved", Location="http://169.254.169.254/x"), "closer to this machine"),
    "another part": (lambda layer: reply(layer, "206 Partial", Content_Range="bytes 7-9/10"), "another part"),
    "gone": (lambda layer: reply(b"", "404 Not Found"), "no such thing"),
    "broken": (lambda layer: reply(b"<html>" * 9000, "500 Error"), "refuses .500"),
    "comes back next year": (lambda layer: reply(b"", "429 Slow down", Retry_After="31536000"), "wants us back in"),
    "busy for ever": (lambda layer: reply(b"", "429 Slow down", Retry_After="0"), "asked too often"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
def test_a_layer_that_is_not_what_it_should_be_is_refused(kind, shut, registry, monkeypatch):
    make, match = BODIES[kind]
    patience(monkeypatch, 0.5 if match == "in time" else 20)
    registry.answers["GET", f"blobs/{digest(registry.layer)}"] = lambda path, headers: make(registry.layer)
    refused(shut, registry, match)


def test_what_is_well_comes_in(workspace, registry):
    arrived, _ = pull(workspace, registry)
    assert arrived.artifact.digest == digest(registry.manifest)
    assert arrived.received == len(registry.layer) + len(registry.config)


def test_a_pull_that_was_cut_asks_only_for_the_rest(workspace, registry):
    layer, end = registry.layer, f"blobs/{digest(registry.layer)}"
    cuts = iter([300_000, 400_000])

    def cut(path, headers):
        start = int(headers.get("range", "bytes=0-")[6:-1])
        stop = next(cuts, None)
        status, more = (
            ("206 Partial", {"Content_Range": f"bytes {start}-{len(layer) - 1}/{len(layer)}"})
            if start
            else ("200 OK", {})
        )
        return reply(layer[start : start + stop if stop else None], status, Content_Length=str(len(layer) - start),
                     Connection="close", **more)  # fmt: skip

    registry.answers["GET", end] = cut
    pull(workspace, registry)
    asked = [headers.get("range", "") for _, path, headers in registry.seen if path.endswith(end)]
    assert asked == ["", "bytes=300000-", "bytes=700000-"]


def test_redirects_are_followed_without_the_login_and_not_for_ever(workspace, registry, stranger, monkeypatch):
    monkeypatch.setenv("LINESIDE_REGISTRY_PASSWORD", "s3cret")
    end = f"blobs/{digest(registry.layer)}"
    registry.answers["GET", end] = reply(b"", "307 Moved", Location=f"http://{stranger.host}/elsewhere/{end}")
    asks_for_basic(registry)
    stranger.answers["GET", end] = reply(registry.layer)
    targets.add_target(workspace, "shop", f"registry://line@{registry.host}", insecure="yes")
    pull(workspace, registry)
    assert registry.authorised()
    assert [path for _, path, _ in stranger.seen] == [f"/elsewhere/{end}"]
    assert stranger.authorised() == []


def asks_for_basic(registry) -> None:
    """Every request wants a login first."""
    given = dict(registry.answers)

    def ask(path, headers):
        if "authorization" not in headers:
            return reply(b"", "401 No", WWW_Authenticate='Basic realm="line"')
        found = next((made for (verb, end), made in given.items() if path.endswith(end)), None)
        return registry._usual("GET", path) if found is None else found

    registry.answers = {("GET", ""): ask}


def test_a_circle_of_redirects_ends(shut, registry):
    end = f"blobs/{digest(registry.layer)}"
    registry.answers["GET", end] = lambda path, headers: reply(b"", "302 Found", Location=path)
    refused(shut, registry, "sends us on more than 5 times")
    assert len([path for _, path, _ in registry.seen if path.endswith(end)]) == 6


def own_address() -> str:
    """An address of this machine that is not its loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but its loopback")
        found = str(probe.getsockname()[0])
    if found.startswith("127."):
        pytest.skip("this machine has no address but its loopback")
    return found


@pytest.mark.parametrize("name", ["127.0.0.2", "localhost"])
def test_a_registry_elsewhere_cannot_send_us_to_this_machine(name, shut, stranger):
    registry = Hostile(own_address())
    inner = Hostile() if name == "localhost" else stranger
    target = f"http://{name}:{inner.host.partition(':')[2]}/admin"
    registry.answers["GET", f"blobs/{digest(registry.layer)}"] = reply(b"", "307 Moved", Location=target)
    refused(shut, registry, "closer to this machine")
    challenge = f'Bearer realm="{target}",service="x"'
    registry.answers = {("GET", ""): reply(b"", "401 No", WWW_Authenticate=challenge)}
    refused(shut, registry, "closer to this machine|without encryption")
    assert inner.seen == []
    registry.close()


CHALLENGES = {
    "file": ('Bearer realm="file:///etc/passwd"', "names no address to log in"),
    "nothing": ("Bearer", "names no address to log in"),
    "other host in the clear": ('Bearer realm="http://127.0.0.2:9/token"', "without encryption"),
    "login in it": ('Bearer realm="https://a:b@127.0.0.1/token"', "names no address to log in"),
    "unknown": ('Negotiate realm="x"', "not known here"),
    "garbage": ("\x01\x02" * 2000, "not known here|does not answer"),
    "none": (None, "wants a login"),
    "basic": ('Basic realm="x"', "wants a login"),
    "long": ('Bearer realm="' + "x" * 30000 + '"', "names no address to log in"),
}


@pytest.mark.parametrize("kind", CHALLENGES)
def test_a_login_is_not_sent_where_it_has_no_business(kind, shut, registry):
    challenge, match = CHALLENGES[kind]
    registry.answers["GET", ""] = reply(b"", "401 No", WWW_Authenticate=challenge)
    refused(shut, registry, match)


TOKENS = {
    "no JSON": (reply(b"<html>"), "no JSON"),
    "a list": (reply(b"[]"), "gives no token"),
    "no token": (reply(b"{}"), "without a token"),
    "a line more": (reply(json.dumps({"token": "a\r\nX: y"}).encode()), "without a token"),
    "a number": (reply(b'{"token": 7}'), "without a token"),
    "too long": (reply(json.dumps({"token": "a" * 20000}).encode()), "larger than|without a token"),
    "endless": (lambda path, headers: endless(CLOSES, b" " * 4096), "larger than"),
    "refused": (reply(b"", "403 No"), "wants a login"),
    "moved": (reply(b"", "302 Found", Location="http://127.0.0.2:9/"), "gives no token"),
    "slow": (lambda path, headers: slowly(HEAD + b"Content-Length: 500\r\n\r\n"), "in time"),
}


@pytest.mark.parametrize("kind", TOKENS)
def test_a_token_that_is_none_is_told(kind, shut, registry, monkeypatch):
    given, match = TOKENS[kind]
    patience(monkeypatch, 0.5 if match == "in time" else 20)
    registry.answers["GET", "scope=repository%3Aline%2Fparts%3Apull"] = given
    registry.answers["GET", "/1"] = reply(
        b"", "401 No", WWW_Authenticate=f'Bearer realm="http://{registry.host}/token"'
    )
    refused(shut, registry, match)


def test_a_token_is_asked_for_once_and_a_registry_that_never_takes_it_is_told(workspace, registry):
    token = "scope=repository%3Aline%2Fparts%3Apull"
    challenge = reply(b"", "401 No", WWW_Authenticate=f'Bearer realm="http://{registry.host}/token",service="s&t"')
    registry.answers["GET", token] = reply(b'{"access_token": "abc"}')
    registry.answers["GET", "/1"] = lambda path, headers: (
        reply(registry.manifest, Content_Type=IMAGE) if headers.get("authorization") == "Bearer abc" else challenge
    )
    pull(workspace, registry)
    assert [path for _, path, _ in registry.seen if "/token" in path] == [f"/token?service=s%26t&{token}"]
    registry.answers["GET", "/1"] = challenge
    with pytest.raises(LinesideError, match="wants a login"):
        pull(workspace, registry)
    assert len([path for _, path, _ in registry.seen if "/token" in path]) == 2


MANIFESTS = {
    "no JSON": (lambda r: b"{", IMAGE, "no JSON"),
    "deep": (lambda r: b"[" * 200_000, IMAGE, "no JSON"),
    "a list": (lambda r: b"[]", IMAGE, "old or unknown form"),
    "schema 1": (lambda r: b'{"schemaVersion": 1}', IMAGE, "old or unknown form"),
    "huge": (lambda r: b" " * (5 << 20), IMAGE, "larger than 4096 KB"),
    "unknown": (lambda r: r.image(mediaType="text/html"), "text/html", "unknown kind"),
    "another kind than sent": (lambda r: r.image(), INDEX, "unknown kind"),
    "both": (lambda r: r.image(manifests=[]), IMAGE, "something else than it is"),
    "no layers": (lambda r: json.dumps({"schemaVersion": 2, "mediaType": IMAGE, "config": {}}).encode(), IMAGE, "something else"),
    "layers no list": (lambda r: r.image(layers={}), IMAGE, "no list"),
    "layer no object": (lambda r: r.image(layers=["x"]), IMAGE, "do not lie there"),
    "config null": (lambda r: r.image(config=None), IMAGE, "do not lie there"),
    "digest climbs": (lambda r: r.image(layers=[{**r.described(b"x", LAYER), "digest": "sha256:../../../x"}]), IMAGE, "proper digest"),
    "digest md5": (lambda r: r.image(layers=[{**r.described(b"x", LAYER), "digest": "md5:00"}]), IMAGE, "proper digest"),
    "negative size": (lambda r: r.image(layers=[{**r.described(b"x", LAYER), "size": -1}]), IMAGE, "proper digest"),
    "size a word": (lambda r: r.image(layers=[{**r.described(b"x", LAYER), "size": "9"}]), IMAGE, "proper digest"),
    "elsewhere": (lambda r: r.image(layers=[r.described(b"x", LAYER, urls=["http://x/"])]), IMAGE, "do not lie there"),
    "too large": (lambda r: r.image(layers=[{**r.described(b"x", LAYER), "size": 1 << 60}]), IMAGE, "more than the 8192 MB"),
    "too many": (lambda r: r.image(layers=[r.described(b"x", LAYER)] * 200), IMAGE, "more than 129 blobs"),
    "zstd": (lambda r: r.image(layers=[r.described(b"x", LAYER + "+zstd")]), IMAGE, "zstd"),
    "foreign layer": (lambda r: r.image(layers=[r.described(b"x", "application/vnd.oci.image.layer.nondistributable.v1.tar")]), IMAGE,
                      "unknown kind"),
    "no image": (lambda r: r.image(config=r.described(b"{}", "application/vnd.cncf.helm.config.v1+json")), IMAGE, "no image"),
    "config too large": (lambda r: r.image(config={**r.described(b"{}", CONFIG), "size": 1 << 30}), IMAGE, "config of the image"),
}  # fmt: skip


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_manifest_that_is_not_to_be_used_is_refused(kind, shut, registry):
    make, sent, match = MANIFESTS[kind]
    registry.put(make(registry), sent)
    refused(shut, registry, match, 48)


def test_another_manifest_than_its_digest_says_is_refused(workspace, registry):
    registry.answers["GET", "/1"] = reply(registry.manifest, Content_Type=IMAGE, Docker_Content_Digest=digest(b"other"))
    refused(workspace, registry, "another manifest")
    asked = digest(b"other")
    registry.answers["GET", asked] = reply(registry.manifest, Content_Type=IMAGE)
    with pytest.raises(LinesideError, match="another manifest"):
        exchange.pull(workspace, f"{registry.host}/line/parts@{asked}", options={"insecure": "yes"})


def test_an_index_of_the_wrong_things_is_refused(shut, registry):
    def index(*entries):
        content = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries)}).encode()
        registry.put(content, INDEX)

    image = registry.described(registry.manifest, IMAGE)
    registry.put(registry.manifest, tag="inner")
    index(registry.described(b"{}", INDEX))
    refused(shut, registry, "holds another index")
    index(registry.described(b"{}", "text/plain"))
    refused(shut, registry, "holds something unknown")
    index({**image, "size": 3, "platform": {"os": "linux", "architecture": "amd64"}})
    refused(shut, registry, "another size or kind")
    index({**image, "platform": {"os": "linux", "architecture": "arm64"}})
    refused(shut, registry, "calls an image linux/arm64 that is for linux/amd64")
    index(*[image] * 40)
    refused(shut, registry, "more than 32")
    index()
    refused(shut, registry, "holds no image")


@pytest.mark.parametrize(
    "config", [b'{"os": "windows", "architecture": "amd64"}', b'{"os": "linux", "architecture": "riscv64"}']
)
def test_an_image_for_what_artifacts_do_not_run_on_is_refused(config, shut, registry):
    registry.config = config
    registry.manifest = registry.image()
    refused(shut, registry, "artifacts run on linux/amd64 and linux/arm64")


@pytest.mark.parametrize("config", [b"{", b"[]", b"{}", b'"x"'])
def test_a_config_that_cannot_be_read_is_refused(config, shut, registry):
    registry.config = config
    registry.manifest = registry.image()
    refused(shut, registry, "config of the image .* cannot be read")


def test_what_is_attached_must_be_attached_to_just_that(shut, registry):
    wrong = registry.image(subject=registry.described(b"another", IMAGE), artifactType="x/y")
    registry.put(wrong, tag="referrer")
    listed = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [registry.described(wrong, IMAGE)]}
    end = f"referrers/{digest(registry.manifest)}"
    registry.answers["GET", end] = reply(json.dumps(listed).encode(), Content_Type=INDEX)
    refused(shut, registry, "gives as attached")
    listed["manifests"] *= 100
    registry.answers["GET", end] = reply(json.dumps(listed).encode(), Content_Type=INDEX)
    refused(shut, registry, "more than 64 entries")
    registry.answers["GET", end] = reply(b"[[", Content_Type=INDEX)
    refused(shut, registry, "no JSON")


def test_a_verification_that_fails_keeps_the_artifact_out(workspace, registry):
    def no(layout, which):
        layout.check(which)
        raise LinesideError("Nobody whom we trust has signed this.")

    with pytest.raises(LinesideError, match="signed"):
        pull(workspace, registry, verify=no)
    assert list_artifacts(workspace) == []
    assert Layout(layout_folder(workspace)).images() == []


def test_tags_without_end_end(workspace, registry):
    from connectors.registry.client import Repository

    registry.answers["GET", ""] = reply(b'{"tags": ["a"]}', Link='</v2/line/parts/tags/list?last=a>; rel="next"')
    targets.add_target(workspace, "shop", f"registry://{registry.host}", insecure="yes")
    with targets.open_target(workspace, "shop") as target:
        assert len(Repository(target._session(), "line/parts").tags()) == 50


UPLOADS = {
    "file": ("file:///etc/passwd", "no address on the web"),
    "nowhere": (None, "where to send a blob"),
    "metadata service": ("http://169.254.169.254/u", "closer to this machine"),
}


@pytest.mark.parametrize("kind", UPLOADS)
def test_an_upload_is_not_sent_where_it_has_no_business(kind, workspace, registry):
    location, match = UPLOADS[kind]
    pull(workspace, registry)
    registry.answers["HEAD", ""] = reply(b"", "404 Not Found")
    registry.answers["POST", ""] = reply(b"", "202 Accepted", Location=location)
    with pytest.raises(LinesideError, match=match):
        exchange.push(
            workspace, digest(registry.manifest)[7:20], f"{registry.host}/line/parts:2", options={"insecure": "yes"}
        )
    assert not [path for method, path, _ in registry.seen if method in ("PUT", "PATCH")]


def takes_uploads(registry, at: str = "") -> None:
    """The registry takes uploads, and says how much it has, as the specification wants it."""

    def where(path, headers):
        has = {"Range": f"0-{len(registry.received) - 1}"} if registry.received else {}
        return reply(b"", "202 Accepted", Location=f"{at}/v2/line/parts/blobs/uploads/7", **has)

    registry.answers["HEAD", ""] = reply(b"", "404 Not Found")
    registry.answers["POST", ""] = registry.answers["PATCH", ""] = where
    registry.answers["GET", "uploads/7"] = lambda path, headers: where(path, headers).replace(
        b"202 Accepted", b"204 No Content"
    )
    registry.answers["PUT", ""] = lambda path, headers: reply(b"", "201 Created")


def push(workspace, registry, **more):
    return exchange.push(workspace, digest(registry.manifest)[7:20], f"{registry.host}/line/parts:2",
                         options={"insecure": "yes", **more})["push"]  # fmt: skip


def test_an_upload_cut_in_the_middle_of_a_chunk_goes_on_at_the_very_byte(workspace, registry, monkeypatch):
    monkeypatch.setattr(RegistryTarget, "limits", Limits(first_pause_s=0.01, chunk_bytes=400_000))
    pull(workspace, registry)
    takes_uploads(registry)
    registry.cuts = [123_456, 300_000]
    done = push(workspace, registry)
    assert digest(bytes(registry.received[: len(registry.layer)])) == digest(registry.layer)
    starts = [int(headers["content-range"].split("-")[0]) for verb, _, headers in registry.seen if verb == "PATCH"]
    assert starts == [0, 123_456, 423_456, 823_456]
    assert done["resumed"] == 123_456 + 423_456
    assert done["retries"] == 2


def test_an_upload_to_another_host_goes_there_without_the_login(workspace, registry, stranger, monkeypatch):
    monkeypatch.setenv("LINESIDE_REGISTRY_PASSWORD", "s3cret")
    pull(workspace, registry)
    takes_uploads(stranger)
    takes_uploads(registry, f"http://{stranger.host}")
    post = registry.answers["POST", ""]
    registry.answers["POST", ""] = lambda path, headers: (
        post(path, headers) if "authorization" in headers else reply(b"", "401 No", WWW_Authenticate="Basic realm=x")
    )
    targets.add_target(workspace, "shop", f"registry://line@{registry.host}", insecure="yes")
    push(workspace, registry)
    assert registry.authorised()
    assert {verb for verb, _, _ in stranger.seen} == {"PUT"}
    assert stranger.authorised() == []


def test_a_registry_that_says_it_keeps_a_byte_of_each_chunk_is_given_up(workspace, registry, monkeypatch):
    monkeypatch.setattr(RegistryTarget, "limits", Limits(first_pause_s=0.01, chunk_bytes=400_000))
    pull(workspace, registry)
    takes_uploads(registry)
    count = itertools.count(1)
    registry.answers["PATCH", ""] = lambda path, headers: reply(
        b"", "202 Accepted", Location="/v2/line/parts/blobs/uploads/7", Range=f"0-{next(count)}"
    )
    with pytest.raises(LinesideError, match="small parts"):
        push(workspace, registry)
    assert len([verb for verb, _, _ in registry.seen if verb == "PATCH"]) < 10


def test_a_manifest_that_was_kept_as_another_is_told(workspace, registry):
    pull(workspace, registry)
    takes_uploads(registry)
    registry.answers["PUT", digest(registry.manifest)] = reply(b"", "201 Created", Docker_Content_Digest=digest(b"x"))
    with pytest.raises(LinesideError, match="kept the manifest"):
        push(workspace, registry)
