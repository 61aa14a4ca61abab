"""Bare edge boxes for tests: a real sshd in a network, mount, pid and host-name space with its own root folder.

Nothing of a box but its network touches this machine; it ends with the process that `Box` started.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.integration.deployment.program import CACHE, only_one

START = """
set -e
hostname $NAME
mount --bind "$ROOT" "$ROOT"; cd "$ROOT"
for f in $LENT; do mkdir -p "$ROOT$f"; mount --bind -o ro "$f" "$ROOT$f"; done
mount -t proc proc proc; mount -t sysfs sys sys; mount -t tmpfs -o size=1m,mode=755 dev dev
for d in null zero full random urandom tty; do : > dev/$d; mount --bind /dev/$d dev/$d; done
mkdir -p dev/pts dev/shm; mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts; ln -sf pts/ptmx dev/ptmx
mount -t tmpfs shm dev/shm
mount -t tmpfs cg sys/fs/cgroup
for c in memory cpu cpuacct cpuset pids devices freezer blkio; do
  mkdir sys/fs/cgroup/$c; mount -t cgroup -o $c c$c sys/fs/cgroup/$c || true
done
mount -t tmpfs -o size=$DATA_SIZE,mode=1777 data data
mkdir -p .old; pivot_root . .old; umount -l .old
exec /usr/sbin/sshd -D -e
"""


OPTIONAL = {"cron": ("cron", "crontab"), "runc": ("runc",), "crun": ("crun",)}  # a box has their programs when asked


def base_root() -> Path:
    """Debian with sshd, the user edge and all that is optional; built once per machine (about 25 s)."""
    name = "box-2"
    root = CACHE / name
    with only_one(name):
        if not root.exists():
            part = CACHE / f"{name}.part"
            shutil.rmtree(part, ignore_errors=True)
            packages = ",".join(["openssh-server", "iproute2", *OPTIONAL])
            subprocess.run(
                ["mmdebstrap", "--variant=minbase", f"--include={packages}", "--dpkgopt=path-exclude=/usr/share/doc/*",
                 "--dpkgopt=path-exclude=/usr/share/man/*", "bookworm", part],
                check=True, capture_output=True,
            )  # fmt: skip
            subprocess.run(["chroot", part, "useradd", "-m", "-s", "/bin/bash", "edge"], check=True)
            subprocess.run(["chroot", part, "chpasswd"], input=b"edge:line-side\nroot:line-side\n", check=True)
            part.rename(root)
    return root


def _roomy() -> Path:
    """Memory where there is enough: what a box syncs is then no burden on this machine's disk."""
    shm = Path("/dev/shm")
    return shm if shm.is_dir() and shutil.disk_usage(shm).free > 2 << 30 else CACHE


class Box:
    """A running box; `address` answers on port 22, users root and edge take `key`."""

    def __init__(
        self, folder: Path, more: str = "", data_size: str = "8m", tools_missing: tuple[str, ...] = (),
        lent: tuple[Path, ...] = (),
    ) -> None:  # fmt: skip
        self.folder = folder
        self._place = Path(tempfile.mkdtemp(prefix="box-", dir=_roomy()))
        self.root = self._place / "root"
        self.key = folder / "key"
        self.data_size, self.lent = data_size, lent  # folders of this machine that it sees, too
        self._lock = self._take_number()
        self.name = f"lsbox{self.number}"
        self.address = f"10.97.{self.number}.2"
        self._lay_over(base_root())
        unwanted = [tool for name, tools in OPTIONAL.items() if name != more for tool in tools]
        for tool in (*tools_missing, *unwanted):
            for place in ("usr/bin", "bin", "usr/sbin", "sbin"):
                (self.root / place / tool).unlink(missing_ok=True)
        self._configure()
        self._process: subprocess.Popen[bytes] | None = None
        self.up()

    def up(self) -> None:
        """Switch it on."""
        near, far = f"lv{self.number}", f"lw{self.number}"
        for line in (
            f"ip netns add {self.name}",
            f"ip link add {near} type veth peer name {far} netns {self.name}",
            f"ip addr add 10.97.{self.number}.1/24 dev {near}",
            f"ip link set {near} up",
            f"ip -n {self.name} addr add {self.address}/24 dev {far}",
            f"ip -n {self.name} link set {far} up",
            f"ip -n {self.name} link set lo up",
        ):
            subprocess.run(line.split(), check=True, capture_output=True)
        with (self.folder / "box.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["ip", "netns", "exec", self.name, "unshare", "-m", "-p", "-f", "-u", "-i", "--kill-child",
                 "--propagation", "private", "sh", "-c", START],
                env={**os.environ, "NAME": self.name, "ROOT": str(self.root), "DATA_SIZE": self.data_size,
                     "LENT": " ".join(map(str, self.lent))},
                stdout=log, stderr=log,
            )  # fmt: skip
        self._wait()

    def off(self) -> None:
        """Cut its power: every process dies at once."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
        for line in (f"ip netns del {self.name}", f"ip link del lv{self.number}"):
            subprocess.run(line.split(), capture_output=True, check=False)

    def close(self) -> None:
        """Take it away."""
        self.off()
        subprocess.run(["umount", "-q", self.root], check=False)
        shutil.rmtree(self._place, ignore_errors=True)
        self._lock.close()

    def link(self, state: str) -> None:
        """Cut ("down") or mend ("up") its network."""
        subprocess.run(["ip", "-n", self.name, "link", "set", f"lw{self.number}", state], check=True)

    def rate(self, rate: str) -> None:
        """Limit what reaches it, as tc writes rates."""
        line = f"tc qdisc replace dev lv{self.number} root tbf rate {rate} burst 32kbit latency 200ms"
        subprocess.run(line.split(), check=True)

    def run(self, command: str) -> str:
        """Run a command on it as root, not through SSH."""
        assert self._process is not None
        child = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        done = subprocess.run(
            ["nsenter", "-t", child[0], "-m", "-p", "-n", "-u", "-i", "--root", "--wd=/", "sh", "-c", command],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def new_host_key(self) -> None:
        """Set it up anew, as a thief would."""
        for path in (self.root / "etc/ssh").glob("ssh_host_*"):
            path.unlink()
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.root / "etc/ssh/ssh_host_ed25519_key"],
            check=True,
        )

    @property
    def fingerprint(self) -> str:
        """Of its host key, as ssh-keygen prints it."""
        path = self.root / "etc/ssh/ssh_host_ed25519_key.pub"
        return subprocess.run(["ssh-keygen", "-lf", path], capture_output=True, text=True, check=True).stdout.split()[1]

    def _lay_over(self, base: Path) -> None:
        """The base with a folder for this box's changes over it; a copy where the kernel cannot."""
        for name in ("root", "changes", "work"):
            (self._place / name).mkdir()
        self.root.chmod(0o755)
        layers = f"lowerdir={base},upperdir={self._place}/changes,workdir={self._place}/work"
        if subprocess.run(["mount", "-t", "overlay", "-o", layers, "box", self.root], capture_output=True).returncode:
            subprocess.run(["cp", "-a", f"{base}/.", self.root], check=True)

    def _configure(self) -> None:
        if not self.key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        public = self.key.with_suffix(".pub").read_text()
        for folder in ("run/sshd", "data"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for home, owner in (("root", 0), ("home/edge", 1000)):
            folder = self.root / home / ".ssh"
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / "authorized_keys").write_text(public)
            (folder / "authorized_keys").chmod(0o600)
            os.chown(folder, owner, owner)
            os.chown(folder / "authorized_keys", owner, owner)
        self.new_host_key()
        (self.root / "etc/ssh/sshd_config").write_text(
            "Port 22\nListenAddress 0.0.0.0\nHostKey /etc/ssh/ssh_host_ed25519_key\nPasswordAuthentication yes\n"
            "PermitRootLogin yes\nUsePAM no\nUseDNS no\n"
        )

    def _take_number(self):
        CACHE.mkdir(parents=True, exist_ok=True)
        for number in range(10, 250):
            file = (CACHE / f"box-number-{number}").open("w")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                continue
            self.number = number
            for line in (f"ip netns del lsbox{number}", f"ip link del lv{number}"):  # of a run that was killed
                subprocess.run(line.split(), capture_output=True, check=False)
            return file
        raise RuntimeError("all box numbers are taken")

    def _wait(self) -> None:
        end = time.monotonic() + 15
        while True:
            try:
                with socket.create_connection((self.address, 22), 1) as connection:
                    if connection.recv(4) == b"SSH-":
                        return
            except OSError:
                if time.monotonic() > end:
                    raise RuntimeError((self.folder / "box.log").read_text()[-800:])
                time.sleep(0.05)
