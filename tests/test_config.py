"""config.yaml: what it may say, and how every fault in it is told."""

from __future__ import annotations

import codecs
import os
import time
from decimal import Decimal
from pathlib import Path

import pytest
from broken_configs import BROKEN, VENUE, strategy, venue

from twinstar.builtin import plugins as builtin_plugins
from twinstar.config import Mode, load, plugins_of, read, state_dir_of
from twinstar.errors import ConfigError
from twinstar.plugin import Plugins

REGISTRY = Plugins(builtin_plugins(), third_party=False).registry
SYMBOL = "is not a unified symbol (BASE/QUOTE, or BASE/QUOTE:SETTLE)"


def loaded(text, directory, **options):
    path = directory / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path, REGISTRY, **options)


def faults(text, directory):
    with pytest.raises(ConfigError) as caught:
        loaded(text, directory)
    return [problem.removeprefix(f"{directory}/config.yaml:") for problem in caught.value.problems]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_configuration_is_told_with_line_key_and_way_out(name, tmp_path):
    text, expected = BROKEN[name]
    assert faults(text, tmp_path) == expected


@pytest.mark.parametrize(
    ("symbol", "meant"),
    [
        ("BTCUSDT", "'BTC/USDT' or 'BTC/USDT:USDT'"),
        ("btc/usdt", "'BTC/USDT'"),
        ("BTC-USDT", "'BTC/USDT'"),
        ("BTC_USDT", "'BTC/USDT'"),
        ("KRW-BTC", "'BTC/KRW'"),
        ("BTCKRW", "'BTC/KRW'"),
        (" BTC/USDT", "'BTC/USDT'"),
        ("BTC / USDT", "'BTC/USDT'"),
        ("btc/usdt:usdt", "'BTC/USDT:USDT'"),
        ("BTC/usdt", "'BTC/USDT'"),
        ("🚀/USDT", None),
        ("BTC/USDT:", None),
        ("../../etc", None),
        ("BTC", None),
    ],
)
def test_a_symbol_written_in_another_way_is_refused_with_the_right_spelling(symbol, meant, tmp_path):
    (fault,) = faults(f'venues: {{v: {{mode: sim, instruments: ["{symbol}"]}}}}', tmp_path)
    hint = f"; did you mean {meant}?" if meant else ""
    assert fault == f"1: venues.v.instruments[0]: {symbol!r} {SYMBOL}{hint}"


@pytest.mark.parametrize(
    "symbol",
    [
        "BTC/USDT",
        "BTC/USDT:USDT",
        "1000PEPE/USDT:USDT",
        "kPEPE/USDC:USDC",
        "币安人生/USDT",
        "BTC/USDT:USDT-261225",
        "BTC/USD:BTC-261225-90000-C",
    ],
)
def test_a_unified_symbol_is_taken(symbol, tmp_path):
    settings = loaded(f'venues: {{v: {{mode: sim, instruments: ["{symbol}"]}}}}', tmp_path)
    assert settings.venues["v"][1].instruments == (symbol,)


def test_all_faults_of_a_file_are_told_at_once_in_its_order(tmp_path):
    text = (
        "venues:\n  v: {mode: sim, instruments: [BTCUSDT], x: 1}\n  w: {type: no}\n"
        "log: {level: 3}\njournal: 1e3\nstore: none\n"
    )
    places = [fault.split(": ")[:2] for fault in faults(text, tmp_path)]
    assert places == [
        ["2", "venues.v.instruments[0]"],
        ["2", "venues.v.x"],
        ["3", "venues.w.type"],
        ["4", "log.level"],
        ["5", "journal"],
        ["6", "store"],
    ]


def test_a_file_that_is_not_there_or_no_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file or directory"):
        read(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory"):
        read(tmp_path)


def test_a_file_of_any_size_is_refused_at_once(tmp_path):
    huge = tmp_path / "config.yaml"
    with huge.open("wb") as file:
        file.truncate(1 << 40)  # a hole, but a terabyte to whoever reads it
    begun = time.monotonic()
    with pytest.raises(ConfigError, match="larger than 1048576 bytes"):
        read(huge)
    assert time.monotonic() - begun < 1


def test_a_bomb_of_aliases_is_refused_before_it_goes_off(tmp_path):
    floors = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    begun = time.monotonic()
    (fault,) = faults("a0: &a0 [x]\n" + floors, tmp_path)
    assert "more than 100000 values, with aliases followed" in fault
    assert time.monotonic() - begun < 1


def test_an_alias_within_reason_saves_writing_it_twice(tmp_path):
    text = (
        "venues:\n  v: {mode: sim, instruments: &all [BTC/USDT]}\n  w: {mode: sim, exchange: okx, instruments: *all}\n"
    )
    settings = loaded(text, tmp_path)
    assert settings.venues["w"][1].instruments == ("BTC/USDT",)


def test_a_byte_order_mark_is_no_fault(tmp_path):
    assert loaded(codecs.BOM_UTF8 + VENUE.encode(), tmp_path).venues.keys() == {"v"}


def test_money_keeps_every_digit_of_the_text(tmp_path):
    settings = loaded(strategy("stop_percent: 0.1000000000000000055511151231257827"), tmp_path)
    assert settings.strategies["s"][1].stop_percent == Decimal("0.1000000000000000055511151231257827")


def test_defaults_are_the_documented_ones(tmp_path):
    config = loaded(VENUE, tmp_path).config
    assert (config.journal, config.store, config.resync_every_s) == ("sqlite", "parquet", 60)
    assert (config.unprotected.after_s, config.unprotected.policy) == (5, "close")
    assert (config.log.level, config.log.format, config.http) == ("INFO", "human", None)


def test_live_is_taken_when_it_is_meant(tmp_path):
    settings = loaded(venue("i_accept_real_orders: true", mode="live"), tmp_path)
    assert settings.venues["v"][1].mode is Mode.LIVE


def test_paths_are_relative_to_the_file_and_not_to_where_we_are(tmp_path, monkeypatch):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/minutes.csv").touch()
    monkeypatch.chdir(tmp_path)
    text = venue("sim: {markets: {BTC/USDT: {replay: minutes.csv}}}") + "state_dir: kept\nlog: {file: logs/t.log}\n"
    settings = loaded(text, Path("conf"))
    assert settings.path == tmp_path / "conf/config.yaml"
    assert settings.state_dir == tmp_path / "conf/kept"
    assert settings.config.log.file == tmp_path / "conf/logs/t.log"
    replay = tmp_path / "conf/minutes.csv"
    assert settings.venues["v"][1].sim.markets["BTC/USDT"].replay == replay
    assert settings.config.venues["v"]["sim"]["markets"]["BTC/USDT"]["replay"] == str(replay)


def test_a_replay_that_is_not_there_is_a_fault(tmp_path):
    (fault,) = faults(venue("sim: {markets: {BTC/USDT: {replay: minutes.csv}}}"), tmp_path)
    assert fault == f"5: venues.v.sim.markets.BTC/USDT.replay: no such file: {tmp_path}/minutes.csv"


def test_the_state_directory_of_the_command_line_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert loaded(VENUE + "state_dir: kept\n", tmp_path, state_dir=Path("other")).state_dir == tmp_path / "other"


def test_where_the_state_lies_can_be_told_of_a_file_with_faults(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("state_dir: kept\nvenues: 7\n")
    assert state_dir_of(read(path)) == tmp_path / "kept"
    path.write_text("state_dir: [kept]\n")
    assert state_dir_of(read(path)) == tmp_path / "state"


def test_a_state_directory_that_cannot_be_one_is_a_fault(tmp_path):
    (tmp_path / "file").touch()
    assert faults(VENUE + "state_dir: file/state\n", tmp_path) == [
        f"2: state_dir: {tmp_path}/file is not a directory; name another with state_dir or --state-dir"
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_state_directory_that_cannot_be_written_is_a_fault(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    (fault,) = faults(VENUE + "state_dir: locked/state\n", tmp_path)
    assert fault.startswith(f"2: state_dir: {tmp_path}/locked cannot be written to")


def test_which_plugins_to_load_is_known_before_the_file_is_checked(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("plugins: {disabled: [acme]}\nvenues: 7\n")
    assert plugins_of(read(path)).disabled == ("acme",)
    path.write_text("plugins: {disabled: acme}\n")
    assert plugins_of(read(path)).disabled == ()
