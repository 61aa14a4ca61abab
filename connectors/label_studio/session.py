"""One exchange: read both sides, plan, bring, send. Each batch is written to the workspace before the next is begun."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from connectors.label_studio import state
from connectors.label_studio.bring import Bringer
from connectors.label_studio.images import Images, image_name
from connectors.label_studio.server import Dropped, Server
from connectors.label_studio.sides import KEY, Ours, Theirs, wrong
from connectors.label_studio.state import Task
from engine.data.exchange import Conflict, Exchanged, Link, Progress
from engine.data.exporters.base import Losses
from engine.data.importers.base import Problem, clean_text
from engine.data.studio import config as studio
from engine.errors import BadInput, LinesideError

if TYPE_CHECKING:
    from engine.workspace import Workspace

ADDED = 100  # tasks in one request
BROUGHT = 250  # items in one transaction
TRIES = 5
NAMESPACE = uuid.UUID("5b1e9b6e-0d5f-4b43-9c58-1c7d7ad1b6a1")


@dataclass
class Plan:
    """What is to be done with which item (or task, for those that are no item yet)."""

    add: list[int] = field(default_factory=list)
    fresh: list[Theirs] = field(default_factory=list)
    pull: list[int] = field(default_factory=list)
    push: list[int] = field(default_factory=list)
    both: list[int] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    predict: list[int] = field(default_factory=list)
    predicted: list[int] = field(default_factory=list)
    conflicts: list[int] = field(default_factory=list)

    def counts(self, session: Session) -> Exchanged:
        """The plan as numbers."""
        report = session.report
        report.added, report.imported, report.unchanged = len(self.add), len(self.fresh), len(self.same)
        report.pulled, report.pushed = len(self.pull) + len(self.both), len(self.push) + len(self.both)
        report.conflicts = [session.conflict(item) for item in self.conflicts]
        return report


class Session:
    """A workspace and a server for the time of one exchange."""

    def __init__(self, ws: Workspace, link: Link, server: Server) -> None:
        self.ws, self.link, self.server = ws, link, server
        self.report = Exchanged()
        self.losses = Losses()
        self.progress: Progress = lambda *_: None
        self.cancelled: Callable[[], bool] = lambda: False
        self.theirs: dict[int, Theirs] = {}  # by item
        self.fresh: list[Theirs] = []

    # -- reading

    def fetch(self, *, configure: bool = False) -> None:
        """Read both sides: all tasks at first, later those that changed."""
        self.progress(0.0, "Reading the project")
        self.ours = Ours.load(self.ws)
        self.tasks = state.tasks(self.ws, self.link.name)
        project = self.server.project(self.link.project)
        xml = self._configured(project["label_config"]) if configure else project["label_config"]
        self.config = studio.read(xml)
        self.flags = studio.flags(self.config)
        if self.link.seen and project["task_number"] == len(self.tasks):
            changed = self.server.changed(self.link.project, self.link.seen)
            raw = self.server.tasks(self.link.project, changed) if changed else []
        else:
            raw = self.server.tasks(self.link.project) if project["task_number"] else []
            there = {int(task["id"]) for task in raw}
            for item in [item for item, task in self.tasks.items() if task.task not in there]:
                name = self.ours.items[item].name
                self.problem(name, f"its task {self.tasks[item].task} was removed there; it is sent anew")
                del self.tasks[item]
        self.seen = max([self.link.seen, *(str(task.get("updated_at") or "") for task in raw)])
        self._sort(raw)

    def _configured(self, xml: str) -> str:
        """The configuration there; one that we made follows the schema as long as nobody changed it there."""
        if not self.link.own:
            return xml
        wanted = self.ours.config(studio.read(xml))
        if _plain(wanted) == _plain(xml):
            return xml
        if _plain(xml) != _plain(self.link.config):
            self.problem(
                self.link.title, "its labelling configuration was changed there; labels that are new here are not sent"
            )
            return xml
        self.server.configure(self.link.project, wanted)
        self.link = replace(self.link, config=wanted)
        with self.ws.transaction("Configure Label Studio") as tx:
            state.save_link(tx, self.link)
        return wanted

    def _sort(self, raw: Sequence[dict[str, Any]]) -> None:
        by_task = {task.task: item for item, task in self.tasks.items()}
        by_key = {f"{item.key:016x}": item.id for item in self.ours.items.values()}
        for entry in raw:
            item = by_task.get(int(entry["id"]))
            known = self.tasks[item].annotation if item is not None else None
            theirs = Theirs.of(entry, self.flags, known)
            if item is None:
                item = by_key.get(str(theirs.data.get(KEY)))
                if item is None or item in self.tasks:
                    self.fresh.append(theirs)
                    continue
                self.tasks[item] = Task(item, theirs.task)
            self.theirs[item] = theirs

    def problem(self, what: str, reason: str) -> None:
        """Note what could not be exchanged."""
        self.report.problems.append(Problem(clean_text(what), reason))

    # -- planning

    def plan(self, choice: str = "") -> Plan:
        """What each item needs, by what changed on which side since both were the same."""
        plan = Plan(fresh=self.fresh)
        known = self.tasks
        plan.add = [item for item in self.ours.items if item not in known]
        for item, task in known.items():
            ours = self.ours.digest(item, self.config, task)
            there = self.theirs.get(item)
            theirs = there.digest if there is not None else task.theirs or task.digest
            if ours == theirs:
                plan.same.append(item)
            elif theirs == task.digest:
                plan.push.append(item)
            elif ours == task.digest:
                plan.pull.append(item)
            else:
                {"ours": plan.push, "theirs": plan.pull, "both": plan.both}.get(choice, plan.conflicts).append(item)
            self._plan_predictions(plan, item, task, there)
        waiting = [item for item in (*plan.pull, *plan.both, *plan.conflicts) if item not in self.theirs]
        for entry in self.server.tasks(self.link.project, [known[item].task for item in waiting]) if waiting else ():
            by_task = {known[item].task: item for item in waiting}
            self.theirs[by_task[int(entry["id"])]] = Theirs.of(entry, self.flags)
        return plan

    def _plan_predictions(self, plan: Plan, item: int, task: Task, there: Theirs | None) -> None:
        ours = self.ours.prediction_digest(item, self.config)
        theirs = there.prediction_digest if there is not None else task.predictions
        if theirs not in (task.predictions, ours):
            plan.predicted.append(item)
        elif ours not in (task.predictions, theirs):
            plan.predict.append(item)

    def conflict(self, item: int) -> Conflict:
        """What both sides have of an item, in words."""
        ours, task = self.ours.of(item), self.tasks[item]
        theirs = self.theirs[item].regions
        return Conflict(
            item, self.ours.items[item].name, task.task, f"{len(ours)} annotations", f"{len(theirs)} annotations"
        )

    # -- bringing

    def bring(self, plan: Plan) -> None:
        """Take over what changed there: new pictures first, then annotations and predictions."""
        bringer = Bringer(self.ws, self.ours, self.config)
        self.report.changes |= bringer.schema()
        items = [*plan.pull, *plan.both]
        items += self._import(plan.fresh)
        bringer.ours = self.ours
        wanted = {*items, *plan.predicted}
        for done, batch in _batches(sorted(wanted), BROUGHT):
            if self.cancelled():
                return
            self.progress(0.3 + 0.3 * done / len(wanted), f"{done:,} of {len(wanted):,} pictures brought")
            entries = [self._brought(bringer, plan, item, item in items) for item in batch]
            with self.ws.transaction("Pull from Label Studio") as tx:
                self.report.changes |= bringer.write(tx)
                state.save_tasks(tx, self.link.name, entries)
            self.tasks |= {entry.item_id: entry for entry in entries}
            self.report.pulled += sum(item in items for item in batch)
        self.ours = Ours.load(self.ws) if wanted else self.ours

    def _brought(self, bringer: Bringer, plan: Plan, item: int, shapes: bool) -> Task:
        """Plan what an item takes over; returns how its task stands then."""
        there, task, name = self.theirs[item], self.tasks[item], self.ours.items[item].name
        if shapes:
            regions = bringer.plan(item, there.regions, task, keep=item in plan.both)
            task = task.with_(annotation=there.annotation, digest=there.digest, regions=regions, theirs=None)
            if there.others:
                self.problem(name, f"{there.others} older annotations of its task are not brought")
        if item in plan.predicted or not task.predictions:
            bringer.plan_predictions(item, there.predicted)
            task = task.with_(predictions=there.prediction_digest)
        for reason in there.problems:
            self.problem(name, reason)
        return task

    def _import(self, fresh: list[Theirs]) -> list[int]:
        """Fetch the pictures of tasks that are no items yet; returns the items they became."""
        from engine.data.imports import import_data

        found: list[int] = []
        for done, batch in _batches(fresh, ADDED):
            if self.cancelled():
                break
            self.progress(0.3 * done / len(fresh), f"{done:,} of {len(fresh):,} pictures fetched")
            with TemporaryDirectory(prefix="lineside-studio-") as folder:
                digests: dict[str, Theirs] = {}
                for theirs in batch:
                    try:
                        data = self.server.download(str(theirs.data.get(self.config.key) or ""))
                    except BadInput as error:
                        self.problem(f"task {theirs.task}", str(error))
                        continue
                    digests[hashlib.sha256(data).hexdigest()] = theirs
                    name = image_name(str(theirs.data[self.config.key]), data)
                    (Path(folder) / f"{theirs.task}-{name}").write_bytes(data)
                if not digests:
                    continue
                try:
                    report = import_data(self.ws, folder, "folder")
                except BadInput as error:
                    self.problem(f"{len(batch)} tasks", str(error))
                    continue
            self.report.imported += report.imported
            self.report.problems += report.problems
            self.report.changes |= report.changes
            self.ours = Ours.load(self.ws)
            by_digest = {item.digest: item for item in self.ours.items.values() if item.page == 0}
            for digest, theirs in digests.items():
                if (item := by_digest.get(digest)) is None:
                    continue
                if item.id in self.tasks:
                    self.problem(
                        item.name, f"task {theirs.task} is of the same picture as task {self.tasks[item.id].task}"
                    )
                    continue
                self.tasks[item.id] = Task(item.id, theirs.task)
                self.theirs[item.id] = theirs
                found.append(item.id)
        return found

    # -- sending

    def send(self, plan: Plan) -> None:
        """Write what changed here: new tasks in batches, then changed annotations and predictions one by one."""
        self._add(plan.add)
        changed = [*plan.push, *plan.both]
        for done, item in enumerate(changed):
            if self.cancelled():
                return
            self.progress(0.8 + 0.2 * done / len(changed), f"{done:,} of {len(changed):,} pictures sent")
            self._change(item)
        for item in plan.predict:
            if self.cancelled():
                return
            self._predict(item)

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
        rows = [
            Task(
                item,
                task,
                None,
                self.ours.digest(item, self.config, None),
                self.ours.prediction_digest(item, self.config),
            )
            for item, task in idents.items()
        ]
        with self.ws.transaction("Push to Label Studio") as tx:
            state.save_tasks(tx, self.link.name, rows)
        self.tasks |= {row.item_id: row for row in rows}
        self.report.added += len(rows)

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

    def _change(self, item: int) -> None:
        task, entry = self.tasks[item], self.ours.items[item]
        results = self.ours.results(item, self.ours.of(item), self.config, self.losses, task.regions)
        if reasons := wrong(results, self.config):
            self.problem(entry.name, "; ".join(reasons) + "; not sent")
            return
        digest = self.ours.digest(item, self.config, task)
        unique = str(uuid.uuid5(NAMESPACE, f"{self.ws.id}:{self.link.name}:{entry.key}:{task.digest}"))

        def write() -> int:
            known = task.annotation
            if known is None:
                known = Theirs.of(self.server.tasks_of([task.task])[0], self.flags).annotation
            return self.server.save(task.task, known, results, unique)

        try:
            annotation = _again(write)
        except BadInput as error:
            self.problem(entry.name, str(error))
            return
        row = task.with_(annotation=annotation, digest=digest, theirs=None)
        with self.ws.transaction("Push to Label Studio") as tx:
            state.save_tasks(tx, self.link.name, [row])
        self.tasks[item] = row
        self.report.pushed += 1

    def _predict(self, item: int) -> None:
        task = self.tasks[item]

        def write() -> None:
            (there,) = self.server.tasks_of([task.task])
            new = self._predictions(item)
            models = {each["model_version"] for each in new}
            old = [int(each["id"]) for each in there.get("predictions") or () if each.get("model_version") in models]
            self.server.predict(task.task, old, new)

        _again(write)
        row = task.with_(predictions=self.ours.prediction_digest(item, self.config))
        with self.ws.transaction("Push to Label Studio") as tx:
            state.save_tasks(tx, self.link.name, [row])
        self.tasks[item] = row

    # -- the end

    def finish(self, plan: Plan, *, pulled: bool) -> None:
        """Remember what is the same and what waits for a decision, and how far there was read."""
        rows = []
        for item in plan.same:
            theirs = self.theirs.get(item)
            if theirs is not None and item not in plan.predicted:
                rows.append(self.tasks[item].with_(annotation=theirs.annotation, digest=theirs.digest, theirs=None,
                                                   predictions=theirs.prediction_digest))  # fmt: skip
        waiting = [*plan.conflicts, *(() if pulled else (*plan.pull, *plan.both))]
        rows += [self.tasks[item].with_(theirs=self.theirs[item].digest) for item in waiting if item in self.theirs]
        complete = (pulled or not plan.fresh) and not self.cancelled()
        with self.ws.transaction("Exchange with Label Studio") as tx:
            state.save_tasks(tx, self.link.name, rows)
            state.save_link(tx, replace(self.link, seen=self.seen if complete else self.link.seen))
        self.report.unchanged = len(plan.same)
        self.report.conflicts = [self.conflict(item) for item in plan.conflicts]
        self.report.not_expressible = self.losses.lines()


def _again(write: Callable[[], Any]) -> Any:
    """Do something that may be done twice, once more after each broken connection."""
    for number in range(TRIES):
        try:
            return write()
        except Dropped:
            if number + 1 == TRIES:
                raise
    raise LinesideError("unreachable")


def _batches(entries: Sequence[Any], size: int) -> Iterator[tuple[int, Sequence[Any]]]:
    for start in range(0, len(entries), size):
        yield start, entries[start : start + size]


def _words(labels: Iterable[str]) -> str:
    """How many shapes of which label: “2 × dent, 1 × scratch”."""
    return ", ".join(f"{count} × {name}" for name, count in sorted(Counter(labels).items())) or "nothing"


def _plain(xml: str) -> str:
    return "".join(xml.split())
