"""The kernel's formulas in 60 digits of mpmath: the oracle of its error bounds.

Arguments are the kernel's integers (wads, seconds); results are in wads too, not rounded.
"""

from mpmath import erfc, exp, log, mp, mpf, npdf, sqrt

DIGITS = 60
WAD = mpf(10) ** 18
YEAR = 31_536_000


def precise(function):
    """Run the function with enough digits, whatever another test has set."""

    def run(*arguments):
        with mp.workdps(DIGITS + 30):
            return function(*(mpf(each) for each in arguments))

    return run


def n_cdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


@precise
def ln_wad(x):
    return log(x / WAD) * WAD


@precise
def exp_wad(x):
    return exp(x / WAD) * WAD


@precise
def pdf_wad(x):
    return npdf(x / WAD) * WAD


@precise
def cdf_wad(x):
    return n_cdf(x / WAD) * WAD


@precise
def deviation(vol, seconds):
    """Total volatility, a plain number."""
    return vol / WAD * sqrt(seconds / YEAR)


@precise
def log_distance_q96(forward, strike):
    return abs(log(forward / strike)) * mpf(2) ** 96


@precise
def discount_factor(rate, seconds):
    return exp(-rate / WAD * seconds / YEAR) * WAD


@precise
def call_and_put(forward, strike, vol, seconds, discount):
    s = vol / WAD * sqrt(seconds / YEAR)
    unit = discount / WAD
    if s == 0 or forward == 0 or strike == 0:
        return unit * max(forward - strike, 0), unit * max(strike - forward, 0)
    d1 = log(forward / strike) / s + s / 2
    d2 = d1 - s
    call = unit * (forward * n_cdf(d1) - strike * n_cdf(d2))
    return call, unit * (strike * n_cdf(-d2) - forward * n_cdf(-d1))


@precise
def greeks(forward, strike, vol, seconds, rate, discount):
    """By name, in wads; only where forward, strike, vol and seconds are positive."""
    tau, sigma, unit = seconds / YEAR, vol / WAD, discount / WAD
    s = sigma * sqrt(tau)
    d1 = log(forward / strike) / s + s / 2
    d2 = d1 - s
    call = unit * (forward * n_cdf(d1) - strike * n_cdf(d2))
    put = unit * (strike * n_cdf(-d2) - forward * n_cdf(-d1))
    decay = unit * forward * npdf(d1) * sigma / (2 * sqrt(tau))
    carry = rate / WAD
    return {
        "call_delta": discount * n_cdf(d1),
        "put_delta": -discount * n_cdf(-d1),
        "gamma": unit * npdf(d1) / (forward * s) * WAD * WAD,
        "vega": unit * forward * npdf(d1) * sqrt(tau) / 100,
        "call_theta": (carry * call - decay) / 365,
        "put_theta": (carry * put - decay) / 365,
        "call_rho": -tau * call / 100,
        "put_rho": -tau * put / 100,
    }
