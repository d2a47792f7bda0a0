"""Whatever can be configured, called, hooked into or measured is in the docs; what the docs point at is there.

The names come from the real objects: hookspecs, config models, Click commands, the metrics registry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest

from twinstar.app import load_plugins
from twinstar.cli import cli
from twinstar.config.schema import schema
from twinstar.plugin import hookspecs
from twinstar.runtime.metrics import Metrics, exported_names

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md"), *ROOT.glob("plugins/*/README.md")}
)
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
WORD = re.compile(r"[A-Za-z0-9_-]+")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def code_in_docs() -> str:
    """Fenced blocks, config.yaml and inline code: a key that is only a word in some sentence is not documented."""
    texts = [text_of(page) for page in PAGES]
    blocks = [block for text in texts for block in FENCE.findall(text)]
    inline = [code for text in texts for code in INLINE.findall(FENCE.sub("", text))]
    return "\n".join([*blocks, *inline, text_of(ROOT / "config.yaml")])


@cache
def words_in_docs() -> frozenset[str]:
    return frozenset(word.strip("-") for word in WORD.findall(code_in_docs()))


def commands(command: click.Command, path: str = "twinstar") -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            sub = command.get_command(context, name)
            assert sub is not None, name
            yield from commands(sub, f"{path} {name}")
    else:
        yield path, command


def keys(node: Any) -> Iterator[str]:
    """Every property a JSON schema names, at any depth."""
    if isinstance(node, dict):
        yield from (name for name in node.get("properties", {}))
        for child in node.values():
            yield from keys(child)
    elif isinstance(node, list):
        for child in node:
            yield from keys(child)


VISIBLE = {path: command for path, command in commands(cli) if not command.hidden}
OPTIONS = {
    option
    for command in VISIBLE.values()
    for parameter in command.params
    if isinstance(parameter, click.Option) and not parameter.hidden
    for option in parameter.opts
    if option.startswith("--")
}


@pytest.mark.parametrize("hook", [name for name in vars(hookspecs) if name.startswith("twinstar_")])
def test_every_hook_is_in_the_docs(hook: str):
    assert hook in words_in_docs()


@pytest.mark.parametrize("command", sorted(VISIBLE))
def test_every_command_is_in_the_docs_and_says_itself_what_it_does(command: str):
    assert command in code_in_docs()
    assert VISIBLE[command].help


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_every_option_is_in_the_docs(option: str):
    assert option.removeprefix("--") in words_in_docs()


@pytest.mark.parametrize("key", sorted(set(keys(schema(load_plugins().registry)))))
def test_every_config_key_is_in_the_docs(key: str):
    assert key in words_in_docs()


@pytest.mark.parametrize("kind", ["venue", "strategy", "journal", "store"])
def test_every_type_that_config_may_name_is_in_the_docs(kind: str):
    assert set(load_plugins().registry.names[kind]) <= words_in_docs()


def test_the_metrics_in_the_docs_are_those_that_are_exported():
    told = {word for word in WORD.findall(text_of(ROOT / "docs" / "metrics.md")) if word.startswith("twinstar_")}
    exported = exported_names(Metrics("1"))
    assert exported - told == set()
    assert {name for name in told - exported if not name.startswith("twinstar_process_")} == set()  # Linux only


def test_every_environment_variable_that_is_read_is_in_the_docs():
    code = "\n".join(text_of(path) for path in (ROOT / "twinstar").rglob("*.py"))
    read = set(re.findall(r"\bTWINSTAR_[A-Z_]+\b", code))
    assert read <= words_in_docs()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_leads_nowhere_and_nothing_is_left_to_fill_in(page: Path):
    assert re.findall(r"@[A-Z_]{3,}@", text_of(page)) == []
    targets = [link for link in LINK.findall(text_of(page)) if not link.startswith(("http:", "https:", "mailto:"))]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_readme_has_both_commands():
    readme = text_of(ROOT / "README.md")
    assert "python3 run.py start -c config.yaml" in readme
    assert "python3 run.py test" in readme
