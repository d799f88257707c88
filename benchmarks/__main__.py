"""`python -m benchmarks [NAME ...]`: run all measurements, or those named."""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = ("reading", "matching", "polling", "delivering")

for name in sys.argv[1:] or NAMES:
    import_module(f"benchmarks.{name}").run()
    print()
