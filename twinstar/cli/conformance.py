"""``twinstar conformance``: the cases of `twinstar.testing` without pytest."""

from __future__ import annotations

import asyncio
from typing import Final

import click
import msgspec
from rich.table import Table
from rich.text import Text

from twinstar.cli import Look
from twinstar.cli.loading import console
from twinstar.config import LogConfig
from twinstar.runtime import logs
from twinstar.testing.conformance import Report, conform, found, read_quality

STYLES: Final = {"passed": "green", "failed": "bold red", "exempt": "dim"}


def run(look: Look, *, venue: str, as_json: bool) -> int:
    """What is done to the venue would fill the log with warnings; the verdicts say which of it matters."""
    logs.set_up(LogConfig(level="ERROR"), verbosity=look.verbosity)
    report = asyncio.run(conform(read_quality(found(venue))))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)))
    else:
        out = console(look)
        out.print(_table(report))
        out.print(_summary(report))
    return 0 if report.holds else 1


def _table(report: Report) -> Table:
    table = Table("case", "tier", "claim", "outcome", "why", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for verdict in report.cases:
        outcome = Text(verdict.outcome, style=STYLES[verdict.outcome])
        table.add_row(verdict.key, verdict.tier, verdict.claim, outcome, Text(verdict.reason))
    return table


def _summary(report: Report) -> Text:
    counts = f"{report.passed} passed, {report.failed} failed, {report.exempt} exempt"
    tier = f"tier {report.tier}" + ("" if report.tier == report.claimed else f", claimed is {report.claimed}")
    still = f"; still to do: {', '.join(report.open_rules)}" if report.open_rules else ""
    took = report.message_to_ack_ms
    fast = f"; from a message to an ack on loopback: {took} ms" if took is not None else ""
    return Text(f"{report.venue}: {counts}; {tier}{still}{fast}", style="bold red" if not report.holds else "bold")
