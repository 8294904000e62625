#!/usr/bin/python3
"""What the README shows works as it is shown."""

import os
import re
import subprocess
import sys
import unittest

import harness


class Readme(unittest.TestCase):
    """The example, and the commands."""

    def setUp(self):
        self.text = (harness.TREE / "README.md").read_text()

    def test_publishes_with_a_receipt_from_python(self):
        examples = re.findall(r"^```python\n(.*?)^```$", self.text,
                              re.MULTILINE | re.DOTALL)
        self.assertEqual(len(examples), 1)
        with harness.Truced() as truced:
            done = subprocess.run(
                [sys.executable, "-c", examples[0], truced.service],
                env={**os.environ, "PYTHONPATH": str(harness.PROTO)},
                capture_output=True, text=True, check=False,
                timeout=harness.TIMEOUT)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout,
                             r"^ACCEPTED Valley Monitors 2024/117\b")
            self.assertEqual([count.count
                              for count in truced.status().verdicts], [1])

    def test_is_a_screen_and_a_half(self):
        lines = self.text.splitlines()
        self.assertLessEqual(len(lines), 110)
        self.assertEqual([line for line in lines if len(line) > 80], [])

    def test_links_to_files_that_are_there(self):
        for link in re.findall(r"\]\((?!http)([^)#]+)\)", self.text):
            self.assertTrue((harness.TREE / link).exists(), link)


if __name__ == "__main__":
    harness.main()
