"""Results to an MQTT broker (MQTT 3.1.1): published with QoS 1, delivered when the broker has acknowledged them."""

from __future__ import annotations

import json
import secrets
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

from engine.serving.pipeline.journal import Record
from engine.serving.pipeline.settings import TEXTS, setting
from engine.serving.pipeline.sinks import Image
from engine.serving.pipeline.sinks.wire import Stream
from engine.serving.pipeline.verdicts import VERDICTS

CONNECT, CONNACK, PUBLISH, PUBACK, DISCONNECT = 0x10, 0x20, 0x32, 0x40, 0xE0  # PUBLISH with QoS 1
RETAIN, MOST_PACKET = 0x01, 1 << 16
PORT, TLS_PORT, IDLE_S = 1883, 8883, 30.0
REFUSALS = {
    1: "it does not speak MQTT 3.1.1", 2: "it does not take this client", 3: "it is not available",
    4: "user or password are wrong", 5: "it does not let this client in",
}  # fmt: skip


@dataclass(frozen=True)
class MqttSettings:
    """Settings of a broker.

    Attributes:
        broker: HOST or HOST:PORT.
        user, password: the second is the name of a secret, never the secret.
        ca: file with the certificates that are trusted with `tls`.
        retain: whether the broker keeps the last result for those who come later.
    """

    name: str = setting(kind="name")
    broker: str = setting(kind="address")
    topic: str = setting()
    user: str = setting("")
    password: str = setting("", kind="name")
    tls: bool = setting(False)
    ca: str = setting("", kind="path")
    retain: bool = setting(False)
    only: tuple[str, ...] = setting(VERDICTS, kind=TEXTS, one_of=VERDICTS)

    wants_images = False
    secret = property(lambda self: self.password)

    def __post_init__(self) -> None:
        if any(letter in self.topic for letter in "+#") or self.topic.startswith("$"):
            raise ValueError("topic: a topic to publish to has no + and no #, and does not begin with $")

    def open(self, secret: str) -> Mqtt:
        """Raises OSError where the broker does not answer or lets nobody in."""
        return Mqtt(self, secret)


class Mqtt:
    """A connection to the broker; it is made anew after some idle time, as nobody answers pings between deliveries."""

    batch = 50

    def __init__(self, settings: MqttSettings, password: str) -> None:
        self.settings, self._password, self._number = settings, password, 0
        self._stream = self._connected()
        self._used = time.monotonic()

    def deliver(self, records: Sequence[Record], image: Image) -> int:
        """Publish all, and wait until each is acknowledged."""
        del image
        if time.monotonic() - self._used > IDLE_S:
            self.close()
            self._stream = self._connected()
        waiting = set()
        for record in records:
            self._number = self._number % 65535 + 1
            waiting.add(self._number)
            payload = json.dumps(record.told(), ensure_ascii=False).encode("utf-8", "replace")
            kind = PUBLISH | (RETAIN if self.settings.retain else 0)
            self._stream.send(_packet(kind, _text(self.settings.topic) + struct.pack(">H", self._number) + payload))
        while waiting:
            kind, body = self._received()
            if kind == PUBACK and len(body) >= 2:
                waiting.discard(struct.unpack(">H", body[:2])[0])
        self._used = time.monotonic()
        return 0

    def close(self) -> None:
        """Say good-bye, where that still goes."""
        try:
            self._stream.send(_packet(DISCONNECT, b""))
        except OSError:
            pass
        finally:
            self._stream.close()

    def _connected(self) -> Stream:
        wanted = self.settings
        stream = Stream(wanted.broker, TLS_PORT if wanted.tls else PORT, wanted.tls, wanted.ca)
        try:
            flags = 0x02 | (0x80 if wanted.user else 0) | (0x40 if wanted.user and self._password else 0)
            body = _text("MQTT") + bytes([4, flags]) + struct.pack(">H", 0) + _text(f"lineside-{secrets.token_hex(6)}")
            body += _text(wanted.user) if wanted.user else b""
            body += _text(self._password) if wanted.user and self._password else b""
            stream.send(_packet(CONNECT, body))
            self._stream = stream
            kind, answer = self._received()
            if kind != CONNACK or len(answer) != 2 or answer[1]:
                why = REFUSALS.get(answer[1], "") if len(answer) == 2 else ""
                raise ConnectionRefusedError(
                    f"The broker {wanted.broker} refuses: {why or 'its answer is none of MQTT'}."
                )
        except BaseException:
            stream.close()
            raise
        return stream

    def _received(self) -> tuple[int, bytes]:
        """Kind and body of the next packet."""
        kind, size, shift = self._stream.receive(1)[0], 0, 0
        while True:
            byte = self._stream.receive(1)[0]
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
            if shift > 21:
                raise ConnectionError("the broker's answer is none of MQTT")
        if size > MOST_PACKET:
            raise ConnectionError("the broker's answer is too large")
        return kind & 0xF0, self._stream.receive(size)


def _packet(kind: int, body: bytes) -> bytes:
    size, length = len(body), b""
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (0x80 if size else 0)])
        if not size:
            return bytes([kind]) + length + body


def _text(text: str) -> bytes:
    content = text.encode()
    return struct.pack(">H", len(content)) + content
