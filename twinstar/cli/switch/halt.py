"""``twinstar halt``."""

from __future__ import annotations

from pathlib import Path

from twinstar.cli import Look
from twinstar.cli.switch.common import switch, tell


def run(_: Look, *, config: Path, state_dir: Path | None, venue: str | None, reason: str, as_json: bool) -> int:
    tell(switch("halt", config, state_dir, venue, reason=reason), as_json=as_json)
    return 0
