#!/usr/bin/python3
"""Writes what config/examples/ucdp-releases.conf plays, of two releases of the
same events of 2015, since Minsk II took effect:

    releases-2015.csv         the rows of both, with the release in front
    release-20-monthly.csv    the dead of the first one, added up month by month

    tests/tools/ucdp_releases.py [DIRECTORY]

DIRECTORY is where to write to; default: tests/data/ucdp-donbas.
"""

import csv
import pathlib
import sys

DATA = pathlib.Path(__file__).resolve().parents[1] / "data/ucdp-donbas"
RELEASES = {"20": "20.1", "22": "22.1"}  # by file: as UCDP calls it
FROM, UNTIL = "2015-02-15", "2016-01-01"
COLUMNS = ("id", "date_start", "date_end", "type_of_violence", "side_a",
           "side_b", "where_coordinates", "adm_1", "event_clarity", "deaths_a",
           "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high",
           "low")


def rows(number):
    """A release's rows of that time."""
    path = DATA / f"release-{number}.csv"
    with open(path, encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file)
                if FROM <= row["date_start"] and row["date_end"] < UNTIL]


def write(path, header, lines):
    """A CSV file."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)


def months():
    """The first day of each month that a total can count to."""
    return [f"2015-{month:02}-01" for month in range(3, 13)] + [UNTIL]


def bounds(row):
    """Low, best and high, in order: in a few rows they are not."""
    low, best, high = (int(row[name]) for name in ("low", "best", "high"))
    return min(low, best), best, max(high, best)


def main(directory):
    """Both files."""
    both = [(name, *(row[column] for column in COLUMNS))
            for number, name in RELEASES.items() for row in rows(number)]
    end = 1 + COLUMNS.index("date_end")
    write(directory / "releases-2015.csv", ("release", *COLUMNS),
          sorted(both, key=lambda row: row[end]))
    totals = [(month, *map(sum, zip(*(
        bounds(row) for row in rows("20") if row["date_end"] < month))))
        for month in months()]
    write(directory / "release-20-monthly.csv",
          ("counts_to", "low", "best", "high"), totals)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
