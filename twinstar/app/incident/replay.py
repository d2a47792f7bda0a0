"""A bundle of `twinstar incident`, replayed: what we believed then is what the same code believes of it now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import msgspec
from msgspec import Struct

from twinstar.app.incident.bundle import ABOUT, JOURNAL, Belief, Incident, belief
from twinstar.app.journal import Line
from twinstar.engine import State
from twinstar.engine.invariants import Invariants
from twinstar.errors import StateError


class Replayed(Struct, frozen=True, kw_only=True):
    """``tripped``: what must never be, and was."""

    then: Incident
    now: Belief
    tripped: tuple[str, ...]


def replay(path: Path) -> Replayed:
    """Raise `StateError` for what is no such bundle."""
    try:
        with ZipFile(path) as bundle:
            then = msgspec.json.decode(bundle.read(ABOUT), type=Incident)
            state, invariants = State(), Invariants()
            for line in _lines(bundle):
                state.apply(line.record)
                invariants.see(line.record, state)
    except (OSError, BadZipFile, KeyError, msgspec.DecodeError) as error:
        raise StateError(f"{path}: no bundle of `twinstar incident`: {error}") from error
    tripped = tuple(trip.text for trip in invariants.take(0))
    return Replayed(then=then, now=belief(state), tripped=tripped)


def _lines(bundle: ZipFile) -> Iterator[Line]:
    decoder = msgspec.json.Decoder(Line)
    with bundle.open(JOURNAL) as file:
        for row in file:
            yield decoder.decode(row)
