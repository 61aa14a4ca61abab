"""One exchange: read both sides, plan, bring. Each batch is written to the workspace before the next is begun."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from connectors.label_studio import state
from connectors.label_studio.bring import Bringer
from connectors.label_studio.images import image_name
from connectors.label_studio.sending import batches
from connectors.label_studio.server import Server
from connectors.label_studio.sides import KEY, Ours, Theirs
from connectors.label_studio.state import Task
from engine.data import rle
from engine.data.exchange import Conflict, Exchanged, Link, Progress
from engine.data.exporters.base import Losses
from engine.data.importers.base import Problem, clean_text
from engine.data.studio import config as studio
from engine.data.studio.regions import Region
from engine.errors import BadInput

if TYPE_CHECKING:
    from engine.workspace import Workspace

FETCHED = 100  # pictures that are imported at once
BROUGHT = 250  # items in one transaction


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
        self.choice = ""  # whose edit counts where both sides changed a picture
        self.theirs: dict[int, Theirs] = {}  # by item
        self.fresh: list[Theirs] = []

    # -- reading

    def fetch(self, *, configure: bool = False) -> None:
        """Read both sides: all tasks at first, later those that changed."""
        self.progress(0.0, "Reading the project")
        self.ours = Ours.load(self.ws)
        self.tasks = state.tasks(self.ws, self.link.name)
        moment = self.server.moment()  # before anything is read: what changes meanwhile is read next time
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
        self.seen = max(self.link.seen, moment)
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
        self.choice = choice
        plan = Plan(fresh=self.fresh)
        known = self.tasks
        plan.add = [item for item in self.ours.items if item not in known]
        for item, task in known.items():
            self._compare(plan, item)
            self._plan_predictions(plan, item, task, self.theirs.get(item))
        waiting = [item for item in (*plan.pull, *plan.both, *plan.conflicts) if item not in self.theirs]
        for entry in self.server.tasks(self.link.project, [known[item].task for item in waiting]) if waiting else ():
            by_task = {known[item].task: item for item in waiting}
            self.theirs[by_task[int(entry["id"])]] = Theirs.of(entry, self.flags)
        return plan

    def _compare(self, plan: Plan, item: int) -> None:
        """Put an item where it belongs, by which side changed since both were the same."""
        task = self.tasks[item]
        ours, theirs = self.ours.digest(item, self.config, task), self.their_digest(item)
        if ours == theirs:
            plan.same.append(item)
        elif theirs == task.digest:
            plan.push.append(item)
        elif ours == task.digest:
            plan.pull.append(item)
        else:
            chosen = {"ours": plan.push, "theirs": plan.pull, "both": plan.both}
            chosen.get(self.choice, plan.conflicts).append(item)

    def their_digest(self, item: int) -> str:
        """What the server says of an item: as just read, else as remembered."""
        task, there = self.tasks[item], self.theirs.get(item)
        if there is not None:
            return there.digest
        return task.digest if task.theirs is None else task.theirs  # "": all was removed there

    def _plan_predictions(self, plan: Plan, item: int, task: Task, there: Theirs | None) -> None:
        ours = self.ours.prediction_digest(item, self.config)
        theirs = there.prediction_digest if there is not None else task.predictions
        if theirs not in (task.predictions, ours):
            plan.predicted.append(item)
        elif ours not in (task.predictions, theirs):
            plan.predict.append(item)

    def conflict(self, item: int) -> Conflict:
        """What both sides have of an item, in words."""
        ours = _words(self.ours.names[one.label_id] for one in self.ours.of(item))
        theirs = _words(region.label for region in self.theirs[item].regions)
        return Conflict(item, self.ours.items[item].name, self.tasks[item].task, ours, theirs)

    # -- bringing

    def bring(self, plan: Plan) -> None:
        """Take over what changed there: new pictures first, then annotations and predictions."""
        bringer = Bringer(self.ws, self.ours, self.config)
        self.report.changes |= bringer.schema()
        blank = []
        for item in self._import(plan.fresh):
            if self.ours.of(item):  # a picture that was here, with work of its own: as if it had been known
                self._compare(plan, item)
            else:
                blank.append(item)
        plan.add = [item for item in plan.add if item not in self.tasks]
        items = [*plan.pull, *plan.both, *blank]
        bringer.ours = self.ours
        wanted = {*items, *plan.predicted}
        for done, batch in batches(sorted(wanted), BROUGHT):
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
            fitting = [region for region in there.regions if self._fits(item, region)]
            regions = bringer.plan(item, fitting, task, keep=item in plan.both)
            task = task.with_(annotation=there.annotation, digest=there.digest, regions=regions, theirs=None)
            if there.others:
                self.problem(name, f"{there.others} older annotations of its task are not brought")
        if item in plan.predicted or not task.predictions:
            bringer.plan_predictions(item, there.predicted)
            task = task.with_(predictions=there.prediction_digest)
        for reason in there.problems:
            self.problem(name, reason)
        return task

    def _fits(self, item: int, region: Region) -> bool:
        entry = self.ours.items[item]
        fits = not region.rle or rle.pixels(region.rle) == entry.width * entry.height
        if not fits:
            self.problem(entry.name, "a brush is made for another size of image; left out")
        return fits

    def _import(self, fresh: list[Theirs]) -> list[int]:
        """Fetch the pictures of tasks that are no items yet; returns the items they became."""
        from engine.data.imports import import_data

        found: list[int] = []
        for done, batch in batches(fresh, FETCHED):
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
                    twin = digests.setdefault(hashlib.sha256(data).hexdigest(), theirs)
                    if twin is not theirs:
                        self.problem(f"task {theirs.task}", f"it is of the same picture as task {twin.task}")
                        continue
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

    # -- the end

    def finish(self, plan: Plan, *, pulled: bool) -> None:
        """Remember what is the same and what waits for a decision, and how far there was read."""
        rows = []
        for item in plan.same:
            theirs = self.theirs.get(item)
            if theirs is not None and item not in plan.predicted:
                rows.append(self.tasks[item].with_(annotation=theirs.annotation, digest=theirs.digest, theirs=None,
                                                   predictions=theirs.prediction_digest))  # fmt: skip
        waiting = [*plan.conflicts, *(() if pulled else plan.pull)]
        rows += [self.tasks[item].with_(theirs=self.theirs[item].digest) for item in waiting if item in self.theirs]
        complete = (pulled or not (plan.fresh or plan.predicted)) and not self.cancelled()
        with self.ws.transaction("Exchange with Label Studio") as tx:
            state.save_tasks(tx, self.link.name, rows)
            state.save_link(tx, replace(self.link, seen=self.seen if complete else self.link.seen))
        self.report.unchanged = len(plan.same)
        self.report.conflicts = [self.conflict(item) for item in plan.conflicts]
        self.report.not_expressible = self.losses.lines()


def _words(labels: Iterable[str]) -> str:
    """How many shapes of which label: “2 × dent, 1 × scratch”."""
    return ", ".join(f"{count} × {name}" for name, count in sorted(Counter(labels).items())) or "nothing"


def _plain(xml: str) -> str:
    return "".join(xml.split())
