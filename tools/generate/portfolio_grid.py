"""The risk kernel's default margin parameters → contracts/src/generated/PortfolioGrid.sol."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.scenario_array import lane_word
from tools.generate.source import literal

# The last lanes of the default grid.
SKEW_LANES = range(len(MarginParameters().grid().lanes) - 2, len(MarginParameters().grid().lanes))


def portfolio_grid_sol() -> str:
    """Return the Solidity file of the grid and of the parameters that an expiry's terms read."""
    parameters = MarginParameters()
    grid = parameters.grid()
    lanes = [lane_word(lane, place) for place, lane in enumerate(grid.lanes)]
    by_spot = sorted(lanes, key=lambda word: word % 2**128)
    readings = [_reading(*reading) for reading in grid.readings]
    losses = [
        _loss_lane(lane.spot, *next(each for each in grid.readings if each[0] == place))
        for place, lane in enumerate(grid.lanes)
    ]
    terms = [f"        p.{name} = {literal(value)};" for name, value in _terms(parameters)]
    rules = [f"        p.{name} = {literal(value)};" for name, value in _rules(parameters)]
    return "\n".join(
        [
            "// SPDX-License-Identifier: Apache-2.0",
            "// Generated from the defaults of risk/kernel/margin_parameters.py: do not edit.",
            "pragma solidity 0.8.37;",
            "",
            'import {TermParameters} from "../risk/ExpiryTerms.sol";',
            'import {MarginRules} from "../risk/Holdings.sol";',
            "",
            "// Words of three lanes of which no scenario dampens one, or bends it: a bit each.",
            f"uint256 constant PLAIN_LOSS_WORDS = {hex(_plain_words(losses))};",
            "",
            "/// @title The grid and the parameters of portfolio margin (docs/risk.md)",
            "library PortfolioGrid {",
            *_list("lanes", "The grid's lanes, as ScenarioArray has them.", lanes),
            *_list("lanesBySpot", "The same, those of one spot factor together.", by_spot),
            *_list(
                "readings",
                "The scenarios: lane, from bit 8 on the dampening. None exceeds its lane.",
                readings,
            ),
            *_list(
                "lossLanes",
                "By lane, for a margin certificate: the dampening of the one scenario that reads "
                "it, from bit 64 on the spot factor; bit 255 of a skew.",
                losses,
            ),
            "    /// @dev What margin itself depends on.",
            "    function rules() internal pure returns (MarginRules memory p) {",
            *rules,
            "    }",
            "",
            "    /// @dev What the terms of an expiry depend on.",
            "    function terms() internal pure returns (TermParameters memory p) {",
            *terms,
            "    }",
            "}",
            "",
        ]
    )


def _list(name: str, doc: str, words: list[int]) -> list[str]:
    """Return a function that returns words in memory."""
    return [
        f"    /// @dev {doc}",
        f"    function {name}() internal pure returns (uint256[] memory list) {{",
        f"        list = new uint256[]({len(words)});",
        '        assembly ("memory-safe") {',
        *(
            f"            mstore(add(list, {32 * place}), {hex(word)})"
            for place, word in enumerate(words, 1)
        ),
        "        }",
        "    }",
        "",
    ]


def _terms(parameters: MarginParameters) -> list[tuple[str, int]]:
    """Return the members of Solidity's TermParameters with their values, in its order."""
    shock, skew, basis = (
        parameters.volatility_shock,
        parameters.skew,
        parameters.forward_contingency,
    )
    return [
        *_members(shock),
        ("linearBase", skew.linear.base),
        ("linearScaleCap", skew.linear.scale_cap),
        ("absoluteBase", skew.absolute.base),
        ("absoluteScaleCap", skew.absolute.scale_cap),
        ("minimumK", skew.minimum_k),
        ("skewWidth", skew.width),
        ("skewStatic", skew.static),
        ("skewScale", skew.scale),
        *_members(parameters.discounting),
        ("contingencyAdd", basis.add),
        ("contingencyMult", basis.mult),
    ]


def _rules(parameters: MarginParameters) -> list[tuple[str, int]]:
    """Return the members of Solidity's MarginRules with their values, in its order."""
    confidence, peg = parameters.confidence, parameters.peg
    return [
        *_members(parameters.contingency),
        ("confidenceThreshold", confidence.threshold),
        ("confidenceFactor", confidence.factor),
        ("pegThreshold", peg.threshold),
        ("pegFactor", peg.factor),
        *_members(parameters.margin),
    ]


def _reading(lane: int, shock: int, dampening: int) -> int:
    """Return a reading's word. The default grid's skews have no shock of their own."""
    assert not shock
    return dampening << 8 | lane


def _loss_lane(spot: int, lane: int, shock: int, dampening: int) -> int:
    """Return a lane's word in a certificate."""
    assert not shock
    return (lane in SKEW_LANES) << 255 | spot << 64 | dampening


def _plain_words(losses: list[int]) -> int:
    """Return by word of a certificate's losses whether its lanes are plain."""
    plain = [not each >> 255 and each % 2**64 == ONE for each in losses]
    words = [all(plain[first : first + 3]) for first in range(0, len(plain), 3)]
    return sum(each << place for place, each in enumerate(words))


def _members(group: Any) -> list[tuple[str, int]]:
    """Return the fields of a group in camel case."""
    return [(_camel(each.name), getattr(group, each.name)) for each in fields(group)]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
