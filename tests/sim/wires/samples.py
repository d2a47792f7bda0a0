"""The venues' own samples beside the project, compared with what a wire answers. They are not ours: a test reads them
where they lie, and says nothing where they are not there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[4] / "shared" / "payloads"

# A sample (of several in a file with its line): our answer, and what is not in it or of another type, with the reason.
Table = Mapping[str, tuple[str, Mapping[str, str]]]


def problems(venue: str, table: Table, answers: Mapping[str, Any]) -> list[str]:
    """What samples have and our answers have not, and exceptions that are none."""
    found: list[str] = []
    for name, (answer, exceptions) in table.items():
        missing = dict(differences(sample(venue, name), answers[answer]))
        found += [f"{name}: {path} {what}" for path, what in missing.items() if path.split(".")[-1] not in exceptions]
        unneeded = exceptions.keys() - {path.split(".")[-1] for path in missing}
        found += [f"{name}: {key} is no exception" for key in unneeded]
    return found


def strangers(venue: str, files: Sequence[Path], table: Table, not_served: Iterable[str]) -> list[str]:
    """Of a venue's files those that no row of the table is about, and that are not named as not served."""
    known = {name.partition(":")[0] for name in table}
    unnamed = [file for file in files if not any(part in file.name for part in not_served)]
    return [file.name for file in unnamed if str(file.relative_to(SAMPLES / venue)) not in known]


def quoted(venue: str, names: Iterable[str], fits: Callable[[str], bool]) -> set[str]:
    """The samples that fit, as text, of files that hold many; by file and line."""
    return {
        f"{name}:{each['line']}"
        for name in names
        for each in json.loads((SAMPLES / venue / name).read_text(encoding="utf-8"))["samples"]
        if fits(json.dumps(each["payload"]))
    }


def sample(venue: str, name: str) -> Any:
    file, _, line = name.partition(":")
    content = json.loads((SAMPLES / venue / file).read_text(encoding="utf-8"))
    if line:
        listed = content.get("samples") or content["fixtures"]
        return next(each.get("payload", each.get("value")) for each in listed if each["line"] == int(line))
    return content["data"] if isinstance(content, dict) and content.keys() == {"stream", "data"} else content


def differences(wanted: Any, got: Any, path: str = "") -> list[tuple[str, str]]:
    """What of the sample is not in our answer, by its path; null says nothing of a type."""
    if isinstance(got, list) and isinstance(wanted, dict):
        wanted = [wanted]
    if isinstance(wanted, list) and isinstance(got, dict):
        got = [got]
    if path.endswith(".filters"):
        wanted, got = ({each["filterType"]: each for each in filters} for filters in (wanted, got))
    if wanted is not None and kind(wanted) != kind(got):
        return [(path, f"is {kind(got)}, not {kind(wanted)}")]
    found = []
    for key, value, place in members(wanted, got, path):
        found += differences(value, got[key], place) if has(got, key) else [(place, "is missing")]
    return found


def members(wanted: Any, got: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    """Fields of an object; of a row each place, of a list of objects only the first, since they are alike."""
    if isinstance(wanted, dict):
        yield from ((key, value, f"{path}.{key}") for key, value in wanted.items())
    elif isinstance(wanted, list) and wanted and got:
        alike = isinstance(wanted[0], (dict, list))
        yield from ((index, value, path) for index, value in enumerate(wanted[: 1 if alike else None]))


def has(got: Any, key: Any) -> bool:
    return key in got if isinstance(got, dict) else key < len(got)


def kind(value: Any) -> str:
    """As JSON has it: a number is a number."""
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, (int, float)) else type(value).__name__
