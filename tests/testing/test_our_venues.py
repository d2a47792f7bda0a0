"""Every venue that we ship is held to every case. To add one, add its file under ``twinstar/builtin/ccxt/quality``."""

from __future__ import annotations

from twinstar.testing import Conformance
from twinstar.testing.conformance.quality import OURS

for _file in sorted(OURS.glob("*.yaml")):
    _name = f"TestConformanceOf{_file.stem.title().replace('_', '')}"
    globals()[_name] = type(_name, (Conformance,), {"quality": _file, "__module__": __name__})
