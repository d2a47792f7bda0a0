"""What config.yaml may say of limits, and what `twinstar limits` says is in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from broken_configs import venue

from twinstar.builtin import plugins as builtin_plugins
from twinstar.cli import main
from twinstar.config import load
from twinstar.errors import ConfigError
from twinstar.plugin import Plugins

REGISTRY = Plugins(builtin_plugins(), third_party=False).registry
WAY_OUT = "the venue bans for that; lower it, or add i_know: true"
DOCUMENTED = "2400 in 60 s (nautilus_trader 2026-07, and answers of exchangeInfo, 2026-11-22)"


def config(tmp_path: Path, limits: str) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(venue(f"limits: {limits}").replace("  v:", "  binanceusdm:"), "utf-8")
    return path


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ("{caps: {weight_1m: 2401}}", f"caps.weight_1m: above the documented {DOCUMENTED}: {WAY_OUT}"),
        ("{caps: {wieght_1m: 10}}", "caps.wieght_1m: no quota 'wieght_1m' at binanceusdm; did you mean 'weight_1m'?"),
        ("{caps: {weight_1m: 0}}", "caps.weight_1m: must be greater than 0"),
        ("{margin: 1.5}", "margin: must be less than or equal to 1"),
        ("{margin: 0}", "margin: must be greater than 0"),
        ("{magrin: 0.5}", "magrin: unknown key; did you mean 'margin'?"),
    ],
)  # fmt: skip
def test_a_limit_that_makes_no_sense_is_told_with_line_key_and_way_out(limits: str, told: str, tmp_path: Path):
    path = config(tmp_path, limits)
    with pytest.raises(ConfigError) as caught:
        load(path, REGISTRY)
    (problem,) = caught.value.problems
    assert problem == f"{path}:5: venues.binanceusdm.limits.{told}"


def shown(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    with pytest.raises(SystemExit) as ended:
        main(["limits", "-c", str(path), "--json"])
    assert ended.value.code == 0
    return {row["quota"]: row for row in json.loads(capsys.readouterr().out)["limits"]}


def test_what_is_in_force_is_shown_with_its_source_and_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rows = shown(config(tmp_path, "{caps: {weight_1m: 2000}}"), capsys)
    weight = rows["weight_1m"]
    assert (weight["cap"], weight["documented"], weight["per_s"]) == (2_000, 2_400, 60)
    assert (weight["because"], weight["scope"]) == ("limits.caps", "ip")
    assert rows["ws_connect"]["because"] == "unsure: 0.8 of it"
    assert all(row["source"] and row["date"] for row in rows.values())


def test_whoever_knows_better_may_go_above_what_is_documented(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rows = shown(config(tmp_path, "{caps: {weight_1m: 6000}, i_know: true, margin: 0.5}"), capsys)
    assert rows["weight_1m"]["cap"] == 6_000
    assert (rows["orders_10s"]["cap"], rows["orders_10s"]["because"]) == (150, "limits.margin")


def test_the_table_has_a_line_a_quota(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["limits", "-c", str(config(tmp_path, "{}"))])
    out = capsys.readouterr().out
    assert "2400 / 60 s" in out
    assert "300 / 300 s ?" in out
