"""The witness generator: every op, planned ones too, fits an empty segment, or nothing is made."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from strikeproof.sequencer.core.rules.sibling_bound import sibling_bound
from strikeproof.sequencer.core.weight import marginal
from tools.generate.__main__ import proto_sources, read, sources_in_force
from tools.generate.layout import read_layout
from tools.generate.planned import check_families, constants_of, read_planned, read_planned_codes
from tools.generate.reserves import Constants, OpReserve, read_reserves, siblings
from tools.generate.source import BadSource
from tools.generate.sources import Sources

RESERVES, PARAMS = (read("reserves.toml"), read("planned/params.toml"))
LAYOUT = {**read("layout.toml"), **read("planned/layout.toml")}
UNITS = {each.text for each in sources_in_force().units}

# A rule that does not fit: eight makers whatever else a bundle does.
EIGHT_MAKERS_ALWAYS: dict[str, Any] = {
    "family": "trade",
    "head": "user",
    "doc": "Eight replaces.",
    "touches": {
        "account": "8",
        "instrument": "8",
        "mark": "POSITIONS_MAX * 9 + 8",
        "underlying": "POSITIONS_MAX * 9 + 8",
        "order": "8 + 4 * 8 + 2 * 8",
    },
    "compute": "0",
}
HEAD_WITHOUT_GUARD = {
    "doc": "Account and session.",
    "touches": {"global": "1", "account": "1", "session": "1"},
    "compute": "0",
}


@cache
def sources() -> Sources:
    """Return all that proto/ defines; not at the import, for which every worker waits."""
    return proto_sources()


def reserves_of(
    op: dict[str, Any], head: dict[str, Any] | None = None, layout: dict[str, Any] = LAYOUT
) -> OpReserve:
    """Return the worst reserves of one op with all records."""
    above, own = constants_of(sources().params), constants_of(sources().planned.params)
    constants = Constants({**above.numbers, **own.numbers}, {**above.lists, **own.lists})
    heads = {**RESERVES["head"], **({"user": head} if head else {})}
    source = {"bounds": RESERVES["bounds"], "head": heads, "op": {"tried": op}}
    (found,) = read_reserves(source, read_layout(layout, constants.numbers, UNITS), constants)
    return found


def test_every_op_fits_an_empty_segment() -> None:
    planned = sources().planned
    assert planned is not None
    assert {each.name for each in planned.ops} == set(RESERVES["op"])
    assert max(each.widest.witness_bytes for each in planned.ops) <= 110_000
    assert max(each.heaviest.compute for each in planned.ops) <= 3_000_000
    assert {family for each in planned.ops for family in each.families} == {
        "trade",
        "keeper",
        "upkeep",
        "account",
        "inbox",
    }


def test_eight_replaces_with_the_first_laws_rule_do_not_fit() -> None:
    layout = copy.deepcopy(LAYOUT)
    for record in layout.values():
        record.pop("within", None)
    with pytest.raises(BadSource, match="reserves 133,619 of 110,000 bytes"):
        reserves_of(EIGHT_MAKERS_ALWAYS, HEAD_WITHOUT_GUARD, layout)


def test_the_reserve_that_the_design_names_follows_from_its_sizes() -> None:
    """127,891 bytes: accounts of 52 words, instruments of 9, marks of 3, underlyings of 2."""
    layout: dict[str, Any] = {
        name: {"kind": kind, "height": height, "fields": [{"name": "version", "bits": 8}]}
        for name, kind, height in (
            ("global", 0, 0),
            ("account", 1, "ACCOUNT_HEIGHT"),
            ("session", 2, "SESSION_HEIGHT"),
            ("underlying", 3, "UNDERLYING_HEIGHT"),
            ("instrument", 4, "INSTRUMENT_HEIGHT"),
            ("mark", 5, "INSTRUMENT_HEIGHT"),
            ("order", 6, "ORDER_HEIGHT"),
        )
    }
    words = (("global", 19), ("account", 52), ("session", 2), ("underlying", 2))
    for name, size in (*words, ("instrument", 9), ("mark", 3), ("order", 2)):
        layout[name]["fields"] += [{"pad": "word"}]
        layout[name]["repeat"] = {
            "name": "word",
            "max": size - 1,
            "fields": [{"name": "bits", "bits": 256}],
        }
    with pytest.raises(BadSource, match="reserves 127,891 of 110,000 bytes"):
        reserves_of(EIGHT_MAKERS_ALWAYS, HEAD_WITHOUT_GUARD, layout)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"touches": {"account": "60"}}, r"\[op.tried\]: reserves .* of 110,000 bytes"),
        ({"compute": "3_000_000"}, r"reserves 3,017,000 of 3,000,000 gas"),
        (
            {"steps": [{"choose": ["a"], "least": "0", "most": "50"}], "touches": {"account": "a"}},
            "with a 50",
        ),
        ({"touches": {"ledger": "1"}}, "no record ledger"),
        ({"touches": {"account": "0 - 1"}}, "-1 keys"),
        ({"touches": {"account": "MANY"}}, "MANY is not a constant"),
        ({"touches": {"account": "MAKER_TOUCHES_BY_KEYS[14]"}}, "has no element 14"),
        ({"family": "sundry"}, "families among"),
        ({"head": "nobody"}, "no head"),
        ({"steps": [{"require": "0"}]}, "admit nothing"),
        ({"steps": [{"pick": "a"}]}, "unknown key pick"),
        ({"touch": {}}, "unknown key touch"),
    ],
)
def test_an_op_is_refused_with_its_place(changes: dict[str, Any], complaint: str) -> None:
    op = {"family": "upkeep", "head": "system", "doc": "Tried.", "touches": {}, "compute": "0"}
    with pytest.raises(BadSource, match=complaint) as refused:
        reserves_of({**op, **changes})
    assert "[op.tried]" in str(refused.value)


def test_an_oversized_op_stops_the_generator() -> None:
    planted = copy.deepcopy(RESERVES)
    planted["op"]["funding"]["touches"]["account"] = "6 * FUNDING_WALK_MAX"
    planted["op"]["funding"]["touches"]["order"] = "8 * FUNDING_WALK_MAX"
    with pytest.raises(BadSource, match=r"\[op.funding\]: reserves"):
        read_planned(PARAMS, LAYOUT, planted, sources().params, UNITS)


def test_a_larger_record_stops_the_generator() -> None:
    planted = copy.deepcopy(LAYOUT)
    planted["account"]["fields"] += [
        {"pad": "word"},
        *({"name": f"more_{index}", "bits": 256} for index in range(8)),
    ]
    with pytest.raises(BadSource, match=r"\[op.bundle\]: reserves"):
        read_planned(PARAMS, planted, RESERVES, sources().params, UNITS)


def test_the_table_of_makers_is_the_most_that_fits() -> None:
    table = read("params.toml")["makers"]["MAKER_TOUCHES_BY_KEYS"]
    makers = table["value"]
    for index, most in enumerate(makers):
        if most == makers[0]:
            continue  # as many as the design asks for
        planted, bundle = copy.deepcopy(PARAMS), copy.deepcopy(RESERVES["op"]["bundle"])
        planted.setdefault("makers", {"doc": "."})["MAKER_TOUCHES_BY_KEYS"] = copy.deepcopy(table)
        planted["makers"]["MAKER_TOUCHES_BY_KEYS"]["value"][index] += 1
        (keys,) = (at for at, step in enumerate(bundle["steps"]) if step.get("let") == "keys")
        off = f"(keys // ORDER_KEYS_STEP - {index})"
        bundle["steps"].insert(keys + 1, {"require": f"1 - {off} * {off}"})
        reserves = {**RESERVES, "op": {"bundle": bundle}}
        with pytest.raises(BadSource, match=r"\[op.bundle\]: reserves"):
            read_planned(planted, LAYOUT, reserves, sources().params, UNITS)


def test_records_of_one_kind_count_with_the_longest() -> None:
    planned = sources().planned
    assert planned is not None
    words = {each.name: each.words_max for each in planned.records}
    assert words["mark"] == words["option_mark"] == 4
    assert words["account"] <= 64


def paths_needed(height: int, leaves: set[int]) -> int:
    """Return the siblings of a multiproof of these leaves, counted node by node."""
    count, level = 0, leaves
    for _ in range(height):
        count += sum(node ^ 1 not in level for node in level)
        level = {node >> 1 for node in level}
    return count


def key_sets(generator: random.Random) -> Iterator[tuple[int, int, int, set[int]]]:
    """Yield height, depth of the groups, groups, and leaves below them."""
    for _ in range(400):
        top, below = generator.randint(1, 8), generator.randint(1, 8)
        groups = generator.sample(range(1 << top), generator.randint(1, min(12, 1 << top)))
        leaves = {
            generator.choice(groups) << below | generator.randrange(1 << below)
            for _ in range(generator.randint(1, 60))
        }
        yield top + below, top, len(groups), leaves


def test_no_set_of_keys_needs_more_siblings_than_the_bound_of_its_groups() -> None:
    reached = 0
    for height, top, groups, leaves in key_sets(random.Random(13)):
        bound = siblings(height, len(leaves), groups, top)
        assert paths_needed(height, leaves) <= bound
        assert bound <= siblings(height, len(leaves))
        reached += paths_needed(height, leaves) == bound
    assert reached  # the bound is reached, so it cannot be lowered


def test_without_groups_the_bound_is_the_sum_of_marginals() -> None:
    for height in (1, 8, 12, 30):
        for n in range(1, 200):
            assert siblings(height, n) == sum(marginal(height, k) for k in range(1, n + 1))


def test_the_closed_form_is_the_generators_bound() -> None:
    for height, top in ((30, 12), (30, 22), (8, 3), (2, 1), (5, 0)):
        for n in (*range(140), 1_000, 2**14):
            assert sibling_bound(height, n) == siblings(height, n)
            for groups in (1, 2, 3, 5, 8, 16, 17, 100, 2**13):
                groups = min(groups, max(1, n))
                found = sibling_bound(height, n, groups, top)
                assert found == siblings(height, n, groups, top), (height, n, groups)
                assert sibling_bound(height, n + 1, groups, top) >= found


def test_orders_weigh_no_less_when_another_instrument_is_touched() -> None:
    for n in range(1, 120):
        bounds = [siblings(30, n, groups, 12) for groups in range(1, n + 1)]
        assert bounds == sorted(bounds)


def test_the_inbox_charges_more_for_more_actions() -> None:
    planned = sources().planned
    assert planned is not None
    (bundle,) = (each for each in planned.ops if each.name == "bundle")
    assert sorted(bundle.charges) == list(range(1, 9))
    worst = max(bundle.charges.values())
    assert worst <= bundle.heaviest.compute + 8 * bundle.widest.witness_bytes
    assert worst >= bundle.widest.compute + 8 * bundle.widest.witness_bytes
    (deposit,) = (each for each in planned.ops if each.name == "deposit")
    assert dict(deposit.charges) == {0: 17_000 + 8 * deposit.widest.witness_bytes}


def test_a_code_of_the_first_law_is_not_used_again() -> None:
    taken = {"name": "Result", "WRONG_FAMILY": {"code": 37, "meaning": "Taken."}}
    with pytest.raises(BadSource, match="WRONG_FAMILY: 37 is INSUFFICIENT_COLLATERAL"):
        read_planned_codes({"result": taken}, sources().codes)


def test_an_op_reserves_in_the_family_that_it_runs_in() -> None:
    """A move to another family that this file misses would publish a false table."""
    ops = proto_sources().planned.ops
    check_families(ops, {"withdraw": "ACCOUNT", "revalue": "KEEPER", "bundle": "TRADE"})
    with pytest.raises(BadSource, match=r"op\.withdraw: account, but it runs in trade"):
        check_families(ops, {"withdraw": "TRADE"})
