"""Verdicts to a machine's control by Modbus TCP (functions 5, 6 and 16 of the Modbus Application Protocol 1.1b3)."""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

from engine.serving.pipeline.journal import Record
from engine.serving.pipeline.settings import TEXTS, setting
from engine.serving.pipeline.sinks import Image
from engine.serving.pipeline.sinks.wire import Stream
from engine.serving.pipeline.verdicts import BROKEN, OK, REJECT, UNSURE, VERDICTS

PORT = 502
WRITE_COIL, WRITE_REGISTER, WRITE_REGISTERS = 5, 6, 16
CODES = {OK: 0, REJECT: 1, UNSURE: 2, BROKEN: 3}
EXCEPTIONS = {1: "it does not know the function", 2: "it has no such address", 3: "it does not take the value", 4: "it failed", 6: "it is busy"}  # fmt: skip


@dataclass(frozen=True)
class ModbusSettings:
    """Settings of a control.

    Attributes:
        device: HOST or HOST:PORT.
        write: coil (on for the verdicts in `on`), register (0 ok, 1 reject, 2 unsure, 3 broken), or registers: that code,
            a count that goes up with each picture (mod 65536), how many objects, and the highest score in thousandths.
        at: address of the coil or the (first) register, from 0.
        within: seconds after which a verdict comes too late for its part, and is left out.
    """

    name: str = setting(kind="name")
    device: str = setting(kind="address")
    unit: int = setting(1, least=0, most=255)
    write: str = setting("registers", one_of=("coil", "register", "registers"))
    at: int = setting(0, least=0, most=65532)
    on: tuple[str, ...] = setting((REJECT, UNSURE, BROKEN), kind=TEXTS, one_of=VERDICTS)
    within: float = setting(5.0, least=0.1, most=86_400)
    only: tuple[str, ...] = setting(VERDICTS, kind=TEXTS, one_of=VERDICTS)

    wants_images = False
    secret = ""

    def open(self, secret: str) -> Modbus:
        """Raises OSError where nothing answers there."""
        del secret
        return Modbus(self)


class Modbus:
    """One request at a time, in the order of the pictures."""

    batch = 1

    def __init__(self, settings: ModbusSettings) -> None:
        self.settings, self._number = settings, 0
        self._stream = Stream(settings.device, PORT)

    def deliver(self, records: Sequence[Record], image: Image) -> int:
        """Write each that is not too late."""
        del image
        late = 0
        for record in records:
            if time.time() - record.at > self.settings.within:
                late += 1
            else:
                self._ask(*_request(self.settings, record))
        return late

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def _ask(self, function: int, body: bytes, echo: bytes) -> None:
        """One request; its answer repeats `echo`."""
        self._number = (self._number + 1) % 65536
        frame = bytes([self.settings.unit, function]) + body
        self._stream.send(struct.pack(">HHH", self._number, 0, len(frame)) + frame)
        number, protocol, size = struct.unpack(">HHH", self._stream.receive(6))
        if protocol or not 3 <= size <= 256:
            raise ConnectionError(f"{self.settings.device} does not answer as Modbus does")
        answer = self._stream.receive(size)
        if answer[1] == function | 0x80:
            raise OSError(f"{self.settings.device} refuses: {EXCEPTIONS.get(answer[2], f'exception {answer[2]}')}.")
        if number != self._number or answer[1] != function or answer[2:] != echo:
            raise ConnectionError(f"{self.settings.device} answers something else than it was asked")


def _request(settings: ModbusSettings, record: Record) -> tuple[int, bytes, bytes]:
    """Function, body, and what the answer repeats of it."""
    if settings.write == "coil":
        body = struct.pack(">HH", settings.at, 0xFF00 if record.verdict in settings.on else 0)
        return WRITE_COIL, body, body
    code = CODES[record.verdict]
    if settings.write == "register":
        body = struct.pack(">HH", settings.at, code)
        return WRITE_REGISTER, body, body
    found = record.answer.get("detections", ())
    score = max([one["score"] for one in found] + [record.answer.get("score", 0.0)])
    values = (code, record.n % 65536, min(len(found), 65535), round(1000 * score))
    head = struct.pack(">HH", settings.at, len(values))
    return WRITE_REGISTERS, head + bytes([2 * len(values)]) + struct.pack(">4H", *values), head
