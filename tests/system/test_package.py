#!/usr/bin/python3
"""The Debian package, from its build to its purge."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
import machine
from harness import TREE
from machine import report

from service_pb2 import ACCEPTED, DUPLICATE

BUILD = 550  # seconds, on a machine that does other things too
CONFIG = "/etc/truced/truced.conf"
STATE = "/var/lib/private/truced"
# Nothing of a build, and no history.
LEFT_OUT = shutil.ignore_patterns(".git", "build", "node_modules", ".cache",
                                  "obj-*", ".debhelper", "__pycache__")


def package_build(tree, *options):
    """Builds the packages of a tree, beside it."""
    done = subprocess.run(
        ["dpkg-buildpackage", "--unsigned-source", "--unsigned-changes",
         "--build=binary", *options], cwd=tree, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=BUILD, check=False,
        env={**os.environ, "PATH": machine.PATH, "LC_ALL": "C.UTF-8"})
    if done.returncode:
        raise AssertionError(done.stdout)


def changelog_extend(tree, version):
    """A later version of the same."""
    changelog = tree / "debian/changelog"
    text = changelog.read_text("utf-8")
    last = re.match(r"truced \(.*?\n -- .*?\n", text, re.DOTALL)[0]
    later = re.sub(r"\(.*?\)", f"({version})", last, count=1)
    changelog.write_text(f"{later}\n{text}", "utf-8")


class Package(unittest.TestCase):
    """What an administrator does with it."""

    @classmethod
    def setUpClass(cls):
        machine.skip_unless_possible()
        if not shutil.which("dpkg-buildpackage"):
            raise unittest.SkipTest("no dpkg-buildpackage")
        directory = tempfile.TemporaryDirectory(prefix="package-")
        cls.addClassCleanup(directory.cleanup)
        cls.path = pathlib.Path(directory.name)
        tree = cls.path / "truced"
        shutil.copytree(TREE, tree, ignore=LEFT_OUT, symlinks=True)
        package_build(tree)
        cls.old, = cls.path.glob("truced_*.deb")
        cls.changes, = cls.path.glob("truced_*.changes")
        # The same once more, with nothing compiled again.
        changelog_extend(tree, "99.0")
        (tree / "debian/debhelper-build-stamp").touch()
        package_build(tree, "--no-pre-clean")
        cls.new, = cls.path.glob("truced_99.0_*.deb")

    def setUp(self):
        self.machine = machine.Machine()
        self.addCleanup(self.machine.close)

    def dpkg(self, *arguments):
        """Runs it in the machine; it must not fail."""
        return self.machine.run("dpkg", *arguments, timeout=120).stdout

    def install(self, package):
        """As an administrator does; what truced needs is there."""
        self.machine.copy(package, f"/root/{package.name}")
        return self.dpkg("--install", f"/root/{package.name}")

    def assert_active(self):
        """The service runs, and nothing else has failed."""
        self.assertEqual(self.machine.property("ActiveState"), "active",
                         self.machine.log())
        failed = self.machine.run("systemctl", "--failed", "--plain",
                                  "--no-legend").stdout
        self.assertEqual(failed, "")

    def exists(self, inside):
        """Whether there is such a file, or a link that leads nowhere."""
        return os.path.lexists(self.machine.path(inside))

    def submit(self, items):
        """The verdicts, as a set, and all alerts there are."""
        truced = self.machine.truced()
        try:
            verdicts = {receipt.verdict for receipt in truced.submit(*items)}
            alerts, last = truced.replay()
            self.assertEqual(len(alerts), last)
            return verdicts, alerts
        finally:
            truced.close()

    def test_is_installed_upgraded_removed_and_purged(self):
        items = [report(f"report-{number}", killed=1)
                 for number in range(100)]
        self.install(self.old)
        self.assert_active()
        self.assertEqual(self.machine.property("UnitFileState"), "enabled")
        self.assertEqual(self.dpkg("--verify", "truced"), "")
        verdicts, alerts = self.submit(items)
        self.assertEqual(verdicts, {ACCEPTED})
        self.assertGreater(len(alerts), 2)
        pid = self.machine.property("MainPID")

        # An upgrade keeps what the administrator wrote, and restarts.
        config = self.machine.path(CONFIG)
        written = config.read_text("utf-8").replace("at = 20; ", "at = 30; ")
        config.write_text(written, "utf-8")
        self.install(self.new)
        self.assertEqual(self.dpkg_version(), "99.0")
        self.assert_active()
        self.assertNotEqual(self.machine.property("MainPID"), pid)
        self.assertEqual(config.read_text("utf-8"), written)
        verdicts, kept = self.submit(items)
        self.assertEqual(verdicts, {DUPLICATE})
        self.assertEqual(kept[:len(alerts)], alerts)

        # A removal keeps the reports and the configuration.
        self.dpkg("--remove", "truced")
        self.assertEqual(self.machine.property("ActiveState"), "inactive")
        self.assertFalse(self.exists("/usr/sbin/truced"))
        self.assertFalse(self.exists("/run/truced"))
        self.assertTrue(self.exists(CONFIG))
        self.assertTrue(self.exists(STATE))
        self.install(self.new)
        self.assert_active()
        self.assertEqual(self.submit(items), ({DUPLICATE}, kept))

        self.dpkg("--purge", "truced")
        self.assertEqual(self.machine.property("LoadState"), "not-found")
        for path in (STATE, "/var/lib/truced", "/etc/truced", "/run/truced",
                     "/lib/systemd/system/truced.service",
                     "/etc/systemd/system/multi-user.target.wants/"
                     "truced.service",
                     "/var/lib/systemd/deb-systemd-helper-enabled/"
                     "truced.service.dsh-also"):
            self.assertFalse(self.exists(path), path)
        self.install(self.old)
        self.assert_active()
        self.assertEqual(self.submit(items)[0], {ACCEPTED})

    def dpkg_version(self):
        """The version that is installed."""
        return self.machine.run("dpkg-query", "--show",
                                "--showformat=${Version}", "truced").stdout

    def test_can_be_tried_out_as_its_configuration_says(self):
        self.install(self.old)
        self.assertIn("good: ", self.machine.run("truced", "-t").stdout)
        self.machine.copy(TREE / "tests/data/ucdp-donbas/minsk.csv",
                          "/root/minsk.csv")
        examples = "/usr/share/doc/truced/examples"
        said = self.machine.run("truced", "-t", "-c",
                                f"{examples}/minsk.conf").stdout
        self.assertIn("good: ", said)
        # Its agreements are not the service's, which says so.
        done = self.machine.run("truce", "publish", "--map",
                                f"{examples}/ucdp.map", "/root/minsk.csv",
                                check=False)
        self.assertIn("unknown_agreement", done.stdout.lower())

    def test_is_without_a_fault_to_lintian(self):
        if not shutil.which("lintian"):
            self.skipTest("no lintian")
        done = subprocess.run(
            ["lintian", "--allow-root", "--fail-on=error,warning",
             self.changes], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=BUILD, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    harness.main()
