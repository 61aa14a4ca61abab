"""API keys of what runs on a target: made, listed, revoked, counted and audited over the release's own administration.

The first key needs no way in over HTTP: who may deploy may write into the target's state folder, and there the workbench
puts its own key of scope admin (only the hash). The running release reads it within a second; the next one finds it, as
all keys, in the same folder. So nothing is baked into an artifact, told in an environment, or lost by a switch, and who
lost his key makes another in the same way.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from engine.deployment.credentials import keep, key_of, key_place
from engine.deployment.errors import TargetUnreachable
from engine.deployment.limits import follow_keys
from engine.deployment.predict import running_endpoint
from engine.deployment.target import Ask, Target
from engine.deployment.targets import open_target, set_options
from engine.errors import BadInput, TargetError
from engine.serving.audit import check_chain
from engine.serving.keys import SCOPES, new_key
from engine.workspace import Workspace, write_atomically

TRIES = 4


def create_key(
    workspace: Workspace, target: str, wanted: Mapping[str, Any], *, ask: Ask | None = None
) -> dict[str, Any]:
    """Make a key; its text is in the answer under `key` and is told this once.

    The first key of a target closes it: from then on each request needs one. The workbench makes a key for itself first
    and keeps it in the keyring; where there is none, it is in the answer under `admin_key`, to be kept in LINESIDE_KEY.

    Args:
        wanted: name, scopes, models, per_second, per_day, expires; see `engine.serving.keys.new_key`.

    Raises:
        BadRequest: what is wanted cannot be.
        TargetError: nothing runs there, it refuses, or this kind of target keeps no state.
    """
    new_key(wanted)  # what cannot be is told before anything is closed
    with open_target(workspace, target, ask) as opened:
        endpoint = running_endpoint(opened)
        own = _introduce(workspace, opened, endpoint)
        made = _asked(opened, endpoint, own or key_of(opened.context), "POST", "/v2/admin/keys", dict(wanted))
        _listed(opened, endpoint, own or key_of(opened.context))
    return {**made, "admin_key": own} if own and not key_of(opened.context) else made


def list_keys(workspace: Workspace, target: str, *, ask: Ask | None = None) -> list[dict[str, Any]]:
    """All keys, oldest first, without their secrets. A gateway of the target is told of quotas that it does not know yet."""
    with open_target(workspace, target, ask) as opened:
        return _listed(opened, running_endpoint(opened), key_of(opened.context))


def revoke_key(workspace: Workspace, target: str, identity: str, *, ask: Ask | None = None) -> dict[str, Any]:
    """End a key at once.

    Raises:
        BadInput: there is none of this id.
    """
    with open_target(workspace, target, ask) as opened:
        endpoint, key = running_endpoint(opened), key_of(opened.context)
        ended = _asked(opened, endpoint, key, "DELETE", f"/v2/admin/keys/{quote(identity, safe='')}")
        _listed(opened, endpoint, key)
    return ended


def usage(workspace: Workspace, target: str, identity: str = "", *, ask: Ask | None = None) -> list[dict[str, Any]]:
    """What each key asked, day by day (UTC), newest first."""
    path = f"/v2/admin/usage?key={quote(identity, safe='')}" if identity else "/v2/admin/usage"
    found: list[dict[str, Any]] = _once(workspace, target, ask, "GET", path)["usage"]
    return found


def audit(workspace: Workspace, target: str, *, ask: Ask | None = None) -> dict[str, Any]:
    """The audit log as `entries`, and in `problems` what its chain and the last look at it show to be missing or changed."""
    lines: list[str] = []
    with open_target(workspace, target, ask) as opened:
        endpoint, key = running_endpoint(opened), key_of(opened.context)
        while True:
            after = json.loads(lines[-1])["n"] if lines else 0
            more = _asked(opened, endpoint, key, "GET", f"/v2/admin/audit?after={after}")["lines"]
            lines += more
            if len(more) < 1000:
                break
        problems = [*check_chain(lines), *_since_last_look(opened, lines)]
    return {"entries": [json.loads(line) for line in lines if _readable(line)], "problems": problems}


def _since_last_look(target: Target, lines: list[str]) -> list[str]:
    """A log that was cut off at its end is a whole chain; the line that was its last the last time then lacks."""
    from hashlib import sha256

    file = target.context.home / "audit.json"
    try:
        seen = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        seen = {"n": 0, "hash": ""}
    numbers = {json.loads(line)["n"]: sha256(line.encode()).hexdigest() for line in lines if _readable(line)}
    if numbers and seen["n"] <= max(numbers):
        if seen["n"] in numbers and numbers[seen["n"]] != seen["hash"]:
            return [f"Line {seen['n']} is another than at the last look."]
        target.context.home.mkdir(parents=True, exist_ok=True)
        newest = max(numbers)
        write_atomically(file, json.dumps({"n": newest, "hash": numbers[newest]}).encode())
        return []
    return (
        [f"The log ends at line {max(numbers, default=0)}, but it had {seen['n']} at the last look."]
        if seen["n"]
        else []
    )


def _readable(line: str) -> bool:
    try:
        return isinstance(json.loads(line)["n"], int)
    except (ValueError, TypeError, KeyError):
        return False


def _introduce(workspace: Workspace, target: Target, endpoint: str) -> str:
    """Make the workbench's own key where it has none that is right; its text, "" where there is one."""
    known = key_of(target.context)
    if known and _answer(target, endpoint, known, "GET", "/v2/admin/keys")[0] == 200:
        return ""
    status, _ = _answer(target, endpoint, "", "GET", "/v2/admin/keys")
    if status not in (401, 403, 429):
        raise TargetError(
            f"What runs on {target.place} knows no keys (it answers {status}); package the model again and deploy it."
        )
    key, text = new_key({"name": "workbench", "scopes": list(SCOPES)})
    target.put_state(f"keys/{key.id}.json", key.content())
    for _ in range(TRIES):
        time.sleep(0.6)  # the folder is read twice a second
        status, said = _answer(target, endpoint, text, "GET", "/v2/admin/keys")
        if status == 200:
            keep(key_place(target.context), text)
            set_options(workspace, target.context.name, keys="yes")
            return text
    raise TargetError(f"The release on {target.place} does not take the workbench’s key ({said.get('error', status)}).")


def _listed(target: Target, endpoint: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _asked(target, endpoint, key, "GET", "/v2/admin/keys")["keys"]
    follow_keys(target, found)
    return found


def _once(workspace: Workspace, target: str, ask: Ask | None, method: str, path: str) -> dict[str, Any]:
    with open_target(workspace, target, ask) as opened:
        return _asked(opened, running_endpoint(opened), key_of(opened.context), method, path)


def _asked(
    target: Target, endpoint: str, key: str, method: str, path: str, document: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    status, answer = _answer(target, endpoint, key, method, path, document)
    if status < 400:
        return answer
    said = str(answer.get("error", status))
    if status in (400, 404, 409):
        raise BadInput(said)
    raise TargetError(
        f"The release on {target.place} refuses: {said}", fix=f"lineside key create {target.context.name}"
    )


def _answer(
    target: Target, endpoint: str, key: str, method: str, path: str, document: Mapping[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key}"} if key else {"Authorization": ""}
    body = b"" if document is None else json.dumps(document, ensure_ascii=False).encode()
    try:
        status, content = target.request(endpoint, method, path, body, headers)
        parsed = json.loads(content)
    except ValueError:
        parsed = {"error": f"it answers {status} without a reason"}
    except (OSError, EOFError, http.client.HTTPException) as error:
        raise TargetUnreachable(
            f"The release on {target.place} did not answer ({error or type(error).__name__})."
        ) from error
    return status, parsed if isinstance(parsed, dict) else {}
