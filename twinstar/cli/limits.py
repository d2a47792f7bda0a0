"""``twinstar limits``: what is in force at each venue of the configuration, and who says so."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from msgspec import Struct
from rich.table import Table

from twinstar.cli import Look
from twinstar.cli.loading import console, loaded
from twinstar.config import LimitsConfig, Settings
from twinstar.domain import Quota
from twinstar.plugin.limits import in_force


class QuotaShown(Struct, frozen=True, kw_only=True):
    venue: str
    quota: str
    cap: float
    per_s: float
    scope: str
    documented: float
    sure: bool
    because: str  # why the cap is not the documented one
    source: str
    date: str


def run(look: Look, *, config: Path, as_json: bool) -> int:
    settings, _ = loaded(config, secrets=False)
    shown = _shown(settings)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode({"limits": shown})))
    else:
        console(look).print(_table(shown))
    return 0


def _shown(settings: Settings) -> list[QuotaShown]:
    return [
        _quota(venue_id, quota, config.limits)
        for venue_id, (venue_type, config) in settings.venues.items()
        for quota in in_force(venue_type.limits(venue_id, config), config.limits).quotas
    ]


def _quota(venue: str, quota: Quota, config: LimitsConfig) -> QuotaShown:
    return QuotaShown(
        venue=venue,
        quota=quota.name,
        cap=quota.cap,
        per_s=round(quota.per_s, 3),
        scope=quota.scope.value,
        documented=quota.documented or quota.cap,
        sure=quota.sure,
        because=_because(quota, config),
        source=quota.source.what if quota.source else "the plugin",
        date=quota.source.date.isoformat() if quota.source else "",
    )


def _because(quota: Quota, config: LimitsConfig) -> str:
    if quota.name in config.caps:
        return "limits.caps"
    if quota.cap == quota.documented:
        return ""
    return "limits.margin" if config.margin is not None else "unsure: 0.8 of it"


def _table(shown: list[QuotaShown]) -> Table:
    columns = ("venue", "quota", "in force", "counted by", "documented", "", "source", "as of")
    table = Table(*columns, box=None, header_style="bold", padding=(0, 2, 0, 0))
    for quota in shown:
        cap, documented = (f"{amount:g} / {quota.per_s:g} s" for amount in (quota.cap, quota.documented))
        told = documented if quota.sure else f"{documented} ?"
        table.add_row(quota.venue, quota.quota, cap, quota.scope, told, quota.because, quota.source, quota.date)
    return table
