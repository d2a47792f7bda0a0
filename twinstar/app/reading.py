"""What can be said when no service runs: the state that the last one left."""

from __future__ import annotations

from collections.abc import Iterable

from twinstar import __version__
from twinstar.app.parts import CANDLES, watched
from twinstar.config import Settings
from twinstar.engine import State
from twinstar.plugin import Plugins
from twinstar.ports import Clock, Record
from twinstar.runtime.status import Status, StrategyStatus, halts_of, venue_status


def read_records(settings: Settings, plugins: Plugins) -> Iterable[Record]:
    """The journal, oldest first, read beside whoever writes it."""
    return plugins.registry.journal_type(settings.config.journal).read(settings.state_dir)


def read_state(records: Iterable[Record]) -> State:
    state = State()
    for record in records:
        state.apply(record)
    return state


def read_status(settings: Settings, *, plugins: Plugins, clock: Clock) -> Status:
    """The state that the journal and the store on disk add up to, read beside whoever writes them."""
    state = read_state(read_records(settings, plugins))
    stored = plugins.registry.store_type(settings.config.store).summary(settings.state_dir / CANDLES)
    return Status(
        state="stopped",
        pid=None,
        version=__version__,
        now_ms=clock.now_ms(),
        started_ms=None,
        venues=tuple(venue_status(one, state, stored) for one in watched(settings).values()),
        strategies=tuple(
            StrategyStatus(name=name, type=kind.name, disabled=None) for name, (kind, _) in settings.strategies.items()
        ),
        notices=(),
        halts=halts_of(state),
        closing=tuple(map(str, sorted(state.closing))),
    )
