"""Every case that every venue is held to; where a case spoils requests, orders have to go as requests."""

from __future__ import annotations

from pathlib import Path

import pytest

import twinstar_lighter
from lighter_shared import INSTALLED
from twinstar.testing import Conformance

pytestmark = [
    pytest.mark.usefixtures("native"),
    INSTALLED,
]


class TestLighter(Conformance):
    quality = Path(twinstar_lighter.__file__).with_name("quality.yaml")
