"""Commands for projects of Label Studio: add, list, status, pull, push, sync, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.cli.command import Answer, Call, argument, command, group
from app.cli.text import plural, table

if TYPE_CHECKING:
    from engine.data.exchange import Exchange, Exchanged

group("label-studio", "projects of a Label Studio server: add, list, status, pull, push, sync, remove")
NAME = argument("name", metavar="NAME", help="the name given with `label-studio add`")
CHOICE = argument(
    "--on-conflict", choices=("ours", "theirs", "both"), default="",
    help="what counts where both sides changed a picture (default: it is listed and left alone)",
)  # fmt: skip
SHOWN = 20


@command(
    "label-studio add",
    argument("name", metavar="NAME", help="what the project is called here"),
    argument("url", metavar="URL", help="the server, as http://host:8080"),
    argument("--project", type=int, metavar="N", help="a project that is there (default: make a new one)"),
    argument("--title", default="", help="of a new project (default: the workspace's name)"),
    argument(
        "--images", default="upload", metavar="upload|FOLDER[=PATH]",
        help="send the pictures, or put them into a folder that the server serves as local files (PATH: as it knows it)",
    ),
)  # fmt: skip
def add(call: Call) -> Answer:
    """Remember a project of a Label Studio server, or make one there from the labels of the workspace.

    The token is asked for, or taken from LINESIDE_LABEL_STUDIO_TOKEN; it is kept in the system's keyring, not in the
    workspace.
    """
    options, workspace = call.options, call.workspace()
    link = _connector().add(
        workspace, options.name, options.url, _token(call, options.url), options.project, options.title, options.images
    )
    made = "Made" if link.own else "Added"
    return Answer(vars(link), f"{made} the project “{link.title}” (number {link.project}) of {link.url}.")


@command("label-studio list")
def list_all(call: Call) -> Answer:
    """List the projects that the workspace is exchanged with."""
    found = _connector().links(call.workspace())
    rows = [[link.name, link.url, link.project, link.title, link.images] for link in found]
    empty = "No projects yet; add one with: lineside label-studio add NAME URL"
    return Answer(
        [{"name": link.name, "url": link.url, "project": link.project, "title": link.title, "images": link.images}
         for link in found],
        table(["name", "server", "project", "title", "images"], rows, empty=empty),
    )  # fmt: skip


@command("label-studio status", NAME)
def status(call: Call) -> Answer:
    """Say what a sync would do; changes nothing."""
    found = _connector().status(call.workspace(), call.options.name, _kept(call))
    text = (
        f"To send: {plural(found.added, 'new task')}, {plural(found.pushed, 'changed picture')}."
        f" To bring: {plural(found.imported, 'new picture')}, {plural(found.pulled, 'changed picture')}."
        f" The same: {found.unchanged:,}."
    )
    return Answer(found.to_json(), text + _conflicts(found))


@command("label-studio pull", NAME, CHOICE)
def pull(call: Call) -> Answer:
    """Bring pictures, labels and annotations that are new or changed on the server. One undo takes it back."""
    return _run(call, "pull")


@command("label-studio push", NAME, CHOICE)
def push(call: Call) -> Answer:
    """Send pictures, annotations and predictions that are new or changed here; wrong labels are named, not sent."""
    return _run(call, "push")


@command("label-studio sync", NAME, CHOICE)
def sync(call: Call) -> Answer:
    """Pull and push. What both sides changed is listed, and decided by --on-conflict."""
    return _run(call, "sync")


@command("label-studio remove", NAME)
def remove(call: Call) -> Answer:
    """Forget a project; what is on the server stays there."""
    _connector().forget(call.workspace(), call.options.name)
    return Answer({"removed": call.options.name}, f"Forgot the project “{call.options.name}”; it stays on its server.")


def _connector() -> Exchange:
    from engine.data.exchange import exchange

    return exchange("label_studio")


def _token(call: Call, url: str) -> str:
    import os

    return os.environ.get("LINESIDE_LABEL_STUDIO_TOKEN") or call.ask(f"Token for {url} (Account & Settings there):")


def _kept(call: Call) -> str:
    """ "" where the keyring or the environment has the token, else what the person answers."""
    from engine.deployment.credentials import recall

    urls = {link.name: link.url for link in _connector().links(call.workspace())}
    url = urls.get(call.options.name, "")
    return "" if not url or recall(url, "LINESIDE_LABEL_STUDIO_TOKEN") else _token(call, url)


def _run(call: Call, verb: str) -> Answer:
    options = call.options
    todo: Any = getattr(_connector(), verb)
    found = todo(call.workspace(), options.name, _kept(call), choice=options.on_conflict, progress=call.progress)
    call.progress.clear()
    text = (
        f"Sent {plural(found.added, 'new task')} and {plural(found.pushed, 'changed picture')}; brought"
        f" {plural(found.imported, 'new picture')} and {plural(found.pulled, 'changed one')}; {found.unchanged:,} the same."
    )
    if found.problems:
        lines = [f"  {problem.path}: {problem.reason}" for problem in found.problems[:SHOWN]]
        text += "\n" + "\n".join([f"{plural(len(found.problems), 'problem')}:", *lines])
    if found.not_expressible:
        text += "\nLabel Studio cannot say:\n" + "\n".join(f"  {line}" for line in found.not_expressible[:SHOWN])
    return Answer(found.to_json(), text + _conflicts(found))


def _conflicts(found: Exchanged) -> str:
    if not found.conflicts:
        return ""
    rows = [[each.name, each.task, each.ours, each.theirs] for each in found.conflicts[:SHOWN]]
    head = f"\nBoth sides changed {plural(len(found.conflicts), 'picture')}; decide with --on-conflict ours, theirs or both:\n"
    return head + table(["picture", "task", "here", "there"], rows)
