"""Keys, scopes, quotas, lock-outs and the audit log, against the real server."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from engine.serving.access import Access
from engine.serving.audit import AuditLog, check_chain
from engine.serving.errors import BadRequest, Refused, ServingError
from engine.serving.guessing import FREE_TRIES, MOST_ADDRESSES, Guesses
from engine.serving.keys import KeyFolder, new_key, split
from engine.serving.quotas import Quotas
from engine.serving.state import replace_file
from tests.unit.serving.conftest import Server


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 0, 0)).save(file, "PNG")
    return file.getvalue()


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def write_key(state: Path, **wanted: object) -> str:
    key, text = new_key(wanted)
    (state / "keys").mkdir(parents=True, exist_ok=True)
    (state / "keys" / f"{key.id}.json").write_bytes(key.content())
    return text


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture(scope="module")
def guarded(detector: Path, tmp_path_factory) -> Iterator[tuple[Server, Path, str]]:
    """A server with keys behind a gateway on this machine; its state folder and a key of scope admin."""
    state = tmp_path_factory.mktemp("guarded")
    admin = write_key(state, scopes=["admin"])
    server = Server(detector, "--state", str(state), "--trusted-proxies", "127.0.0.0/8, 10.9.0.1").wait_until_ready()
    yield server, state, admin
    server.stop()


def made(guarded: tuple[Server, Path, str], **wanted: object) -> str:
    """A new key of the running server."""
    server, _, admin = guarded
    status, answer = server.request("POST", "/v2/admin/keys", json.dumps(wanted).encode(), bearer(admin))
    assert status == 201
    return answer["key"]


def until(condition, seconds: float = 10):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "did not come true in time"
        time.sleep(0.02)
    return found


def test_with_keys_each_request_needs_one_and_health_needs_none(guarded) -> None:
    server, state, _ = guarded
    text = made(guarded)
    assert server.get("/v2/health/live")[0] == 200
    status, answer = server.post("/predict", png())
    assert (status, answer["error"].count(".")) == (401, 1)
    assert server.request("POST", "/predict", png(), bearer(text))[0] == 200
    assert server.request("POST", "/predict", png(), {"X-API-Key": text})[0] == 200
    assert server.post(f"/predict?key={text}&api_key={text}", png())[0] == 401
    assert server.request("POST", "/predict", png(), bearer(text) | {"X-API-Key": "ls_other_key"})[0] == 401
    assert server.get("/v2/models/parts")[0] == server.get("/metrics")[0] == server.get("/")[0] == 401
    assert server.get("/nowhere")[0] == 401
    stored = "".join(path.read_text() for path in state.rglob("*.json*"))
    assert text not in stored
    assert split(text)[1] not in stored


def test_a_key_is_for_its_scopes_and_models_only(guarded) -> None:
    server = guarded[0]
    infer, metrics = made(guarded, scopes=["infer"]), made(guarded, scopes=["metrics"])
    other, fitting = made(guarded, models=["no-*"]), made(guarded, models=["x", "par*"])

    def status(method: str, path: str, text: str) -> int:
        return server.request(method, path, png() if method == "POST" else None, bearer(text))[0]

    assert [status("GET", "/metrics", text) for text in (infer, metrics)] == [403, 200]
    assert [status("POST", "/predict", text) for text in (infer, metrics, other, fitting)] == [200, 403, 403, 200]
    assert [status("GET", "/v2/models/parts", text) for text in (other, fitting)] == [403, 200]
    assert status("POST", "/predict?model=no-1&model=parts", other) == 403
    assert status("POST", "/v2/models/parts/x/infer", made(guarded, models=["parts"])) == 403
    assert server.get("/try.js")[0] in (200, 404)
    for path in (
        "/v2/repository/models/parts/unload",
        "/v2/admin/keys",
        "/v2/admin/usage",
        "/v2/admin/audit",
        "/v2/admin",
    ):
        assert {status("GET", path, text) for text in (infer, metrics, other)} == {403}


def test_an_administrator_makes_lists_and_revokes_keys_at_once(guarded) -> None:
    server, _, admin = guarded
    wanted = {"name": "线 7", "scopes": ["infer"], "per_day": 2}
    status, new = server.request("POST", "/v2/admin/keys", json.dumps(wanted).encode(), bearer(admin))
    assert (status, new["name"], new["state"]) == (201, "线 7", "active")
    listed = json.dumps(server.request("GET", "/v2/admin/keys", None, bearer(admin))[1])
    assert new["id"] in listed
    assert split(new["key"])[1] not in listed
    assert not {"salt", "digest"} & set(new)

    def ask() -> int:
        return server.request("POST", "/predict", png(), bearer(new["key"]))[0]

    assert [ask(), ask(), ask()] == [200, 200, 429]
    status, told = server.request("GET", f"/v2/admin/keys/{new['id']}", None, bearer(admin))
    assert (told["usage"][0]["requests"], told["usage"][0]["refused"]) == (2, 1)
    assert told["usage"][0]["bytes"] == 2 * len(png())
    assert server.request("DELETE", f"/v2/admin/keys/{new['id']}", None, bearer(admin))[1]["state"] == "revoked"
    assert ask() == 401
    for body in (b"", b"[]", b"{", b'{"scopes": ["root"]}', b'{"scopes": []}', b'{"per_day": -1}', b'{"per_day": true}',
                 b'{"expires": "soon"}', b'{"per_second": NaN}', b'{"id": "mine"}', b'{"digest": "0"}',
                 b'{"name": "a\\nb"}', b'{"name": 5}', b'{"models": "*"}', b"[" * 60000):  # fmt: skip
        assert server.request("POST", "/v2/admin/keys", body, bearer(admin))[0] == 400, body
    assert server.request("POST", "/v2/admin/keys", b" " * 70000, bearer(admin))[0] == 413
    for method, path, expected in (("DELETE", "/v2/admin/keys/none", 404), ("PUT", "/v2/admin/keys", 405),
                                   ("GET", "/v2/admin/other", 404), ("POST", "/v2/admin/audit", 405),
                                   ("GET", "/v2/admin/audit?after=x", 400)):  # fmt: skip
        assert server.request(method, path, b"{}" if method == "POST" else None, bearer(admin))[0] == expected


def test_key_files_that_come_change_or_go_count_within_a_second(own_server, state: Path) -> None:
    server = own_server("--state", str(state)).wait_until_ready()
    assert server.post("/predict", png())[0] == 200
    assert server.post("/v2/admin/keys", b"{}")[0] == 403  # nobody can make the first key over HTTP
    text = write_key(state)
    until(lambda: server.post("/predict", png())[0] == 401)
    assert server.request("POST", "/predict", png(), bearer(text))[0] == 200
    path = next((state / "keys").glob("*.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"revoked": time.time()}))
    until(lambda: server.request("POST", "/predict", png(), bearer(text))[0] == 401)
    path.write_text("damaged")
    until(lambda: "not known" in server.request("GET", "/v2", None, bearer(text))[1]["error"])
    other = write_key(state)
    until(lambda: server.request("POST", "/predict", png(), bearer(other))[0] == 200, 30)
    for file in (state / "keys").iterdir():
        file.unlink()
    (state / "keys").rmdir()
    until(lambda: server.request("POST", "/predict", png(), bearer(other))[0] != 200)
    assert server.post("/predict", png())[0] == 401  # a folder that is lost does not open the door


def test_usage_quotas_and_keys_outlive_a_restart(own_server, state: Path) -> None:
    admin, text = write_key(state, scopes=["admin"]), write_key(state, per_day=3)
    first = own_server("--state", str(state)).wait_until_ready()
    statuses = [first.request("POST", "/predict", png(), bearer(text))[0] for _ in range(2)]
    second = own_server("--state", str(state)).wait_until_ready()  # a switch: both run for a while
    statuses += [second.request("POST", "/predict", png(), bearer(text))[0]]
    second.stop()
    first.stop()
    third = own_server("--state", str(state)).wait_until_ready()
    statuses += [third.request("POST", "/predict", png(), bearer(text))[0]]
    assert statuses == [200, 200, 200, 429]
    assert sum(row["requests"] for row in third.request("GET", "/v2/admin/usage", None, bearer(admin))[1]["usage"]) == 3


def test_the_audit_log_names_who_what_and_result_and_holds_no_secret(own_server, state: Path) -> None:
    admin = write_key(state, scopes=["admin"])
    server = own_server("--state", str(state)).wait_until_ready()
    made = server.request("POST", "/v2/admin/keys", b'{"name": "x"}', bearer(admin))[1]
    server.request("DELETE", f"/v2/admin/keys/{made['id']}", None, bearer(admin))
    for _ in range(3):
        server.request("GET", "/metrics", None, bearer(made["key"]))
    lines = server.request("GET", "/v2/admin/audit", None, bearer(admin))[1]["lines"]
    told = [(json.loads(line)["who"], json.loads(line)["what"], json.loads(line)["status"]) for line in lines]
    who = split(admin)[0]
    assert told == [
        ("", "started", 0),
        (who, f"made key {made['id']}", 201),
        (who, "POST /v2/admin/keys", 201),
        (who, f"revoked key {made['id']}", 200),
        (who, f"DELETE /v2/admin/keys/{made['id']}", 200),
        (made["id"], "GET /metrics", 401),
    ]
    assert list(check_chain(lines)) == []
    server.stop()
    lines = AuditLog(state / "audit").lines()
    assert [json.loads(line).get("again") for line in lines[-2:]] == [2, None]
    assert list(check_chain(lines)) == []
    written = "".join(lines) + server.process.stderr.read()
    assert not any(split(text)[1] in written for text in (admin, made["key"]))


def test_wrong_keys_are_slowed_down_while_a_good_client_of_the_same_address_goes_on(guarded) -> None:
    server = guarded[0]
    good, late = made(guarded), made(guarded)

    def status(text: str, forwarded: str) -> int:
        return server.request("POST", "/predict", png(), bearer(text) | {"X-Forwarded-For": forwarded})[0]

    assert status(good, "10.0.0.66") == 200
    tried = [status(good[:-5] + "wrong", "10.0.0.5, 10.0.0.66") for _ in range(20)]
    assert tried[:FREE_TRIES] == [401] * FREE_TRIES
    assert 429 in tried[FREE_TRIES:]
    assert status(good, "10.0.0.66") == 200
    assert status(late, "10.0.0.66") == 429  # a right key is not told from a wrong one while the address waits
    assert status(late, "10.0.0.66, 10.0.0.5") == 200
    assert status(late, "10.0.0.5, 10.9.0.1") == 200


def test_only_what_a_trusted_gateway_says_of_a_client_is_believed() -> None:
    def address(proxies: str, client: str, forwarded: str) -> str:
        return Access(None, proxies).address({"client": (client, 1)}, {"x-forwarded-for": forwarded})

    assert address("", "10.0.0.1", "1.2.3.4") == "10.0.0.1"
    assert address("10.9.0.1", "10.0.0.1", "1.2.3.4") == "10.0.0.1"
    assert address("10.0.0.1", "10.0.0.1", "9.9.9.9, 1.2.3.4") == "1.2.3.4"
    assert address("10.0.0.0/8", "10.0.0.1", "9.9.9.9, 1.2.3.4, 10.3.3.3") == "1.2.3.4"
    assert address("10.0.0.0/8", "10.0.0.1", "") == "10.0.0.1"
    with pytest.raises(ServingError, match="Trusted proxies"):
        Access(None, "gateway")


def test_open_to_the_network_is_told_in_the_log_and_in_the_metrics(own_server, state: Path) -> None:
    server = own_server("--host", "0.0.0.0", "--state", str(state)).wait_until_ready()
    assert b"lineside_open_to_network 1" in server.get("/metrics")[1]
    write_key(state)
    text = write_key(state, scopes=["metrics"])
    until(lambda: b"lineside_open_to_network 0" in server.request("GET", "/metrics", None, bearer(text))[1])
    server.stop()
    assert "Everybody who reaches 0.0.0.0 may ask" in server.process.stderr.read()


def test_the_bucket_of_a_second_fills_again(tmp_path: Path, monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    quotas = Quotas(None)
    key, _ = new_key({"per_second": 2})
    for _ in range(2):
        quotas.take(key)
    with pytest.raises(Refused) as refused:
        quotas.take(key)
    assert (refused.value.status, refused.value.headers) == (429, ((b"retry-after", b"1"),))
    now[0] += 0.5
    quotas.take(key)
    with pytest.raises(Refused):
        quotas.take(key)


def test_the_day_of_a_quota_ends_at_midnight_of_utc() -> None:
    now = [86400 * 1000 - 30.0]
    quotas = Quotas(None, lambda: now[0])
    key, _ = new_key({"per_day": 1})
    quotas.take(key)
    with pytest.raises(Refused) as refused:
        quotas.take(key)
    assert refused.value.headers == ((b"retry-after", b"30"),)
    now[0] += 30
    quotas.take(key)


def test_two_releases_count_into_one_file(tmp_path: Path) -> None:
    key, _ = new_key()
    both = [Quotas(tmp_path / "usage.json") for _ in range(2)]

    def work(quotas: Quotas) -> None:
        for _ in range(30):
            quotas.take(key)
            quotas.add(key.id, 10, 1)
            quotas.save()

    with ThreadPoolExecutor() as pool:
        list(pool.map(work, both))
    assert Quotas(tmp_path / "usage.json").usage()[0] | {"day": ""} == {
        "day": "", "key": key.id, "requests": 60, "bytes": 600, "ms": 60, "refused": 0,
    }  # fmt: skip


def test_damaged_usage_starts_anew(tmp_path: Path) -> None:
    for content in (b"", b"[]", b'{"a": 1}', b'{"a": {"b": {"requests": "x"}}}', b"\xff"):
        (tmp_path / "usage.json").write_bytes(content)
        assert Quotas(tmp_path / "usage.json").usage() == []


def test_waits_double_and_the_table_of_addresses_is_bounded() -> None:
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    waits = []
    for _ in range(FREE_TRIES + 12):
        waits.append(guesses.wrong("10.0.0.1"))
        now[0] += waits[-1]
    assert waits[FREE_TRIES - 2 :][:5] == [0, 1, 2, 4, 8]
    assert waits[-1] == 900
    now[0] += 3601
    assert guesses.wrong("10.0.0.1") == 0
    for number in range(MOST_ADDRESSES + 50):
        guesses.wrong(f"2001:db8:{number:x}::1")
    assert len(guesses._failed) <= MOST_ADDRESSES
    for number in range(FREE_TRIES):
        guesses.wrong(f"2001:db8:ffff:1::{number}")
    with pytest.raises(Refused):
        guesses.before("2001:db8:ffff:1::abc", "")


def test_a_line_removed_changed_or_cut_off_shows(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path)
    for number in range(6):
        audit.write(f"did {number}", who="a", address="10.0.0.1", status=200)
    lines = audit.lines()
    assert list(check_chain(lines)) == []
    assert list(check_chain([*lines[:2], *lines[3:]])) == ["The line 3 is missing."]
    assert list(check_chain([*lines[:2], *lines[4:]])) == ["The lines 3 to 4 are missing."]
    assert list(check_chain([*lines[:2], lines[2].replace("did 2", "saw 2"), *lines[3:]])) == [
        "Line 3 was changed or put in after it was written."
    ]
    assert list(check_chain([lines[0], lines[2], lines[1], *lines[3:]]))
    assert list(check_chain([*lines[:2], "{", *lines[3:]])) == [
        "The line after 2 is damaged.", "Line 3 was changed or put in after it was written."
    ]  # fmt: skip


def test_the_log_is_bounded_and_its_chain_goes_on_over_files_releases_and_a_power_cut(tmp_path: Path) -> None:
    logs = [AuditLog(tmp_path, 2000, 3) for _ in range(2)]
    for number in range(100):
        logs[number % 2].write("did something", status=number)
    files = sorted(tmp_path.glob("*.jsonl"))
    assert len(files) == 3
    assert all(path.stat().st_size <= 2000 for path in files)
    with files[-1].open("ab") as file:
        file.write(b'{"n": 101, "at"')
    logs[0].write("after the cut")
    lines = AuditLog(tmp_path).lines()
    numbers = [json.loads(line)["n"] for line in lines]
    assert numbers == list(range(numbers[0], 102))
    assert list(check_chain(lines)) == []
    assert [json.loads(line)["n"] for line in AuditLog(tmp_path).lines(90, 5)] == [91, 92, 93, 94, 95]


def test_there_are_never_more_keys_than_the_limit(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("engine.serving.keys.MOST_KEYS", 3)
    folder = KeyFolder(tmp_path / "keys")
    keys = [new_key()[0] for _ in range(5)]
    for key in keys[:3]:
        folder.add(key)
    with pytest.raises(Refused, match="3 keys already"):
        folder.add(keys[3])
    folder.revoke(keys[1].id)
    folder.add(keys[3])
    assert {key.id for key in KeyFolder(tmp_path / "keys").all()} == {keys[0].id, keys[2].id, keys[3].id}


def test_a_key_that_has_expired_is_refused() -> None:
    assert new_key({"expires": 10})[0].state() == "expired"
    with pytest.raises(BadRequest, match="colour"):
        new_key({"colour": 1})


def test_no_request_waits_while_usage_is_written_and_none_is_counted_twice(tmp_path, monkeypatch):
    quotas, begun, go_on = Quotas(tmp_path / "usage.json"), threading.Event(), threading.Event()
    key, _ = new_key({"per_day": 3})

    def slow(path, content):
        begun.set()
        assert go_on.wait(10)
        replace_file(path, content)

    monkeypatch.setattr("engine.serving.quotas.replace_file", slow)
    monkeypatch.setattr("engine.serving.quotas.SAVE_EVERY_S", -1)
    quotas.take(key)
    quotas.add(key.id, 10, 1)
    assert begun.wait(10)
    quotas.take(key)  # while the disk is at work
    quotas.take(key)
    with pytest.raises(Refused):
        quotas.take(key)
    go_on.set()
    assert quotas.usage(key.id)[0]["requests"] == 3
    assert Quotas(tmp_path / "usage.json").usage(key.id)[0]["requests"] == 3
