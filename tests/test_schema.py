"""The schema that editors and CI check config.yaml with."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from twinstar.builtin import plugins as builtin_plugins
from twinstar.config.schema import schema
from twinstar.plugin import Plugins

ROOT = Path(__file__).resolve().parents[1]


def plugins_of_ours():
    """Those that run.py installs beside the core: config.yaml may name what they bring."""
    for project in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        points = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["entry-points"]["twinstar"]
        yield from map(import_module, points.values())


REGISTRY = Plugins([*builtin_plugins(), *plugins_of_ours()], third_party=False).registry


def fits(text):
    return Draft202012Validator(schema(REGISTRY)).is_valid(yaml.safe_load(text))


def test_the_committed_schema_is_the_one_our_models_make():
    committed = json.loads((ROOT / "twinstar.schema.json").read_text(encoding="utf-8"))
    assert committed == schema(REGISTRY), "run: twinstar config schema > twinstar.schema.json"


def test_the_default_configuration_names_its_schema_and_fits_it():
    first_line = (ROOT / "config.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first_line == "# yaml-language-server: $schema=./twinstar.schema.json"
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", "twinstar.schema.json", "config.yaml"]
    assert subprocess.run(command, capture_output=True, cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    "wrong",
    [
        "venues: {}",
        "venues: {v: {mode: life, instruments: [BTC/USDT]}}",
        "venues: {v: {mode: sim, instruments: [BTC/USDT], timeframe: 7m}}",
        "venues: {v: {mode: sim, instruments: [BTC/USDT], leverge: 3}}",
        "venues: {v: {type: cxt, mode: sim, instruments: [BTC/USDT]}}",
        "venues: {v: {mode: testnet, instruments: [BTC/USDT], account: {api_key: hunter2, secret: hunter2}}}",
        "venues: {v: {mode: sim, instruments: [BTC/USDT]}}\nstrategies: {s: {instruments: [BTC/USDT@v], notional: 1}}",
        "venues: {v: {mode: sim, instruments: [BTC/USDT]}}\njournal: paper",
    ],
)
def test_an_editor_marks_what_the_loader_would_refuse(wrong):
    assert not fits(wrong)


def test_a_venue_without_a_type_is_a_ccxt_venue():
    assert fits("venues: {v: {mode: sim, instruments: [BTC/USDT], leverage: 3}}")


def test_every_key_of_a_venue_is_explained_to_whoever_hovers_over_it():
    venue = schema(REGISTRY)["$defs"]["CcxtConfig"]["properties"]
    assert {"type", "mode", "instruments", "timeframe"} <= {
        key for key, value in venue.items() if "description" in value
    }
