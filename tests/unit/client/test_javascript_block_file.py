"""Python and JavaScript read each other's files of block trades."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

from strikeproof.client.block_file import BlockFile
from strikeproof.client.operation import BlockLeg, block_of
from strikeproof.wire.units import Lots, Milliseconds, Ppm, Ticks
from tests.harness import ROOT

LEGS = [BlockLeg(1, False, Ticks(1_000), Lots(5)), BlockLeg(4, True, Ticks(2**32 - 1), Lots(7))]
CONSENT = {
    "session": 1,
    "nonce": 17,
    "expiry_ms": 2**47,
    "max_fee_ppm": 500,
    "signature": "0x" + "c3" * 64,
}


def test_files_of_both_clients_are_the_same(tmp_path: Path) -> None:
    trade = replace(
        block_of(1, 2, LEGS),
        counterparty_session=1,
        counterparty_nonce=17,
        counterparty_expiry_ms=Milliseconds(2**47),
        counterparty_max_fee_ppm=Ppm(500),
        counterparty_signature=b"\xc3" * 64,
    )
    ours = BlockFile(31_337, b"\xab" * 20, trade)
    path = tmp_path / "block.json"
    ours.write(path)
    written = json.loads(path.read_text())
    given = {"written": written, "legs": [*reversed(written["legs"])], "consent": CONSENT}
    done = subprocess.run(
        ["bash", str(ROOT / "tools/node.sh"), str(Path(__file__).with_name("block_file.mjs"))],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    path.write_text(json.dumps(answer["made"]))
    assert BlockFile.read(path) == ours
    assert answer["read"]["legs"] == written["legs"]
    assert answer["read"]["counterparty_nonce"] == CONSENT["nonce"]
    assert answer["read"]["counterparty_signature"] == CONSENT["signature"]
