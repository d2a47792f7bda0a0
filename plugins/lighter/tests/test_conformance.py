"""Every case that every venue is held to; where a case spoils requests, orders have to go as requests."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

import twinstar_lighter
from twinstar.testing import Conformance

pytestmark = [
    pytest.mark.usefixtures("native"),
    pytest.mark.skipif(
        not entry_points(group="twinstar", name="lighter"), reason="not installed: pip install -e plugins/lighter"
    ),
]


class TestLighter(Conformance):
    quality = Path(twinstar_lighter.__file__).with_name("quality.yaml")
