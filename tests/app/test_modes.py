"""What was done on paper and what was done for real are never in one journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinstar.app import load_plugins
from twinstar.app.modes import FILE, keep_modes_apart
from twinstar.config import Settings, load
from twinstar.errors import ConfigError, StateError

REGISTRY = load_plugins().registry


def settings(tmp_path: Path, **modes: str) -> Settings:
    """Of venues by their modes."""
    config = tmp_path / "config.yaml"
    lines = [
        f"  {venue}: {{exchange: upbit, mode: {mode}, instruments: [BTC/KRW], paper: {{balances: {{KRW: 1}}}}}}"
        for venue, mode in modes.items()
    ]
    config.write_text("\n".join(["venues:", *lines]), encoding="utf-8")
    found: Settings = load(config, REGISTRY, tmp_path)
    return found


def test_a_venue_that_was_on_paper_is_not_live_in_the_same_state_directory(tmp_path: Path) -> None:
    keep_modes_apart(settings(tmp_path, upbit="paper"))
    keep_modes_apart(settings(tmp_path, upbit="paper", other="sim"))
    with pytest.raises(ConfigError) as caught:
        keep_modes_apart(settings(tmp_path, upbit="testnet", other="paper"))
    first, second = caught.value.problems
    assert f"venues.upbit.mode: testnet, but {tmp_path} holds what it did with mode: paper" in first
    assert "venues.other.mode: paper" in second
    assert "give it a state_dir of its own" in second


def test_a_venue_that_is_left_out_is_remembered(tmp_path: Path) -> None:
    keep_modes_apart(settings(tmp_path, upbit="paper", other="sim"))
    keep_modes_apart(settings(tmp_path, other="sim"))
    with pytest.raises(ConfigError, match="with mode: paper"):
        keep_modes_apart(settings(tmp_path, upbit="sim"))


def test_a_damaged_note_is_refused_and_says_how_to_write_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(StateError, match=r"modes\.json: damaged: .*write into it which mode"):
        keep_modes_apart(settings(tmp_path, upbit="sim"))
