"""Real processes that die: what was acknowledged is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from twinstar.builtin.journal import read_journal

CHILD = Path(__file__).with_name("journal_child.py")


@pytest.mark.slow
def test_after_ten_kills_every_acknowledged_record_is_there(
    tmp_path: Path, guarded_environment: dict[str, str]
) -> None:
    random, acknowledged = Random(11), 0
    for _ in range(10):
        child = subprocess.Popen(
            [sys.executable, CHILD, tmp_path], stdout=subprocess.PIPE, text=True, env=guarded_environment
        )
        assert child.stdout is not None
        for _ in range(random.randrange(1, 150)):
            acknowledged = int(child.stdout.readline())
        child.kill()
        rest, _ = child.communicate(timeout=10)
        acknowledged = max([acknowledged, *map(int, rest.split("\n")[:-1])])
        assert len(list(read_journal(tmp_path))) >= acknowledged
    assert acknowledged > 100


@pytest.mark.slow
def test_on_a_full_disk_nothing_is_acknowledged_that_is_not_there(
    tmp_path: Path, guarded_environment: dict[str, str]
) -> None:
    child = subprocess.run(
        [sys.executable, CHILD, tmp_path, "300000"],
        capture_output=True,
        text=True,
        env=guarded_environment,
        timeout=60,
        check=True,
    )
    *acknowledged, refused, append, durable, close = child.stdout.splitlines()
    assert refused.startswith(f"refused: {tmp_path / 'journal.sqlite'}: ")
    assert refused.endswith("then start again")  # and not the way out of damage
    assert (append, durable, close) == ("append refused", "durable refused", "close refused")
    assert len(list(read_journal(tmp_path))) >= int(acknowledged[-1]) > 100
