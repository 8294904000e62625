#!/usr/bin/python3
"""The examples for Node work as they are, with the packages that their lock
file names."""

import re
import shutil
import subprocess
import sys
import unittest

import examples
import harness

SOURCE = harness.TREE / "examples/node"
DIRECTORY = harness.BUILD / "tests/system/node"

# What npm says of a registry that cannot be reached.
UNREACHED = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|"
                       r"ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|"
                       r"ERR_SOCKET_TIMEOUT|ENOTCACHED)\b")


def skip(reason):
    """Ends, with the reason."""
    print(f"SKIPPED: {reason}")
    sys.exit(77)


def install():
    """The examples and their packages, in the build directory."""
    if not shutil.which("node") or not shutil.which("npm"):
        skip("needs node and npm")
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    lock = DIRECTORY / "package-lock.json"
    installed = DIRECTORY / "installed"
    for file in SOURCE.iterdir():
        if file.is_file():
            shutil.copy(file, DIRECTORY)
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    # The packages bring their compiled parts with them: no script is needed.
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
         "--fetch-retries=1"], cwd=DIRECTORY, capture_output=True, text=True,
        timeout=300, check=False)
    if done.returncode != 0:
        unreached = UNREACHED.search(done.stderr)
        if unreached:
            skip(f"npm cannot reach its registry ({unreached[0]})")
        raise AssertionError(f"npm ci failed:\n{done.stdout}{done.stderr}")
    shutil.copy(lock, installed)


class Language:
    """How they are started."""

    report = ("node", DIRECTORY / "report.js")
    tail = ("node", DIRECTORY / "tail.js")
    environment = {"TRUCED_PROTO": str(harness.TREE / "proto")}


class Reporting(Language, examples.Reporting, unittest.TestCase):
    """report.js"""


class Tailing(Language, examples.Tailing, unittest.TestCase):
    """tail.js"""


class Lock(unittest.TestCase):
    """What is committed."""

    def test_names_no_registry(self):
        """Whoever installs it has their own."""
        text = (SOURCE / "package-lock.json").read_text()
        self.assertIn('"integrity"', text)
        self.assertNotIn("http", text)


if __name__ == "__main__":
    install()
    harness.main()
