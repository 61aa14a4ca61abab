"""Pull, push and sync of a workspace with a project of Label Studio."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from connectors.label_studio import state
from connectors.label_studio.sending import Sender
from connectors.label_studio.server import Server
from connectors.label_studio.session import Plan, Session
from engine.data.exchange import CHOICES, Exchanged, Link, Progress
from engine.deployment import credentials
from engine.errors import BadInput, TargetError, UsageError

if TYPE_CHECKING:
    from engine.workspace import Workspace

VARIABLE = "LINESIDE_LABEL_STUDIO_TOKEN"


def add(
    ws: Workspace, name: str, url: str, token: str, project: int | None = None, title: str = "", images: str = "upload"
) -> Link:
    """Remember a project of a server, or make one there when `project` is None.

    Args:
        token: goes to the system's keyring, never into the workspace; "": the one that the keyring has.
        images: "upload", or the folder that the server serves as local files (FOLDER, or FOLDER=PATH where the server
            knows it by another path).

    Raises:
        UsageError: the name is taken.
        BadInput: the project is not there, or labels no images.
        TargetError: the server does not answer, or refuses the token.
    """
    from connectors.label_studio.sides import Ours
    from engine.data.studio.config import read

    if not name.strip() or name in {link.name for link in state.links(ws)}:
        raise UsageError(f"“{name}” is taken or empty; choose another name for the Label Studio project.")
    url = url.rstrip("/")
    server = Server(url, token or _token(url))
    own = project is None
    config = ""
    if project is None:
        ours = Ours.load(ws)
        if not ours.labels:
            raise BadInput("There are no labels yet; a project of Label Studio needs some. Add labels first.")
        config, title = ours.config(), title or ws.name
        project = server.create(title if len(title) >= 3 else f"{title} project", config)
    else:
        found = server.project(project)
        read(found["label_config"])
        title = found["title"]
    link = Link(name, url, project, title, images, own, config)
    if token:
        credentials.keep(url, token)
    with ws.transaction("Add Label Studio project") as tx:
        state.save_link(tx, link)
    return link


def forget(ws: Workspace, name: str) -> None:
    """Forget a project; what is there stays there."""
    link = state.link(ws, name)
    with ws.transaction("Remove Label Studio project") as tx:
        tx.execute("DELETE FROM studio WHERE name = ?", [name])
        tx.execute("DELETE FROM studio_task WHERE studio = ?", [name])
    if link.url not in {other.url for other in state.links(ws)}:
        credentials.forget(link.url)


def links(ws: Workspace) -> list[Link]:
    """All projects that are remembered."""
    return state.links(ws)


def status(ws: Workspace, name: str, token: str = "") -> Exchanged:
    """What a sync would do: tasks to add and write there, items to import and change here, conflicts."""
    session = _session(ws, name, token)
    session.fetch()
    return session.plan().counts(session)


def pull(ws: Workspace, name: str, token: str = "", **options: Any) -> Exchanged:
    """Bring what changed there; see `sync`."""
    return _run(ws, name, token, pull=True, push=False, **options)


def push(ws: Workspace, name: str, token: str = "", **options: Any) -> Exchanged:
    """Send what changed here; see `sync`."""
    return _run(ws, name, token, pull=False, push=True, **options)


def sync(ws: Workspace, name: str, token: str = "", **options: Any) -> Exchanged:
    """Both ways. Stopped at any point, the next run goes on where this one was.

    Args:
        choice: ours, theirs or both, for pictures that both sides changed; "": they are listed and left alone.
        progress: called with a fraction and words, from this thread.
        cancelled: asked now and then; what was exchanged until then is kept.

    Raises:
        UsageError: no such project or choice.
        TargetError: the server does not answer, or the connection broke too often.
    """
    return _run(ws, name, token, pull=True, push=True, **options)


def _run(
    ws: Workspace, name: str, token: str, *, pull: bool, push: bool, choice: str = "",
    progress: Progress = lambda *_: None, cancelled: Callable[[], bool] = lambda: False,
) -> Exchanged:  # fmt: skip
    if choice and choice not in CHOICES:
        raise UsageError(f"There is no choice “{choice}”; choose one of: {', '.join(CHOICES)}.")
    session = _session(ws, name, token)
    session.progress, session.cancelled = progress, cancelled
    session.fetch(configure=push)
    plan = session.plan(choice)
    if pull or plan.both:  # what both sides keep is brought before it is sent, even if nothing else is
        session.bring(plan if pull else Plan(both=plan.both))
    if push:
        Sender(session).send(plan)
    session.finish(plan, pulled=pull)
    progress(1.0, "Done")
    return session.report


def _session(ws: Workspace, name: str, token: str) -> Session:
    link = state.link(ws, name)
    return Session(ws, link, Server(link.url, token or _token(link.url)))


def _token(url: str) -> str:
    found = credentials.recall(url, VARIABLE)
    if not found:
        raise TargetError(
            f"There is no token for {url} in the keyring; give one with --token or {VARIABLE}. It is shown in Label Studio"
            " under Account & Settings → Access token."
        )
    return found
