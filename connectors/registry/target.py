"""An OCI registry as a target: artifacts are published there under a tag; nothing runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from connectors.registry.address import Place, Reference, is_loopback, parse_place, parse_reference
from connectors.registry.client import Repository
from connectors.registry.copying import Memory, Pulled, pull, push
from connectors.registry.login import Credentials
from connectors.registry.session import NotThere, Refused, Session, yes
from connectors.registry.wire import Limits
from engine.deployment.errors import LoginRefused
from engine.deployment.image import Image
from engine.deployment.logs import LogPart
from engine.deployment.target import (
    DRAIN_S,
    READY_TIMEOUT_S,
    Context,
    Probe,
    Progress,
    PushReport,
    ReleaseSpec,
    ReleaseStatus,
    Target,
)
from engine.errors import TargetError, UsageError
from engine.packaging.oci import REF_NAME, Layout
from engine.packaging.rootfs import MAX_BYTES
from engine.workspace import write_atomically

_PROBED = "lineside-probe"


class RegistryTarget(Target):
    """A registry that speaks the OCI distribution specification 1.1, or Docker's before it.

    URL: registry://[user@]host[:port][/prefix]; an artifact parts:3-int8 lies at host:port/prefix/parts:3-int8.
    Options: `ca` (a PEM file of who signed its certificate, besides the system's), `insecure` (yes: plain http, which else
    only this very machine may speak), `mirror` (addresses that are asked first for what has a digest, with commas between; http://… for plain http).
    """

    scheme = "registry"
    runs: ClassVar[bool] = False
    limits: ClassVar[Limits] = Limits()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.where = parse_place(context.url)
        self._insecure = yes(context.options.get("insecure", "no"), "insecure")
        self._sessions: dict[str, Session] = {}

    def probe(self) -> Probe:
        """Which API it speaks, who we are there, and whether we may push."""
        session = self._session()
        with session.request("GET", "/v2/", (200,)) as response:
            version = response.headers.get("Docker-Distribution-Api-Version", "") or "OCI distribution"
            server = response.headers.get("Server", "")
        repository = self._repository(_PROBED)
        api, may_push = repository.has_referrers_api(), self._may_push(repository)
        mirrors = [f"asked first: {mirror.host}" for mirror in self._mirrors()]
        return Probe(
            platform="", system=" ".join(f"{version} {server}".split())[:80], user=self._user(session),
            notes=(
                "signatures and bills of materials are found by the referrers API" if api else
                "no referrers API: what is attached is found by tags sha256-…",
                "artifacts may be pushed" if may_push is None else may_push,
                *(["plain http: whoever is on the way can read and change what is sent"] if session.base[:5] == "http:" else []),
                *mirrors,
            ),
        )  # fmt: skip

    def push(self, image: Image, progress: Progress) -> PushReport:
        """Bring the image, or the index with all its images, and what is attached; no tag leads to it yet."""
        return self._push(self._repository(self._named(image)[0]), image, (), progress)

    def apply(
        self, spec: ReleaseSpec, progress: Progress, ready_timeout: float = READY_TIMEOUT_S,
        route: Callable[[ReleaseStatus], None] | None = None,
    ) -> ReleaseStatus:  # fmt: skip
        """Let the artifact's tag lead to it; done again it changes nothing."""
        del ready_timeout, route
        name, tag = self._named(spec.image)
        repository = self._repository(name)
        kind, content = _manifest(spec.image)
        progress("switch", 0, 0, "")
        if repository.head(tag) != spec.image.digest:
            repository.put_manifest(content, kind, tag)
        self._remember(spec, repository.name, tag)
        progress("done", 0, 0, "")
        return next(one for one in self.status() if one.key == spec.key)

    def status(self) -> list[ReleaseStatus]:
        """What this workspace published, and what else lies in the same repositories; a tag that was moved says so."""
        with self._session().request("GET", "/v2/", (200,)):
            known = self._published()
        found = [self._one(entry, last=entry is known[-1]) for entry in known]
        ours = {(entry["repository"], entry["tag"]) for entry in known}
        for name in dict.fromkeys(entry["repository"] for entry in known):
            tags = [tag for tag in self._at(name).tags() if (name, tag) not in ours and not re.match("sha256-", tag)]
            found += [
                ReleaseStatus("", self._at(name).head(tag), f"{name}:{tag}", "published", message="put there by others")
                for tag in tags[:100]
            ]
        return sorted(found, key=lambda one: one.current)

    def remove(self, key: str | None = None) -> None:
        """Take tags of this workspace away; what the registry does not allow is told."""
        kept, refused = [], []
        for entry in self._published():
            if key not in (None, entry["key"]):
                kept.append(entry)
            elif reason := self._untag(self._at(entry["repository"]), entry):
                refused.append(f"{entry['repository']}:{entry['tag']} ({reason})")
                kept.append(entry)
        self._save(kept)
        if refused:
            raise TargetError(
                f"{self.place} does not let these go: {'; '.join(refused)}. Allow deleting there, or leave them and forget"
                f" the target: lineside target remove {self.context.name} --keep"
            )

    def fetch(self, reference: str, layout: Layout, progress: Progress, most: int = MAX_BYTES) -> Pulled:
        """Bring an artifact of the registry into a layout, all of it checked; its index does not name it yet."""
        wanted = self.reference(reference)
        sources = [Repository(one, _under(one, wanted.repository)) for one in [*self._mirrors(), self._session()]]
        return pull(sources, layout, wanted.digest or wanted.tag, progress, most)

    def publish(self, image: Image, reference: str, progress: Progress) -> tuple[Reference, PushReport]:
        """Push an image or an index under a reference of one's own choice, or with "" under the artifact's own name."""
        wanted = self.reference(reference) if reference else replace(self.address(image), digest="")
        return wanted, self._push(self._at(wanted.repository), image, (wanted.tag,), progress)

    def address(self, image: Image) -> Reference:
        """Where an artifact lies once it is pushed."""
        name, tag = self._named(image)
        return Reference(self.where.host, self._full(name), tag, image.digest)

    def pull_login(self) -> tuple[str, str] | None:
        """The login that others need to pull what lies here; None where we have none ourselves."""
        return self._session().credentials.find()

    def reference(self, text: str) -> Reference:
        """A whole reference, or one below this target's address."""
        if text.startswith(f"{self.where.host}/"):
            return parse_reference(text)
        return parse_reference(f"{self.where.host}/{self._full(text)}")

    def start(self, spec: ReleaseSpec) -> NoReturn:  # noqa: ARG002
        """Nothing runs in a registry."""
        raise self._nothing_runs()

    def switch(self, key: str) -> NoReturn:  # noqa: ARG002
        """Nothing runs in a registry."""
        raise self._nothing_runs()

    def stop(self, key: str, drain_s: float = DRAIN_S) -> None:
        """Nothing runs in a registry; there is nothing to end."""

    def log(self, key: str, lines: int = 200, *, after: str = "", before: str = "") -> LogPart:  # noqa: ARG002  none is written
        """Nothing runs in a registry, so nothing is written."""
        return LogPart()

    def connect(self, endpoint: str, timeout: float) -> NoReturn:  # noqa: ARG002
        """Nothing runs in a registry."""
        raise self._nothing_runs()

    def close(self) -> None:
        """Close the connections."""
        for session in self._sessions.values():
            session.close()

    # this target's own

    def _push(self, repository: Repository, image: Image, tags: Sequence[str], progress: Progress) -> PushReport:
        memory = Memory(self.context.cache / "registries", self.where.host)
        repository.session.cancelled.clear()
        return push(repository, Layout(image.layout), image.digest, tags, progress, memory)

    def _nothing_runs(self) -> TargetError:
        return TargetError(
            f"{self.place} is a registry: artifacts lie there, and none runs; deploy to a machine for that."
        )

    def _session(self) -> Session:
        if self.where.host not in self._sessions:
            credentials = Credentials(self.where.host, self.context.url, self.where.user, self.context.ask)
            self._sessions[self.where.host] = self._opened(self.where, self.place, credentials)
        return self._sessions[self.where.host]

    def _mirrors(self) -> list[Session]:
        for named in filter(None, (one.strip() for one in str(self.context.options.get("mirror", "")).split(","))):
            scheme, _, rest = named.rpartition("://")
            place = parse_place(f"registry://{rest}")
            if scheme == "http" and not (self._insecure or is_loopback(place.host)):
                raise UsageError(
                    f"The mirror {named} would be asked by plain http; say so with the option insecure=yes."
                )
            if place.url not in self._sessions:
                credentials = Credentials(place.host, place.url, place.user)
                self._sessions[place.url] = self._opened(
                    place, f"the mirror {place.host}", credentials, scheme == "http"
                )
                self._sessions[place.url].prefix = place.prefix
        return [session for url, session in self._sessions.items() if url != self.where.host]

    def _opened(self, place: Place, name: str, credentials: Credentials, plain: bool = False) -> Session:
        ca = str(self.context.options.get("ca", ""))
        return Session(place.host, name, credentials, insecure=self._insecure or plain, ca=ca, limits=self.limits)

    def _full(self, name: str) -> str:
        return f"{self.where.prefix}/{name}" if self.where.prefix else name

    def _repository(self, name: str) -> Repository:
        return self._at(self._full(name))

    def _at(self, repository: str) -> Repository:
        return Repository(self._session(), repository)

    def _may_push(self, repository: Repository) -> str | None:
        """None, or why not."""
        try:
            repository.abandon(repository.begin())
        except (LoginRefused, Refused, NotThere) as error:
            return f"nothing may be pushed: {error}"
        return None

    def _user(self, session: Session) -> str:
        found = session.credentials.find() if session.logged_in else None
        return found[0] if found else "anonymous"

    def _named(self, image: Image) -> tuple[str, str]:
        """Repository and tag of an artifact: `name` and `number-precision` as packaging calls it."""
        descriptor = next((one for one in Layout(image.layout).images() if one["digest"] == image.digest), {})
        called = (
            str(descriptor.get("annotations", {}).get(REF_NAME, ""))
            or f"{image.name or 'artifact'}:{image.digest[7:19]}"
        )
        name, _, tag = called.rpartition("@")[0].rpartition(":") if "@" in called else called.rpartition(":")
        slug = re.sub(r"[^a-z0-9]+", "-", name.rpartition("/")[2].lower()).strip("-") or "artifact"
        return slug, re.sub(r"[^A-Za-z0-9_.-]+", "-", tag).strip("-.")[:128] or image.digest[7:19]

    def _one(self, entry: dict[str, str], *, last: bool) -> ReleaseStatus:
        now = self._at(entry["repository"]).head(entry["tag"])
        name = f"{entry['repository']}:{entry['tag']}"
        status = ReleaseStatus(entry["key"], entry["digest"], name, "published", current=last, mode="registry",
                               since=float(entry["at"]))  # fmt: skip
        if now == entry["digest"]:
            return status
        told = f"the tag {name} leads to {now[:19]} now" if now else f"the tag {name} is gone"
        return replace(status, state="stopped", current=False, message=f"{told}; publish again by deploying again")

    def _untag(self, repository: Repository, entry: dict[str, str]) -> str:
        """Take a tag away, or what it leads to where only that is allowed and no other tag does; else why not."""
        digest = repository.head(entry["tag"])
        if digest != entry["digest"]:
            return ""  # gone, or somebody else's now
        try:
            repository.delete_manifest(entry["tag"])
        except (Refused, LoginRefused) as error:
            others = [tag for tag in repository.tags() if tag != entry["tag"] and repository.head(tag) == digest]
            if others or isinstance(error, LoginRefused):
                return str(error)
            return _tried(lambda: repository.delete_manifest(digest))
        except NotThere:
            return ""
        return ""

    @property
    def _file(self) -> Path:
        return self.context.home / "published.json"

    def _published(self) -> list[dict[str, Any]]:
        """What this workspace put there, the last one last."""
        try:
            found: list[dict[str, Any]] = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return []
        return found

    def _remember(self, spec: ReleaseSpec, repository: str, tag: str) -> None:
        import time

        same = {"repository": repository, "tag": tag}
        others = [
            one for one in self._published() if {key: one[key] for key in same} != same and one["key"] != spec.key
        ]
        self._save([*others, {"key": spec.key, "digest": spec.image.digest, **same, "at": time.time()}])

    def _save(self, entries: list[dict[str, Any]]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._file, json.dumps(entries).encode())


def _manifest(image: Image) -> tuple[str, bytes]:
    content = Layout(image.layout).read(image.digest)
    from engine.packaging.foreign import read_document

    return read_document(content, where=str(image.layout)).media_type, content


def _tried(work: Callable[[], None]) -> str:
    try:
        work()
    except NotThere:
        return ""
    except TargetError as error:
        return str(error)
    return ""


def _under(session: Session, repository: str) -> str:
    return f"{session.prefix}/{repository}" if session.prefix else repository
