"""Plants bugs, one at a time, in a copy of the tree, and shows that the tests catch each.

`make mutants` runs all; `--only NAME` some. A mutant that survives is a hole in the tests, and the
exit code is 1. Every mutation says which command must fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from tests.attestation_mutations import MUTATIONS as OF_ATTESTATIONS
from tests.auction_mutations import MUTATIONS as OF_AUCTIONS
from tests.block_mutations import MUTATIONS as OF_BLOCKS
from tests.certificate_mutations import MUTATIONS as OF_CERTIFICATES
from tests.credit_mutations import MUTATIONS as OF_CREDIT
from tests.expiry_mutations import MUTATIONS as OF_EXPIRIES
from tests.law_parts import PART_OF
from tests.market_days.mutations import MUTATIONS as OF_DAYS
from tests.portfolio_mutations import MUTATIONS as OF_PORTFOLIOS
from tests.protection_mutations import MUTATIONS as OF_PROTECTIONS
from tests.quote_mutations import MUTATIONS as OF_QUOTES
from tests.risk_mutations import MUTATIONS as OF_RISK
from tests.simulation.mutations import FIRST_SEEDS, HEALED
from tests.simulation.mutations import MUTATIONS as SIMULATED
from tests.trigger_mutations import MUTATIONS as OF_TRIGGERS

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Mutation:
    """One bug: in a file, `old` (which occurs there once) becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    check: str


AGREEMENT = "-m tests.agreement.fuzz --streams 12 --segments 400"
ENGINE_TREE = "-m pytest -q -x tests/unit/core/test_forest.py"
VERIFIER = "-m pytest -q -x tests/unit/verifier"
DISPUTE = (
    "-m pytest -q -x tests/integration/verifier/test_derivation.py "
    "tests/integration/verifier/test_node.py"
)
RULES = "-m pytest -q -x tests/property/core tests/unit/core/test_perpetual_scenarios.py"
MULTIPROOF = "-m pytest -q -x tests/contracts/test_multiproof_roots.py"
SIMULATION = "-m tests.simulation --fail-fast --seeds 20 --first"
DAYS = "-m tests.market_days --fail-fast --days 12"
ROLLUP = "-m pytest -q -x tests/contracts/test_rollup_challenge.py"

ENGINE = [
    (
        "what L1 takes rounds down",
        "rules/l1_cost.py",
        "return div_ceil(op_bytes",
        "return div_floor(op_bytes",
    ),
    (
        "an atomic bundle keeps what came before the failure",
        "ops/bundle.py",
        "if code and self.is_atomic:",
        "if code and self.is_atomic and not index:",
    ),
    (
        "taker fee rounds down",
        "matching.py",
        "return div_ceil(value * ppm, PPM)",
        "return value * ppm // PPM",
    ),
    (
        "band excludes its end",
        "price_band.py",
        "return excess * PPM > mark.forward * instrument.price_band_ppm",
        "return excess * PPM >= mark.forward * instrument.price_band_ppm",
    ),
    (
        "orders cross one tick late",
        "matching.py",
        "if price < limit if is_sell else price > limit:",
        "if price <= limit if is_sell else price >= limit:",
    ),
    (
        "one maker touch too many",
        "matching.py",
        "if state.maker_touches >= state.maker_touches_max:",
        "if state.maker_touches > state.maker_touches_max:",
    ),
    (
        "dead orders of an older epoch fill",
        "gone_order.py",
        "or position.epoch != order.epoch\n",
        "or position.epoch < 0\n",
    ),
    (
        "insurance share rounds up",
        "matching.py",
        "insurance = fees * INSURANCE_SHARE_PPM // PPM",
        "insurance = -(-fees * INSURANCE_SHARE_PPM // PPM)",
    ),
    (
        "makers need no margin",
        "matching.py",
        "if check_margin(state, account, MAINTENANCE) >= 0 or",
        "if check_margin(state, account, MAINTENANCE) is not None or",
    ),
    (
        "shrinking may lower the ratio",
        "margin.py",
        "return after * maintenance_before >= before * maintenance_after",
        "return True",
    ),
    (
        "only the long side is reserved",
        "product/perpetual.py",
        "worst = longest if longest > shortest else shortest",
        "worst = longest",
    ),
    (
        "dead orders use up no slots",
        "action_execution.py",
        "position.open_orders >= OPEN_ORDERS_MAX or position.linked >= LINKED_ORDERS_MAX",
        "position.open_orders >= OPEN_ORDERS_MAX",
    ),
    (
        "reduce-only orders hold no lots",
        "action_execution.py",
        "open_lots -= position.reduce_lots",
        "open_lots -= 0",
    ),
    (
        "margin grows a micro too little",
        "rules/latency_buffer.py",
        "return div_ceil(aged, 1_000) + self.gap_ppm",
        "return aged // 1_000 + self.gap_ppm",
    ),
    (
        "makers pass the limit of a position",
        "matching.py",
        "if abs(entry.view_size - change) > POSITION_LOTS_MAX:",
        "if abs(entry.view_size - change) > 2 * POSITION_LOTS_MAX:",
    ),
    (
        "one sibling too many is weighed",
        "weight.py",
        "return max(0, height - (n - 1).bit_length() - 1)",
        "return max(0, height - (n - 1).bit_length())",
    ),
    (
        "the nonce window moves one too far",
        "session.py",
        "shift = place - (NONCE_WINDOW - 1)",
        "shift = place - (NONCE_WINDOW - 2)",
    ),
]

SIGNATURES = "-m pytest -q -x tests/contracts/test_law_signatures.py"

LAW = [
    (
        "maker and taker fees round down",
        "law/Fill.sol",
        "return (most + (PPM - 1)) / PPM;",
        "return most / PPM;",
    ),
    (
        "priority at equal prices is not checked",
        "law/Book.sol",
        "if (!isBetter(sell, price, OrderRecord.price(successor))) refuse(previous);",
        "if (isBetter(sell, OrderRecord.price(successor), price)) refuse(previous);",
    ),
    (
        "resting orders need no margin",
        "law/Margin.sol",
        "return holdsInitial(account, id, true) ? RESULT_OK",
        "return holdsInitial(account, id, true) || true ? RESULT_OK",
    ),
    (
        "self-trades are found by account alone",
        "law/Matching.sol",
        "AccountRecord.owner(maker) == AccountRecord.owner(read(ACCOUNT))",
        "makerId == read(ACCOUNT_ID)",
    ),
    (
        "a failed fill-or-kill keeps its fills",
        "law/Place.sol",
        "Checkpoint.restore();",
        "Checkpoint.forget();",
    ),
]

# The law's formulas: file below sequencer/core/rules.
FORMULAS = [
    ("a fraction of a lot is always closed", "pending.py", "left += 1", "left += 0"),
    (
        "funding before the snapshot is charged to closed lots",
        "pending.py",
        "+ div_floor(sign * closed * entry.funding_snap, FRACTION)",
        "+ 0",
    ),
    (
        "rounding to whole lots is not booked",
        "house.py",
        "self._lower(sign, rounded.lots)",
        "pass",
    ),
    (
        "the house pays nothing for what rounding gave it",
        "house.py",
        "self.effective_cash -= rounded.cash",
        "pass",
    ),
    (
        "a deleveraging closes the other side whole",
        "deleveraging.py",
        "div_floor(interest * DELEVERAGE_LEFT, 256 * FRACTION)",
        "div_floor(interest, FRACTION)",
    ),
    (
        "a liquidation's fee ignores the zero price",
        "liquidation.py",
        "min(fee, improvement)",
        "fee",
    ),
    (
        "a gap between samples accrues",
        "funding_rate.py",
        "passed = min(now_ms - state.time_ms, FUNDING_SPAN_MS)",
        "passed = now_ms - state.time_ms",
    ),
    (
        "the index moves a little further than its bucket",
        "bounded_price.py",
        "spent = div_ceil(",
        "spent = div_floor(",
    ),
    (
        "a day's loans have no bound for all houses",
        "house.py",
        "min(missing, share, all_share, limits.fund)",
        "min(missing, share, limits.fund)",
    ),
]

OTHERS = [
    Mutation(
        "law: an op from L1 pays for its bytes",
        "contracts/src/law/L1Cost.sol",
        "if (eth == 0 || read(SENDER) != 0) return 0;",
        "if (eth == 0) return 0;",
        AGREEMENT,
    ),
    Mutation(
        "law: a checkpoint does not save orders",
        "contracts/src/law/Arena.sol",
        "Checkpoint.save(pointer, 32 * ORDER_WORDS);",
        "",
        AGREEMENT,
    ),
    Mutation(
        "engine: orders live on at their expiry",
        "sequencer/core/gone_order.py",
        "0 < order.expiry_ms <= clock_ms",
        "0 < order.expiry_ms < clock_ms",
        "-m pytest -q -x tests/unit/core",
    ),
    Mutation(
        "law: prices stay fresh a millisecond longer",
        "contracts/src/law/Mark.sol",
        "lt(add(published, INDEX_STALE_MS), mload(NOW))",
        "lt(add(published, add(INDEX_STALE_MS, 1)), mload(NOW))",
        "-m pytest -q -x tests/contracts/test_law_margin.py",
    ),
    Mutation(
        "law: high s is admitted",
        "contracts/src/law/Signature.sol",
        "lt(sub(s, 1), ORDER_HALF)",
        "lt(sub(s, 1), sub(ORDER, 1))",
        SIGNATURES,
    ),
    Mutation(
        "engine tree hashes without its prefix",
        "sequencer/core/forest.py",
        "page[parent] = hash_(_NODE + page[left] + page[left + 1])",
        "page[parent] = hash_(page[left] + page[left + 1])",
        ENGINE_TREE,
    ),
    Mutation(
        "engine proves the wrong sibling",
        "sequencer/core/forest.py",
        "give(tree.node(level, index ^ 1))",
        "give(tree.node(level, index))",
        ENGINE_TREE,
    ),
    Mutation(
        "verifier swaps children",
        "verifier/state/multiproof.py",
        "pair = (sibling, node) if index & 1 else (node, sibling)",
        "pair = (node, sibling) if index & 1 else (sibling, node)",
        VERIFIER,
    ),
    Mutation(
        "verifier promotes a lone child",
        "verifier/state/forest.py",
        "node = ZERO if pair == _ZERO_PAIR else keccak256(_NODE_PREFIX + pair)",
        "node = (ZERO if pair == _ZERO_PAIR else pair[:32] if pair[32:] == ZERO "
        "else keccak256(_NODE_PREFIX + pair))",
        VERIFIER,
    ),
    Mutation(
        "verifier overlooks left-over bits",
        "verifier/state/multiproof.py",
        "if spare >= 8 or (spare and bitmap[-1] & ((1 << spare) - 1)):",
        "if spare >= 8:",
        VERIFIER,
    ),
    Mutation(
        "verifier overlooks a wrong last root",
        "verifier/dispute/challenge.py",
        "for segment in range(len(right) - 1):",
        "for segment in range(len(right) - 2):",
        DISPUTE,
    ),
    Mutation(
        "verifier accepts another law's code",
        "verifier/execution/deployed_laws.py",
        "if law.id != law_id:",
        "if not law.id:",
        DISPUTE,
    ),
    Mutation(
        "verifier counts every batch's messages from the first",
        "verifier/derivation/log_derivation.py",
        "starts = (before.exit_end, before.inbox_end) if before else (0, 0)",
        "starts = (0, 0)",
        DISPUTE,
    ),
    Mutation(
        "L1 disproves correct claims",
        "contracts/src/Rollup.sol",
        "if (rightRoot == given.postRoot) revert ClaimIsCorrect(given.number, given.segmentIndex);",
        "",
        ROLLUP,
    ),
    Mutation(
        "L1 takes witnesses of another state",
        "contracts/src/Rollup.sol",
        "if (before != given.preRoot) revert Incomplete(Defect.PRE_ROOT);",
        "",
        ROLLUP,
    ),
    Mutation(
        "L1 takes records that nothing touched",
        "contracts/src/Rollup.sol",
        "if (!isVoid && count != head >> 240) revert Incomplete(Defect.TOUCHED);",
        "",
        ROLLUP,
    ),
    Mutation(
        "L1 takes proofs with siblings left over",
        "contracts/src/proof/Multiproof.sol",
        "if (given != (bits + 7) / 8 || padding & 0xff != 0 || cursor.sibling != end)",
        "if (given != (bits + 7) / 8 || padding & 0xff != 0)",
        MULTIPROOF,
    ),
    Mutation(
        "L1 takes a record twice",
        "contracts/src/proof/Multiproof.sol",
        "least = key + 1;",
        "least = key;",
        MULTIPROOF,
    ),
    Mutation(
        "L1 hashes empty pairs",
        "contracts/src/proof/Multiproof.sol",
        "hash := mul(keccak256(0x1f, 65), gt(or(old, known), 0))",
        "hash := keccak256(0x1f, 65)",
        MULTIPROOF,
    ),
]

MUTATIONS = [
    *(
        Mutation(f"engine: {name}", f"sequencer/core/{file}", old, new, AGREEMENT)
        for name, file, old, new in ENGINE
    ),
    *(
        Mutation(f"law: {name}", f"contracts/src/{file}", old, new, AGREEMENT)
        for name, file, old, new in LAW
    ),
    *(
        Mutation(f"formula: {name}", f"sequencer/core/rules/{file}", old, new, RULES)
        for name, file, old, new in FORMULAS
    ),
    *(Mutation(*each) for each in (*OF_RISK, *OF_EXPIRIES, *OF_BLOCKS, *OF_TRIGGERS, *OF_AUCTIONS)),
    *(Mutation(*each) for each in (*OF_QUOTES, *OF_ATTESTATIONS, *OF_CREDIT, *OF_PORTFOLIOS)),
    *(Mutation(*each) for each in (*OF_CERTIFICATES, *OF_PROTECTIONS, *HEALED)),
    *OTHERS,
    *(
        Mutation(f"node: {name}", file, old, new, f"{SIMULATION} {FIRST_SEEDS.get(name, 1)}")
        for name, file, old, new in SIMULATED
    ),
    *(
        Mutation(f"days: {name}", f"sequencer/{file}", old, new, DAYS)
        for name, file, old, new in OF_DAYS
    ),
]


def copy_tree(target: Path) -> None:
    """Copy what git tracks, links included, and share the installed packages."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        if name and ((ROOT / name).is_symlink() or (ROOT / name).is_file()):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
    for name in ("contracts/node_modules", ".venv"):
        (target / name).symlink_to(ROOT / name)


def run(arguments: Sequence[str], tree: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in the copy."""
    env = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        arguments, cwd=tree, capture_output=True, text=True, env=env, timeout=TIMEOUT_SECONDS
    )


def compile_contracts(tree: Path, file: str) -> None:
    """Recompile what a Solidity source is part of. Raises `RuntimeError`."""
    stem = Path(file).stem
    names = [stem] if stem.endswith("Module") else PART_OF.get(stem, [])
    only = [each for name in names for each in ("--only", name)]  # else it is part of all families
    done = run(["bash", "tools/node.sh", "contracts/tools/compile.js", *only], tree)
    if done.returncode:
        raise RuntimeError(done.stderr or done.stdout)


def is_caught(mutation: Mutation, tree: Path) -> bool:
    """Plant the bug, run its check, take it out again; return whether the check failed."""
    path = tree / mutation.file
    source = path.read_text()
    if source.count(mutation.old) != 1:
        raise RuntimeError(
            f"{mutation.file} holds {source.count(mutation.old)} times: {mutation.old}"
        )
    artifacts = tree / "contracts" / "artifacts"
    kept = {each: each.read_bytes() for each in artifacts.iterdir()}
    path.write_text(source.replace(mutation.old, mutation.new))
    try:
        if path.suffix == ".sol":
            compile_contracts(tree, mutation.file)
        return run([sys.executable, *mutation.check.split()], tree).returncode != 0
    finally:
        path.write_text(source)
        for each, data in kept.items():
            each.write_bytes(data)


@click.command()
@click.option("--only", default="", help="Only mutations whose name holds this.")
def main(only: str) -> None:
    """Plant each bug and report whether the tests caught it."""
    chosen = [mutation for mutation in MUTATIONS if only in mutation.name]
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        copy_tree(tree)
        for check in sorted({mutation.check for mutation in chosen}):
            done = run([sys.executable, *check.split()], tree)
            if done.returncode:
                raise click.ClickException(f"fails without a bug: {check}\n{done.stdout[-2000:]}")
        for mutation in chosen:
            caught = is_caught(mutation, tree)
            click.echo(f"{'caught' if caught else 'SURVIVED':9} {mutation.name}")
            if not caught:
                survivors.append(mutation.name)
    click.echo(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants caught")
    if survivors:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
