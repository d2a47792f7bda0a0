"""The error codes of each venue: one dated, sourced table a venue, by what they mean."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from msgspec import Struct

from twinstar.domain.meanings import Meaning


class Code(Struct, frozen=True):
    meaning: Meaning
    text: str


class Codes(Struct, frozen=True, kw_only=True):
    """``statuses``: what an HTTP status means where the answer has no code that is known."""

    source: str
    of: str  # when the source was read
    codes: Mapping[str, Code]
    statuses: Mapping[int, Code]


def codes_of(venue: str) -> Codes:
    """``like`` in a table names another whose codes hold too, where it does not say otherwise."""
    table = tomllib.loads(files(__package__).joinpath(f"{venue}.toml").read_text(encoding="utf-8"))
    like = codes_of(table["like"]) if "like" in table else None
    return Codes(
        source=table["source"],
        of=str(table["of"]),
        codes={**(like.codes if like else {}), **_by_code(table["codes"])},
        statuses={
            **(like.statuses if like else {}),
            **{int(status): code for status, code in _by_code(table.get("statuses", {})).items()},
        },
    )


def _by_code(tables: Mapping[str, Mapping[str, str]]) -> Mapping[str, Code]:
    return {code: Code(Meaning(meaning), text) for meaning, texts in tables.items() for code, text in texts.items()}
