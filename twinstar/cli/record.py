"""``twinstar record``: cassettes and tapes, recorded anew."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import click

from twinstar.cli import Look
from twinstar.cli.loading import loaded
from twinstar.config import LogConfig, VenueConfig
from twinstar.errors import ConfigError
from twinstar.runtime import logs
from twinstar.testing.conformance import found, read_quality
from twinstar.testing.conformance.quality import Quality
from twinstar.testing.replay import STORIES, Recorded, record, record_live
from twinstar.testing.replay.stories import TRADING


def run(
    look: Look,
    *,
    venue: str,
    story: str | None,
    into: Path,
    at_venue: bool,
    quantity: str | None,
    yes: bool,
    config: Path,
) -> int:
    logs.set_up(LogConfig(level="ERROR"), verbosity=look.verbosity)
    if story is not None and story not in STORIES:
        raise ConfigError(f"no story {story!r}; there are: {', '.join(STORIES)}")
    stories, amount = [story] if story else list(STORIES), _amount(quantity)
    quality = read_quality(found(venue))
    folder = quality.venue if venue.endswith((".yaml", ".yml")) else venue  # a venue may have a file for each account
    if at_venue:
        _want_consent(quality, stories, amount, yes=yes)
    for name in stories:
        recorded = Recorded(into, folder, name)
        if at_venue:
            asyncio.run(record_live(quality, recorded, _account_of(quality, config), amount))
        else:
            asyncio.run(record(quality, recorded))
        click.echo(f"{recorded.cassette}")
    return 0


def _amount(written: str | None) -> Decimal | None:
    try:
        amount = None if written is None else Decimal(written)
    except ArithmeticError:
        amount = Decimal(0)
    if amount is not None and not 0 < amount < Decimal("Infinity"):
        raise ConfigError(f"--quantity {written}: not an amount; write it as 0.001")
    return amount


def _want_consent(quality: Quality, stories: list[str], quantity: Decimal | None, *, yes: bool) -> None:
    sending = [story for story in stories if story in TRADING]
    if sending and not (yes and quantity):
        raise ConfigError(
            f"{', '.join(sending)} would send real orders to {quality.venue}: say --yes and --quantity, "
            f"or name one of {', '.join(STORIES.keys() - TRADING)}"
        )


def _account_of(quality: Quality, config: Path) -> VenueConfig:
    settings, _ = loaded(config)
    if quality.venue not in settings.venues:
        raise ConfigError(f"{config}: venues has no {quality.venue}; its account is what is recorded with")
    return settings.venues[quality.venue][1]
