"""What TwinStar asks of every venue."""

from pathlib import Path

import twinstar_acme

from twinstar.testing import Conformance


class TestAcme(Conformance):
    quality = Path(twinstar_acme.__file__).with_name("quality.yaml")
