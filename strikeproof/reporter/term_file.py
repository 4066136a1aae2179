"""A term file: carry by days to expiry, and maybe a smile, for expiries that nobody quotes.

    {"terms": [{"days": 7, "carry": "0.05"},
               {"days": 90, "carry": "0.07", "rate": "0.04",
                "svi": {"a": "0.01", "b": "0.1", "rho": "-0.2", "m": "0", "sigma": "0.2"}}]}

Carry and rate are a year's. Carry is linear between the days that are given and flat beyond them;
rate and smile are of the nearest term, its variance in proportion to the time.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, NamedTuple

from strikeproof.client.expiry_report import SviTerms
from strikeproof.failure import Rejected
from strikeproof.reporter.bounded_json import parse_json
from strikeproof.reporter.forward_share import YEAR_MS
from strikeproof.wire.constants import PPB, PPM, SVI_RHO_MAX
from strikeproof.wire.errors import FailureCode

DAY_MS: Final = 86_400_000
BYTES_MAX: Final = 1 << 20
PICO: Final = 10**12
CARRY_MAX: Final = Decimal(5)
SVI_MAX: Final = Decimal(100)
SVI_FIELDS: Final = ("a", "b", "rho", "m", "sigma")


class TermFileInvalid(Rejected):
    """The term file is not what it must be."""

    code = FailureCode.TERM_FILE_INVALID

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


class Maturity(NamedTuple):
    """What the file says of one maturity. `svi`: total variance at that maturity."""

    left_ms: int
    carry: Decimal
    rate: Decimal
    svi: tuple[Decimal, ...] | None


class TermFile:
    """Terms in order of time."""

    def __init__(self, terms: list[Maturity]) -> None:
        self._terms = terms

    def share_ppb(self, left_ms: int) -> int:
        """Return the forward as parts per billion of the index: 1 + carry × years left."""
        carry = self._carry(left_ms)
        return int((PPB + PPB * carry * left_ms / YEAR_MS).to_integral_value())

    def _carry(self, left_ms: int) -> Decimal:
        before = self._terms[0]
        for each in self._terms:
            if each.left_ms >= left_ms:
                span = each.left_ms - before.left_ms
                share = Decimal(left_ms - before.left_ms) / span if span > 0 else Decimal(0)
                return before.carry + (each.carry - before.carry) * max(Decimal(0), share)
            before = each
        return before.carry

    def rate_ppm(self, left_ms: int) -> int:
        """Return the rate a year of the nearest term."""
        return int((self._nearest(left_ms).rate * PPM).to_integral_value())

    def svi(self, left_ms: int, forward_nano_usd: int, time_ms: int) -> SviTerms | None:
        """Return the smile of the nearest term that has one, its variance in proportion to the
        time; None if none has."""
        with_smile = [each for each in self._terms if each.svi is not None]
        if not with_smile:
            return None
        nearest = min(with_smile, key=lambda each: abs(each.left_ms - left_ms))
        assert nearest.svi is not None, "chosen so"
        scale = Decimal(left_ms) / nearest.left_ms
        a, b, rho, m, sigma = nearest.svi
        return SviTerms(
            _pico(a * scale),
            _pico(b * scale),
            _pico(rho),
            _pico(m),
            _pico(sigma),
            forward_nano_usd,
            time_ms,
            self.rate_ppm(left_ms),
            PPM,
        )

    def _nearest(self, left_ms: int) -> Maturity:
        return min(self._terms, key=lambda each: abs(each.left_ms - left_ms))


def read_term_file(path: Path) -> TermFile:
    """Return the file's terms. Raises `TermFileInvalid`."""
    try:
        text = path.read_bytes()[: BYTES_MAX + 1]
        if len(text) > BYTES_MAX:
            raise TermFileInvalid(path, f"has more than {BYTES_MAX:,} bytes")
        document = parse_json(text)
    except OSError as error:
        raise TermFileInvalid(path, error.strerror or type(error).__name__) from None
    except ValueError as error:
        raise TermFileInvalid(path, f"no JSON: {error}") from None
    listed = document.get("terms") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed:
        raise TermFileInvalid(path, "terms: a list is needed")
    terms = [_term(path, number, each) for number, each in enumerate(listed)]
    terms.sort(key=lambda each: each.left_ms)
    days = [each.left_ms for each in terms]
    if len(set(days)) != len(days):
        raise TermFileInvalid(path, "terms: the same days occur twice")
    return TermFile(terms)


def _term(path: Path, number: int, given: Any) -> Maturity:
    where = f"terms[{number}]"
    known = {"days", "carry", "rate", "svi"}
    if not isinstance(given, dict) or not {"days", "carry"} <= set(given) <= known:
        raise TermFileInvalid(path, f"{where}: needs days and carry, may have rate and svi")
    days = _number(path, f"{where}.days", given["days"], Decimal(0), Decimal(3_660))
    left_ms = int(days * DAY_MS)
    if left_ms < 1:
        raise TermFileInvalid(path, f"{where}.days: must be a millisecond at least")
    carry = _number(path, f"{where}.carry", given["carry"], -CARRY_MAX, CARRY_MAX)
    rate = _number(path, f"{where}.rate", given.get("rate", 0), -CARRY_MAX, CARRY_MAX)
    svi = None
    if "svi" in given:
        smile = given["svi"]
        if not isinstance(smile, dict) or set(smile) != set(SVI_FIELDS):
            raise TermFileInvalid(path, f"{where}.svi: needs {', '.join(SVI_FIELDS)}")
        svi = tuple(
            _number(path, f"{where}.svi.{each}", smile[each], *_svi_bounds(each))
            for each in SVI_FIELDS
        )
    return Maturity(left_ms, carry, rate, svi)


def _pico(value: Decimal) -> int:
    return int((value * PICO).to_integral_value())


def _svi_bounds(name: str) -> tuple[Decimal, Decimal]:
    if name == "rho":
        return Decimal(-SVI_RHO_MAX) / PICO, Decimal(SVI_RHO_MAX) / PICO
    return (Decimal(0) if name in ("b", "sigma") else -SVI_MAX), SVI_MAX


def _number(path: Path, where: str, given: Any, least: Decimal, most: Decimal) -> Decimal:
    try:
        if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
            raise ValueError
        value = Decimal(given)
        if not value.is_finite():
            raise ValueError
    except (InvalidOperation, ValueError):
        raise TermFileInvalid(path, f"{where}: a number is needed") from None
    if not least <= value <= most:
        raise TermFileInvalid(path, f"{where}: {value} is outside {least} to {most}")
    return value
