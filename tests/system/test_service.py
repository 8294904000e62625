#!/usr/bin/python3
"""truced as a service of a real systemd: systemd/truced.service."""

import json
import time
import unittest

import harness
import machine
from harness import TIMEOUT, TREE
from machine import report

import alert_pb2
import service_pb2
from service_pb2 import ACCEPTED, DUPLICATE

# The unit's WatchdogSec, and time for the restart.
WATCHDOG = 30 + TIMEOUT
EXPOSURE = 15  # at most, in tenths of what systemd-analyze security tells

CONFIG = "/etc/truced/truced.conf"
STATUS = "Relaying (agreements: 1, rules: 2)"  # of config/live.conf


class Service(unittest.TestCase):
    """What operators of the service rely on."""

    @classmethod
    def setUpClass(cls):
        cls.machine = machine.Machine()
        cls.addClassCleanup(cls.machine.close)
        for source, inside, mode in (
                (harness.TRUCED, "/usr/sbin/truced", 0o755),
                (harness.TRUCE, "/usr/bin/truce", 0o755),
                (TREE / "systemd/truced.service",
                 "/lib/systemd/system/truced.service", 0o644),
                (TREE / "systemd/truced.sysusers",
                 "/usr/lib/sysusers.d/truced.conf", 0o644),
                (TREE / "config/live.conf", CONFIG, 0o644)):
            cls.machine.copy(source, inside, mode)
        cls.machine.run("systemd-sysusers")
        cls.machine.run("systemctl", "daemon-reload")
        cls.machine.run("systemctl", "enable", "--now", "truced")

    def setUp(self):
        self.truced = self.machine.truced()
        self.addCleanup(self.truced.close)

    def accept(self, *items):
        """Submits, and sees all accepted."""
        receipts = self.truced.submit(*items)
        receipts = [receipts] if len(items) == 1 else receipts
        self.assertEqual([receipt.verdict for receipt in receipts],
                         [ACCEPTED] * len(items), receipts)

    def wait_for(self, what, condition, seconds=TIMEOUT):
        """systemd tells no outsider what it does: asks it again and again."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"{what}: not in {seconds} s\n{self.machine.log()}")
            time.sleep(0.2)

    def test_has_a_unit_without_a_fault_in_a_strict_sandbox(self):
        said = self.machine.run("systemd-analyze", "verify", "--man=no",
                                "truced.service").stdout
        self.assertEqual(said, "")
        self.machine.run("systemd-analyze", "security", "--no-pager",
                         f"--threshold={EXPOSURE}", "truced.service")

    def test_says_at_the_start_what_it_listens_on(self):
        log = self.machine.log()
        for line in ("starts, its state in /var/lib/truced",
                     "reports come in at tcp://127.0.0.1:5560",
                     "requests are answered at ipc:///run/truced/service",
                     "alerts go out at tcp://127.0.0.1:5561"):
            self.assertIn(line, log)
        self.assertNotIn("memory by limit", log)
        self.assertEqual(self.machine.property("StatusText"),
                         STATUS)

    def test_sends_alerts_and_logs_them_by_field(self):
        subscriber = self.truced.subscriber("alert.example.casualties")
        self.accept(report("hit", killed=21, injured=2))
        alert = subscriber.alert()
        self.assertEqual((alert.rule, alert.severity, alert.reported),
                         ("casualties", alert_pb2.EXTREME, 23))
        self.machine.run("journalctl", "--sync")
        entries = [json.loads(line) for line in self.machine.run(
            "journalctl", "--output=json", "TRUCED_RULE=casualties",
            f"TRUCED_SEQ={alert.seq}").stdout.splitlines()]
        self.assertEqual(len(entries), 1, self.machine.log())
        entry = entries[0]
        self.assertEqual(entry["TRUCED_IDENTIFIER"], alert.identifier)
        self.assertEqual(entry["TRUCED_SEVERITY"], "Extreme")
        self.assertEqual(entry["TRUCED_REPORTED"], "23")
        self.assertEqual(entry["PRIORITY"], "1")
        self.assertEqual(entry["_SYSTEMD_UNIT"], "truced.service")
        self.assertIn("23 killed or injured in 24 hours", entry["MESSAGE"])

    def test_lets_members_of_its_group_in_and_nobody_else(self):
        self.machine.run("useradd", "--groups", "truce", "officer")
        status = ("truce", "status", "--json")
        said = self.machine.run("runuser", "-u", "officer", "--", *status)
        self.assertIn("position", json.loads(said.stdout))
        for user, path in (("nobody", "/run/truced/service"),
                           ("officer", "/var/lib/truced/")):
            reached = self.machine.run("runuser", "-u", user, "--", "test",
                                       "-r", path, check=False)
            self.assertEqual(reached.returncode, 1, (user, path))

    def submit_until_answered(self, item, seconds):
        """As a service that feeds it does: no answer, the same again."""
        request = service_pb2.Request()
        request.submit.items.append(item)
        deadline = time.monotonic() + seconds
        while True:
            client = self.truced.client()
            try:
                return client.ask(request, 1).receipts.receipts[0]
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
            finally:
                client.close()

    def test_is_restarted_by_the_watchdog_and_has_lost_nothing(self):
        items = [report(f"before-{number}", party="side-b")
                 for number in range(40)]
        subscriber = self.truced.subscriber()
        self.accept(*items)
        self.assertEqual(subscriber.alert().rule, "violations")
        alerts, last = self.truced.replay()
        self.assertEqual(len(alerts), last)
        restarts = int(self.machine.property("NRestarts"))
        self.machine.run("systemctl", "kill", "--kill-whom=main",
                         "--signal=STOP", "truced")
        late = [report(f"after-{number}", party="side-b")
                for number in range(10)]
        receipts = [self.submit_until_answered(item, WATCHDOG)
                    for item in late]
        for receipt in receipts:
            self.assertIn(receipt.verdict, (ACCEPTED, DUPLICATE))
        self.assertEqual(int(self.machine.property("NRestarts")),
                         restarts + 1)
        self.assertIn("Watchdog timeout", self.machine.log())
        again = self.truced.submit(*items, *late)
        self.assertEqual({receipt.verdict for receipt in again}, {DUPLICATE})
        replayed, last_now = self.truced.replay()
        self.assertEqual(replayed[:last], alerts)
        self.assertEqual(len(replayed), last_now)
        # The 50th violation; subscribers are there again by themselves.
        self.assertEqual(replayed[-1][1].severity, alert_pb2.SEVERE)
        self.assertEqual(replayed[-1][1].reported, 50)

    def test_takes_a_good_file_at_a_reload_and_refuses_a_bad_one(self):
        good = self.machine.path(CONFIG).read_text("utf-8")
        bad = good.replace('measure = "violations"', 'measure = "rumours"')
        line = bad[:bad.index("rumours")].count("\n") + 1
        pid = self.machine.property("MainPID")
        self.machine.path(CONFIG).write_text(bad, "utf-8")
        try:
            done = self.machine.run("systemctl", "reload", "truced",
                                    check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(f"truced.conf:{line}: ", self.machine.log())
            self.assertEqual(self.machine.property("StatusText"), STATUS)
            more = good.replace("agreements = (", """agreements = (
                { id = "second"; title = "Second";
                  effective = "2025-01-01T00:00:00Z"; },""")
            self.machine.path(CONFIG).write_text(more, "utf-8")
            self.machine.run("systemctl", "reload", "truced")
            self.wait_for("the second agreement", lambda: "agreements: 2" in
                          self.machine.property("StatusText"))
            self.accept(harness.incident("2", at=int(time.time() * 1000),
                                         topic="incident.second"))
        finally:
            self.machine.path(CONFIG).write_text(good, "utf-8")
        self.machine.run("systemctl", "reload", "truced")
        self.wait_for("the first configuration", lambda: STATUS ==
                      self.machine.property("StatusText"))
        self.assertEqual(self.machine.property("SubState"), "running")
        self.assertEqual(self.machine.property("MainPID"), pid)

    def test_starts_by_itself_once_its_file_is_good_again(self):
        good = self.machine.path(CONFIG).read_text("utf-8")
        self.machine.path(CONFIG).write_text("agreements = 3;\n", "utf-8")
        try:
            done = self.machine.run("systemctl", "restart", "truced",
                                    check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("truced.conf:1: ", self.machine.log())
            # More often than systemd's own limit, 5 in 10 s, would have it.
            self.wait_for("six restarts", lambda: int(
                self.machine.property("NRestarts")) >= 6)
        finally:
            self.machine.path(CONFIG).write_text(good, "utf-8")
        self.wait_for("active again", lambda: self.machine.property(
            "ActiveState") == "active")
        self.accept(report("after the repair"))

    def test_ends_cleanly_when_it_is_stopped(self):
        self.machine.run("systemctl", "stop", "truced")
        self.assertEqual(self.machine.property("Result"), "success")
        self.assertEqual(self.machine.property("ActiveState"), "inactive")
        self.machine.run("systemctl", "start", "truced")
        self.accept(report("after the stop"))


if __name__ == "__main__":
    harness.main()
