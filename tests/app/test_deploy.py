"""What is deployed: pinned, hashed, whole, and nothing for development."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

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


def test_the_container_is_built_from_files_that_it_gets():
    """What the Dockerfile copies is let through, and nothing that was compiled here is."""
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = re.findall(
        r"^COPY (?!--)(.+) \S+$", (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {f"!{name}" for line in copied for name in line.split()} <= set(let_through)
    assert "**/*.so" in let_through


def test_the_wheel_holds_every_file_that_is_read(tmp_path):
    """What lies beside the modules (topics, templates, scripts, the demo's filings) comes along, and starter files."""
    list(WheelBuilder(str(ROOT)).build(directory=str(tmp_path)))
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    beside = {path for path in (ROOT / "watcher").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path.relative_to(ROOT).as_posix() for path in beside} <= held
    rules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "rules").rglob("*.*")}
    assert {f"watcher/starter/{name}" for name in (*rules, "config.example.toml")} <= held
    assert f"watcher/text/regular{sysconfig.get_config_var('EXT_SUFFIX')}" in held


def test_the_wheel_is_built_without_a_compiler_too(tmp_path, monkeypatch, capsys):
    """The compiled module is left out then, and it is said what that means."""
    shutil.copytree(ROOT / "watcher", tmp_path / "watcher", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "config.example.toml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setenv("CC", "/nonexistent")
    (wheel,) = WheelBuilder(str(tmp_path)).build(directory=str(tmp_path / "dist"))
    assert wheel.endswith("-py3-none-any.whl")
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".so")]
    assert "Filings are read all the same, but slower." in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_the_service_can_do_little_to_its_machine():
    """The unit is as little exposed as the page on operating says."""
    (said,) = re.findall(
        r"gives the service ([\d.]+) of 10", (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    )
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", "deploy/edgar-watcher.service"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    assert re.search(rf"Overall exposure level for edgar-watcher.service: {re.escape(said)} ", told)
