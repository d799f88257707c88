"""Compiles `watcher.text.regular` into the wheel; where no compiler is at hand, the wheel does without it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "watcher.text.regular"


class CompiledModule(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the compiled module beside its source, in the tree and in the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files."""
        try:
            compiled = self._compiled()
        except Exception as error:  # compilers fail in many ways, and none of them is a reason not to install
            self.app.display_warning(f"{MODULE} was not compiled ({error}). Filings are read all the same, but slower.")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["artifacts"].append(compiled)

    def _compiled(self) -> str:
        """The compiled module's path in the tree, compiled anew only when its source or this file is newer."""
        from Cython.Build import cythonize
        from setuptools import Distribution, Extension

        source = Path(self.root, *MODULE.split(".")).with_suffix(".pyx")
        compiled: str = Distribution().get_command_obj("build_ext").get_ext_filename(MODULE)
        target = Path(self.root, compiled)
        newest = max(source.stat().st_mtime, Path(__file__).stat().st_mtime)
        if not target.exists() or target.stat().st_mtime < newest:
            target.unlink(missing_ok=True)  # what was compiled from another source may read otherwise
            with tempfile.TemporaryDirectory() as folder:
                modules = cythonize(Extension(MODULE, [str(source)]), build_dir=folder, quiet=True)
                command = Distribution({"ext_modules": modules}).get_command_obj("build_ext")
                command.build_lib, command.build_temp = self.root, folder
                command.ensure_finalized()
                command.run()
        return compiled
