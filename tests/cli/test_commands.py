"""What the commands say, to whom, and with which exit code."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from twinstar.builtin.disk import Lock
from twinstar.cli import SHELLS, Duration, cli
from twinstar.cli.failures import exit_code, report
from twinstar.errors import AuthFailed, ConfigError, StateError, VenueUnavailable
from twinstar.runtime import control
from twinstar.runtime.control import NotRunning
from twinstar.runtime.redaction import redact

DEMO = Path(__file__).resolve().parents[2] / "config.yaml"
HEAVY = ("pydantic", "msgspec", "pluggy", "yaml", "rich", "loguru", "asyncio", "aiohttp", "ccxt", "pyarrow", "pandas")


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("venues: {}\njournl: x\n")
    return path


@pytest.mark.parametrize("arguments", [["--help"], ["start", "--help"], ["config", "schema", "--help"]])
def test_help_is_told_without_loading_anything_that_takes_time(arguments):
    program = (
        "import sys\nfrom twinstar.cli import main\n"
        f"try: main({arguments!r})\n"
        f"finally: print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Usage: twinstar" in done.stdout
    assert done.stderr == "[]\n"


def test_exit_codes_stand_in_the_help(twinstar):
    _, out, _ = twinstar("--help")
    assert "6  the state directory is in use by another process" in out


def test_version_names_what_a_report_needs(twinstar):
    code, out, _ = twinstar("version", "--json")
    assert code == 0
    assert json.loads(out).keys() == {"twinstar", "python", "ccxt"}
    assert twinstar("version")[1].splitlines()[2].startswith("ccxt 4.")


@pytest.mark.parametrize(
    "arguments", [["strat"], ["start", "--fro", "1s"], ["start", "--for", "soon"], ["completion", "tcsh"]]
)
def test_wrong_usage_is_exit_2_and_told_on_stderr(arguments, twinstar):
    code, out, err = twinstar(*arguments)
    assert (code, out) == (2, "")
    assert "Error:" in err


@pytest.mark.parametrize("command", ["start", "check", "sim", "status", "plugins"])
def test_a_configuration_that_cannot_be_read_is_exit_2(command, twinstar, tmp_path):
    code, out, err = twinstar(command, "-c", tmp_path)
    assert (code, out) == (2, "")
    assert str(tmp_path) in err


@pytest.mark.parametrize("command", [["start"], ["start", "--dry-run"], ["check"], ["sim"], ["config", "show"]])
def test_every_fault_of_the_configuration_is_a_line_on_stderr(command, twinstar, broken):
    code, out, err = twinstar(*command, "-c", broken)
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"{broken}:1: venues: needs at least 1",
        f"{broken}:2: journl: unknown key; did you mean 'journal'?",
    ]


def test_a_dry_run_says_what_would_start_and_touches_nothing(twinstar, tmp_path):
    code, out, _ = twinstar("start", "--dry-run", "-c", DEMO, "--state-dir", tmp_path / "state")
    assert code == 0
    assert all(word in out for word in ("binanceusdm", "upbit", "SIMULATED", "ma_cross", "BTC/KRW@upbit"))
    assert not (tmp_path / "state").exists()


def test_no_service_and_no_state_is_exit_3(twinstar, tmp_path):
    code, out, err = twinstar("status", "-c", DEMO, "--state-dir", tmp_path / "none")
    assert (code, out) == (3, "")
    assert "twinstar start" in err


def test_a_state_directory_in_use_is_exit_6_and_names_the_process(twinstar, tmp_path):
    held = Lock(tmp_path / "journal.lock")
    code, _, err = twinstar("start", "--for", "1s", "-c", DEMO, "--state-dir", tmp_path)
    held.release()
    assert code == 6
    assert str(os.getpid()) in err


def test_a_service_that_does_not_answer_is_exit_5(twinstar, tmp_path, monkeypatch):
    monkeypatch.setattr(control, "PATIENCE_S", 0.1)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "service.sock"))
        silent.listen()
        code, out, err = twinstar("status", "-c", DEMO, "--state-dir", tmp_path)
    assert (code, out) == (5, "")
    assert err.startswith("error: ")


def test_status_is_asked_of_a_running_service_even_where_its_keys_are_not_set(twinstar, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("venues: {v: {mode: testnet, instruments: [BTC/USDT], account: {api_key: 'env:NOT_SET_HERE'}}}\n")
    answer = {"result": {"state": "running", "pid": 7}}
    with socket.socket(socket.AF_UNIX) as service:
        (tmp_path / "state").mkdir()
        service.bind(str(tmp_path / "state/service.sock"))
        service.listen()
        answering = threading.Thread(target=_answer, args=(service, answer))
        answering.start()
        code, out, _ = twinstar("status", "--json", "-c", path)
        answering.join()
    assert (code, json.loads(out)) == (0, answer["result"])


def _answer(service, answer):
    line, _ = service.accept()
    with line:
        line.recv(65536)
        line.sendall(json.dumps(answer).encode() + b"\n")


def test_show_prints_every_default_and_no_secret(twinstar, tmp_path, monkeypatch):
    monkeypatch.setenv("CANARY_KEY", "canary-5f1e0c77ab")
    path = tmp_path / "config.yaml"
    path.write_text(
        "venues: {v: {mode: testnet, instruments: [BTC/USDT],\n"
        "  account: {api_key: 'env:CANARY_KEY', secret: 'env:CANARY_KEY'}}}\n"
    )
    code, out, err = twinstar("config", "show", "--json", "-c", path)
    shown = json.loads(out)
    assert code == 0
    assert shown["venues"]["v"]["timeframe"] == "1m"
    assert shown["unprotected"] == {"after_s": 5.0, "policy": "close"}
    assert "canary" not in out + err
    assert "**********" in twinstar("config", "show", "-c", path)[1]


def test_the_schema_is_printed_as_json(twinstar):
    code, out, _ = twinstar("config", "schema", "--builtin")
    assert code == 0
    assert json.loads(out)["title"] == "TwinStar's config.yaml"


def test_plugins_are_listed_with_what_they_bring(twinstar):
    code, out, _ = twinstar("plugins", "--json", "-c", DEMO)
    answer = json.loads(out)
    assert code == 0
    assert {"name", "version", "provenance", "hooks", "error"} <= answer["plugins"][0].keys()
    assert "ccxt" in answer["names"]["venue"]
    assert "ma_cross" in twinstar("plugins", "-c", DEMO)[1]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_completion(shell, twinstar):
    code, out, _ = twinstar("completion", shell)
    assert code == 0
    assert "_TWINSTAR_COMPLETE" in out


def test_completion_knows_the_commands():
    environment = {**os.environ, "_TWINSTAR_COMPLETE": "bash_complete", "COMP_WORDS": "twinstar st", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "twinstar"], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["plain,start", "plain,status"]


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("60s", 60), ("5m", 300), ("1.5h", 5400), ("1d", 86400)])
def test_a_duration_is_read_as_people_write_it(text, seconds):
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ConfigError("x"), 2),
        (NotRunning("x"), 3),
        (AuthFailed("v", "x"), 4),
        (TimeoutError(), 5),
        (StateError("x"), 6),
        (VenueUnavailable("v", "x"), 1),
        (OSError("x"), 1),
        (ValueError("x"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(failure, code):
    assert exit_code(failure) == code


def test_a_group_of_failures_is_told_one_by_one_and_the_worst_counts(capsys):
    group = ExceptionGroup(
        "tasks", [VenueUnavailable("v", "away"), ExceptionGroup("more", [AuthFailed("w", "bad key")])]
    )
    assert report(group) == 4
    assert capsys.readouterr().err.splitlines() == ["error: v: away", "error: w: bad key"]


def test_a_fault_of_ours_is_told_with_its_place_but_not_with_a_secret(capsys):
    canary = "canary-5f1e0c77ab"
    redact(canary)
    with pytest.raises(KeyError) as caught:
        {}[canary]
    assert report(caught.value) == 1
    err = capsys.readouterr().err
    assert "test_commands.py" in err
    assert "KeyError: '***'" in err
    assert canary not in err


def test_a_reader_that_has_seen_enough_is_no_error():
    command = f"{sys.executable} -m twinstar config schema | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_every_command_can_be_asked_for_more_words_and_fewer_colours():
    for command in cli.commands.values():
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--verbose", "--no-color"} <= options
