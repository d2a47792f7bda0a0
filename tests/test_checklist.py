"""Every test and every case of the conformance kit that docs/checklist.md names is there to be run."""

from __future__ import annotations

import re
from pathlib import Path

from twinstar.testing.conformance.cases import CASES

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "checklist.md").read_text(encoding="utf-8")


def test_the_checklist_names_tests_that_exist():
    named = re.findall(r"`(test_\w+)`", TEXT)
    files = (*(ROOT / "tests").rglob("test_*.py"), *ROOT.glob("plugins/*/tests/test_*.py"))
    sources = (path.read_text(encoding="utf-8") for path in files)
    written = {name for source in sources for name in re.findall(r"def (test_\w+)\(", source)}
    assert len(named) > 50
    assert not set(named) - written


def test_the_checklist_names_cases_that_exist():
    named = re.findall(r"case `(\w+)`", TEXT)
    assert named
    assert not set(named) - CASES.keys()
