"""The way to the server: new tasks in batches, then changed annotations and predictions one by one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from connectors.label_studio import state
from connectors.label_studio.images import Images
from connectors.label_studio.server import Dropped
from connectors.label_studio.sides import KEY, Theirs, wrong
from connectors.label_studio.state import Task
from engine.errors import LinesideError, TargetError

if TYPE_CHECKING:
    from connectors.label_studio.session import Plan, Session

ADDED = 100  # tasks in one request
CHECKED = 25  # tasks before each of which the server is asked what was changed meanwhile
TRIES = 5
NAMESPACE = uuid.UUID("5b1e9b6e-0d5f-4b43-9c58-1c7d7ad1b6a1")


class Sender:
    """Sends what a plan says for a session; each batch is remembered before the next is begun."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.ws, self.server, self.link = session.ws, session.server, session.link
        self.ours, self.config, self.losses = session.ours, session.config, session.losses
        self.problem, self.cancelled, self.progress = session.problem, session.cancelled, session.progress

    def send(self, plan: Plan) -> None:
        """Carry out what the plan sends."""
        self._add(plan.add)
        changed = [*plan.push, *plan.both]
        for done, batch in batches(changed, CHECKED):
            late = self._late(batch)
            for number, item in enumerate(batch, done):
                if self.cancelled():
                    return
                self.progress(0.8 + 0.2 * number / len(changed), f"{number:,} of {len(changed):,} pictures sent")
                if item in late:
                    reason = "its task was changed there a moment ago; not sent, the next exchange compares it"
                    self.problem(self.ours.items[item].name, reason)
                else:
                    self._change(item)
        for item in plan.predict:
            if self.cancelled():
                return
            self._predict(item)

    def _late(self, batch: Sequence[int]) -> set[int]:
        """Those that somebody changed there since both sides were read."""
        session = self.session
        by_task = {session.tasks[item].task: item for item in batch}
        changed = [task for task in self.server.changed(self.link.project, session.seen) if task in by_task]
        found = set()
        for entry in self.server.tasks(self.link.project, changed) if changed else ():
            item = by_task[int(entry["id"])]
            now = Theirs.of(entry, session.flags, session.tasks[item].annotation)
            if now.digest != session.their_digest(item):
                found.add(item)
        return found

    # -- new tasks

    def _payload(self, item: int, image: str) -> dict[str, Any] | None:
        """A task with all that is said of an item; None if the configuration does not allow it."""
        entry = self.ours.items[item]
        results = self.ours.results(item, self.ours.of(item), self.config, self.losses, {})
        if reasons := wrong(results, self.config):
            self.problem(entry.name, "; ".join(reasons) + "; not sent")
            return None
        data: dict[str, Any] = {self.config.key: image, KEY: f"{entry.key:016x}", "name": entry.name}
        data |= {key: value for key, value in (("split", entry.split), ("group", entry.group)) if value}
        return {
            "data": data,
            "annotations": [{"result": results}] if results else [],
            "predictions": self._predictions(item),
        }

    def _predictions(self, item: int) -> list[dict[str, Any]]:
        found = []
        for model, made in sorted(self.ours.predictions(item).items()):
            results = self.ours.results(item, made, self.config, self.losses, {})
            if results and not wrong(results, self.config):
                scores = [one.score for one in made if one.score is not None]
                found.append({"model_version": model, "result": results} | ({"score": max(scores)} if scores else {}))
        return found

    def _add(self, items: list[int]) -> None:
        images = Images(self.ws, self.server, self.link)
        waiting, total, tries = list(items), len(items), 0
        while waiting and not self.cancelled():
            batch = waiting[:ADDED]
            try:
                payloads = self._payloads(batch, images)
                idents = self.server.add_tasks(self.link.project, list(payloads.values())) if payloads else []
            except Dropped:
                tries += 1
                if tries >= TRIES:
                    raise
                waiting = self._adopt(waiting)
                continue
            self._added(dict(zip(payloads, idents, strict=True)))
            waiting = waiting[ADDED:]
            self.progress(0.8 - 0.2 * len(waiting) / total, f"{total - len(waiting):,} of {total:,} tasks added")

    def _payloads(self, batch: list[int], images: Images) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        places, refused = images.put([self.ours.items[item] for item in batch])
        for item, reason in refused.items():
            self.problem(self.ours.items[item].name, reason)
        for item in batch:
            if item in places and (payload := self._payload(item, places[item])) is not None:
                found[item] = payload
        return found

    def _added(self, idents: dict[int, int]) -> None:
        digest, predictions = self.ours.digest, self.ours.prediction_digest
        rows = [
            Task(item, task, None, digest(item, self.config, None), predictions(item, self.config))
            for item, task in idents.items()
        ]
        self._remember(rows)
        self.session.report.added += len(rows)

    def _adopt(self, waiting: list[int]) -> list[int]:
        """After a connection that broke: tasks that had arrived all the same are taken as added."""
        by_key = {f"{self.ours.items[item].key:016x}": item for item in waiting}
        arrived: dict[int, int] = {}
        for entry in self.server.tasks(self.link.project):
            item = by_key.get(str(entry["data"].get(KEY)))
            if item is not None:
                arrived.setdefault(item, int(entry["id"]))
        self._added(arrived)
        return [item for item in waiting if item not in arrived]

    # -- changed ones

    def _change(self, item: int) -> None:
        session = self.session
        task, entry, there = session.tasks[item], self.ours.items[item], session.theirs.get(item)
        results = self.ours.results(item, self.ours.of(item), self.config, self.losses, task.regions)
        if reasons := wrong(results, self.config):
            self.problem(entry.name, "; ".join(reasons) + "; not sent")
            return
        unique = str(uuid.uuid5(NAMESPACE, f"{self.ws.id}:{self.link.name}:{entry.key}:{task.digest}"))

        def write() -> int:
            known = task.annotation if there is None else there.annotation  # the one of before may be removed there
            if known is None:
                known = Theirs.of(self.server.tasks_of([task.task])[0], session.flags).annotation
            return self.server.save(task.task, known, results, unique)

        annotation = self._tried(entry.name, write)
        if annotation is not None:
            digest = self.ours.digest(item, self.config, task)
            self._remember([task.with_(annotation=annotation, digest=digest, theirs=None)])
            session.report.pushed += 1

    def _predict(self, item: int) -> None:
        task = self.session.tasks[item]

        def write() -> bool:
            (there,) = self.server.tasks_of([task.task])
            new = self._predictions(item)
            models = {each["model_version"] for each in new}
            old = [int(each["id"]) for each in there.get("predictions") or () if each.get("model_version") in models]
            self.server.predict(task.task, old, new)
            return True

        if self._tried(self.ours.items[item].name, write):
            self._remember([task.with_(predictions=self.ours.prediction_digest(item, self.config))])

    def _tried(self, name: str, write: Callable[[], Any]) -> Any:
        """Do something that may be done twice; what the server refuses is told of that picture, and costs only it."""
        try:
            return _again(write)
        except TargetError:
            raise
        except LinesideError as error:
            self.problem(name, str(error))
            return None

    def _remember(self, rows: list[Task]) -> None:
        with self.ws.transaction("Push to Label Studio") as tx:
            state.save_tasks(tx, self.link.name, rows)
        self.session.tasks |= {row.item_id: row for row in rows}


def _again(write: Callable[[], Any]) -> Any:
    """Do something that may be done twice, once more after each broken connection."""
    for number in range(TRIES):
        try:
            return write()
        except Dropped:
            if number + 1 == TRIES:
                raise
    raise LinesideError("unreachable")


def batches(entries: Sequence[Any], size: int) -> Iterator[tuple[int, Sequence[Any]]]:
    """Parts of a list, each with the place of its first."""
    for start in range(0, len(entries), size):
        yield start, entries[start : start + size]
