import json

from strikeproof.bench.report_page import bars, flat, write_page


def test_figures_find_their_bars_by_name():
    figures = dict(flat({"gas": 5, "gas_max": 8, "rate": {"ops": 3, "ops_min": 4}, "other": 1}))
    found = {bar.name: (bar.sign, bar.asked, bar.is_met) for bar in bars(figures)}
    assert found == {"gas": ("≤", 8, True), "rate.ops": ("≥", 4, False)}


def test_bar_of_a_group_holds_for_each_of_it():
    figures = {"code_bytes_Vault": 9, "code_bytes_Inbox": 11, "code_bytes_max": 10}
    assert [bar.is_met for bar in bars(figures)] == [True, False]


def test_bar_outside_holds_for_the_figures_of_its_name_inside():
    figures = {"ops_per_s_min": 60, "typical.ops_per_s": 70, "slow.ops_per_s": 50}
    assert [(bar.name, bar.is_met) for bar in bars(figures)] == [
        ("typical.ops_per_s", True),
        ("slow.ops_per_s", False),
    ]


def test_page_says_what_is_missed_and_what_is_not_measured(tmp_path):
    result = {"topic": "one", "gas": 12_000, "gas_max": 9, "ops": ["a", "a", "b"]}
    (tmp_path / "one.json").write_text(json.dumps(result))
    page = write_page(tmp_path, {"one": "What one is.", "two": "What two is."}).read_text()
    assert "| gas | 12,000 | ≤ 9 | **missed** |" in page
    assert "- ops: `a` × 2, `b`" in page
    assert "Not measured yet: two." in page
