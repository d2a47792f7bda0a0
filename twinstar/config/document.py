"""config.yaml as plain values that remember their lines.

Built from the parser's events rather than by PyYAML's constructors: keys are unique, tags do nothing, depth and size
have bounds, and every fault is found with its line instead of the first one only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml
from msgspec import Struct

from twinstar.config.scalars import Scalar, Trap, scalar
from twinstar.errors import ConfigError

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 32
MAX_NODES: Final = 100_000  # with every alias counted as what it stands for

KeyPath: TypeAlias = tuple[str | int, ...]


class Problem(Struct, frozen=True):
    """One fault: where, what, and the way out."""

    path: KeyPath
    line: int
    text: str

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.text}" if self.path else self.text


class Node(Struct, frozen=True):
    """A value and the line it (or its key) stands on."""

    line: int
    value: Scalar | tuple[Node, ...] | dict[str, Node]
    size: int = 1

    def plain(self) -> Any:
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, step: str | int) -> Node | None:
        if isinstance(self.value, dict):
            return self.value.get(str(step))
        if isinstance(self.value, tuple) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None


class Document(Struct, frozen=True):
    """A file that could be read; ``problems`` are the faults of its YAML that did not prevent that."""

    path: Path
    root: Node
    problems: tuple[Problem, ...] = ()

    def line_of(self, path: Sequence[str | int]) -> int:
        """Of the key; of the nearest section around it where the key is not there."""
        node = self.root
        for step in path:
            child = node.child(step)
            if child is None:
                break
            node = child
        return node.line


def dotted(path: KeyPath) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def read(path: Path) -> Document:
    """Raise `ConfigError` where there is nothing to check: no file, no UTF-8, no YAML, no mapping."""
    return parse(_text_of(path), path)


def parse(text: str, path: Path) -> Document:
    try:
        builder = _Builder(yaml.parse(text, Loader=yaml.SafeLoader))
        root = builder.document()
    except _Refused as e:
        raise ConfigError(f"{path}:{e.line}: {e}") from None
    except yaml.reader.ReaderError as e:
        line = text.count("\n", 0, e.position) + 1
        raise ConfigError(f"{path}:{line}: control character U+{e.character:04X}; remove it") from None
    except yaml.MarkedYAMLError as e:
        raise ConfigError(f"{path}:{_not_yaml(e)}") from None
    if root is None:
        raise ConfigError(f"{path}: empty; `twinstar config schema` lists what may be in it")
    if not isinstance(root.value, dict):
        kind = "a list" if isinstance(root.value, tuple) else "a single value"
        raise ConfigError(f"{path}:{root.line}: expected a mapping (venues: ...), got {kind}")
    return Document(path, root, tuple(builder.problems))


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read: {e.strerror}; name the file with -c") from None
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES} bytes; that is no configuration of ours")
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as e:
        raise ConfigError(f"{path}: not UTF-8 at byte {e.start}; save the file as UTF-8") from None


def _not_yaml(e: yaml.MarkedYAMLError) -> str:
    mark = e.problem_mark or e.context_mark
    where = f"{mark.line + 1}:{mark.column + 1}: " if mark else " "
    what = e.problem or e.context or "this cannot be read"
    hint = "; indent with spaces, not tabs" if "'\\t'" in what else ""
    return f"{where}not YAML: {what}{hint}"


class _Refused(Exception):
    """Not worth reading on."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


class _Builder:
    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._anchors: dict[str, Node] = {}
        self._nodes = 0
        self.problems: list[Problem] = []

    def document(self) -> Node | None:
        root = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise _Refused(_line(event), "a second document (---); one file is one configuration")
                root = self._node(next(self._events), ())
        return None if root is None or (root.value is None and root.size == 1) else root

    def _node(self, event: yaml.Event, path: KeyPath) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            raise _Refused(_line(event), "a value was expected here")
        if len(path) >= MAX_DEPTH:
            raise _Refused(_line(event), f"nested deeper than {MAX_DEPTH} levels")
        self._count(1, event)
        if event.tag is not None:
            self._problem(path, event, f"tag {event.tag!r} not allowed; write plain values")
        if isinstance(event, yaml.ScalarEvent):
            node = Node(_line(event), self._scalar(event, path))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, path)
        else:
            node = self._mapping(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: yaml.AliasEvent) -> Node:
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise _Refused(_line(event), f"alias *{event.anchor} stands for nothing before it")
        self._count(node.size, event)
        return node

    def _scalar(self, event: yaml.ScalarEvent, path: KeyPath) -> Scalar:
        try:
            return scalar(event.value, quoted=event.style is not None)
        except Trap as e:
            self._problem(path, event, str(e))
            return None

    def _sequence(self, start: yaml.Event, path: KeyPath) -> Node:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return Node(_line(start), tuple(items), 1 + sum(item.size for item in items))

    def _mapping(self, start: yaml.Event, path: KeyPath) -> Node:
        entries: dict[str, Node] = {}
        size = 1
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            node = self._node(next(self._events), (*path, key))
            size += node.size
            if key in entries:
                self._problem(
                    (*path, key), event, f"duplicate key (lines {entries[key].line}, {_line(event)}); keep one"
                )
            else:
                entries[key] = Node(_line(event), node.value, node.size)
        return Node(_line(start), entries, size)

    def _key(self, event: yaml.Event, path: KeyPath) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise _Refused(_line(event), "a key must be a word, not a list, a mapping or an alias")
        try:
            value = scalar(event.value, quoted=event.style is not None)
        except Trap as e:
            self._problem((*path, event.value), event, f"as a key: {e}")
            return event.value
        if not isinstance(value, str):
            self._problem((*path, event.value), event, "a key must be text; put it in quotes")
        elif value == "<<" and event.style is None:
            self._problem((*path, value), event, "merge keys are not read; repeat the entries")
        return event.value

    def _count(self, nodes: int, event: yaml.Event) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise _Refused(_line(event), f"more than {MAX_NODES} values, with aliases followed")

    def _problem(self, path: KeyPath, event: yaml.Event, text: str) -> None:
        self.problems.append(Problem(path, _line(event), text))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0
