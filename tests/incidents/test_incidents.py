"""Each bundle of `twinstar incident` in this folder is a test: it comes to what was believed then, nothing trips, and
what the venue said is made of its tapes again.
"""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from twinstar.app.incident import JOURNAL, replay, retell
from twinstar.app.parts import load_plugins

BUNDLES = sorted(Path(__file__).parent.glob("*.zip"))
KILLED = Path(__file__).with_name("killed-in-doubt-bybit.zip")  # made by making.py


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.stem)
def test_an_incident_comes_to_what_was_believed_then(bundle: Path) -> None:
    found = replay(bundle)
    assert found.then.rows > 0
    assert found.now == found.then.belief
    assert found.tripped == ()


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.stem)
async def test_the_venues_adapter_makes_of_the_tapes_what_the_journal_has(bundle: Path) -> None:
    for venue in await retell(bundle, load_plugins()):
        assert venue.unheard == 0
        assert venue.untold == ()


def test_no_signature_and_no_key_is_in_a_bundle() -> None:
    """The simulated exchange's keys, and Bybit's signatures, are 64 hexadecimal digits."""
    for bundle in BUNDLES:
        with ZipFile(bundle) as whole:
            for name in whole.namelist():
                assert not re.search(rb"[0-9a-f]{64}", whole.read(name)), f"{bundle.name}: {name}"


async def test_a_kill_in_doubt_is_told_again_by_both_lives() -> None:
    (bybit,) = await retell(KILLED, load_plugins())
    assert (bybit.venue, bybit.lives) == ("bybit", 2)
    assert bybit.fills >= 10
    assert bybit.ends >= 2
    with ZipFile(KILLED) as whole:
        assert b"OrderInDoubt" in whole.read(JOURNAL)


async def test_a_frame_that_means_something_else_now_is_found_out(tmp_path: Path) -> None:
    """As when a parser of ours reads another quantity out of it."""
    changed = tmp_path / "changed.zip"
    with ZipFile(KILLED) as whole, ZipFile(changed, "w") as other:
        for name in whole.namelist():
            data = whole.read(name)
            other.writestr(name, data.replace(rb"\"execQty\":\"0", rb"\"execQty\":\"1") if ".ws." in name else data)
    (bybit,) = await retell(changed, load_plugins())
    assert bybit.untold
    assert bybit.fills < 10
