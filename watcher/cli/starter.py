"""The files that a newcomer starts with: in a wheel beside the package, in a clone at its root."""

from __future__ import annotations

from pathlib import Path

import watcher

_PACKAGE = Path(watcher.__file__).parent


def starter_files() -> dict[str, str]:
    """The content of each starter file by its path: config.toml, the rules, and the filings that prove them."""
    root = _PACKAGE / "starter" if (_PACKAGE / "starter").is_dir() else _PACKAGE.parent
    files = {"config.toml": (root / "config.example.toml").read_text(encoding="utf-8")}
    for path in sorted((root / "rules").rglob("*")):
        if path.suffix in (".yaml", ".txt"):
            files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return files
