"""The page on which a model is tried, in a real browser without a window."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.serving.kept import Kept
from engine.serving.keys import KeyFolder, new_key
from tests.unit.serving.conftest import Server
from tests.unit.serving.test_server import png

aiohttp = pytest.importorskip("aiohttp")
pytestmark = pytest.mark.skipif(not shutil.which("chromium"), reason="there is no chromium")


class Tab:
    """One page, over Chromium's DevTools protocol."""

    def __init__(self, socket: Any) -> None:
        self.socket, self.count = socket, 0
        self.complaints: list[str] = []

    async def do(self, method: str, **parameters: Any) -> Any:
        self.count += 1
        await self.socket.send_json({"id": self.count, "method": method, "params": parameters})
        async for message in self.socket:
            told = json.loads(message.data)
            if told.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.complaints.append(message.data)
            if told.get("id") == self.count:
                return told.get("result", told)
        raise AssertionError("the browser went away")

    async def say(self, expression: str) -> Any:
        told = await self.do("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return told["result"].get("value")

    async def click(self, element: str, place: tuple[float, float]) -> None:
        """With the mouse, at a share of an element's width and height."""
        await self.drag(element, place, place)

    async def drag(self, element: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """As `click`, from one place to another."""
        shown = f"{{ const r = {element}.getBoundingClientRect(); JSON.stringify([r.x, r.y, r.width, r.height]) }}"
        await self.say(f"{element}.scrollIntoView()")
        x, y, width, height = json.loads(await self.say(shown))
        for kind, (across, down) in (("mousePressed", start), ("mouseMoved", end), ("mouseReleased", end)):
            await self.do("Input.dispatchMouseEvent", type=kind, x=x + across * width, y=y + down * height, button="left",
                          buttons=int(kind != "mouseReleased"), clickCount=1)  # fmt: skip

    async def until(self, condition: str) -> None:
        """A promise of the page that is kept once the condition holds."""
        frames = (
            f"new Promise(done => {{ const look = () => ({condition}) ? done(true) : setTimeout(look, 20); look(); }})"
        )
        assert await asyncio.wait_for(self.say(frames), 60), condition


@pytest.mark.parametrize(("language", "words"), [("zh-CN", ["最低置信度", "模型判断对吗？", "已保存，谢谢。"]), ("en-US", ["Score from", "Is the model right?", "Kept. Thank you."])])  # fmt: skip
def test_a_person_gives_a_key_tries_an_image_and_says_what_is_wrong(
    detector: Path, tmp_path: Path, language: str, words: list[str]
) -> None:
    (tmp_path / "part.png").write_bytes(png(640, 480))
    key, text = new_key({"scopes": ["infer", "feedback"]})
    KeyFolder(tmp_path / "state" / "keys").add(key)
    server = Server(
        detector, "--feedback", str(tmp_path / "kept"), "--state", str(tmp_path / "state")
    ).wait_until_ready()
    browser = subprocess.Popen(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--lang={language}",
         f"--accept-lang={language}", f"--user-data-dir={tmp_path / 'profile'}", "about:blank"],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={**os.environ, "LANGUAGE": language},
    )  # fmt: skip
    try:
        assert browser.stderr is not None
        line = next(line for line in browser.stderr if "DevTools listening on" in line)
        asyncio.run(_try(line.split("ws://")[1].split("/")[0], server.url, tmp_path / "part.png", words, text))
        (file,) = (tmp_path / "kept").glob("*.item")
        said = Kept.read(file.read_bytes()).said
        assert (said["verdict"], said["by"]) == ("wrong", "Li 李")
        kept, drawn = said["objects"]
        assert kept["label"] == "dent" and drawn["label"] == "scratch"
        assert drawn["box"] == pytest.approx([64, 48, 320, 240], abs=4)
    finally:
        browser.terminate()
        browser.wait(30)
        server.stop()


async def _try(browser: str, url: str, image: Path, words: list[str], key: str) -> None:
    async with aiohttp.ClientSession() as session:
        tabs = await (await session.get(f"http://{browser}/json")).json()
        place = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        async with session.ws_connect(place, max_msg_size=0) as socket:
            tab = Tab(socket)
            for domain in ("Log", "Runtime", "Page", "DOM"):
                await tab.do(f"{domain}.enable")
            await tab.do("Page.navigate", url=f"{url}/try")
            await tab.until("document.readyState === 'complete' && !at('key-form').hidden")
            await tab.say(f"at('key').value = {key!r}; at('key-form').requestSubmit()")
            await tab.until("state.model && at('key-form').hidden")
            tab.complaints.clear()  # the browser notes what was refused without a key
            root = (await tab.do("DOM.getDocument"))["root"]["nodeId"]
            file = (await tab.do("DOM.querySelector", nodeId=root, selector="#file"))["nodeId"]
            await tab.do("DOM.setFileInputFiles", nodeId=file, files=[str(image)])
            await tab.until("at('found').rows.length === 2")
            assert await tab.say("[at('canvas').width, at('canvas').height].join()") == "640,480"
            pixels = "at('canvas').getContext('2d').getImageData(0, 0, 640, 480).data"
            assert await tab.say(f"new Set({pixels}).size > 3")  # more than the one colour of the image
            await tab.say("at('threshold').value = 1; at('threshold').dispatchEvent(new Event('change'))")
            await tab.until("at('found').rows.length === 1 && at('found').textContent === word('nothing')")
            await tab.say("at('threshold').value = 0; at('threshold').dispatchEvent(new Event('change'))")
            await tab.until("at('found').rows.length >= 2")
            await tab.say("at('wrong').click()")
            await tab.until("!at('correcting').hidden && at('objects').rows.length === state.answer.detections.length")
            while await tab.say("at('objects').rows.length") > 1:
                await tab.say("at('objects').rows[0].querySelector('button').click()")
            await tab.say("at('objects').rows[0].querySelector('input').focus(); document.execCommand('selectAll')")
            await tab.do("Input.insertText", text="dent")
            await tab.say("at('new-label').value = 'scratch'; at('by').value = 'Li 李'")
            await tab.drag("at('canvas')", (0.1, 0.1), (0.5, 0.5))
            await tab.until("at('objects').rows.length === 2 && fix.chosen === 1")
            await tab.click("at('canvas')", (0.3, 0.3))
            await tab.until("fix.chosen === 1 && document.activeElement.value === 'scratch'")
            await tab.say("at('send-objects').click()")
            await tab.until("at('thanks').textContent !== '' && at('correcting').hidden")
            shown = await tab.say("document.body.innerText")
            assert all(word in shown for word in words), shown
            assert tab.complaints == []
