"""Three releases of the same events: what stands in the end is the last one.

UCDP published these events in release 19, corrected them in release 20 and
again, with many added and some withdrawn, in release 22. Published one after the
other as revisions and withdrawals of the same ids they must leave exactly the
sums that release 22 leaves alone.
"""

import csv
import pathlib
import subprocess
import sys
import tempfile
import unittest

import harness
from harness import BUILD, TREE, Truced

DATA = TREE / "tests/data/ucdp-donbas"
SUMS = BUILD / "tests/system/journal_sums"

CONFIG = harness.CONFIG.replace(
    'id = "minsk-2"', 'id = "donbas"').replace(
    "2015-02-15T00:00:00+02:00", "2014-04-01T00:00:00+03:00").replace(
    '"lpr"', '"lpr", "novorossiya"')

# Every measure that the data has, over all of the war and over its later part,
# whole and cut in every way.
RULES = ", ".join(
    f"""{{ name = "{measure}-{window}-{i}"; kind = "threshold";
  measure = "{measure}"; {span} group_by = [ {fields} ];
  levels = ( {{ at = 1000000; severity = "minor"; }} ); }}"""
    for measure in ("killed", "civilians_killed", "violations", "events")
    for window, span in (
        ("war", 'window = "agreement";'),
        ("late", 'window = "1100d"; resolution = "1d";'))
    for i, fields in enumerate((
        '"party"', '"admin", "kind"', '"against", "country"', '"disputed"')))


def ids(release):
    with open(DATA / f"release-{release}.csv", encoding="utf-8") as file:
        return {row["id"] for row in csv.DictReader(file)}


class Releases(unittest.TestCase):
    """UCDP's releases of the Donbas war."""

    def publish(self, truced, release, revision):
        done = truced.truce(
            "publish", "--service", truced.service, "--sort",
            "--map", TREE / "config/ucdp.map",
            "--set", "agreement=donbas", "--set", f"revision={revision}",
            DATA / f"release-{release}.csv")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def withdraw(self, truced, gone, revision):
        self.assertEqual(len(gone), 86)
        done = truced.truce(
            "withdraw", "--service", truced.service,
            "--revision", str(revision), "donbas", "UCDP", "-",
            input="".join(f"{identifier}\n" for identifier in sorted(gone)))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def sums(self, truced):
        truced.stop()
        done = subprocess.run([SUMS, truced.state], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return sorted(done.stdout.splitlines())

    def test_leave_exactly_the_sums_of_the_last_one(self):
        with Truced(rules=RULES, config=CONFIG) as revised:
            self.publish(revised, 19, 1)
            self.assertLess(ids(19), ids(20))  # nothing is withdrawn yet
            self.publish(revised, 20, 2)
            self.withdraw(revised, ids(20) - ids(22), 3)
            self.publish(revised, 22, 3)
            after = self.sums(revised)
        with Truced(rules=RULES, config=CONFIG) as alone:
            self.publish(alone, 22, 1)
            last = self.sums(alone)
        with Truced(rules=RULES, config=CONFIG) as before:
            self.publish(before, 19, 1)
            first = self.sums(before)
        self.assertGreater(len(last), 50)
        self.assertEqual(after, last)
        self.assertNotEqual(first, last)

    def test_are_what_the_example_plays(self):
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run([sys.executable,
                            TREE / "tests/tools/ucdp_releases.py", directory],
                           check=True, timeout=harness.TIMEOUT)
            made = sorted(pathlib.Path(directory).iterdir())
            self.assertEqual([file.name for file in made],
                             ["release-20-monthly.csv", "releases-2015.csv"])
            for file in made:
                self.assertEqual(file.read_bytes(),
                                 (DATA / file.name).read_bytes())


if __name__ == "__main__":
    harness.main()
