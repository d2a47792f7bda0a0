"""``twinstar order cancel``."""

from __future__ import annotations

from pathlib import Path

from twinstar.cli import Look
from twinstar.cli.account.byhand import ask, tell


def run(_: Look, *, config: Path, state_dir: Path | None, order_id: str, yes: bool, as_json: bool) -> int:
    return tell(ask("cancel", config, state_dir, order_id=order_id, dry=not yes), as_json=as_json)
