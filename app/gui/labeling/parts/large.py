"""Large images: a job cuts them into tiles when they are first opened; what is done is shown meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from app.gui.labeling.parts.part import Part
from app.gui.labeling.tiled import Store, TiledPicture

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem
    from engine.changes import Changes
    from engine.jobs.job import Job, JobStatus
    from engine.workspace import Workspace

LOOK_MS = 250


class LargeImages(Part):
    """Starts the job and tells how far it is."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self._store: Store | None = None
        self._jobs: dict[Path, Job] = {}
        self._asking = False
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)

    def item_shown(self, found: OpenItem) -> None:
        picture = self.page.canvas.picture
        store = picture.store if isinstance(picture, TiledPicture) and not picture.store.complete else None
        if store is not None and store is self._store:  # the same one, read anew: one that failed is not begun again
            return
        self._store, self._asking = store, False
        self._say()
        if self._store is None:
            self._timer.stop()
            return
        if self._store.folder not in self._jobs:
            self._start(self._store, found.image.name if found.image is not None else "")
        self._timer.start()

    def closed(self) -> None:
        self._timer.stop()
        self._store = None
        self._jobs.clear()

    def _start(self, store: Store, name: str) -> None:
        title = self.tr("Prepare the large image {0}").format(name.rpartition("/")[2])
        image = store.image

        def operation(ws: Workspace) -> tuple[Changes, Any]:
            from engine.changes import changed
            from engine.data.tiles import submit
            from engine.jobs.job import list_jobs

            running = next(
                (job for job in list_jobs(ws) if job.spec.get("arguments", {}).get("folder") == str(image.folder)
                 and job.status().active), None,
            )  # fmt: skip
            job = running or submit(ws, image.path, image.page, image.folder, title)
            return changed(jobs=job.id), job

        self.page.shell.run(operation, title, on_done=lambda job: self._jobs.update({image.folder: job}))

    def _look(self) -> None:
        store = self._store
        if store is None:
            self._timer.stop()
            return
        fresh = store.pyramid is None
        if store.look():
            if (fresh and store.pyramid is not None) or store.complete:
                self.page.canvas.develop(self.page.canvas.picture)  # its depth and window are known now
            self.page.canvas.redraw()
        if store.complete:
            self._store = None
            self._timer.stop()
        elif store.folder in self._jobs and not self._asking:
            self._asking = True
            job = self._jobs[store.folder]
            self.page._ask(lambda _ws: job.status(), lambda status: self._take_status(store, status))
        self._say()

    def _take_status(self, store: Store, status: JobStatus) -> None:
        if store is not self._store:  # another image was opened meanwhile
            return
        self._asking = False
        if status.active or store.look() or store.complete:
            return
        self._jobs.pop(store.folder, None)
        self._timer.stop()
        reason = status.error or self.tr("the job was cancelled")
        self.page.shell.notice(
            self.tr("The image could not be prepared: {0}").format(reason),
            self.tr("Try again"), lambda: self._again(store), kind="warning",
        )  # fmt: skip

    def _again(self, store: Store) -> None:
        if store is self._store:
            self._start(store, self.page.canvas.title)
            self._timer.start()

    def _say(self) -> None:
        chips = self.page.canvas.chips
        chips.pop("tiles", None)
        if self._store is not None:
            chips["tiles"] = self.tr("Preparing {0} %").format(round(self._store.progress * 100))
        self.page.canvas.update()
