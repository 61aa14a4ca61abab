"""Commands for who vouches for a workspace's artifacts: keys, signatures, their verification."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.command import Answer, Call, argument, command, group
from app.cli.text import facts, table

if TYPE_CHECKING:
    from engine.packaging.trust.owners import TrustStatus

group("trust", "who signs artifacts: init, show, export, rotate, sign, verify")
ADD = argument(
    "--add", action="append", default=[], metavar="FILE", help="public keys of another machine that may sign, too"
)
THRESHOLD = argument("--threshold", type=int, metavar="N", help="how many machines must sign a change of the keys")
ARTIFACT = argument("artifact", metavar="ARTIFACT", help="name, NAME:NUMBER or digest")


@command("trust init", ADD, THRESHOLD)
def init(call: Call) -> Answer:
    """Make the keys that sign this workspace's artifacts; done by itself on first use."""
    from engine.packaging.trust.owners import init as make

    options = call.options
    found = make(
        call.workspace(),
        others=[Path(file) for file in options.add],
        threshold=1 if options.threshold is None else options.threshold,
    )
    return Answer(
        found.to_json(), _told(found, "Made the keys; the private parts lie in the keyring of this machine only.")
    )


@command("trust show")
def show(call: Call) -> Answer:
    """Show the keys, until when the signatures hold, and what is signed."""
    from engine.packaging.trust.owners import status

    found = status(call.workspace())
    return Answer(found.to_json(), _told(found, ""))


@command(
    "trust export",
    argument("out", metavar="OUT", help="the file to write"),
    argument("--key", action="store_true", help="this machine's public keys, for trust rotate --add on another one"),
)
def export(call: Call) -> Answer:
    """Write the root that boxes pin: what they need to know whose artifacts they may run. It holds no secret."""
    from engine.packaging.trust.owners import export_key, export_root
    from engine.workspace import write_atomically

    workspace, out = call.workspace(), Path(call.options.out)
    content = export_key(workspace) if call.options.key else export_root(workspace)
    write_atomically(out, content)
    return Answer({"path": str(out), "bytes": len(content)}, f"Wrote {out}.")


@command(
    "trust rotate",
    ADD,
    argument("--drop", action="append", default=[], metavar="KEY", help="beginning of a key that may sign no longer"),
    THRESHOLD,
)
def rotate(call: Call) -> Answer:
    """Give this machine new keys, signed by the old ones; boxes follow by themselves with the next release."""
    from engine.packaging.trust.owners import rotate as change

    options = call.options
    found = change(
        call.workspace(), add=[Path(file) for file in options.add], drop=options.drop, threshold=options.threshold
    )
    return Answer(found.to_json(), _told(found, "" if found.draft else f"Root {found.version} has taken over."))


@command(
    "trust sign",
    argument(
        "what",
        metavar="WHAT",
        nargs="?",
        help="an artifact, or the file of a root that waits for signatures; without, all anew",
    ),
)
def sign(call: Call) -> Answer:
    """Sign an artifact as the newest release of its model, or what is signed already anew, so that it holds for longer."""
    from engine.packaging.trust.owners import sign_root, status
    from engine.packaging.trust.signing import sign as sign_artifact
    from engine.packaging.trust.signing import sign_again

    workspace, what = call.workspace(), call.options.what
    if what and Path(what).is_file():
        adopted = sign_root(workspace, Path(what))
        return Answer({"path": what, "adopted": adopted}, f"Signed {what}{'; it has taken over.' if adopted else '.'}")
    if what:
        trusted = sign_artifact(workspace, what)
        document = {**vars(trusted), "expires": trusted.expires.isoformat()}
        return Answer(document, f"Signed {trusted.digest} as release {trusted.version} of {trusted.name}.")
    sign_again(workspace)
    found = status(workspace)
    return Answer(found.to_json(), _told(found, "Signed anew."))


@command("trust verify", ARTIFACT)
def verify(call: Call) -> Answer:
    """Check an artifact as a box would: signatures, dates, counts, every blob, and the statement of where it is from."""
    from engine.packaging.trust.signing import verify as check

    trusted = check(call.workspace(), call.options.artifact)
    document = {**vars(trusted), "expires": trusted.expires.isoformat()}
    shown = [("name", trusted.name), ("release", trusted.version), ("holds until", f"{trusted.expires:%Y-%m-%d}")]
    return Answer(document, f"{trusted.digest} is whole and signed.\n{facts([*shown, *trusted.custom.items()])}")


def _told(found: TrustStatus, did: str) -> str:
    if not found.version:
        waits = f"The first root waits for signatures: {found.draft}; on the other machines: lineside trust sign FILE"
        return (
            waits
            if found.draft
            else "This workspace has no keys yet; they are made on first use, or by: lineside trust init"
        )
    here = {True: "here", False: "elsewhere"}
    rows = [
        [role, keyid[:16], here[keyid in found.here]]
        for role, keyids in (("root", found.root_keys), ("release", found.release_keys))
        for keyid in keyids
    ]
    expires = [(f"{role} holds until", f"{at:%Y-%m-%d}") for role, at in found.expires.items()]
    lines = [facts([("root", found.version), ("root signatures needed", found.threshold), *expires])]
    lines += ["", table(["role", "key", "private part"], rows)]
    if found.draft:
        lines += [
            "",
            f"Root {found.version + 1} waits for signatures: on the other machines, lineside trust sign {found.draft}",
        ]
    signed = [
        [one["name"], one["version"], one["artifact"], one["platform"], one["digest"][:19]] for one in found.artifacts
    ]
    lines += [
        "",
        table(["model", "release", "artifact", "platform", "digest"], sorted(signed), empty="No signed artifacts yet."),
    ]
    return "\n".join([did, "", *lines] if did else lines)
