"""docs/errors.md tells of every error, meaning and code what the code does."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from twinstar import errors
from twinstar.builtin.ccxt.codes import codes_of
from twinstar.domain.meanings import Doing, Meaning, remedy

VENUES = pytest.mark.parametrize("venue", ["binanceusdm", "bybit", "upbit"])
PAGE = (Path(__file__).parents[3] / "docs" / "errors.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows_of(title: str) -> list[tuple[str, ...]]:
    """The rows of its first table, without head and rule."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [tuple(cell.strip().replace("`", "") for cell in line.strip("|").split("|")) for line in lines[2:]]


def test_every_error_of_a_venue_is_explained() -> None:
    told = {row[0] for row in rows_of("What TwinStar does, and what you should do")}
    venue_errors = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.VenueError) and kind is not errors.VenueError
    }
    assert told == venue_errors


def test_the_remedy_of_every_meaning_is_as_the_page_says() -> None:
    told = {row[0]: row[2:] for row in rows_of("What an answer means")}
    assert told == {meaning.value: tuple(remedy(meaning, doing).__name__ for doing in Doing) for meaning in Meaning}


@pytest.mark.parametrize("venue", ["binanceusdm", "bingx", "bitget", "okx", "upbit"])
def test_every_code_is_in_the_page_as_it_is_in_the_table(venue: str) -> None:
    table = codes_of(venue)
    wanted = [
        *((f"HTTP {status}", code.meaning.value, code.text) for status, code in table.statuses.items()),
        *((name, code.meaning.value, code.text) for name, code in table.codes.items()),
    ]
    lines = "\n".join(f"| `{code}` | {meaning} | {text} |" for code, meaning, text in wanted)
    assert rows_of(f"Codes of {venue}") == wanted, f"docs/errors.md should have:\n{lines}"
    assert re.search(re.escape(table.of), section(f"Codes of {venue}"))
