#!/usr/bin/python3
"""`./dev run --once`: nine months of real reports, from a clean start."""

import re
import subprocess
import unittest

import harness


class Run(unittest.TestCase):
    """What the first of the README's two commands shows."""

    def test_plays_real_reports_and_sums_them_up(self):
        # It builds first, on a machine that may be busy.
        done = subprocess.run(["./dev", "run", "--once"], cwd=harness.TREE,
                              capture_output=True, text=True, check=False,
                              timeout=550)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"accepted +1493\n")
        summary = done.stdout[done.stdout.rindex("\nalerts "):]
        rules = dict(re.findall(r"^  (\S+) .* (\d+)$", summary,
                                re.MULTILINE))
        self.assertEqual(set(rules), {"mass-casualty", "deaths-since",
                                      "party-week", "civilians-killed"})
        # The last ones may not be shown any more: it ends at the summary.
        lines = re.findall(r"^\d\d:\d\d #(\d+) ", done.stdout, re.MULTILINE)
        self.assertEqual([int(number) for number in lines],
                         list(range(1, len(lines) + 1)))
        self.assertGreater(len(lines), sum(map(int, rules.values())) / 2)


if __name__ == "__main__":
    harness.main()
