"""Which of a venue's markets are simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twinstar.errors import ConfigError
from twinstar.sim.model import Listing


def listed(venue: str, known: Mapping[str, Listing], symbols: Sequence[str]) -> tuple[Listing, ...]:
    """The venue's definitions of these unified symbols. Raises ConfigError naming what there is."""
    there_are = ", ".join(known)
    problems = [
        f"{venue} does not list {symbol!r} in simulation; there are: {there_are}"
        for symbol in symbols
        if symbol not in known
    ]
    if problems:
        raise ConfigError(problems)
    return tuple(known[symbol] for symbol in symbols)
