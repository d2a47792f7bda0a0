"""The README says of every venue what its quality.yaml says, and what that points at is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinstar.testing.conformance.quality import OURS, Quality, read_quality

ROOT = Path(__file__).resolve().parents[2]
FILES = [*sorted(OURS.glob("*.yaml")), *sorted(ROOT.glob("plugins/*/src/*/quality.yaml"))]
HEAD = "| venue | tier | cannot |\n|---|---|---|\n"


def name_of(file: Path, quality: Quality) -> str:
    """Ours go by the name of the file: a venue may have another kind of account beside."""
    return file.stem if file.parent == OURS else quality.venue


def row(file: Path, quality: Quality) -> str:
    return f"| `{name_of(file, quality)}` | {quality.tier} | {'; '.join(quality.cannot)} |\n"


def test_the_table_in_the_readme_is_made_of_the_quality_files() -> None:
    due = HEAD + "".join(row(file, read_quality(file)) for file in FILES)
    assert due in (ROOT / "README.md").read_text(encoding="utf-8"), f"README.md must have this table:\n\n{due}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: name_of(file, read_quality(file)))
def test_what_a_rule_calls_done_is_there(file: Path) -> None:
    quality = read_quality(file)
    home = ROOT if file.parent == OURS else file.parents[2]
    for rule, told in quality.rules.items():
        word, _, where = told.partition(": ")
        if word == "done" and where.endswith((".md", ".py")):
            assert (home / where).is_file(), f"{quality.venue}: rules.{rule}: there is no {where}"
        if (rule, word) == ("readme", "done"):
            text = (home / where).read_text(encoding="utf-8")
            assert f"## {quality.venue}\n" in text or home != ROOT, f"{where} has no section {quality.venue}"
