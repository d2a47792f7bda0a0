"""The kill switch where no service runs: written into the journal, so that the next start comes up that way."""

from __future__ import annotations

from twinstar.app.desk.switch import Switched
from twinstar.config import Settings
from twinstar.domain import TradingHalted, TradingResumed
from twinstar.errors import ConfigError
from twinstar.plugin import Plugins
from twinstar.ports import Clock
from twinstar.runtime.service import replayed
from twinstar.runtime.status import halts_of


async def write_down(
    verdict: TradingHalted | TradingResumed, settings: Settings, *, plugins: Plugins, clock: Clock
) -> Switched:
    """Raise `StateError` when the journal is damaged, or somebody has it open after all."""
    if verdict.venue is not None and verdict.venue not in settings.venues:
        raise ConfigError([f"{settings.path}: no venue {verdict.venue!r}; there are: {', '.join(settings.venues)}"])
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    journal = plugins.registry.journal_type(settings.config.journal).make(settings.state_dir, clock)
    try:
        state = replayed(journal)
        before = halts_of(state)
        await journal.durable(journal.append(verdict))
        state.apply(verdict)
    finally:
        await journal.close()
    after = halts_of(state)
    return Switched(halts=after, lifted=tuple(halt for halt in before if halt not in after))
