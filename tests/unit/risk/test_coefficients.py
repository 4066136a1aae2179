from mpmath import mp, mpf

from tools import derive_coefficients as derive


def test_committed_coefficients_are_what_the_script_derives():
    with mp.workdps(120):
        rows = derive.constants()
    assert derive.PYTHON_FILE.read_text("utf-8") == derive.python_text(rows)
    assert derive.SOLIDITY_FILE.read_text("utf-8") == derive.solidity_text(rows)


def test_errors_of_the_rounded_coefficients_are_within_the_documented_bounds():
    with mp.workdps(50):
        bounds = derive.bounds()
        documented = {"ln": -88, "exp": -118, "cdf": -73, "price": -77, "far": -43}
        for name, exponent in documented.items():
            assert bounds[name] < mpf(2) ** exponent, name


def test_tail_ratio_of_zero_is_exactly_one_half():
    with mp.workdps(120):
        tail = derive.derive_tail()
    assert sum(tail.denominator) == 4 * sum(tail.numerator)
