"""The dialogs of the deployment page: a new target, an unknown host key, a password, a removal confirmed by name."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QWidget

from app.gui.operations.deployment import NewTarget
from app.gui.shell.theme import mono_font
from app.gui.widgets.controls import FieldRow, label, roomy
from app.gui.widgets.dialog import Dialog


class AddTargetDialog(Dialog):
    """Where artifacts shall run: this machine, a Docker engine, a box reached by SSH, a registry, a stick."""

    def __init__(self, parent: QWidget, taken: frozenset[str]) -> None:
        super().__init__(parent, "", "", "-")
        self._taken = taken
        self._named = False
        self.setWindowTitle(self.tr("Add target"))
        self.title.setText(self.tr("Add target"))
        self.text.setText(self.tr("A place where artifacts run. The same artifact runs on each of them."))
        self.text.show()
        self.accept_button.setText(self.tr("Add"))
        self.kind = QComboBox()
        self.kind.addItem(self.tr("This machine"), "process")
        self.kind.addItem(self.tr("Docker or podman on this machine"), "docker")
        self.kind.addItem(self.tr("A box reached by SSH"), "ssh")
        self.kind.addItem(self.tr("A registry, from which others fetch"), "registry")
        self.kind.addItem(self.tr("A stick, for a box without a network"), "bundle")
        self.name = QLineEdit()
        self.socket = QLineEdit("/var/run/docker.sock")
        self.registry, self.authority = QLineEdit(), QLineEdit()
        self.stick = QLineEdit()
        self.stick.setPlaceholderText("/media/stick/lineside")
        self.registry.setPlaceholderText("me@registry.example:5000/line")
        self.authority.setPlaceholderText("/etc/ssl/factory.pem")
        self.host, self.user, self.port, self.identity = QLineEdit(), QLineEdit(), QSpinBox(), QLineEdit()
        roomy(self.port)
        self.host.setPlaceholderText("192.168.1.20")
        self.user.setPlaceholderText("root")
        self.identity.setPlaceholderText("~/.ssh/id_ed25519")
        self.port.setRange(1, 65535)
        self.port.setValue(22)
        self.url = label("", "small")
        self.url.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._build()
        self.on_accept = self._check
        self.kind.currentIndexChanged.connect(self._show_kind)
        self.name.textEdited.connect(self._name_it)
        for field in (self.host, self.user, self.socket, self.registry, self.stick):
            field.textChanged.connect(self._show_url)
        self.port.valueChanged.connect(self._show_url)
        self._show_kind()

    def new_target(self) -> NewTarget:
        """What was entered."""
        identity = self.identity.text().strip()
        options = {"identity": identity} if identity and self._scheme() == "ssh" else {}
        if self._scheme() == "registry" and (authority := self.authority.text().strip()):
            options = {"ca": authority}
        return NewTarget(self.name.text().strip(), self._url(), options)

    def show_target(self, name: str, url: str, options: Mapping[str, Any]) -> bool:
        """Change a target that is there: its name and kind stay; False: its kind is none of this dialog."""
        parts = urlsplit(url)
        if (kind := self.kind.findData(parts.scheme)) < 0:
            return False
        self.setWindowTitle(self.tr("Change target"))
        self.title.setText(self.tr("Change “{}”").format(name))
        self.accept_button.setText(self.tr("Change"))
        self._named = True
        self.name.setText(name)
        self.kind.setCurrentIndex(kind)
        self.host.setText(parts.hostname or "")
        self.user.setText(parts.username or "")
        with contextlib.suppress(ValueError):
            self.port.setValue(parts.port or 22)
        self.socket.setText(url if parts.hostname else parts.path)
        self.registry.setText(f"{parts.netloc}{parts.path}")
        self.stick.setText(unquote(parts.path))
        self.identity.setText(str(options.get("identity", "")))
        self.authority.setText(str(options.get("ca", "")))
        for part in (self.name, self.kind):
            part.setEnabled(False)
        self.url.hide()
        return True

    def _build(self) -> None:
        self.body.addWidget(FieldRow(self.tr("Kind"), self.kind))
        self._socket_row = FieldRow(self.tr("Socket or address"), self.socket, self.tr("A path, or docker://host:2375"))
        self._registry_row = FieldRow(
            self.tr("Address"), self.registry, self.tr("Host, and what the names of artifacts begin with there")
        )
        self._stick_row = FieldRow(
            self.tr("Folder on the stick"), self.stick, self.tr("The whole path, on this machine")
        )
        help_text = self.tr("A PEM file of who signed the registry's certificate, besides those this machine trusts")
        self._authority_row = FieldRow(self.tr("Certificate (may be empty)"), self.authority, help_text)
        self._ssh = QWidget()
        row = QHBoxLayout(self._ssh)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self._host_row = FieldRow(self.tr("Host"), self.host, self.tr("Name or address of the box"))
        row.addWidget(self._host_row, 3)
        row.addWidget(FieldRow(self.tr("User"), self.user), 2)
        row.addWidget(FieldRow(self.tr("Port"), self.port), 1)
        help_text = self.tr(
            "Empty: the agent's keys and the usual ones; else a password is asked for and kept in the keyring"
        )
        self._identity_row = FieldRow(self.tr("Key file (may be empty)"), self.identity, help_text)
        self._name_row = FieldRow(self.tr("Name"), self.name, self.tr("Short, for example line-3"))
        for part in (
            self._socket_row, self._registry_row, self._stick_row, self._authority_row, self._ssh, self._identity_row, self._name_row,
            self.url,
        ):  # fmt: skip
            self.body.addWidget(part)

    def _scheme(self) -> str:
        return str(self.kind.currentData())

    def _url(self) -> str:
        scheme = self._scheme()
        if scheme == "process":
            return "process://local"
        if scheme == "docker":
            place = self.socket.text().strip()
            return place if "://" in place else f"docker://{place}"
        if scheme == "bundle":
            return f"bundle://{quote('/' + Path(self.stick.text().strip()).as_posix().lstrip('/'))}"
        if scheme == "registry":
            return f"registry://{self.registry.text().strip().rpartition('://')[2]}"
        user = self.user.text().strip() or "root"
        return f"ssh://{user}@{self.host.text().strip()}:{self.port.value()}"

    def _show_kind(self) -> None:
        scheme = self._scheme()
        self._socket_row.setVisible(scheme == "docker")
        for part in (self._ssh, self._identity_row):
            part.setVisible(scheme == "ssh")
        self._stick_row.setVisible(scheme == "bundle")
        for part in (self._registry_row, self._authority_row):
            part.setVisible(scheme == "registry")
        self._show_url()
        self.adjustSize()

    def _name_it(self) -> None:
        self._named = True
        self._show_url()

    def _show_url(self) -> None:
        if not self._named:
            own = {"process": "local", "docker": "docker", "registry": "registry", "bundle": "stick"}
            base = own.get(self._scheme(), self.host.text().strip().replace(":", "-"))
            name, number = base, 2
            while name in self._taken:
                name, number = f"{base}-{number}", number + 1
            self.name.setText(name)
        self.url.setText(f"lineside target add {self.name.text() or 'NAME'} {self._url()}")

    def _check(self) -> bool:
        name = self.name.text().strip()
        problem = self.tr("Give it a name.") if not name else ""
        if name in self._taken:
            problem = self.tr("There is a target “{}” already.").format(name)
        self._name_row.set_problem(problem)
        host = self._scheme() == "ssh" and not self.host.text().strip()
        self._host_row.set_problem(self.tr("Which box?") if host else "")
        registry = self._scheme() == "registry" and not self.registry.text().strip()
        self._registry_row.set_problem(self.tr("Which registry?") if registry else "")
        stick = self._scheme() == "bundle" and not Path(self.stick.text().strip()).is_absolute()
        self._stick_row.set_problem(self.tr("Give the whole path.") if stick else "")
        return not problem and not host and not registry and not stick


class HostKeyDialog(Dialog):
    """Shows the fingerprint of a host that nobody has accepted yet."""

    def __init__(self, parent: QWidget, host: str, key_type: str, fingerprint: str) -> None:
        super().__init__(parent, "", "", "-", width=540)
        self.setWindowTitle(self.tr("Unknown host"))
        self.title.setText(self.tr("Is this your box?"))
        self.text.setText(
            self.tr(
                "{} shows a key that nobody has accepted yet. Compare the fingerprint with the one that the box itself "
                "prints; if they differ, somebody may stand in between."
            ).format(host)
        )
        self.text.show()
        self.accept_button.setText(self.tr("It is the same: accept"))
        self.fingerprint = QLabel(f"{key_type}\n{fingerprint}")
        self.fingerprint.setFont(mono_font(13))
        self.fingerprint.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.body.addWidget(self.fingerprint)
        name = key_type.removeprefix("ssh-").replace("ecdsa-sha2-nistp256", "ecdsa")
        command = f"ssh-keygen -lf /etc/ssh/ssh_host_{name}_key.pub"
        self.body.addWidget(label(self.tr("On the box: {}").format(command), "small"))
        self.cancel_button.setDefault(True)


class PasswordDialog(Dialog):
    """Asks for a secret."""

    def __init__(self, parent: QWidget, question: str) -> None:
        super().__init__(parent, "", question, "-", width=420)
        self.setWindowTitle(self.tr("Password"))
        self.title.setText(self.tr("Password"))
        self.accept_button.setText(self.tr("Continue"))
        self.secret = QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.secret.setAccessibleName(self.tr("Password"))
        self.body.addWidget(self.secret)
        note = self.tr("It is kept in the keyring of this machine, where there is one; never in the workspace.")
        self.body.addWidget(label(note, "small", wrap=True))
        self.secret.setFocus()


class RemoveTargetDialog(Dialog):
    """Removes a target once its name was typed."""

    def __init__(self, parent: QWidget, name: str, running: str) -> None:
        super().__init__(parent, "", "", "-", width=440)
        self.setWindowTitle(self.tr("Remove target"))
        self.title.setText(self.tr("Remove “{}”?").format(name))
        text = self.tr("Everything of Lineside is taken off it.")
        if running:
            text = self.tr("{} runs there and will be ended. Everything of Lineside is taken off it.").format(running)
        self.text.setText(text)
        self.text.show()
        self.accept_button.setText(self.tr("Remove"))
        self.accept_button.setProperty("kind", "danger")
        self.accept_button.setEnabled(False)
        self.typed = QLineEdit()
        self.typed.textChanged.connect(lambda typed: self.accept_button.setEnabled(typed.strip() == name))
        self.body.addWidget(FieldRow(self.tr("Type its name to confirm"), self.typed))
