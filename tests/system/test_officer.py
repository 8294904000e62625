#!/usr/bin/python3
"""What an officer does about alerts, with truce, at the real truced: it holds
on when truced is killed and starts again. By the wall clock, in rules of
seconds."""

import datetime
import json
import os
import signal
import subprocess
import time
import unittest

import harness
from harness import Truced, incident

import alert_pb2
import service_pb2

UTC = {**os.environ, "TZ": "UTC"}

RULES = """
{{ name = "killed"; kind = "threshold"; measure = "killed"; window = "24h";
  time = "received"; group_by = [ "party" ]; {}
  levels = ( {{ at = 5; severity = "minor"; }},
             {{ at = 20; severity = "moderate"; }} ); }}
"""

ACTED = "Ольга Петрівна"
WORDS = "calling both sides;\n\"wait\" for {party}"


def now():
    """Unix milliseconds."""
    return int(time.time() * 1000)


def killed(identifier, count, **fields):
    """A report of today."""
    return incident(identifier, at=now(), killed=count, **fields)


class Officer(unittest.TestCase):
    """A truced by the wall clock, and an officer."""

    keys = 'remind = "1s";'

    def setUp(self):
        self.truced = Truced(rules=RULES.format(self.keys), clock="wall")
        self.addCleanup(self.truced.close)
        self.alerts = self.truced.subscriber()

    def truce(self, *arguments):
        """Runs a command of an officer's."""
        return self.truced.truce(*arguments, "--service", self.truced.service,
                                 env=UTC)

    def done(self, *arguments):
        """What a command that must end well has said."""
        done = self.truce(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def order(self, *arguments):
        """The message that an ack or retract gave, which is also sent."""
        given = json.loads(self.done(*arguments, "--json"))
        sent = self.until(alert_pb2.Cause.Value(given["cause"]))
        self.assertEqual(given["identifier"], sent.identifier)
        return sent

    def refused(self, *arguments):
        """What truce says of what is refused."""
        done = self.truce(*arguments)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        return done.stderr.strip()

    def until(self, cause, *others):
        """The next alert for this cause; the only others are those named."""
        while True:
            alert = self.alerts.alert()
            if alert.cause == cause:
                return alert
            self.assertIn(alert.cause, (alert_pb2.REMINDER, *others), alert)

    def crossed(self, count=6, identifier="1", **fields):
        """An alert that has begun."""
        self.truced.submit(killed(identifier, count, **fields))
        return self.until(alert_pb2.CROSSED)

    def restart(self):
        """Killed, and started again; the alerts are heard again."""
        self.alerts.close()
        self.truced.stop(signal.SIGKILL)
        self.truced.start()
        self.alerts = self.truced.subscriber()

    def board(self, *arguments):
        """The last messages of what is firing."""
        return [json.loads(line) for line in
                self.done("alerts", "--json", *arguments).splitlines()]


class Acknowledging(Officer):
    """truce ack."""

    def test_stops_reminders_also_after_kill_9(self):
        first = self.crossed()
        reminder = self.until(alert_pb2.REMINDER)
        self.assertGreaterEqual(reminder.sent_at, first.sent_at + 1000)
        self.assertEqual(reminder.acknowledged_by, "")
        alert = self.order("ack", f"#{first.seq}", "--by", ACTED,
                           "--comment", WORDS)
        self.assertEqual(
            (alert.cause, alert.acknowledged_by, alert.comment,
             alert.acknowledged_at, alert.episode),
            (alert_pb2.ACKNOWLEDGED, ACTED, WORDS, alert.sent_at,
             first.identifier))
        # Two heartbeats, a second or more apart: more than a reminder.
        self.assertEqual(self.alerts.quiet(), [])
        self.restart()
        self.assertEqual(self.alerts.quiet(), [])
        self.alerts.heartbeat()
        [row] = self.board()
        self.assertEqual((row["seq"], row["acknowledged_by"]),
                         (alert.seq, ACTED))

    def test_holds_only_for_so_long(self):
        first = self.crossed()
        alert = self.order("ack", first.identifier, "--for", "3s")
        self.restart()
        reminder = self.until(alert_pb2.REMINDER)
        self.assertEqual(reminder.acknowledged_by, "")
        self.assertGreaterEqual(reminder.sent_at, alert.sent_at + 3000)
        self.assertLess(reminder.references, reminder.identifier)

    def test_ends_when_the_alert_rises(self):
        first = self.crossed()
        alert = self.order("ack", str(first.seq))
        self.truced.submit(killed("2", 1))  # 7 is not another level
        self.assertEqual(self.alerts.quiet(), [])
        self.truced.submit(killed("3", 20))
        up = self.until(alert_pb2.LEVEL_UP)
        self.assertEqual((up.acknowledged_by, up.seq), ("", alert.seq + 1))
        self.until(alert_pb2.REMINDER)

    def test_is_asked_of_any_message_and_says_who_by_itself(self):
        first = self.crossed()
        reminder = self.until(alert_pb2.REMINDER)
        alert = self.order("ack", reminder.identifier)
        self.assertEqual(alert.episode, first.identifier)
        self.assertEqual(alert.acknowledged_by, subprocess.run(
            ["sh", "-c", "logname 2>/dev/null || id -un"], check=True,
            capture_output=True, text=True).stdout.strip())
        self.assertEqual(alert.comment, "")

    def test_prints_a_line_for_people(self):
        first = self.crossed()
        line = self.done("ack", f"#{first.seq}", "--by", "o\u202e",
                         "--comment", "seen")
        self.assertRegex(
            line, r"^\d{4}-\d\d-\d\d \d\d:\d\d #\d+ +MINOR +POSSIBLE ACK +"
            r'killed .* \| by o\\u\{202e\} \| "seen"\n$')

    def test_of_a_drill_touches_no_real_alert(self):
        self.crossed()
        drill = self.crossed(identifier="2", status=1)
        self.assertEqual((drill.status, drill.seq), (1, 1))
        alert = self.order("ack", "--exercise", "#1")
        self.assertEqual((alert.status, alert.episode),
                         (1, drill.identifier))
        self.assertEqual(["acknowledged_by" in row for row in self.board()],
                         [False])
        self.assertEqual(
            ["acknowledged_by" in row for row in self.board("--exercise")],
            [True])

    def test_refuses_what_it_cannot_mean(self):
        first = self.crossed()
        self.truced.submit(incident("1", revision=2, at=now(), killed=0))
        self.until(alert_pb2.CORRECTED)
        for arguments, said in (
                (("ack", f"#{first.seq}"), "an alert that is firing"),
                (("ack", "#99"), "there is no alert #99; the last is #"),
                (("ack", "99", "--exercise"), "there is no drill's alert #99"),
                (("ack", "nobody-00000000-1"),
                 "an identifier of this daemon's alerts"),
                (("ack", "#1", "--by", "a\x1b[2J"), "by: who it is"),
                (("ack", "#1", "--by", " "), "by: who it is"),
                (("ack", "#1", "--by", "a" * 65), "by: who it is"),
                (("ack", "#1", "--comment", "c" * 512), "comment: at most"),
                (("retract", "#1", "--comment", ""), "comment: why"),
                (("retract", f"#{first.seq}", "--comment", "c"),
                 "an alert that is firing")):
            with self.subTest(arguments):
                self.assertIn(said, self.refused(*arguments))
        self.restart()  # nothing of this is in the journal
        self.assertEqual(self.board(), [])


class Escalating(Officer):
    """escalate_after."""

    keys = 'escalate_after = "2s";'

    def test_escalates_once_also_after_kill_9(self):
        first = self.crossed()
        self.assertEqual(first.urgency, alert_pb2.EXPECTED)
        alert = self.until(alert_pb2.ESCALATED)
        self.assertEqual(alert.urgency, alert_pb2.IMMEDIATE)
        self.assertGreaterEqual(alert.sent_at, first.sent_at + 2000)
        self.assertIn(" ESCALATED ", self.done("alerts"))
        self.restart()
        self.assertEqual(self.alerts.quiet(), [])
        self.alerts.heartbeat()
        self.assertEqual(self.alerts.quiet(), [])
        alert = self.order("ack", f"#{first.seq}")
        self.assertEqual(alert.urgency, alert_pb2.EXPECTED)

    def test_does_not_escalate_what_is_acknowledged(self):
        first = self.crossed()
        self.order("ack", f"#{first.seq}")
        self.alerts.heartbeat()
        self.assertEqual(self.alerts.quiet(), [])
        self.alerts.heartbeat()
        self.assertEqual(self.alerts.quiet(), [])


class Retracting(Officer):
    """truce retract."""

    keys = ""

    def retract(self, alert):
        """Takes it back; the message."""
        cancel = self.order("retract", f"#{alert.seq}", "--comment",
                            "counted twice", "--by", ACTED)
        self.assertEqual(
            (cancel.cause, cancel.msg_type, cancel.state, cancel.comment,
             cancel.episode),
            (alert_pb2.RETRACTED, alert_pb2.CANCEL, alert_pb2.CANCELLED,
             "counted twice", alert.identifier))
        self.assertTrue(cancel.headline.startswith("retracted: "), cancel)
        self.assertNotIn("below", cancel.headline)
        self.assertEqual(self.board(), [])
        return cancel

    def test_keeps_quiet_until_the_level_is_left(self):
        self.retract(self.crossed())
        self.truced.submit(killed("2", 3))
        self.restart()
        self.truced.submit(killed("3", 4))
        self.assertEqual(self.alerts.quiet(), [])
        for identifier in "123":
            self.truced.submit(incident(identifier, revision=2, at=now(),
                                        killed=0))
        self.assertEqual(self.alerts.quiet(), [])
        self.restart()
        again = self.crossed(5, "4")
        self.assertEqual(again.seq, 3)  # and nothing was sent in between

    def test_speaks_again_above_what_was_retracted(self):
        self.retract(self.crossed())
        self.restart()
        self.truced.submit(killed("2", 13))
        self.assertEqual(self.alerts.quiet(), [])
        again = self.crossed(1, "3")
        self.assertEqual((again.reported, again.severity),
                         (20, alert_pb2.MODERATE))

    def test_leaves_other_groups_alone(self):
        self.retract(self.crossed())
        self.crossed(5, "2", party="lpr")


class Silencing(Officer):
    """truce silence."""

    keys = ""

    def silence(self, *arguments):
        """Adds one, as truce tells it."""
        return json.loads(self.done("silence", "add", "--json", *arguments))

    def held(self, *arguments):
        """Of the board, what is held back: severity, sum and silence."""
        return [(row["severity"], row["reported"], row["silence"])
                for row in self.board(*arguments) if "silence" in row]

    def numbers(self, *arguments):
        """The silences that are active."""
        return [json.loads(line)["number"] for line in
                self.done("silence", "list", "--json",
                          *arguments).splitlines()]

    def test_holds_until_an_officer_ends_it_also_after_kill_9(self):
        made = self.silence("party=dpr", "rule=killed", "--for", "4h",
                            "--by", ACTED, "--comment", WORDS)
        self.assertEqual(
            (made["number"], made["matchers"], made["up_to"], made["by"],
             made["comment"], made["until_at"] - made["since_at"]),
            (1, [{"name": "party", "value": "dpr"},
                 {"name": "rule", "value": "killed"}], "EXTREME", ACTED,
             WORDS, 4 * 3600 * 1000))
        self.truced.submit(killed("1", 6), killed("2", 16))
        self.restart()
        self.assertEqual(self.alerts.quiet(), [])
        self.assertEqual(self.truced.replay(), ([], 0))
        self.assertEqual(self.held(), [("MODERATE", 22, 1)])
        self.assertEqual(self.numbers(), [1])
        self.done("silence", "expire", "1")
        alert = self.until(alert_pb2.SILENCE_ENDED)
        self.assertEqual(
            (alert.seq, alert.msg_type, alert.state, alert.severity,
             alert.reported, alert.episode, len(alert.evidence)),
            (1, alert_pb2.ALERT, alert_pb2.FIRING, alert_pb2.MODERATE, 22,
             alert.identifier, 2))
        self.assertEqual((self.held(), self.numbers()), ([], []))
        self.restart()
        self.assertEqual(self.alerts.quiet(), [])
        self.assertEqual(self.numbers(), [])
        self.assertIn("number of one that is active",
                      self.refused("silence", "expire", "1"))

    def test_ends_by_its_time_also_after_kill_9(self):
        made = self.silence("agreement=minsk-2", "--for", "3s")
        self.truced.submit(killed("1", 6))
        self.assertEqual(self.held(), [("MINOR", 6, 1)])
        self.restart()
        alert = self.until(alert_pb2.SILENCE_ENDED)
        self.assertEqual(alert.sent_at, made["until_at"])
        self.assertEqual(self.numbers(), [])
        self.restart()
        [(_, kept)], last = self.truced.replay()
        self.assertEqual((kept, last), (alert, 1))

    def test_lets_through_what_is_more_severe_and_every_end(self):
        self.silence("party=dpr", "--up-to", "minor", "--for", "1d")
        self.truced.submit(killed("1", 6))
        self.assertEqual(self.held(), [("MINOR", 6, 1)])
        self.truced.submit(killed("2", 16))
        alert = self.until(alert_pb2.LEVEL_UP)
        self.assertEqual((alert.seq, alert.msg_type), (1, alert_pb2.ALERT))
        self.assertEqual(self.held(), [])
        for identifier in "12":
            self.truced.submit(incident(identifier, revision=2, at=now(),
                                        killed=0))
        alert = self.until(alert_pb2.CORRECTED, alert_pb2.CORRECTED)
        self.assertEqual(alert.seq, 2)

    def test_is_shown_wherever_somebody_looks(self):
        self.crossed(6, "1", party="lpr")
        self.done("silence", "add", "party=", "--for", "1h")
        self.truced.submit(killed("2", 6, party=None))
        said = self.done("alerts").splitlines()
        self.assertEqual(said[0], "1 firing, 1 not acknowledged, 1 held back "
                                  "by silences")
        self.assertIn(" #1 NEW ", said[2])
        self.assertRegex(said[3], r"HELD \d{4}-\d\d-\d\d \d\d:\d\d silence 1 ")
        self.assertRegex(
            self.done("silence", "list"),
            r'^1  party=""  until \d{4}-\d\d-\d\d \d\d:\d\d  by \S+\n$')
        self.assertIn("1 silence holds back messages of 1 alert\n",
                      self.done("status"))
        metrics = self.done("status", "--prometheus")
        self.assertIn('truced_silences{stream="real"} 1\n', metrics)
        self.assertIn('truced_held_alerts{stream="real"} 1\n', metrics)
        self.assertIn("HELD BACK BY A SILENCE (1)\n", self.done("handover"))
        [held] = json.loads(self.done("handover", "--json"))["held"]
        self.assertNotIn("identifier", held)

    def test_of_a_drill_holds_no_real_alert(self):
        self.silence("party=dpr", "--for", "1h", "--exercise")
        self.assertEqual((self.numbers(), self.numbers("--exercise")),
                         ([], [1]))
        self.crossed()
        self.truced.submit(killed("2", 6, status=1))
        self.assertEqual((self.held(), self.held("--exercise")),
                         ([], [("MINOR", 6, 1)]))
        self.done("silence", "expire", "1", "--exercise")
        self.assertEqual(self.until(alert_pb2.SILENCE_ENDED).status, 1)

    def test_refuses_what_it_cannot_mean(self):
        for arguments, said in (
                (("colour=red", "--for", "1h"), "matchers: names out of"),
                (("party=a", "party=b", "--for", "1h"), "at most once"),
                (("party=\x1b[2J", "--for", "1h"), "matchers: values of"),
                (("rule=kiled", "--for", "1h"), "that are configured"),
                (("agreement=truced", "--for", "1h"), "that are configured"),
                (("party=a", "--until", "2015-02-16"), "still to come"),
                (("party=a", "--for", "1h", "--by", " "), "by: who it is"),
                (("party=a", "--for", "1h", "--comment", "c" * 512),
                 "comment: at most")):
            with self.subTest(arguments):
                self.assertIn(said, self.refused("silence", "add",
                                                 *arguments))
        for arguments, said in (
                ((), "expected add, list or expire"),
                (("add", "party=a"), "expected --for or --until"),
                (("add", "party=a", "--for", "1h", "--until", "2035-01-01"),
                 "expected --for or --until"),
                (("add", "--for", "1h"), "expected NAME=VALUE"),
                (("add", "party", "--for", "1h"), "expected NAME=VALUE"),
                (("add", "party=a", "--for", "-1h"), "expected a duration"),
                (("add", "party=a", "--until", "noon"), "expected a time"),
                (("add", "party=a", "--up-to", "unknown"), "expected minor"),
                (("list", "1"), "expected no argument"),
                (("expire", "one"), "expected one NUMBER"),
                (("expire", "1", "--for", "1h"), "expected with add only")):
            with self.subTest(arguments):
                done = self.truce("silence", *arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(said, done.stderr)
        self.restart()  # nothing of this is in the journal
        self.assertEqual(self.numbers(), [])

    def test_refuses_one_too_many(self):
        for number in range(256):
            request = service_pb2.Request(silence=service_pb2.Silence(
                matchers=[alert_pb2.Label(name="party", value=f"p{number}")],
                for_ms=3600000, by="o"))
            self.assertEqual(
                self.truced.ask(request).silences.silences[0].number,
                number + 1)
        self.assertIn("at most 256 silences",
                      self.refused("silence", "add", "party=a", "--for", "1h"))
        self.restart()
        self.assertEqual(self.numbers(), list(range(1, 257)))


class Watching(Officer):
    """The board and the handover."""

    keys = ""

    def test_the_board_has_what_nobody_has_in_hand_first(self):
        first = self.crossed(6, "1", party="dpr")
        second = self.crossed(6, "2", party="lpr")
        third = self.crossed(6, "3", party="ukraine")
        self.order("ack", f"#{first.seq}", "--by", "Olga")
        self.truced.submit(killed("4", 20, party="lpr"))
        self.until(alert_pb2.LEVEL_UP)
        self.assertEqual([row["episode"] for row in self.board()],
                         [second.identifier, third.identifier,
                          first.identifier])
        said = self.done("alerts").splitlines()
        self.assertEqual(said[0], "3 firing, 2 not acknowledged")
        self.assertEqual([line.split()[3] for line in said[2:]],
                         ["minsk-2/lpr", "minsk-2/ukraine", "minsk-2/dpr"])
        self.assertRegex(said[4], r"#4 ACK .* \d\d:\d\d Olga ")
        self.assertEqual(self.board("minsk-2.other"), [])
        self.assertEqual(len(self.board("minsk-2.killed")), 3)

    def handover(self, *arguments):
        """As JSON."""
        return json.loads(self.done("handover", "--json", *arguments))

    def episodes(self, handover, fate):
        """The seqs of the last messages of that fate."""
        return [row["last"]["seq"] for row in handover[fate]]

    def shift(self):
        """Some alerts of before, and what became of them; when it began."""
        before = [self.crossed(6, name, party=name)
                  for name in ("dpr", "lpr", "ukraine")]
        # The engine's time has to go on: a millisecond is enough.
        began = before[-1].sent_at + 1
        self.alerts.heartbeat()
        self.truced.submit(killed("up", 20, party="dpr"))
        self.until(alert_pb2.LEVEL_UP)
        self.order("retract", before[1].identifier, "--comment", "twice")
        self.truced.submit(killed("other", 30, party=None))
        fourth = self.until(alert_pb2.CROSSED)
        self.order("ack", fourth.identifier, "--by", "Olga")
        self.truced.submit(killed("bad", 1, party="nobody"))
        return began

    def test_hands_over_what_happened_in_the_shift(self):
        began = self.shift()
        since = datetime.datetime.fromtimestamp(
            began / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        page = self.handover("--since", f"{since}.{began % 1000:03}Z")
        self.assertEqual(page["since"], began)
        self.assertEqual(self.episodes(page, "changed"), [4])
        self.assertEqual(self.episodes(page, "cancelled"), [5])
        self.assertEqual(self.episodes(page, "new"), [7])
        self.assertEqual(self.episodes(page, "ended"), [])
        self.assertEqual(page["new"][0]["messages"], 2)
        self.assertEqual([row["seq"] for row in page["open"]], [4, 3, 7])
        self.assertEqual(page["unacknowledged"], 2)
        self.assertEqual(page["reports"]["reasons"], {"unknown_party": 1})
        self.assertEqual((page["last_seq"], page["trouble"]), (7, ""))
        # A whole day has the three of before, too.
        page = self.handover("--since", "1d")
        self.assertEqual(self.episodes(page, "new"), [4, 3, 7])
        self.assertTrue(page["cancelled"][0]["began"])

    def test_hands_over_a_page_to_read(self):
        self.shift()
        page = self.done("handover", "--since", "1h")
        for words in ("Handover: ", "\nOPEN, NOT ACKNOWLEDGED (2)\n",
                      "\nOPEN, ACKNOWLEDGED (1)\n", "\nCANCELLED (1)\n",
                      "\nENDED: none\n", "\nNEW, AND OPEN (3)\n",
                      "\nCHANGED, AND OPEN: none\n", '| "twice"',
                      "7 messages about 4 alerts",
                      "5 accepted, 1 refused\n",
                      "unknown_party"):
            self.assertIn(words, page)

    def test_hands_over_an_empty_shift(self):
        page = self.done("handover")
        self.assertIn("no message; the last is #0\n", page)
        self.assertIn("\nOPEN, NOT ACKNOWLEDGED: none\n", page)
        drills = self.handover("--exercise")
        self.assertEqual((drills["open"], drills["new"]), ([], []))


if __name__ == "__main__":
    harness.main()
