"""Pictures that are posted to a real server, fetched from a web camera, and grabbed from a video."""

from __future__ import annotations

import csv
import http.server
import json
import threading

import numpy as np
import pytest

from engine.serving.pipeline.document import pipeline_of
from engine.serving.pipeline.settings import BadPipeline
from engine.serving.pipeline.sources.camera import Camera, CameraSettings
from tests.unit.serving.conftest import own_server  # noqa: F401
from tests.unit.serving.pipeline.conftest import png, until, write_video


def rows(places):
    with (places / "results.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def posting(places, document, own_server):  # noqa: F811
    """Starts a server with a pipeline that takes what is posted."""
    (places / "line.json").write_text(json.dumps(document(source={"kind": "posted", "waiting": 4})))

    def start(*options):
        options = ("--pipeline", str(places / "line.json"), "--state", str(places / "state"), *options)
        return own_server(*options).wait_until_ready()

    return start


def test_a_posted_picture_is_answered_with_its_verdict_and_is_one_picture_however_often_it_comes(places, posting):
    server = posting()
    until(lambda: server.get("/pipeline")[1]["state"] == "running")
    status, first = server.post("/pipeline/images?id=part-7&name=part%207.png", png(255))
    assert (status, first["verdict"], first["image"]) == (200, "reject", "part 7.png")
    assert server.post("/pipeline/images?id=part-7", png(0)) == (200, first)
    assert server.post("/pipeline/images", b"none")[1]["verdict"] == "broken"
    server.process.kill()
    server.process.wait()
    server = posting()
    until(lambda: server.get("/pipeline")[1]["state"] == "running")
    assert server.post("/pipeline/images?id=part-7", png(0)) == (200, first)
    assert server.get("/pipeline/images")[0] == 405
    assert {"/pipeline", "/pipeline/images"} <= set(server.get("/openapi.json")[1]["paths"])
    text = server.get("/metrics")[1].decode()
    assert 'lineside_pipeline_pictures_total{verdict="reject"} 0' in text
    assert "lineside_pipeline_running 1" in text
    until(lambda: len(rows(places)) == 2)


def test_a_release_that_is_not_the_live_one_says_when_to_post_again(places, posting):
    server = posting("--release", "sha256:aa")
    assert server.post("/pipeline/images?id=1", png(0))[0] == 503
    (places / "state" / "live").write_text("sha256:aa")
    until(lambda: server.post("/pipeline/images?id=1", png(0))[0] == 200)
    (places / "state" / "live").write_text("sha256:bb")
    until(lambda: server.post("/pipeline/images?id=2", png(0))[0] == 503)
    until(lambda: server.get("/pipeline")[1]["state"] == "waiting")
    assert server.get("/metrics")[0] == 200


def test_a_server_without_a_pipeline_or_with_a_bad_one_says_so(places, document, own_server):  # noqa: F811
    assert own_server().wait_until_ready().post("/pipeline/images", png(0))[0] == 404
    (places / "line.json").write_text(json.dumps(document(rule={"reject": ["nonsense"]})))
    for options in (("--state", str(places / "state")), ()):
        server = own_server("--pipeline", str(places / "line.json"), *options)
        assert server.process.wait(20) == 2
        assert ("rule.reject[0]" if options else "--state") in server.process.stderr.read()


class WebCamera(http.server.BaseHTTPRequestHandler):
    """A picture, nothing, a redirection, pictures."""

    def do_GET(self):
        self.server.asked += 1
        broken, led = self.server.asked == 2, self.server.asked == 3
        self.send_response(500 if broken else 302 if led else 200)
        self.send_header("Location", "file:///etc/passwd")
        self.end_headers()
        self.wfile.write(png(255))

    def log_message(self, *_):
        pass


def test_snapshots_are_fetched_and_a_camera_that_fails_is_asked_again(places, document, started):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), WebCamera)
    server.asked = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    source = {"kind": "fetched", "url": f"http://127.0.0.1:{server.server_port}/snapshot.jpg", "interval": 0.05}
    runner = started(document(source=source))
    until(lambda: runner.counts["taken"] >= 4)
    assert runner.counts["reject"] == runner.counts["taken"]
    server.shutdown()
    server.server_close()
    until(lambda: "gives no picture" in runner.status()["trouble"])


@pytest.fixture
def video(tmp_path):
    """Thirty frames in a second, each as bright as its number."""
    return write_video(tmp_path / "line.avi")


def test_a_video_gives_its_newest_frames_and_counts_the_others(places, document, started, video):
    runner = started(document(source={"kind": "camera", "device": str(video), "interval": 0.2}), once=True)
    assert runner.wait(20)
    assert 3 <= runner.counts["taken"] <= 10
    assert runner.counts["taken"] + runner.dropped <= 30
    assert runner.dropped >= 15
    names = [int(row["image"].split()[1]) for row in rows(places)]
    assert names == sorted(names)
    assert len(list((places / "out").glob("*/*.png"))) == sum(
        row["verdict"] in ("reject", "unsure") for row in rows(places)
    )


def test_a_camera_that_is_gone_is_told_and_opened_again(places, document, started):
    runner = started(document(source={"kind": "camera", "device": "/dev/video99"}))
    until(lambda: "/dev/video99 cannot be opened" in runner.status()["trouble"])


def test_another_kind_of_camera_is_one_class_more():
    class Own:
        frames = 0

        def read(self):
            self.frames += 1
            if self.frames > 3:
                raise RuntimeError("cable pulled")
            return np.zeros((4, 4, 3), np.uint8)

        def close(self):
            self.closed = True

    own = Own()
    camera = Camera(CameraSettings("/dev/video0"), lambda: own)
    until(lambda: camera._ended)
    assert camera.take(0.1).name == "frame 3"
    assert camera.dropped == 2
    with pytest.raises(OSError, match="RuntimeError: cable pulled"):
        camera.take(0.1)
    camera.close()
    assert own.closed


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"kind": "camera", "device": "rtsp://user:secret@host/1"}, "without a user"),
        ({"kind": "camera", "device": "; reboot"}, "it is /dev/videoN"), ({"kind": "camera", "device": "/etc/passwd"}, "it is /dev/videoN"),
        ({"kind": "fetched", "url": "file:///etc/passwd"}, "it is http"), ({"kind": "fetched", "url": "http://host/", "interval": 0}, "from 0.02"),
        ({"kind": "posted", "waiting": 0}, "from 1 to 1000"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_is_refused(document, source, told):
    with pytest.raises(BadPipeline, match=told):
        pipeline_of(document(source=source))
