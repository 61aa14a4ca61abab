"""Pictures that machines post to the release (`POST /pipeline/images`), answered when they are judged and written down."""

from __future__ import annotations

import queue
from concurrent.futures import Future
from dataclasses import dataclass

from engine.serving.errors import Refused
from engine.serving.pipeline.journal import Record
from engine.serving.pipeline.settings import setting
from engine.serving.pipeline.sources import Picture

MOST_NAME = 200


@dataclass(frozen=True)
class PostedSettings:
    """Settings of pictures that are posted.

    Attributes:
        waiting: pictures that may wait; further ones are refused, and to be posted again.
    """

    waiting: int = setting(32, least=1, most=1000)

    def open(self) -> Posted:
        """Never fails."""
        return Posted(self)


class Posted:
    """Between the server and the pipeline. Whoever posts with `?id=` may post again: the same id is one picture."""

    def __init__(self, settings: PostedSettings) -> None:
        self.dropped = 0
        self._waiting: queue.Queue[Picture] = queue.Queue(settings.waiting)
        self._answers: dict[int, Future[Record]] = {}  # by identity of the picture
        self._closed = False

    def offer(self, name: str, key: str, content: bytes) -> Future[Record]:
        """A picture; its record, in time.

        Raises:
            Refused: too many wait, or the pipeline does not run here any more; to be posted again.
        """
        picture = Picture(name[:MOST_NAME], f"id:{key[:MOST_NAME]}" if key else "", content)
        answer = self._answers[id(picture)] = Future()
        try:
            self._waiting.put_nowait(picture)
        except queue.Full:
            del self._answers[id(picture)]
            self.dropped += 1
            raise again("Too many pictures wait", 429) from None
        if self._closed:
            self.close()
        return answer

    def take(self, timeout: float) -> Picture | None:
        """The one that came first."""
        try:
            return self._waiting.get(timeout=timeout)
        except queue.Empty:
            return None

    def done(self, picture: Picture, record: Record) -> None:
        """Answer whoever posted it."""
        if (answer := self._answers.pop(id(picture), None)) is not None:
            answer.set_result(record)

    def owns(self, key: str) -> bool:
        """What has an id could be posted again."""
        return bool(key)

    @property
    def exhausted(self) -> bool:
        """Whether nobody waits."""
        return self._waiting.empty()

    def close(self) -> None:
        """Let those who wait post again."""
        self._closed = True
        for answer in list(self._answers.values()):
            if not answer.done():
                answer.set_exception(again("The pipeline does not run here any more"))
        self._answers.clear()


def again(why: str, status: int = 503) -> Refused:
    """What a client is told that is to post again."""
    return Refused(status, f"{why}; post it again in a second, with the same id.", (b"retry-after", b"1"))
