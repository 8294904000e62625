"""Reports in files, and how they are played: published to a truced, or to
truce backtest."""

import csv
import datetime
import itertools
import json
import os
import subprocess

import harness
from harness import TREE, TRUCE

SHIPPED = TREE / "config/truced.conf"
MAPPING = TREE / "config/ucdp.map"
EXAMPLES = TREE / "config/examples"
DATA = TREE / "tests/data"
UCDP = DATA / "ucdp-donbas"
LEBANON = DATA / "lebanon-2024"
TALLIES = DATA / "casualty-tallies"
SIRENS = DATA / "siren-alerts"

RULES = """
{ name = "killed"; kind = "threshold"; measure = "killed"; window = "24h";
  group_by = [ "party" ]; remind = "2h";
  levels = ( { at = 5; severity = "severe"; },
             { at = 20; severity = "extreme"; } ); }
"""


def run(*arguments, expected=0, text=None):
    """What a command says, after it ended as expected."""
    done = subprocess.run([TRUCE, *arguments], capture_output=True, text=True,
                          timeout=harness.TIMEOUT, check=False, input=text,
                          env={**os.environ, "TZ": "UTC"})
    assert done.returncode == expected, \
        f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def alerts_of(text):
    """JSON Lines as objects."""
    return [json.loads(line) for line in text.splitlines()]


def report(identifier, at, **fields):
    """A line of a file."""
    return json.dumps({"id": identifier, "source": "UCDP", "party": "dpr",
                       "agreement": "minsk-2", "occurred_at": at, **fields})


class File:
    """A file of reports, and how it is read."""

    def __init__(self, path, *options, told_at=None):
        self.path = path
        self.options = options
        self.told_at = told_at  # of a line's fields; to merge it with others

    def lines(self):
        """(when, how to publish it, its text) of each."""
        with open(self.path, encoding="utf-8") as file:
            lines = file.read().splitlines(keepends=True)
        if self.path.suffix == ".jsonl":
            return [(self.told_at(json.loads(line)), (self.options, ""), line)
                    for line in lines]
        return [(self.told_at(row), (self.options, lines[0]), line)
                for row, line in zip(csv.DictReader(lines), lines[1:])]


def in_order(files):
    """All their lines by time, of one time as the files stand: how each run of
    one file's is published, and the text of it."""
    lines = sorted((line for file in files for line in file.lines()),
                   key=lambda line: line[0])
    for (options, header), run_of in itertools.groupby(
            lines, key=lambda line: line[1]):
        yield options, header + "".join(line[2] for line in run_of)


def reported_at(fields):
    """Of a JSON line."""
    return datetime.datetime.fromisoformat(fields["reported_at"])


def date_plus(column, **later):
    """Of a CSV row, some time after a date."""
    return lambda row: (datetime.datetime.fromisoformat(row[column][:10])
                        + datetime.timedelta(**later))


def mapped(path, name, **options):
    """A CSV file, read by an example's map."""
    return File(path, "--map", EXAMPLES / f"{name}.map", **options)


# All reports that there are, by the configuration that plays them. Several
# files together are merged by their time.
PLAYED = (
    *((SHIPPED, File(UCDP / f"{name}.csv", "--map", MAPPING))
      for name in ("minsk", "release-19", "release-20", "release-22")),
    (EXAMPLES / "ucdp-releases.conf",
     mapped(UCDP / "releases-2015.csv", "ucdp-releases",
            told_at=date_plus("date_end", days=1, hours=6)),
     mapped(UCDP / "release-20-monthly.csv", "ucdp-monthly",
            told_at=date_plus("counts_to", hours=12))),
    (EXAMPLES / "lebanon-2024.conf",
     File(LEBANON / "reports.jsonl", "--type", "incident",
          told_at=reported_at),
     File(LEBANON / "tallies.jsonl", "--type", "tally",
          told_at=reported_at)),
    (EXAMPLES / "lebanon-tally.conf",
     mapped(TALLIES / "lebanon.csv", "lebanon-tally")),
    *((EXAMPLES / "gaza-2025.conf",
       mapped(TALLIES / f"{name}.csv", "gaza-2025"))
      for name in ("gaza-ceasefire", "gaza")),
    *((EXAMPLES / "sirens.conf", mapped(SIRENS / f"{name}.csv", "sirens"))
      for name in ("truce-2023", "outage-2024", "drills-2023",
                   "burst-2023-10-07", "arrivals", "alerts")),
)


def edited_totals():
    """The dead of Gaza as they were published day by day, and each edit of it
    as a revision, by time. Totals that an edit filled in are told by it."""
    with open(TALLIES / "gaza-revisions.csv", encoding="utf-8") as file:
        edits = [row for row in csv.DictReader(file)
                 if row["field"] == "killed_cum"]
    first = {}
    for edit in edits:
        first.setdefault(edit["report_date"], edit["old"])
    with open(TALLIES / "gaza.csv", encoding="utf-8") as file:
        last = {row["report_date"]: row["killed_cum"]
                for row in csv.DictReader(file) if row["killed_cum"]}
    told = [(f"{date}T14:00:00+00:00", date, first.get(date, killed))
            for date, killed in last.items() if first.get(date) != ""]
    told += [(edit["commit_time"], edit["report_date"], edit["new"])
             for edit in edits]
    told.sort(key=lambda one: datetime.datetime.fromisoformat(one[0]))
    revisions, stands, tallies = {}, {}, []
    for at, date, killed in told:
        revisions[date] = revisions.get(date, 0) + 1
        stands[date] = killed
        tallies.append({"source": "mohtel", "id": date,
                        "revision": revisions[date], "agreement": "gaza-2025",
                        "since_at": "2023-10-07T00:00:00+03:00",
                        "as_of_at": f"{date}T08:00:00+00:00",
                        "reported_at": at, "killed": {"best": int(killed)}})
    assert stands == last
    return tallies
