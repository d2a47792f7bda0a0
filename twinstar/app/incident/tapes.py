"""The tapes of a bundle: what each venue said around the moment, as a cassette and a tape, by venue and by life."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import msgspec
import yaml
from msgspec import Struct

from twinstar import __version__
from twinstar.runtime.redaction import redactor
from twinstar.runtime.tape import Cut, Exchange, cut

TAPES: Final = "tapes"
WS, HTTP = ".ws.jsonl", ".yaml"


class Kept(Struct, frozen=True):
    """``stem``: of its two files in the bundle."""

    venue: str
    life_ms: int
    stem: str


def add(bundle: ZipFile, directory: Path, from_ms: int, until_ms: int) -> None:
    for life in cut(directory, from_ms, until_ms):
        stem = f"{TAPES}/{life.venue}/{life.life_ms}"
        rows = "".join(msgspec.json.encode(row).decode() + "\n" for row in life.rows)
        bundle.writestr(stem + WS, redactor(rows))
        bundle.writestr(stem + HTTP, redactor(_cassette(life)))


def kept(bundle: ZipFile) -> Iterator[Kept]:
    """In order of time."""
    for name in sorted(bundle.namelist()):
        if name.startswith(f"{TAPES}/") and name.endswith(WS):
            stem = name.removesuffix(WS)
            _, venue, life_ms = stem.split("/")
            yield Kept(venue, int(life_ms), stem)


def _cassette(life: Cut) -> str:
    """As VCR writes it."""
    whole = {
        "recorded": {
            "venue": life.venue,
            "story": "incident",
            "at": "a running service",
            "time_ms": life.life_ms,
            "twinstar": __version__,
            "ccxt": version("ccxt"),
        },
        "interactions": [_interaction(exchange) for exchange in life.exchanges],
        "version": 1,
    }
    return yaml.dump(whole, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, width=2**20)


def _interaction(exchange: Exchange) -> dict[str, Any]:
    return {
        "request": {
            "body": exchange.body or None,
            "headers": {},
            "method": exchange.method,
            "uri": exchange.uri,
        },
        "response": {
            "body": {"string": exchange.answer},
            "headers": {"Content-Type": ["application/json"]},
            "status": {"code": exchange.status, "message": ""},
        },
    }
