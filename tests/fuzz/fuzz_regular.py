"""The compiled reader of markup under gcc's sanitizers: no bytes make it read or write where it must not.

`make fuzz` runs it for half a minute. What it finds stops it with the sanitizer's report; `SEED=` in the environment,
with what `build/fuzz_regular.seed` says, finds it again.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
from Cython.Build import cythonize
from setuptools import Distribution, Extension

ROOT = Path(__file__).parents[2]
LAST_SEED = ROOT / "build" / "fuzz_regular.seed"
FLAGS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1", "-g"]
PIECES = [
    "<", ">", "</", "/>", "&", ";", "#", "=", "!", "?", "-", '"', "'", " ", "\n", "\t", "\0", "\x01", "\x7f", "é",
    "\u2003", "\ud800", "word", " two words ", "&nbsp;", "&#160;", "&nGt;", "&#x1F600;", "&" + "a" * 99,
    "&" + "9" * 101, "<p>", "</p>", "<td>", "</TABLE >", "<!--", "-->", "--!>", "<!-", "<![", "<?", "<title>",
    "<title/>", "</title", "<a b=c", "<a b='", ' style="display: none"', "DISPLAY:NONE", "display", "none", "<script>",
    "<" + "b" * 15, "<" + "b" * 16,
]  # fmt: skip


def build(folder: Path) -> None:
    """Compile the reader into a folder, with every access checked."""
    source = str(ROOT / "watcher" / "text" / "regular.pyx")
    extension = Extension("regular", [source], extra_compile_args=FLAGS, extra_link_args=FLAGS)
    command = Distribution({"ext_modules": cythonize(extension, build_dir=folder, quiet=True)}).get_command_obj(
        "build_ext"
    )
    command.build_lib, command.build_temp = str(folder), str(folder)
    command.ensure_finalized()
    command.run()


def read_for(seconds: float) -> None:
    """Read made-up documents."""
    from regular import RegularReader  # the one just built

    reader = RegularReader(
        row={"tr", "/table"},
        cell={"td"},
        block={"p", "/p", "blockquote"},
        irregular={"script", "/title"},
        character=lambda reference: reference.strip("&;") * 7,
    )
    LAST_SEED.parent.mkdir(exist_ok=True)
    end, documents, regular = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        seed = int(os.environ.get("SEED") or random.randrange(10**9))
        LAST_SEED.write_text(f"{seed}\n", encoding="utf-8")  # a sanitizer ends the process at once
        chance = random.Random(seed)
        for _ in range(1000):
            documents += 1
            regular += reader.read("".join(chance.choices(PIECES, k=chance.randint(0, 30)))) is not None
    click.echo(f"{documents} documents in {seconds:.0f} seconds, {regular} of them regular: nothing found")


def main() -> None:
    """Build, and read in a process in which the sanitizers come first."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        libraries = [
            subprocess.run(
                ["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True
            ).stdout.strip()
            for name in ("libasan.so", "libubsan.so")
        ]
        environ = {
            **os.environ,
            "LD_PRELOAD": " ".join(libraries),
            "ASAN_OPTIONS": "detect_leaks=0",  # Python itself leaves some
            "PYTHONMALLOC": "malloc",
            "PYTHONPATH": folder,
        }
        subprocess.run([sys.executable, __file__, "30"], env=environ, check=True)


if __name__ == "__main__":
    read_for(float(sys.argv[1])) if sys.argv[1:] else main()
