"""``twinstar config show``: the configuration as the service understands it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import yaml

from twinstar.cli import Look
from twinstar.cli.loading import loaded
from twinstar.config import Settings


def run(look: Look, *, config: Path, as_json: bool) -> int:
    settings, _ = loaded(config, secrets=False)
    whole = effective(settings)
    click.echo(json.dumps(whole, indent=2) if as_json else yaml.safe_dump(whole, sort_keys=False, allow_unicode=True))
    return 0


def effective(settings: Settings) -> dict[str, Any]:
    """Every default filled in. pydantic writes a secret as asterisks."""
    return {
        **settings.config.model_dump(mode="json"),
        "state_dir": str(settings.state_dir),
        "venues": {name: section.model_dump(mode="json") for name, (_, section) in settings.venues.items()},
        "strategies": {name: section.model_dump(mode="json") for name, (_, section) in settings.strategies.items()},
    }
