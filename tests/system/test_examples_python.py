#!/usr/bin/python3
"""The examples in Python work as they are, with what is installed."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import examples
import harness

DIRECTORY = harness.TREE / "examples/python"


def run(*command, **environment):
    """What it says; it must not fail."""
    return subprocess.run(
        [*map(str, command)], env={**os.environ, **environment},
        stdout=subprocess.PIPE, text=True, timeout=120,
        check=True).stdout.strip()


class Language:
    """How they are started, with modules made from the installed protos, which
    pkg-config finds."""

    report = (sys.executable, DIRECTORY / "report.py")
    tail = (sys.executable, DIRECTORY / "tail.py")
    environment = {}

    @classmethod
    def setUpClass(cls):
        """Installs what was built, and makes the modules."""
        # pylint: disable=consider-using-with
        directory = tempfile.TemporaryDirectory(prefix="truced-")
        cls.addClassCleanup(directory.cleanup)
        path = pathlib.Path(directory.name)
        run("cmake", "--install", harness.BUILD, "--prefix", path)
        protos = run("pkg-config", "--variable=protodir", "truced",
                     PKG_CONFIG_PATH=str(path / "share/pkgconfig"))
        run("protoc", "-I", protos, f"--python_out={path}",
            "incident.proto", "alert.proto", "service.proto")
        cls.environment = {"PYTHONPATH": str(path)}


class Reporting(Language, examples.Reporting, unittest.TestCase):
    """report.py"""


class Tailing(Language, examples.Tailing, unittest.TestCase):
    """tail.py"""


if __name__ == "__main__":
    harness.main()
