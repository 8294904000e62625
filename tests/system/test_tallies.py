#!/usr/bin/python3
"""Totals as they were published, told by config/examples/gaza-2025.conf and
lebanon-tally.conf: what was added and what happened, a counter that starts
again, and what was edited after it was published."""

import datetime
import json
import subprocess
import unittest

import harness
from harness import Truced
from playing import EXAMPLES, TALLIES, edited_totals

import alert_pb2

MOPH, OCHA = "Ministry of Public Health, Lebanon", "OCHA"


def day(alert):
    """When it was sent, in the region."""
    sent = datetime.datetime.fromtimestamp(alert.sent_at / 1000,
                                           datetime.timezone.utc)
    return (sent + datetime.timedelta(hours=3)).date().isoformat()


def told(alert):
    """What an alert says, in short."""
    return (day(alert), alert_pb2.Cause.Name(alert.cause), alert.reported)


def play(name, data, *options):
    """Every alert of an example, by rule and source."""
    with Truced(config=harness.example(EXAMPLES / f"{name}.conf")) as truced:
        done = truced.truce("publish", "--service", truced.service, "--json",
                            "--map", EXAMPLES / f"{name}.map", *options,
                            TALLIES / data)
        assert done.returncode == 0, done.stdout + done.stderr
        alerts = {}
        for _, alert in truced.replay(limit=1000)[0]:
            labels = {label.name: label.value for label in alert.labels}
            alerts.setdefault((alert.rule, labels["source"]),
                              []).append(alert)
        return alerts


class Examples(unittest.TestCase):
    """The files as they are shipped."""

    def test_are_good_configurations(self):
        for name in ("gaza-2025", "lebanon-tally"):
            done = subprocess.run(
                [harness.TRUCED, "-t", "-c", EXAMPLES / f"{name}.conf"],
                capture_output=True, text=True, check=False,
                timeout=harness.TIMEOUT)
            self.assertEqual((done.returncode, done.stderr), (0, ""))


class Gaza(unittest.TestCase):
    """The months around the cease-fire of 10 October 2025."""

    @classmethod
    def setUpClass(cls):
        cls.alerts = {rule: alerts for (rule, source), alerts in
                      play("gaza-2025", "gaza-ceasefire.csv").items()
                      if source == "Ministry of Health, Gaza"}

    def test_what_was_added_goes_on_for_months(self):
        self.assertEqual(
            [told(alert) for alert in self.alerts["total-week"]],
            [("2025-09-20", "CROSSED", 303), ("2025-10-04", "LEVEL_UP", 1148),
             ("2025-10-25", "LEVEL_DOWN", 164),
             ("2026-01-17", "CLEARED", 46)])
        self.assertIn("1148 more killed since 2025-09-27, unconfirmed",
                      self.alerts["total-week"][1].headline)

    def test_what_happened_ends_with_the_cease_fire(self):
        self.assertEqual(
            [told(alert) for alert in self.alerts["killed-week"]],
            [("2025-09-17", "CROSSED", 190), ("2025-09-19", "LEVEL_UP", 301),
             ("2025-10-09", "LEVEL_DOWN", 232), ("2025-10-17", "CLEARED", 63),
             ("2025-10-29", "CROSSED", 110), ("2025-11-05", "CLEARED", 13)])

    def test_no_day_is_a_correction(self):
        for alerts in self.alerts.values():
            for alert in alerts:
                self.assertNotEqual(alert.cause, alert_pb2.CORRECTED)
                self.assertEqual(alert.certainty, alert_pb2.POSSIBLE)

    def test_every_thousand_is_told_once(self):
        self.assertEqual([alert.threshold for alert in self.alerts["total"]],
                         [1000 * n for n in range(66, 73)])


class Lebanon(unittest.TestCase):
    """A counter that starts again at 123, after 4,047."""

    @classmethod
    def setUpClass(cls):
        cls.alerts = play("lebanon-tally", "lebanon.csv")

    def test_starting_again_takes_nothing_back(self):
        self.assertEqual(
            [told(alert) for alert in self.alerts["total", MOPH]],
            [("2024-10-28", "CROSSED", 2710), ("2024-11-04", "LEVEL_UP", 3002),
             ("2024-12-04", "LEVEL_UP", 4047), ("2026-03-05", "CLEARED", 123),
             ("2026-03-19", "CROSSED", 1001)])
        over, again = self.alerts["total", MOPH][-2:]
        self.assertIn("over: 123 killed since 2026-03-01", over.headline)
        self.assertEqual(again.episode, again.identifier)

    def test_starting_again_is_no_increase_but_of_its_own(self):
        weeks = self.alerts["total-week", MOPH]
        self.assertEqual(
            [told(alert) for alert in weeks if day(alert) > "2024-12-04"],
            [("2024-12-08", "CLEARED", 86), ("2026-03-06", "CROSSED", 217),
             ("2026-03-11", "CLEARED", 94), ("2026-03-11", "CROSSED", 511),
             ("2026-03-28", "CLEARED", 118), ("2026-03-29", "CROSSED", 209)])

    def test_the_unmapped_restart_would_take_everything_back(self):
        # What `since_at` is for: without it a lower total is a correction.
        alerts = play("lebanon-tally", "lebanon.csv",
                      "--set", "since_at=2023-10-08T00:00:00+03:00")
        last = alerts["total", MOPH][-2]
        self.assertEqual(told(last), ("2026-03-05", "CORRECTED", 123))
        self.assertEqual(last.msg_type, alert_pb2.CANCEL)

    def test_sources_are_never_added_up(self):
        self.assertEqual(
            [told(alert) for alert in self.alerts["total", OCHA]],
            [("2024-10-10", "CROSSED", 2169)])
        self.assertEqual(self.alerts["total", OCHA][0].certainty,
                         alert_pb2.OBSERVED)


class Edits(unittest.TestCase):
    """Totals that were edited after they were published."""

    # A total that was one too high for a day.
    LEVEL = 72135

    def test_are_revisions_that_take_back_what_was_too_high(self):
        rule = f"""{{ name = "total"; kind = "tally"; measure = "killed";
            window = "latest";
            levels = ( {{ at = 72000; severity = "minor"; }},
              {{ at = {self.LEVEL}; severity = "severe"; }} ); }}"""
        config = harness.CONFIG.replace('id = "minsk-2"', 'id = "gaza-2025"')
        lines = "".join(json.dumps(one) + "\n" for one in edited_totals())
        with Truced(rules=rule, config=config) as truced:
            done = truced.truce(
                "publish", "--service", truced.service, "--type", "tally",
                "-", input=lines)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            alerts = [alert for _, alert in truced.replay()[0]]
        self.assertEqual(
            [told(alert) for alert in alerts],
            [("2026-02-07", "CROSSED", 72027),
             ("2026-03-10", "LEVEL_UP", 72135),
             ("2026-03-11", "CORRECTED", 72134),
             ("2026-03-11", "LEVEL_UP", 72135)])
        self.assertEqual(list(alerts[2].evidence), ["mohtel/2026-03-10@2"])


if __name__ == "__main__":
    harness.main()
