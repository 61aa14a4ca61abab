"""Commands for the API keys and the certificate of what runs on a target."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.targets import TARGET
from app.cli.text import facts, moment, plural, size, table
from engine.errors import UsageError

group("key", "API keys of what runs on a target: create, list, revoke, usage, audit")
UNITS = {"h": 3600, "d": 86400, "w": 7 * 86400}


@command(
    "key create",
    TARGET,
    argument("--name", default="", metavar="TEXT", help="what a person knows the key by"),
    argument("--scope", action="append", metavar="SCOPE", help="infer (default), metrics, feedback, admin; repeatable"),
    argument("--model", action="append", metavar="PATTERN", help="models it is for, as parts or line7-*; repeatable"),
    argument("--per-second", type=float, default=0, metavar="N", help="requests a second; 0: any number"),
    argument("--per-day", type=int, default=0, metavar="N", help="requests a day (UTC); 0: any number"),
    argument("--no-feedback", action="store_true", help="keep nothing of what it asks (see lineside feedback)"),
    argument("--expires", default="", metavar="TIME", help="12h, 30d, 8w or a date as 2027-01-31; default: never"),
)
def create(call: Call) -> Answer:
    """Make an API key and show it this once. The first key of a target closes it: from then on each request needs one."""
    from engine.deployment.keys import create_key

    options = call.options
    wanted = {
        "name": options.name, "scopes": options.scope or ["infer"], "models": options.model or ["*"],
        "per_second": options.per_second, "per_day": options.per_day, "expires": _until(options.expires),
        "feedback": not options.no_feedback,
    }  # fmt: skip
    made = create_key(call.workspace(), options.target, wanted, ask=call.ask)
    call.note("The key is shown this once; only its hash is kept.")
    if own := made.get("admin_key"):
        call.note(f"This machine has no keyring; keep the workbench’s own key yourself: export LINESIDE_KEY={own}")
    return Answer(made, made["key"])


@command("key list", TARGET)
def list_all(call: Call) -> Answer:
    """List the keys of a target; their secrets are known to nobody."""
    from engine.deployment.keys import list_keys

    found = list_keys(call.workspace(), call.options.target, ask=call.ask)
    rows = [
        [key["id"], key["name"], key["state"], key["scopes"], key["models"], _quota(key), _moment(key["expires"])]
        for key in found
    ]
    headers = ["id", "name", "state", "for", "models", "quota", "expires"]
    return Answer(found, table(headers, rows, empty="No keys yet."))


@command("key revoke", TARGET, argument("id", metavar="ID", help="as key list shows it"))
def revoke(call: Call) -> Answer:
    """End a key at once."""
    from engine.deployment.keys import revoke_key

    ended = revoke_key(call.workspace(), call.options.target, call.options.id, ask=call.ask)
    return Answer(ended, f"The key {ended['id']} is revoked.")


@command("key usage", TARGET, argument("--key", default="", metavar="ID", help="of this key only"))
def usage(call: Call) -> Answer:
    """Show what each key asked, day by day (UTC)."""
    from engine.deployment.keys import usage as used

    found = used(call.workspace(), call.options.target, call.options.key, ask=call.ask)
    rows = [[row["day"], row["key"], row["requests"], row["refused"], size(row["bytes"]), row["ms"]] for row in found]
    headers = ["day", "key", "requests", "refused", "received", "ms"]
    return Answer(found, table(headers, rows, empty="No key was used yet."))


@command(
    "key audit", TARGET, argument("--last", type=int, default=50, metavar="N", help="lines to show; all are checked")
)
def audit(call: Call) -> Answer:
    """Show who did what, and check that no line of the log was removed or changed; ends with 1 where one was."""
    from engine.deployment.keys import audit as audited

    found = audited(call.workspace(), call.options.target, ask=call.ask)
    entries = found["entries"]
    rows = [
        [line["n"], _moment(line["at"]), line["who"], line["address"], line["what"], line["status"] or "",
         f"again {line['again']} ×" if line.get("again") else ""]
        for line in entries[-max(call.options.last, 0) :]
    ]  # fmt: skip
    text = table(["n", "at", "key", "from", "what", "status", ""], rows, empty="The log is empty.")
    whole = f"{plural(len(entries), 'line')}, none removed or changed."
    return Answer(found, "\n".join([text, *(found["problems"] or [whole])]), exit_code=1 if found["problems"] else 0)


@command(
    "target tls",
    TARGET,
    argument("--cert", type=Path, metavar="FILE", help="certificate chain (PEM); default: one is made"),
    argument("--key", type=Path, metavar="FILE", help="its key (PEM, without a password)"),
    argument("--off", action="store_true", help="plain HTTP again"),
)
def tls(call: Call) -> Answer:
    """Let a target's releases speak TLS, with a certificate of the workspace's own authority or a given one."""
    from engine.deployment.certificates import protect, unprotect
    from engine.deployment.targets import get_target

    options, workspace = call.options, call.workspace()
    if options.off:
        unprotect(workspace, options.target)
    else:
        protect(workspace, options.target, options.cert, options.key, ask=call.ask)
    trust: dict[str, Any] = dict(get_target(workspace, options.target).options.get("tls") or {})
    call.note(f"It holds from the next deploy on: lineside deploy ARTIFACT {options.target}")
    document = {"target": options.target, "tls": bool(trust), **trust}
    return Answer(document, trust.get("ca") or facts([("target", options.target), ("tls", "off")]))


def _until(text: str) -> float | None:
    if not text:
        return None
    if text[-1] in UNITS and text[:-1].isdigit():
        return time.time() + int(text[:-1]) * UNITS[text[-1]]
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError as error:
        raise UsageError(f"“{text}” is no time to expire at; write 12h, 30d, 8w or a date as 2027-01-31.") from error


def _moment(seconds: float | None) -> str:
    return moment(datetime.fromtimestamp(seconds, UTC)) if seconds else "–"


def _quota(key: dict[str, Any]) -> str:
    parts = [f"{key[name]:g} a {unit}" for name, unit in (("per_second", "second"), ("per_day", "day")) if key[name]]
    return ", ".join(parts) or "–"
