"""Secrets are references in config.yaml and `SecretStr` in memory; their text is in no message of ours."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, SecretStr, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

MIN_LENGTH: Final = 4  # anything shorter could not be kept out of logs without blacking out half of them
MAX_BYTES: Final = 64 * 1024
FORMS: Final = "write env:NAME or file:PATH"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USUAL_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_PLACEHOLDER: Final = re.compile(
    r"(?i)<.*>|\.{3,}|x{3,}|(your|my|insert|enter)[ _-].*|change[ _-]?me.*|todo|none|null|secret|api[ _-]?(key|secret)"
)

# What follows env: or file: may be the secret itself, pasted. So no path is repeated in a message, and of names only
# those that look like names.
_FILE: Final = "the file named here"


def _resolve(value: object, info: ValidationInfo) -> object:
    if isinstance(value, SecretStr):
        return value
    kind, colon, rest = value.partition(":") if isinstance(value, str) else ("", "", "")
    context = info.context or {}
    if not (colon and rest and kind in ("env", "file")):
        placeholder = isinstance(value, str) and _PLACEHOLDER.fullmatch(value)
        what = "still holds a placeholder" if placeholder else "must be a reference, never the secret itself"
        raise _refused(f"{what}; {FORMS}")
    if not context.get("follow", True):
        return SecretStr(f"{kind}:{rest}")
    if kind == "env":
        return SecretStr(_sound(_from_environment(rest), _called(rest)))
    return SecretStr(_sound(_from_file(context.get("base", Path()) / Path(rest).expanduser()), _FILE))


SecretRef: TypeAlias = Annotated[
    SecretStr,
    BeforeValidator(_resolve),
    WithJsonSchema({"type": "string", "pattern": r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$"}),
]


def secrets_of(value: object) -> Iterator[tuple[tuple[str | int, ...], SecretStr]]:
    """Every secret inside a configuration, with its key path."""
    if isinstance(value, SecretStr):
        yield (), value
        return
    for key, part in _parts(value):
        for path, secret in secrets_of(part):
            yield (key, *path), secret


def _parts(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, BaseModel):
        yield from value
    elif isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def _called(name: str) -> str:
    return f"environment variable {name}" if _USUAL_NAME.fullmatch(name) else "the environment variable named here"


def _from_environment(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise _refused("is not the name of an environment variable (letters, digits and _); write env:NAME")
    try:
        value = os.environ[name]
    except KeyError:
        raise _refused(f"{_called(name)} is not set; export it before the start") from None
    if any(mark in value for mark in "\r\n"):
        raise _refused(f"{_called(name)} holds a line break; set it without one")
    return value


def _from_file(path: Path) -> str:
    try:
        # Opened before it is judged, so that what was judged is what is read.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as e:
        what = "is a symbolic link; name the file itself" if path.is_symlink() else f"cannot be read: {e.strerror}"
        raise _refused(f"{_FILE} {what}") from None
    try:
        if fault := _fault_of(os.fstat(handle)):
            raise _refused(f"{_FILE} {fault}")
        return os.read(handle, MAX_BYTES).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise _refused(f"{_FILE} is not UTF-8 text") from None
    finally:
        os.close(handle)


def _fault_of(found: os.stat_result) -> str | None:
    if not stat.S_ISREG(found.st_mode):
        return "is not a file"
    if found.st_uid != os.geteuid():
        return "belongs to another user; only your own file is read"
    if found.st_mode & 0o077:
        return f"is readable by others (mode {stat.S_IMODE(found.st_mode):04o}); run: chmod 600"
    return f"is larger than {MAX_BYTES} bytes" if found.st_size > MAX_BYTES else None


def _sound(value: str, source: str) -> str:
    if not value.strip():
        raise _refused(f"{source} is empty")
    if value != value.strip() or (value[0] == value[-1] and value[0] in "'\""):
        raise _refused(f"{source} has blanks or quotes around its value; remove them")
    if _PLACEHOLDER.fullmatch(value):
        raise _refused(f"{source} still holds a placeholder; put the real value there")
    if len(value) < MIN_LENGTH:
        raise _refused(f"{source} is shorter than {MIN_LENGTH} characters: not a secret")
    return value


def _refused(text: str) -> PydanticCustomError:
    return PydanticCustomError("secret", "{why}", {"why": text})
