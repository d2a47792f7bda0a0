"""Each bundle of `twinstar incident` in this folder is a test: it comes to what was believed then, nothing trips."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinstar.app.incident import replay

BUNDLES = sorted(Path(__file__).parent.glob("*.zip"))


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.stem)
def test_an_incident_comes_to_what_was_believed_then(bundle: Path) -> None:
    found = replay(bundle)
    assert found.then.rows > 0
    assert found.now == found.then.belief
    assert found.tripped == ()
