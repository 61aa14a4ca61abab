"""Pushes and rollouts that were begun in the window stand among the jobs, and are stopped there."""

from __future__ import annotations

import threading

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.shell.errands import KEPT, Errand, Errands
from engine.changes import Changes
from tests.gui.deployment.test_page import LEFT, choose, page, stocked  # noqa: F401  # fixtures


def test_a_push_stands_among_the_jobs_from_its_begin_to_its_end(stocked, window, qtbot):  # noqa: F811  # the fixture
    choose(stocked, "parts:1")
    QTest.mouseClick(stocked.targets.rows["local"].buttons["deploy"], LEFT)
    qtbot.waitUntil(lambda: window.top.job.isVisible(), timeout=10_000)
    assert window.rail.buttons["jobs"].right == "1" and "Deployment" in window.top.job.text()
    QTest.mouseClick(window.top.job, LEFT)
    jobs = window.page("jobs")
    qtbot.waitUntil(lambda: jobs.isVisible() and "parts:1 to local" in jobs.job_title.text(), timeout=5000)
    qtbot.waitUntil(lambda: jobs.model.lines[0].state == "done", timeout=60_000)
    assert not jobs.resume.isVisible() and not jobs.cancel.isVisible()
    qtbot.waitUntil(lambda: "ready" in jobs.log.toPlainText(), timeout=5000)


def test_cancel_among_the_jobs_stops_the_work(page, shell, window, qtbot):  # noqa: F811  # the fixture
    stopped = threading.Event()

    def work(_workspace, progress, _ask):
        try:
            while True:
                progress("push", 3, 10, "")
                threading.Event().wait(0.02)
        finally:
            stopped.set()

    running = []
    shown = Errand("deploy", "parts:1 to line-3", lambda: running[0].cancel())
    running.append(page.works.start(work, None, None, shown, lambda stage, done, total, _: (done / total, stage, None)))
    window.show_page("jobs")
    jobs = window.page("jobs")
    qtbot.waitUntil(lambda: jobs.bar.value() == 300 and jobs.cancel.isVisible(), timeout=5000)
    assert "stops with it" in jobs.job_text.text() and not jobs.pause.isVisible()
    QTest.mouseClick(jobs.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: jobs.model.lines[0].state == "cancelled", timeout=5000)
    assert stopped.is_set() and not window.top.job.isVisible()
    shell.changed.emit(Changes(everything=True), None)
    qtbot.wait(300)
    assert jobs.model.lines[0].title == "parts:1 to line-3", "a look at the jobs does not drop it"


def test_only_the_last_that_ended_are_kept_and_none_of_a_closed_workspace(qapp):
    errands = Errands(qapp)
    running = errands.begin(Errand("rollout", "goes on", lambda: None))
    for number in range(KEPT + 5):
        name = errands.begin(Errand("deploy", f"push {number}", lambda: None))
        errands.tell(name, 0.5, "half")
        errands.end(name, "failed", "no room")
    lines = errands.among([])
    assert len(lines) <= KEPT + 2 and running in [line.id for line in lines]
    assert errands.log(lines[0].id).endswith("50 %  half")
    errands.forget()
    assert errands.among([]) == []
