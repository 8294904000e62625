#!/usr/bin/python3
"""truce status --prometheus: metrics that promtool accepts, and true ones."""

import re
import shutil
import subprocess
import time
import unittest

import harness
from harness import DAY, HOUR, NOON, Truced, incident

import incident_pb2

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\})?'
                    r' (\S+)')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\\n]|\\.)*)"')


def parsed(text):
    """{(name, label values ...): value}"""
    samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        key = (match[1], *(value for _, value
                           in LABEL.findall(match[2] or "")))
        assert key not in samples, line
        samples[key] = float(match[3])
    return samples


class Metrics(unittest.TestCase):
    """After a known history."""

    def setUp(self):
        self.truced = Truced()
        self.addCleanup(self.truced.close)

    def text(self):
        """What the command prints."""
        done = self.truced.truce("status", "--prometheus", "--service",
                                 self.truced.service)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def check(self, text):
        """promtool has no word to say."""
        promtool = shutil.which("promtool")
        if not promtool:
            self.skipTest("needs promtool, of Debian's prometheus")
        done = subprocess.run([promtool, "check", "metrics"], input=text,
                              capture_output=True, text=True, check=False,
                              timeout=harness.TIMEOUT)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "", ""))

    def make_history(self):
        """Two batches, an alert that falls, a drill, and refusals."""
        self.truced.submit(
            incident("1", killed=9), incident("2", party="nobody"),
            incident("3", topic="incident.elsewhere"),
            incident("d", killed=9, status=incident_pb2.EXERCISE))
        self.truced.submit(
            incident("1", killed=9),
            incident("1", revision=2, party=None, at=NOON + HOUR,
                     assessment=incident_pb2.WITHDRAWN))
        # Out of every window by now.
        self.truced.submit(incident("4", killed=1, at=NOON + 9 * DAY))
        late = incident("5", killed=1, at=NOON + 9 * DAY)
        report = incident_pb2.Incident.FromString(late.payload)
        report.occurred_at = NOON
        late.payload = report.SerializeToString()
        self.truced.submit(late)

    def test_promtool_accepts_them(self):
        """New, and with something to tell."""
        self.check(self.text())
        self.make_history()
        self.check(self.text())

    def test_they_tell_what_happened(self):
        """Each family that an operator looks for."""
        started = time.time()
        self.make_history()
        self.truced.subscriber().heartbeat()
        told = parsed(self.text())
        expected = {
            ("truced_up",): 1,
            ("truced_build_info", "0.1.0", "truced"): 1,
            ("truced_trouble",): 0,
            ("truced_reports_total", "accepted"): 5,
            ("truced_reports_total", "duplicate"): 1,
            ("truced_reports_total", "rejected"): 2,
            ("truced_reports_total", "busy"): 0,
            ("truced_reports_rejected_total", "unknown_party"): 1,
            ("truced_reports_rejected_total", "unknown_agreement"): 1,
            ("truced_reports_rejected_total", "conflict"): 0,
            ("truced_alerts_total", "killed", "crossed"): 1,
            ("truced_alerts_total", "killed", "corrected"): 1,
            ("truced_alert_last_number", "real"): 2,
            ("truced_log_waiting_alerts", "real"): 0,
            ("truced_engine_time_seconds", "real"): (NOON + 9 * DAY) / 1000,
            ("truced_rule_late_reports_total", "killed"): 1,
            ("truced_pool_used", "reports"): 3,
            ("truced_pool_used", "exercise.reports"): 1,
            ("truced_pool_limit", "reports"): 1000000,
            ("truced_batches_total",): 4,
            ("truced_batches_full_total",): 0,
            ("truced_batch_reports",): 1,
            ("truced_batch_largest_reports",): 4,
            ("truced_batch_limit_reports",): 4096,
            ("truced_commit_seconds_count",): 4,
            ("truced_commit_seconds_bucket", "+Inf"): 4,
        }
        self.assertEqual({key: told.get(key) for key in expected}, expected)
        self.assertIn(("truced_exercise_alerts_total", "killed", "crossed"),
                      told)
        self.assertGreaterEqual(told["truced_heartbeat_time_seconds",],
                                int(started))
        self.assertGreater(told["truced_journal_bytes", "journal.db"]
                           + told["truced_journal_bytes", "journal.db-wal"],
                           16384)

    def test_alerts_that_no_log_takes_are_waiting(self):
        """Where there is no log daemon to take them."""
        alone = ["bwrap", "--die-with-parent", "--bind", "/", "/",
                 "--dev", "/dev", "--proc", "/proc"]
        if subprocess.run([*alone, "true"], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("needs bwrap, and namespaces")
        truced = Truced(config=harness.CONFIG.replace('"off"', '"syslog"'),
                        start=False)
        self.addCleanup(truced.close)
        truced.start(prefix=alone)
        alerts = truced.subscriber()
        truced.submit(incident("1", killed=9))
        alerts.alert()
        done = truced.truce("status", "--prometheus", "--service",
                            truced.service)
        self.assertEqual(
            parsed(done.stdout)["truced_log_waiting_alerts", "real"], 1)

    def test_commit_times_are_a_histogram(self):
        """Ascending, and its sum fits its longest."""
        self.make_history()
        told = parsed(self.text())
        buckets = [value for key, value in told.items()
                   if key[0] == "truced_commit_seconds_bucket"]
        self.assertEqual(len(buckets), 13)
        self.assertEqual(buckets, sorted(buckets))
        total = told["truced_commit_seconds_sum",]
        longest = told["truced_commit_longest_seconds",]
        self.assertGreater(longest, 0)
        self.assertTrue(longest <= total <= 4 * longest, (longest, total))

    def test_counts_do_not_include_what_was_replayed(self):
        """They begin with the process, as Prometheus expects of a counter."""
        self.make_history()
        self.truced.stop()
        self.truced.start()
        told = parsed(self.text())
        self.assertNotIn(("truced_alerts_total", "killed", "crossed"), told)
        self.assertEqual(told["truced_alert_last_number", "real"], 2)
        self.assertEqual(told["truced_reports_total", "accepted"], 0)

    def test_nobody_there_is_a_metric_too(self):
        """With an exit status that tells."""
        self.truced.stop()
        done = self.truced.truce("status", "--prometheus", "--timeout", "1",
                                 "--service", self.truced.service)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(parsed(done.stdout), {("truced_up",): 0})
        self.check(done.stdout)


if __name__ == "__main__":
    harness.main()
