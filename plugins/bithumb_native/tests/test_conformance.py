"""Bithumb is held to every case of the kit."""

from __future__ import annotations

from pathlib import Path

import twinstar_bithumb_native
from twinstar.testing import Conformance


class TestConformanceOfBithumb(Conformance):
    quality = Path(twinstar_bithumb_native.__file__).with_name("quality.yaml")
