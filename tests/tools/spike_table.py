#!/usr/bin/python3
"""Prints tests/data/ears/statistics.csv: what the statistics of spike rules
must be, in exact fractions and 60 digits, straight from their definitions.
test_spike reads it.

    tests/tools/spike_table.py >tests/data/ears/statistics.csv
"""

import csv
import decimal
import fractions
import pathlib

DATA = pathlib.Path(__file__).resolve().parents[1] / "data/ears"
MIN_SIGMA = decimal.Decimal("0.5")
decimal.getcontext().prec = 60


def exact(fraction):
    """As a decimal of 60 digits."""
    return (decimal.Decimal(fraction.numerator) /
            decimal.Decimal(fraction.denominator))


def mean(counts):
    """As a fraction."""
    return fractions.Fraction(sum(counts), len(counts))


def standard_deviation(counts):
    """Of a sample."""
    squares = sum((count - mean(counts)) ** 2 for count in counts)
    return exact(squares / (len(counts) - 1)).sqrt()


def standardized(count, past):
    """How many standard deviations over its past."""
    return (exact(count - mean(past)) /
            max(standard_deviation(past), MIN_SIGMA))


def ears_c1(series, t, b):
    """Against t-b .. t-1."""
    return standardized(series[t], series[t - b:t])


def ears_c2(series, t, b):
    """Against t-b-2 .. t-3."""
    return standardized(series[t], series[t - b - 2:t - 2])


def ears_c3(series, t, b):
    """What three C2 are over 1."""
    return sum(max(decimal.Decimal(0), ears_c2(series, i, b) - 1)
               for i in (t - 2, t - 1, t))


def poisson_cusum(series, t, b):
    """Over t-b+1 .. t, from 0, against t-2b+1 .. t-b."""
    m0 = max(exact(mean(series[t - 2 * b + 1:t - b + 1])),
             decimal.Decimal("0.5"))
    m1 = m0 + m0.sqrt()
    k = (m1 - m0) / (m1.ln() - m0.ln())
    total = decimal.Decimal(0)
    for count in series[t - b + 1:t + 1]:
        total = max(decimal.Decimal(0), total + count - k)
    return total


def ratio(series, t, b):
    """To the mean of t-b .. t-1, or to 1."""
    return exact(series[t] / max(mean(series[t - b:t]),
                                 fractions.Fraction(1)))


METHODS = (ears_c1, ears_c2, ears_c3, poisson_cusum, ratio)


def observed(name):
    """A series of the package's."""
    with open(DATA / f"input_{name}_weekly.csv", encoding="ascii") as file:
        return [int(row["observed"]) for row in csv.DictReader(file)]


def print_rows(name, series, b):
    """From the first week that every method reaches back from."""
    for t in range(max(b + 4, 2 * b - 1), len(series)):
        statistics = (f"{method(series, t, b):.20e}" for method in METHODS)
        print(name, b, t + 1, *statistics, sep=",")


def main():
    """The table."""
    print("series,baseline,t", *(method.__name__ for method in METHODS),
          sep=",")
    k1 = observed("k1")
    print_rows("k1", k1, 3)
    print_rows("k1", k1, 7)
    print_rows("k1", k1, 28)
    # As many as there could ever be, a few standard deviations apart.
    print_rows("huge", [100_000_000_000 + 300_007 * count
                        for count in k1[:80]], 7)


if __name__ == "__main__":
    main()
