"""Secrets come from outside the file, and their text stands in nothing we say."""

from __future__ import annotations

import os
import traceback

import pytest
from pydantic import SecretStr, ValidationError

from twinstar.builtin import plugins as builtin_plugins
from twinstar.config import Model, SecretRef, load, secrets_of
from twinstar.errors import ConfigError
from twinstar.plugin import Plugins

CANARY = "canary-5f1e0c77ab"
REGISTRY = Plugins(builtin_plugins(), third_party=False).registry


class Account(Model):
    api_key: SecretRef
    note: str = ""


def resolved(reference, **context):
    return Account.model_validate({"api_key": reference}, context=context).api_key.get_secret_value()


def refusal(reference, **context):
    with pytest.raises(ValidationError) as caught:
        resolved(reference, **context)
    said = "".join(traceback.format_exception(caught.value))
    assert CANARY not in said
    return caught.value.errors()[0]["msg"]


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "key"
    path.write_text(CANARY + "\n")
    path.chmod(0o600)
    return path


def test_a_secret_is_taken_from_the_environment(monkeypatch):
    monkeypatch.setenv("EXCHANGE_KEY", CANARY)
    assert resolved("env:EXCHANGE_KEY") == CANARY


def test_a_secret_is_taken_from_a_file_without_its_last_line_break(secret_file):
    assert resolved(f"file:{secret_file}") == CANARY


def test_a_file_is_looked_for_beside_the_configuration(secret_file):
    assert resolved("file:key", base=secret_file.parent) == CANARY


def test_a_file_may_hold_a_key_of_several_lines(secret_file):
    secret_file.write_text("-----BEGIN KEY-----\nabc\n-----END KEY-----\n")
    assert resolved(f"file:{secret_file}").count("\n") == 2


def test_a_program_may_pass_a_secret_it_has_already():
    assert Account(api_key=SecretStr(CANARY)).api_key.get_secret_value() == CANARY


@pytest.mark.parametrize(
    "inline", [CANARY, f"key:{CANARY}", f"ENV:{CANARY}", f"$({CANARY})", "env:", "file:", "", 7, None]
)
def test_what_is_no_reference_is_refused_without_repeating_it(inline):
    assert refusal(inline) == "must be a reference, never the secret itself; write env:NAME or file:PATH"


@pytest.mark.parametrize(
    "placeholder", ["YOUR_API_KEY", "your-secret", "<api key>", "changeme", "xxx", "...", "API_KEY"]
)
def test_a_placeholder_is_told_from_a_secret(placeholder, monkeypatch):
    assert refusal(placeholder).startswith("still holds a placeholder")
    monkeypatch.setenv("EXCHANGE_KEY", placeholder)
    assert refusal("env:EXCHANGE_KEY").startswith("environment variable EXCHANGE_KEY still holds a placeholder")


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        (f" {CANARY}", "has blanks or quotes around its value"),
        (f'"{CANARY}"', "has blanks or quotes around its value"),
        (f"{CANARY}\nrm", "holds a line break"),
        ("abc", "is shorter than 4 characters"),
    ],
)
def test_a_variable_that_cannot_hold_a_secret_is_named(value, what, monkeypatch):
    monkeypatch.setenv("EXCHANGE_KEY", value)
    assert refusal("env:EXCHANGE_KEY").startswith(f"environment variable EXCHANGE_KEY {what}")


def test_a_variable_that_is_not_set_is_named(monkeypatch):
    monkeypatch.delenv("EXCHANGE_KEY", raising=False)
    assert refusal("env:EXCHANGE_KEY") == "environment variable EXCHANGE_KEY is not set; export it before the start"


def test_a_secret_pasted_after_env_is_not_repeated():
    assert refusal(f"env:{CANARY}").startswith("is not the name of an environment variable")
    said = refusal("env:Zx81pastedSecretThatLooksLikeAName")
    assert said == "the environment variable named here is not set; export it before the start"


def test_a_secret_pasted_after_file_is_not_repeated():
    assert refusal(f"file:{CANARY}") == "the file named here cannot be read: No such file or directory"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(mode, secret_file):
    secret_file.chmod(mode)
    assert (
        refusal(f"file:{secret_file}") == f"the file named here is readable by others (mode {mode:04o}); run: chmod 600"
    )


def test_a_link_is_not_followed(secret_file, tmp_path):
    (tmp_path / "link").symlink_to(secret_file)
    assert refusal(f"file:{tmp_path}/link") == "the file named here is a symbolic link; name the file itself"


def test_what_is_no_ordinary_file_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert refusal(f"file:{tmp_path}/pipe") == "the file named here is not a file"
    assert refusal(f"file:{tmp_path}") == "the file named here is not a file"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_somebody_elses_file_is_refused(secret_file):
    os.chown(secret_file, 12345, -1)
    assert refusal(f"file:{secret_file}") == "the file named here belongs to another user; only your own file is read"


def test_a_file_of_noise_or_of_endless_size_is_refused(secret_file):
    secret_file.write_bytes(b"\xff\xfe\xfd\xfc")
    assert refusal(f"file:{secret_file}") == "the file named here is not UTF-8 text"
    secret_file.write_bytes(b"x" * 100_000)
    assert refusal(f"file:{secret_file}") == "the file named here is larger than 65536 bytes"


def test_a_secret_is_in_no_repr_dump_or_error_of_its_section(monkeypatch):
    monkeypatch.setenv("EXCHANGE_KEY", CANARY)
    account = Account.model_validate({"api_key": "env:EXCHANGE_KEY"})
    assert CANARY not in f"{account!r} {account} {account.model_dump()} {account.model_dump_json()}"
    with pytest.raises(ValidationError) as caught:
        Account.model_validate({"api_key": "env:EXCHANGE_KEY", "note": 7, CANARY: 1})
    assert "input_value" not in str(caught.value)


def test_every_secret_of_a_configuration_is_found_with_its_place(monkeypatch):
    monkeypatch.setenv("EXCHANGE_KEY", CANARY)
    found = list(secrets_of({"v": [Account.model_validate({"api_key": "env:EXCHANGE_KEY"})]}))
    assert found == [(("v", 0, "api_key"), SecretStr(CANARY))]


ACCOUNT = (
    "{mode: testnet, exchange: okx, instruments: [BTC/USDT], account: {api_key: 'env:KEY_A', secret: 'env:KEY_B'}}"
)


def test_two_venues_on_one_key_are_a_fault(tmp_path, monkeypatch):
    monkeypatch.setenv("KEY_A", CANARY)
    monkeypatch.setenv("KEY_B", CANARY + "b")
    path = tmp_path / "config.yaml"
    path.write_text(f"venues:\n  a: {ACCOUNT}\n  b: {ACCOUNT}\n")
    with pytest.raises(ConfigError) as caught:
        load(path, REGISTRY)
    assert caught.value.problems == (
        f"{path}:3: venues.b.account.api_key: the same key as in venues.a; give each venue a key of its own",
    )


def test_a_simulated_venue_and_one_on_paper_need_no_keys_and_neither_does_who_only_looks(tmp_path, monkeypatch):
    monkeypatch.delenv("KEY_A", raising=False)
    path = tmp_path / "config.yaml"
    path.write_text(f"venues:\n  a: {ACCOUNT}\n")
    with pytest.raises(ConfigError, match="KEY_A is not set"):
        load(path, REGISTRY)
    assert load(path, REGISTRY, secrets=False).venues.keys() == {"a"}
    for keyless in ("sim", "paper, paper: {balances: {USDT: 1}}"):
        path.write_text(f"venues:\n  a: {ACCOUNT.replace('testnet', keyless)}\n")
        assert load(path, REGISTRY).venues.keys() == {"a"}
