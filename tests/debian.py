"""A clean Debian: made by debootstrap, booted by systemd-nspawn, used at a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

ROOT = Path(__file__).resolve().parents[1]
_TARBALL = ROOT / "build" / "debian.tar"
_SUITE = "bookworm"
_HANDED = Path("/srv/handed")
"""Where a root finds the files that this machine's pip configuration names."""


class DebianMissing(Exception):
    """This machine cannot make or boot a Debian."""


def need(*tools: str) -> None:
    """See that this can be done here.

    Raises:
        DebianMissing: it cannot, and why.
    """
    if os.geteuid() != 0:
        raise DebianMissing("a clean Debian is made and entered by root alone")
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise DebianMissing(
            f"{', '.join(missing)} is not installed; apt install {' '.join(_PACKAGES[t] for t in missing)}"
        )


_PACKAGES = {
    "debootstrap": "debootstrap",
    "systemd-nspawn": "systemd-container",
    "podman": "podman",
    "podman-compose": "podman-compose",
}


def tarball() -> Path:
    """A clean Debian with little more than systemd and sudo, made once."""
    if not _TARBALL.exists():
        click.echo("=== Making a clean Debian (once) ...")
        root = _TARBALL.with_suffix(".making")
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        with _TARBALL.with_suffix(".log").open("wb") as log:
            subprocess.run(
                ["debootstrap", "--variant=minbase", "--include=systemd-sysv,dbus,procps,sudo",
                 _SUITE, root, *_mirror()],
                stdout=log, stderr=log, check=True,
            )  # fmt: skip
        subprocess.run(["tar", "cf", f"{_TARBALL}.part", "-C", root, "."], check=True)
        Path(f"{_TARBALL}.part").rename(_TARBALL)
        shutil.rmtree(root)
    return _TARBALL


def _mirror() -> list[str]:
    """Where this machine takes its own packages from, where it is a Debian."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Codename: {_SUITE}"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()[:1]


def pip_configuration() -> tuple[str, list[tuple[str, str]]]:
    """This machine's pip configuration as a `pip.conf` for another root, and what has to be bound there: (from, to)."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = dict(re.findall(r"^(?::env:|global|install)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE))
    paths = set(re.findall(r"(?<![\w/])(?:file://)?(/\S+)", " ".join(found.values())))
    # An index in a folder `simple` points at files beside it.
    bound = sorted({path.removesuffix("/simple") for path in paths if Path(path).exists()})
    for key in found:
        for path in bound:
            found[key] = re.sub(
                rf"(?<![\w/]){re.escape(path)}\b|(?<=file://){re.escape(path)}\b", f"{_HANDED}{path}", found[key]
            )
    text = "".join(f"{key} = {value}\n" for key, value in found.items())
    return f"[global]\n{text}", [(path, f"{_HANDED}{path}") for path in bound]


class Terminal:
    """Somebody's shell in a Debian, at a terminal; use as a context manager."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._unseen = ""

    def __enter__(self) -> Terminal:
        self._pid, self._screen = pty.fork()
        if self._pid == 0:
            os.execvp(self._command[0], self._command)
        self._read_until({_PROMPT: ""})
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._screen)
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def type(self, line: str, answers: dict[str, str]) -> None:
        """Type a line, answer what is asked, and see that it ends well.

        Raises:
            SystemExit: it ended badly.
        """
        os.write(self._screen, f"{line}\n".encode())
        status = self._read_until({_PROMPT: "", **answers})
        if status not in ("0", "130"):  # 130: ended by Ctrl-C
            sys.exit(f"\nfailed: {line}")

    def _read_until(self, answers: dict[str, str]) -> str:
        """Read, answering, up to the prompt; gives the exit code that it shows."""
        while True:
            ready, _, _ = select.select([self._screen], [], [], 180)
            if not ready:
                sys.exit("\nfailed: nothing came for three minutes")
            chunk = os.read(self._screen, 65536).decode(errors="replace")
            sys.stdout.write(chunk)
            sys.stdout.flush()
            self._unseen += chunk
            for pattern, keys in answers.items():
                found = re.search(pattern, self._unseen, re.DOTALL)
                if found:
                    self._unseen = ""
                    if pattern == _PROMPT:
                        return found[1]
                    os.write(self._screen, keys.encode())
                    break


def shell(folder: Path) -> str:
    """The command that starts, in a folder, the shell that a Terminal understands."""
    return f"cd {folder} && TERM=dumb PAGER=cat PS1='[$?] \\u\\$ ' exec bash --norc --noprofile --noediting -i"


_PROMPT = r"\[(\d+)\] \w+[$#] $"


def clean_root(root: Path) -> Path:
    """A clean Debian in a folder, with an ordinary user `newcomer`, who may become root; gives the folder."""
    archive = tarball()
    root.mkdir()
    subprocess.run(["tar", "xf", archive, "-C", root], check=True)
    (root / "etc/pip.conf").write_text(pip_configuration()[0], encoding="utf-8")
    (root / "etc/apt/apt.conf.d/quiet").write_text('quiet "1";\n')
    (root / "etc/sudoers.d/newcomer").write_text("newcomer ALL=(ALL) NOPASSWD: ALL\n")
    for name in ("hosts", "resolv.conf"):
        shutil.copy(f"/etc/{name}", root / "etc" / name)
    for command in (["useradd", "--create-home", "--shell", "/bin/bash", "newcomer"], ["apt-get", "update", "-q"]):
        subprocess.run(["chroot", root, *command], stdout=subprocess.DEVNULL, check=True)
    return root


@contextmanager
def _booted(root: Path) -> Iterator[str]:
    """Boot it; gives the id, on this machine, of its process 1."""
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "systemd-nspawn", "--quiet"]
    # Unregistered, it asks nothing of this machine's own systemd, which need not be there.
    command += ["--boot", "--register=no", "--keep-unit", "--resolv-conf=off", "--console=read-only"]
    command += [f"--bind-ro={source}:{target}" for source, target in pip_configuration()[1]]
    machine = subprocess.Popen([*command, "--directory", root], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield _process_one(machine)
    finally:
        machine.kill()  # and with it all that runs inside
        machine.wait()


def _process_one(machine: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until and machine.poll() is None:
        for pid in _descendants(str(machine.pid)):
            if Path(f"/proc/{pid}/comm").read_text() == "systemd\n":
                waiting = [*_enter(pid), "systemctl", "is-system-running", "--wait"]
                state = subprocess.run(waiting, capture_output=True, text=True, check=False).stdout.strip()
                if state in ("running", "degraded"):
                    return pid
        time.sleep(0.2)
    raise DebianMissing("systemd-nspawn cannot boot a Debian here")


class Debian:
    """A clean Debian that is booted while the block lasts, on this machine's network."""

    def __init__(self) -> None:
        need("debootstrap", "systemd-nspawn")
        self._stack = ExitStack()

    def __enter__(self) -> Debian:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="edgar-watcher-", dir="/var/tmp")))
            self.root = clean_root(folder / "root")
            self._init = stack.enter_context(_booted(self.root))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def clone(self, at: Path) -> None:
        """Clone this repository there, for the newcomer."""
        subprocess.run(["git", "clone", "--quiet", ROOT, f"{self.root}{at}"], check=True)
        subprocess.run(["chroot", self.root, "chown", "-R", "newcomer:", at], check=True)

    def terminal(self, user: str, folder: Path) -> Terminal:
        """A terminal at which a user stands in a folder."""
        return Terminal([*_enter(self._init), "su", "--pty", "-", user, "-c", shell(folder)])


def _descendants(pid: str) -> list[str]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return children + [deeper for child in children for deeper in _descendants(child)]


def _enter(pid: str) -> list[str]:
    return ["nsenter", "--target", pid, "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--root", "--wd"]
