"""Every test that docs/checklist.md names is there to be run."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_checklist_names_tests_that_exist():
    named = re.findall(r"`(test_\w+)`", (ROOT / "docs" / "checklist.md").read_text(encoding="utf-8"))
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    written = {name for source in sources for name in re.findall(r"def (test_\w+)\(", source)}
    assert len(named) > 50
    assert not set(named) - written
