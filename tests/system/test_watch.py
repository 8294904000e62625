#!/usr/bin/python3
"""Rules that count no events, at the real truced: what an officer says of a
deadline, and silences over starts. By the wall clock, in rules of seconds."""

import datetime
import json
import os
import signal
import time
import unittest

import harness
from harness import Truced, incident

import alert_pb2

UTC = {**os.environ, "TZ": "UTC"}
DAY = 24 * 3600


def stamp(seconds_from_now):
    """RFC 3339, in whole seconds."""
    at = datetime.datetime.fromtimestamp(time.time() + seconds_from_now,
                                         datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def configured(deadlines="", rules=""):
    """A configuration of the harness with deadlines of minsk-2."""
    deadlines = deadlines.replace("{", "{{").replace("}", "}}")
    config = harness.CONFIG.replace(
        '"lpr" ];', f'"lpr" ]; deadlines = ( {deadlines} );')
    return Truced(config=config, rules=rules, clock="wall")


class Watch(unittest.TestCase):
    """A truced of its own."""

    def watch(self, **settings):
        """Starts it, and listens."""
        self.truced = configured(**settings)
        self.addCleanup(self.truced.close)
        self.alerts = self.truced.subscriber()

    def restart(self, number=signal.SIGKILL):
        """Ends it, and starts it again."""
        self.truced.stop(number)
        self.truced.start()
        self.alerts.close()
        self.alerts = self.truced.subscriber()

    def truce(self, *arguments):
        """Runs truce at it."""
        return self.truced.truce(*arguments, "--service", self.truced.service,
                                 env=UTC)

    def said(self, *arguments):
        """What a word on a deadline gave: a message, or None."""
        done = self.truce("deadline", "--json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


class Deadlines(Watch):
    """truce deadline."""

    RULES = '{ name = "due"; kind = "deadline"; severity = "severe"; }'

    def setUp(self):
        self.watch(rules=self.RULES, deadlines="".join(
            f'{{ name = "{name}"; due = "{stamp(due)}"; '
            f'warn_before = [ "7d", "1d" ]; }}{comma}'
            for name, due, comma in (("withdrawal", 3 * DAY, ","),
                                     ("exchange", 300 * DAY, ""))))

    def first(self):
        """What was to be told as soon as it began."""
        [(_, alert)], _ = self.truced.replay()
        return alert

    def test_ends_an_alert_when_it_is_met_also_after_kill_9(self):
        first = self.first()
        self.assertEqual((first.rule, first.severity, first.urgency),
                         ("due", alert_pb2.MINOR, alert_pb2.FUTURE))
        self.assertRegex(first.headline, r"^withdrawal is due in 3 d \(")
        given = self.said("met", "minsk-2", "withdrawal", "--by", "Ольга",
                          "--comment", "seen by the mission")
        cleared = self.alerts.alert()
        if cleared.identifier == first.identifier:
            cleared = self.alerts.alert()
        self.assertEqual(given["identifier"], cleared.identifier)
        self.assertEqual(
            (cleared.cause, cleared.state, cleared.episode,
             cleared.acknowledged_by, cleared.comment),
            (alert_pb2.CLEARED, alert_pb2.RESOLVED, first.identifier, "Ольга",
             "seen by the mission"))
        self.restart()
        self.assertEqual(self.alerts.quiet(), [])
        self.said("unmet", "minsk-2", "withdrawal")
        again = self.alerts.alert()
        self.assertEqual((again.cause, again.acknowledged_by),
                         (alert_pb2.CROSSED, ""))

    def test_is_silent_while_it_is_silenced(self):
        done = self.truce("silence", "add", "--for", "1h",
                          "deadline=exchange")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIsNone(
            self.said("due", "minsk-2", "exchange", stamp(-3600)))
        self.said("met", "minsk-2", "withdrawal")
        self.assertEqual(self.alerts.alert().labels[0].value, "withdrawal")

    def test_keeps_what_nobody_was_alerted_to(self):
        self.assertIsNone(self.said("met", "minsk-2", "exchange"))
        self.assertIsNone(
            self.said("due", "minsk-2", "exchange", stamp(3600)))
        self.restart()
        self.assertEqual(self.alerts.quiet(), [])
        given = self.said("unmet", "minsk-2", "exchange")
        self.assertRegex(given["headline"], "^exchange is due in 60 min")
        self.assertEqual(self.said("due", "minsk-2", "exchange",
                                   stamp(-3600))["cause"], "LEVEL_UP")

    def test_says_what_it_expects(self):
        for arguments, expected in (
                (("met", "minsk-3", "withdrawal"),
                 "agreement: one that is configured"),
                (("met", "minsk-2", "amnesty"),
                 "name: one of the agreement's deadlines"),
                (("met", "minsk-2", "exchange", stamp(2 * DAY)),
                 "met_at: a time that is not to come"),
                (("met", "minsk-2", "exchange", "--by", " "),
                 "by: who it is")):
            done = self.truce("deadline", *arguments)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(f"refused: expected {expected}", done.stderr)
        for arguments in ((), ("met",), ("due", "minsk-2", "exchange"),
                          ("unmet", "minsk-2", "exchange", "2025-01-01"),
                          ("lost", "minsk-2", "exchange"),
                          ("met", "minsk-2", "exchange", "soon")):
            self.assertEqual(self.truce("deadline", *arguments).returncode, 2)


class Silences(Watch):
    """A source that is expected."""

    def setUp(self):
        self.watch(rules="""{ name = "silent"; kind = "absence";
            expect = [ "UCDP" ]; after = "2s"; severity = "minor"; }""")

    def test_tells_it_until_the_source_is_heard_whoever_starts(self):
        first = self.alerts.alert()
        self.assertEqual(
            (first.cause, first.labels[0].value, first.threshold),
            (alert_pb2.CROSSED, "UCDP", 2))
        self.restart()
        self.assertEqual(self.alerts.quiet(), [])
        self.truced.submit(incident("1", at=int(time.time() * 1000)))
        cleared = self.alerts.alert()
        self.assertEqual((cleared.cause, cleared.episode),
                         (alert_pb2.CLEARED, first.identifier))
        # What it could not hear while it was down is not held against anybody,
        # but what nobody said before is.
        self.alerts.heartbeat()
        self.truced.submit(incident("2", at=int(time.time() * 1000),
                                    source="JCCC"))
        self.truced.stop(signal.SIGKILL)
        began = int(time.time() * 1000)
        self.truced.start()
        _, last = self.truced.replay()
        self.assertEqual(last, cleared.seq)
        self.alerts.close()
        self.alerts = self.truced.subscriber()
        again = self.alerts.alert()
        self.assertEqual(again.cause, alert_pb2.CROSSED)
        self.assertGreaterEqual(again.sent_at, began)
        # Told again, to the byte.
        self.restart()
        self.assertEqual(self.alerts.quiet(), [])


if __name__ == "__main__":
    harness.main()
