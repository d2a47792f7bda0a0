"""docs/write-a-venue.md is the third-party sample, file by file, and `test_third_party` shows that it is bronze."""

from __future__ import annotations

import re
from pathlib import Path

ACME = Path(__file__).resolve().parent / "twinstar_acme"
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "write-a-venue.md").read_text(encoding="utf-8")
PATTERNS = ("*.*", "src/twinstar_acme/*.*", "tests/*.py")
FILE = re.compile(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page_has_every_file_of_the_sample_as_it_is() -> None:
    told = dict(FILE.findall(PAGE))
    files = [path for pattern in PATTERNS for path in ACME.glob(pattern)]
    assert told == {str(path.relative_to(ACME)): path.read_text(encoding="utf-8") for path in files}
