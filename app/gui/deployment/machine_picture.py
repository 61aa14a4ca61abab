"""A machine as a picture: its cores, what they can, memory, disk, graphics, system, clock; what is not known is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from app.gui.deployment.push_card import size_text
from app.gui.shell.jobs import duration_text
from app.gui.widgets.controls import label, set_kind

if TYPE_CHECKING:
    from datetime import datetime

    from engine.deployment.target import Probe

SQUARE, GAP, PER_LINE, MOST_SQUARES = 9, 3, 16, 64
ABILITIES = {
    "VNNI": ("avx512_vnni", "avx_vnni"), "AMX": ("amx_tile",), "BF16": ("avx512_bf16", "amx_bf16", "bf16"),
    "AVX-512": ("avx512f",), "AVX2": ("avx2",), "NEON": ("asimd",), "DOT": ("asimddp",), "I8MM": ("i8mm",), "SVE": ("sve",),
}  # fmt: skip
"""What a CPU can, as people know it, and the kernel's flags that say so."""


def abilities(flags: tuple[str, ...]) -> list[str]:
    """What matters for inference, by the names that people know."""
    return [name for name, needed in ABILITIES.items() if set(needed) & set(flags)]


def ability_text(name: str) -> str:
    """What an ability is good for."""
    words = {
        "VNNI": QCoreApplication.translate("Machine", "Computes INT8 models several times faster than FP32"),
        "AMX": QCoreApplication.translate("Machine", "Multiplies whole tiles: INT8 and BF16 at their fastest"),
        "BF16": QCoreApplication.translate("Machine", "Computes BF16: faster than FP32 and nearly as exact"),
        "NEON": QCoreApplication.translate("Machine", "Computes several numbers at once (ARM)"),
        "DOT": QCoreApplication.translate("Machine", "Dot products of ARM: INT8 models are fast"),
    }
    return words.get(name, QCoreApplication.translate("Machine", "Computes several numbers at once"))


def clock_text(probe: Probe) -> str:
    """How far its clock is off."""
    off = abs(probe.clock_skew_s)
    if off <= max(1.0, probe.clock_within_s):
        return QCoreApplication.translate("Machine", "clock is right")
    ahead = QCoreApplication.translate("Machine", "clock is {} ahead").format(duration_text(off))
    behind = QCoreApplication.translate("Machine", "clock is {} behind").format(duration_text(off))
    return ahead if probe.clock_skew_s > 0 else behind


class Cores(QWidget):
    """A square for each physical core, and a hollow one for each that hyper-threading adds."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors, self._cores, self._hollow = colors, 0, 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_cores(self, cores: int, physical: int) -> None:
        """Draw so many; physical 0: not told, all count as such."""
        self._cores, self._hollow = min(cores, MOST_SQUARES), cores - (physical or cores)
        self.setVisible(cores > 0)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        lines = max(1, -(-self._cores // PER_LINE))
        return QSize(min(max(self._cores, 1), PER_LINE) * (SQUARE + GAP), lines * (SQUARE + GAP))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colors("accent"), 1))
        for number in range(self._cores):
            y, x = divmod(number, PER_LINE)
            hollow = number >= self._cores - self._hollow
            painter.setBrush(Qt.BrushStyle.NoBrush if hollow else self._colors("accent"))
            painter.drawRoundedRect(
                QRectF(x * (SQUARE + GAP) + 0.5, y * (SQUARE + GAP) + 0.5, SQUARE - 1, SQUARE - 1), 2, 2
            )


class Part(QWidget):
    """A part of a machine: its name, a bar where there is something to fill, and words below; long ones wrap."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.text, self.bar = label("", "small"), label("", "", wrap=True), QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(5)
        for part in (self.name, self.bar, self.text):
            self.column.addWidget(part)
        self.column.addStretch(1)

    def show_part(self, name: str, text: str, share: float | None = None) -> None:
        """Show how much of it is taken (0 … 1); None: not known."""
        self.name.setText(name)
        self.name.setVisible(bool(name))
        self.text.setText(text)
        self.bar.setVisible(share is not None)
        self.bar.setValue(round(1000 * (share or 0)))
        self.bar.setAccessibleName(name)


class MachinePicture(QFrame):
    """One box, drawn from what a probe saw."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self.setProperty("kind", "machine")
        self.cores = Cores(colors)
        self.cpu, self.memory, self.disk, self.system, self.seen = (Part() for _ in range(5))
        self.chips = QHBoxLayout()
        self.chips.setSpacing(4)
        self.cpu.column.insertWidget(1, self.cores)
        self.cpu.column.insertLayout(self.cpu.column.count() - 1, self.chips)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(20)
        for part, stretch in ((self.cpu, 4), (self.memory, 2), (self.disk, 2), (self.system, 4), (self.seen, 3)):
            layout.addWidget(part, stretch)

    def show_probe(self, probe: Probe | None, probed: datetime | None, needed: int) -> None:
        """Show a machine, and how much of its free disk an artifact of so many bytes would take."""
        from engine.deployment.probing import clock_told

        for part in (self.cpu, self.memory, self.disk, self.system):
            part.setVisible(probe is not None)
        if probe is None:
            self.seen.show_part("", self.tr("Nobody has looked at this machine yet."))
            return
        self._show_cpu(probe)
        self._show_room(probe, needed)
        system = " · ".join(filter(None, (probe.system or self.tr("system unknown"), probe.kernel)))
        gpus = ", ".join(probe.gpus) or self.tr("no graphics card seen")
        runtimes = ", ".join(probe.runtimes) or self.tr("no container runtime; runs without")
        self.system.show_part(self.tr("System"), "\n".join((system, gpus, runtimes)))
        seen = QDateTime.fromSecsSinceEpoch(round(probed.timestamp())) if probed else QDateTime()
        when = QLocale().toString(seen, QLocale.FormatType.ShortFormat)
        who = self.tr("as {} (administrator)") if probe.root else self.tr("as {}")
        lines = (when, clock_text(probe), who.format(probe.user) if probe.user else "")
        self.seen.show_part(self.tr("Looked at"), "\n".join(filter(None, lines)))
        set_kind(self.seen.text, "warning" if clock_told(probe.clock_skew_s) else "")
        self.setToolTip("\n".join(probe.notes))

    def words(self) -> str:
        """All that the picture says, as text."""
        chips = [self.chips.itemAt(i).widget() for i in range(self.chips.count())]
        texts = [one.text() for one in chips if isinstance(one, QLabel)]
        parts = (self.cpu, self.memory, self.disk, self.system, self.seen)
        return "\n".join(
            [*(f"{part.name.text()}: {part.text.text()}" for part in parts if not part.isHidden()), *texts]
        )

    def _show_cpu(self, probe: Probe) -> None:
        number = probe.physical_cores or probe.cores
        several = self.tr("{} cores").format(number) if number else self.tr("cores unknown")
        count = self.tr("1 core") if number == 1 else several
        if probe.physical_cores and probe.cores > probe.physical_cores:
            count = self.tr("{0}, {1} threads").format(count, probe.cores)
        bare = probe.platform.removeprefix("linux/")
        self.cpu.show_part(probe.cpu or self.tr("CPU unknown"), f"{count} · {bare}")
        self.cores.show_cores(probe.cores, probe.physical_cores)
        while self.chips.count():
            if (widget := self.chips.takeAt(0).widget()) is not None:
                widget.deleteLater()
        for name in abilities(probe.flags):
            chip = label(name, "chip")
            chip.setToolTip(ability_text(name))
            self.chips.addWidget(chip)
        self.chips.addStretch(1)

    def _show_room(self, probe: Probe, needed: int) -> None:
        memory, free = size_text(probe.memory), size_text(probe.memory_free)
        if not probe.memory:
            self.memory.show_part(self.tr("Memory"), self.tr("unknown"))
        elif not probe.memory_free:
            self.memory.show_part(self.tr("Memory"), self.tr("{}, free part unknown").format(memory))
        else:
            text, taken = self.tr("{0} of {1} free").format(free, memory), 1 - probe.memory_free / probe.memory
            self.memory.show_part(self.tr("Memory"), text, taken)
        if not probe.disk_free:
            self.disk.show_part(self.tr("Disk"), self.tr("unknown"))
            return
        text = self.tr("{} free").format(size_text(probe.disk_free))
        if needed:
            text += "\n" + self.tr("the artifact takes {}").format(size_text(needed))
        self.disk.show_part(self.tr("Disk"), text, min(needed / probe.disk_free, 1.0))
