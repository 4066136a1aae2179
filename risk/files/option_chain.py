"""A chain: every strike of every expiry of a surface, with prices and Greeks of call and put."""

from __future__ import annotations

from strikeproof.risk.files.decimals import format_wad
from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.files.reports import Tree
from strikeproof.risk.files.surface_file import SurfaceFile
from strikeproof.risk.kernel.black76 import discount_factor
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.greeks import greeks
from strikeproof.risk.kernel.svi import volatility_at

SIDES = ("call", "put")


def chain_report(surface: SurfaceFile) -> Tree:
    """Return, by expiry, a row for each strike in order: volatility, and price, delta, gamma, vega
    and theta of call and put; null where the surface has no volatility. Raises `RiskFileError`."""
    expiries: Tree = {}
    for name, expiry in surface.expiries.items():
        svi, rows = expiry.svi.kernel(), []
        try:
            discount = discount_factor(expiry.rate, expiry.seconds)
        except OutOfDomain as error:
            raise RiskFileError([f"expiries.{name}.rate: {error}"]) from error
        for strike in sorted(set(surface.strikes)):
            row: Tree = {"strike": format_wad(strike), "volatility": None, "call": None}
            row.update(put=None, gamma=None, vega=None)
            try:
                vol = volatility_at(svi, expiry.forward, strike, expiry.seconds)
                found = greeks(expiry.forward, strike, vol, expiry.seconds, expiry.rate, discount)
            except OutOfDomain:
                rows.append(row)
                continue
            row.update(volatility=format_wad(vol))
            for side, price, delta, theta in (
                ("call", found.call, found.call_delta, found.call_theta),
                ("put", found.put, found.put_delta, found.put_theta),
            ):
                row[side] = {
                    "price": format_wad(price),
                    "delta": format_wad(delta),
                    "theta": format_wad(theta),
                }
            row.update(gamma=format_wad(found.gamma), vega=format_wad(found.vega))
            rows.append(row)
        expiries[name] = {
            "seconds": expiry.seconds,
            "forward": format_wad(expiry.forward),
            "rate": format_wad(expiry.rate),
            "strikes": rows,
        }
    return {"expiries": expiries}


def chain_rows(report: Tree) -> list[Tree]:
    """Return the chain as flat rows, one an expiry and strike."""
    return [
        {
            "expiry": name,
            "strike": row["strike"],
            "volatility": row["volatility"],
            **{
                f"{side}_{field}": row[side][field] if row[side] else None
                for side in SIDES
                for field in ("price", "delta", "theta")
            },
            "gamma": row["gamma"],
            "vega": row["vega"],
        }
        for name, expiry in report["expiries"].items()
        for row in expiry["strikes"]
    ]
