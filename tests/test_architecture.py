"""The shape of the code, kept by the tests. Who may import whom is in pyproject.toml, for `lint-imports`."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

from twinstar import domain, errors, ports
from twinstar.plugin import hookspecs

ROOT = Path(__file__).resolve().parents[1]
CODE = ROOT / "twinstar"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def parsed(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    """Top-level packages that a module names, wherever in it."""
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in found}


def test_who_may_import_whom_is_as_the_architecture_says():
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_nothing_outside_the_ccxt_venue_imports_ccxt():
    house = Path("twinstar/builtin/ccxt")
    assert [path for path, tree in parsed(CODE) if "ccxt" in imported(tree) and house not in path.parents] == []


def test_only_the_manager_and_the_hookspecs_import_pluggy():
    users = {path.name for path, tree in parsed(CODE) if "pluggy" in imported(tree)}
    assert users == {"manager.py", "hookspecs.py"}


def test_tasks_are_born_in_a_task_group():
    """Ruff bans the two functions of asyncio; this bans the loop's own method too."""
    loops = [
        path
        for path, tree in parsed(CODE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"create_task", "ensure_future"}
        and "loop" in ast.unparse(node.func.value)
    ]
    assert loops == []


def hooks() -> list[str]:
    return [name for name in vars(hookspecs) if name.startswith("twinstar_")]


@pytest.mark.parametrize("hook", hooks())
def test_every_hook_says_what_it_is_for(hook: str):
    assert inspect.getdoc(getattr(hookspecs, hook))


def test_every_fact_is_frozen_and_says_when_it_happened():
    for fact in typing.get_args(domain.Event):
        assert fact.__struct_config__.frozen, fact
        assert "time_ms" in fact.__struct_fields__, fact


def test_every_error_has_a_place_in_the_tree_that_the_docstring_draws():
    ours = [name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert ours
    for name in ours:
        assert issubclass(getattr(errors, name), errors.TwinStarError)
        assert name in inspect.getdoc(errors), name


def test_every_port_says_its_contract():
    """A method that needs no word says so by its name and types; the Protocol or its methods must have one."""
    protocols = [
        kind
        for kind in vars(ports).values()
        if getattr(kind, "_is_protocol", False) and kind.__module__ == ports.__name__
    ]
    assert protocols
    for protocol in protocols:
        methods = [method for name, method in vars(protocol).items() if inspect.isfunction(method)]
        assert protocol.__doc__ or any(method.__doc__ for method in methods), protocol


def test_every_package_that_is_asked_for_is_pinned_and_no_download_address_is_recorded():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"], "uv"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9.-]+==[A-Za-z0-9.+!]+( ; .+)?", pin) for pin in pins)
    assert {NAME.match(requirement).group().lower() for requirement in asked} <= {
        pin.partition("==")[0] for pin in pins
    }


WAY_OUT = re.compile(r"(?i)withdraw|transfer")
# Names the endpoints in order to refuse them; the engine cannot send, and the simulated exchange is the other side.
MAY_SPEAK_OF_IT = {"builtin/ccxt/custody.py", "domain", "engine", "sim"}
PERMISSIONS = {"can_withdraw", "can_transfer", "withdraw_switch", "transfer_switch"}


def words_of_answers(tree: ast.Module) -> set[ast.AST]:
    """What a habit's ``permissions`` looks for in an answer; what it passes on to a call is no such word."""
    inside = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.AsyncFunctionDef) and function.name == "permissions"
        for node in ast.walk(function)
    }
    passed_on = {argument for call in inside if isinstance(call, ast.Call) for argument in call.args}
    return {node for node in inside - passed_on if isinstance(node, ast.Constant)}


def ways_out(tree: ast.Module) -> list[str]:
    """Every name, method or endpoint that could move money out of an account; prose has blanks between its words."""
    found: set[str] = set()
    for node in {*ast.walk(tree)} - words_of_answers(tree):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.alias(name=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.Constant(value=str(text)):
                words = text.split()
                found |= {word for word in words if len(words) == 1 or "/" in word}
    return sorted(name for name in found - PERMISSIONS if WAY_OUT.search(name))


def test_no_code_of_ours_can_take_money_out_of_an_account():
    folders = [CODE, *(ROOT / "plugins").glob("*/src")]
    spoken = {
        str(path): found
        for folder in folders
        for path, tree in parsed(folder)
        if not {str(p.relative_to("twinstar")) for p in (path, *path.parents) if p.is_relative_to("twinstar")}
        & MAY_SPEAK_OF_IT
        and (found := ways_out(tree))
    }
    assert spoken == {}


@pytest.mark.parametrize(
    "code",
    [
        "exchange.withdraw('BTC', 1, 'there')",
        "await_later = exchange.transferOut",
        "exchange.sapiPostCapitalWithdrawApply({})",
        "getattr(exchange, 'withdraw')",
        "getattr(exchange, f'{api}PostWithdrawsCoin')",
        "request('capital/withdraw/apply', 'sapi', 'POST')",
        "what = 'POST /v1/withdraws/coin'",
        "from venue import transfer",
        "body = {'action': {'type': 'withdraw3'}}",
        "call(**{'withdraw': 1})",
        "call(withdraw=1)",
        "async def permissions(exchange): return await exchange.privatePostWithdraw()",
        "async def permissions(exchange): return getattr(exchange, 'withdraw')",
    ],
)
def test_a_way_out_is_found_however_it_is_written(code: str):
    assert ways_out(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "raise AuthFailed(venue, 'the key may withdraw: turn that off')",
        "async def permissions(e): return Permissions(can_withdraw='Withdraw' in (await e.privateGetKey())['rights'])",
    ],
)
def test_to_speak_of_it_or_to_read_of_it_is_none(code: str):
    assert ways_out(ast.parse(code)) == []
