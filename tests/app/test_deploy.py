"""What is deployed: pinned, hashed, and nothing for development."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def _pins(name: str) -> dict[str, str]:
    return dict(_PIN.findall((ROOT / name).read_text(encoding="utf-8")))


def test_the_container_holds_what_runs_in_the_tested_versions():
    """Its packages are the runtime's dependencies, at the versions that the tests ran with."""
    runtime, tested = _pins("deploy/constraints-runtime.txt"), _pins("constraints.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[<>=\[; ]", line)[0] for line in project["dependencies"]}
    only_dev = {"pytest", "mypy", "ruff", "playwright", "hypothesis", "pre-commit", "import-linter", "aiosmtpd"}
    assert needed <= set(runtime)
    assert not only_dev & set(runtime)
    assert {name: tested[name] for name in runtime} == runtime
    build = _pins("deploy/constraints-build.txt")
    assert {name: tested[name] for name in build} == build


def test_every_pin_has_hashes_and_no_place():
    """A package is taken by what it is, not by where it lies."""
    for name in ("deploy/constraints-runtime.txt", "deploy/constraints-build.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert len(re.findall(r"^\S+==\S+.* \\\n    --hash=sha256:", text, re.MULTILINE)) == len(_pins(name))
        assert "://" not in text


def test_the_container_runs_without_root():
    """The image names a user that is not root, and installs nothing without a hash but our own wheel."""
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    installs = re.findall(r"/pip .*install .*", text)
    assert len(installs) == 3
    for line in installs:
        assert "--require-hashes" in line or "--no-deps" in line
