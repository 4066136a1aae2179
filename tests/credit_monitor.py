"""The program of `docs/examples/credit-monitor`, which lies outside every package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_FILE = Path(__file__).parents[1] / "docs/examples/credit-monitor/credit_monitor.py"
_SPEC = importlib.util.spec_from_file_location("credit_monitor", _FILE)
assert _SPEC is not None and _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _MODULE
_SPEC.loader.exec_module(_MODULE)

Due = _MODULE.Due
Monitor = _MODULE.Monitor
CreditTerms = _MODULE.CreditTerms
decide = _MODULE.decide
