"""What a key of scope admin may ask: keys, their usage, the audit log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from engine.serving.access import ADMIN, Access, Principal
from engine.serving.errors import BadRequest, Refused
from engine.serving.keys import new_key

MOST_BODY = 64 << 10


def answer(
    access: Access, principal: Principal, method: str, path: str, query: bytes, body: bytes
) -> tuple[int, dict[str, Any]]:
    """Status and document of `/v2/admin/keys[/ID]`, `/v2/admin/usage` and `/v2/admin/audit`.

    Raises:
        BadRequest, Refused: it is told why.
    """
    what, _, identity = path.removeprefix(ADMIN).partition("/")
    asked = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
    if what == "keys":
        return _keys(access, principal, method, identity, body)
    if what not in ("usage", "audit") or identity:
        raise Refused(404, f"There is nothing at {path}; see /v2/admin/keys, /v2/admin/usage, /v2/admin/audit.")
    if method != "GET":
        raise Refused(405, f"{path} takes GET.", (b"allow", b"GET"))
    if what == "usage":
        return 200, {"usage": access.quotas.usage(asked.get("key"))}
    return 200, {"lines": access.audit.lines(_number(asked, "after"), min(_number(asked, "most", 1000), 1000))}


def _keys(access: Access, principal: Principal, method: str, identity: str, body: bytes) -> tuple[int, dict[str, Any]]:
    if method == "GET" and not identity:
        return 200, {"keys": [key.to_json() for key in access.keys.all()]}
    if method == "POST" and not identity:
        key, text = new_key(_wanted(body))
        access.keys.add(key)
        access.audit.write(f"made key {key.id}", who=principal.key, address=principal.address, status=201,
                           scopes=list(key.scopes))  # fmt: skip
        return 201, {**key.to_json(), "key": text}
    if method == "GET":
        found = access.keys.find(identity)
        if found is None:
            raise Refused(404, f"There is no key “{identity[:40]}”.")
        return 200, {**found.to_json(), "usage": access.quotas.usage(found.id)}
    if method == "DELETE" and identity:
        revoked = access.keys.revoke(identity)
        access.audit.write(f"revoked key {revoked.id}", who=principal.key, address=principal.address, status=200)
        return 200, revoked.to_json()
    allowed = "GET, DELETE" if identity else "GET, POST"
    raise Refused(405, f"This takes {allowed}.", (b"allow", allowed.encode()))


def _wanted(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not valid JSON; send what the key is for, {} for a plain one.") from error
    if not isinstance(document, dict):
        raise BadRequest("The body is a JSON object: name, scopes, models, per_second, per_day, expires.")
    return document


def _number(asked: Mapping[str, str], name: str, default: int = 0) -> int:
    text = asked.get(name, str(default))
    if not text.isdigit() or len(text) > 15:
        raise BadRequest(f"“{name}” is a number, not “{text[:40]}”.")
    return int(text)
