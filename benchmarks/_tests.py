"""Importing this makes what the tests are made of importable: stories, worlds, and services in real processes."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
