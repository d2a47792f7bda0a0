"""``twinstar resume``."""

from __future__ import annotations

from pathlib import Path

from twinstar.cli import Look
from twinstar.cli.switch.common import switch, tell


def run(_: Look, *, config: Path, state_dir: Path | None, venue: str | None, as_json: bool) -> int:
    tell(switch("resume", config, state_dir, venue), as_json=as_json)
    return 0
