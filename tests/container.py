"""The documentation's container, built and run, up to a message in Slack.

    sudo make container            # needs debootstrap and podman

What docs/operate.md shows ("In a container") is typed at a terminal where `docker compose` is podman-compose. The base
image is a clean Debian with its own Python, under the name that the Dockerfile asks for, so that no registry is asked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from clean_debian import CHANNEL, commands, follow, shown
from debian import ROOT, DebianMissing, Terminal, clean_root, need, pip_configuration, shell
from loopback_slack import LoopbackSlack
from watching import COMPANY_TICKERS, submission

from watcher.simulator import Simulator

COMPOSE = Path(sys.prefix) / "compose" / "bin" / "podman-compose"
BASE = "docker.io/library/python:3.11-slim-bookworm"
_LIKE_THE_BASE = ["python3-venv", "python3-dev", "python-is-python3"]
"""What makes a clean Debian hold what the base image holds."""
LIMITS = ["nofile=1024:1024", "nproc=1024:1024"]
"""Podman would raise them, which not every machine allows."""


@contextmanager
def podman(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which podman and docker keep everything in a folder, and the base image is there."""
    volumes = [f"{source}:{target}:ro" for source, target in pip_configuration()[1]]
    (folder / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n'
    )
    (folder / "containers.conf").write_text(
        f'[containers]\ncgroups = "disabled"\ndefault_ulimits = {json.dumps(LIMITS)}\nvolumes = {json.dumps(volumes)}\n'
        '[engine]\ncgroup_manager = "cgroupfs"\n'
    )
    # On this machine's network, where EDGAR and Slack are.
    (folder / "loopback.yaml").write_text("services: {watcher: {network_mode: host}}\n")
    docker = f'exec {COMPOSE} --podman-build-args="--network host" "${{@:2:2}}" -f {folder}/loopback.yaml "${{@:4}}"'
    (folder / "docker").write_text(f"#!/bin/bash\n{docker}\n")
    (folder / "docker").chmod(0o755)
    environ = {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "CONTAINERS_STORAGE_CONF": f"{folder}/storage.conf",
        "CONTAINERS_CONF": f"{folder}/containers.conf",
        "BUILDAH_ISOLATION": "chroot",
        "BUILDAH_FORMAT": "docker",
    }
    root = clean_root(folder / "root")
    for command in (
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *_LIKE_THE_BASE],
        ["apt-get", "clean"],
    ):
        subprocess.run(["chroot", root, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    with subprocess.Popen(["tar", "c", "-C", root, "."], stdout=subprocess.PIPE) as tar:
        subprocess.run(["podman", "import", "--quiet", "-", BASE], env=environ, stdin=tar.stdout, check=True)
    try:
        yield environ
    finally:
        subprocess.run(["podman", "rm", "--all", "--force", "--time", "0"], env=environ, check=False)


def main() -> None:
    """Follow the page, and print who runs inside, what the healthcheck says and how large the image is."""
    need("debootstrap", "podman")
    with (
        TemporaryDirectory(prefix="edgar-watcher-", dir="/var/tmp") as folder,
        LoopbackSlack(token="xoxb-...", channels=(CHANNEL,)) as slack,
        Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as edgar,
        podman(Path(folder)) as environ,
    ):
        clone = Path(folder) / "edgar-watcher"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        # crun refuses machines with both versions of cgroups, though it is to use neither.
        command = ["unshare", "--mount", "bash", "-c", f"umount /sys/fs/cgroup/unified 2>/dev/null; {shell(clone)}"]
        with Terminal(["env", *(f"{key}={value}" for key, value in environ.items()), *command]) as terminal:
            follow(
                terminal, commands("docs/operate.md", "In a container"), clone / "deploy/data/config.toml", edgar, slack
            )
            shown(slack, 1)
            compose = "docker compose -f deploy/compose.yaml"
            terminal.type(f"until {compose} logs 2>&1 | grep 'baseline laid'; do sleep 1; done", {})
            edgar.publish(submission(2, text="A collaboration agreement."))
            shown(slack, 2)
            for line in (
                f"{compose} exec watcher id",
                f"{compose} exec watcher watcher --version",
                f"{compose} exec watcher python -c 'import watcher.text.regular'",
                f"{compose} exec watcher sh -c '! touch /opt/edgar-watcher/x && touch /data/x && ls -ln /data'",
                "podman healthcheck run $(podman ps --quiet) && echo healthy",
                "podman images",
                f"{compose} down",
            ):
                terminal.type(line, {})


if __name__ == "__main__":
    try:
        main()
    except DebianMissing as missing:
        click.echo(f"skipped: {missing}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"failed: {error}")
