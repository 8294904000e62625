"""A start on what an engine of another version counted."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import unittest

import harness
from harness import (HOUR, MINSK_2, NOON, TIMEOUT, Subscriber, Truced,
                     incident)

import zmq

import alert_pb2
import incident_pb2
import service_pb2

CROSSED = alert_pb2.CROSSED
RULE_CHANGED = alert_pb2.RULE_CHANGED
UTC = {**os.environ, "TZ": "UTC"}

EVENTS = """
{ name = "event"; kind = "threshold"; measure = "killed"; window = "event";
  levels = ( { at = 5; severity = "severe"; },
             { at = 20; severity = "extreme"; } ); }
"""

# One rule of each kind, and what makes it fire by NOON.
KINDS = """
{ name = "sum"; kind = "threshold"; measure = "killed"; window = "24h";
  group_by = [ "party" ]; levels = ( { at = 5; severity = "severe"; } ); },
{ name = "since"; kind = "threshold"; measure = "killed";
  window = "agreement"; levels = ( { at = 5; severity = "severe"; } ); },
{ name = "event"; kind = "threshold"; measure = "killed"; window = "event";
  levels = ( { at = 5; severity = "severe"; } ); },
{ name = "spike"; kind = "spike"; measure = "violations"; method = "ears-c1";
  bucket = "1h"; baseline = 3; levels = ( { at = 3; severity = "severe"; } ); },
{ name = "total"; kind = "tally"; measure = "killed"; window = "latest";
  levels = ( { at = 100; severity = "severe"; } ); },
{ name = "apart"; kind = "discrepancy"; measure = "killed"; max_age = "30d";
  match: { source = [ "UCDP" ]; };
  levels = ( { at = 25; severity = "severe"; } ); },
{ name = "quiet"; kind = "absence"; expect = [ "JCCC" ]; after = "6h";
  severity = "minor"; },
{ name = "due"; kind = "deadline"; severity = "severe"; },
{ name = "gap"; kind = "feed_gap";
  levels = ( { at = 1; severity = "minor"; } ); }
"""
KINDS_CONFIG = harness.CONFIG.replace('"lpr" ];', """"lpr" ];
    deadlines = ( {{ name = "calm"; due = "2015-02-16T00:00:00Z"; }} );""")


def tally(killed, at=NOON):
    """An Item: UCDP's total."""
    message = incident_pb2.Tally(id="t", source="UCDP", reported_at=at,
                                 as_of_at=at, since_at=MINSK_2)
    message.killed.best = killed
    return service_pb2.Item(topic="tally.minsk-2",
                            payload=message.SerializeToString())


class Version(unittest.TestCase):
    """The reports are summed anew, and nobody keeps an alert without an end."""

    def begin(self, **settings):
        self.truced = Truced(**settings)
        self.addCleanup(self.truced.close)
        return self.truced

    def alerts(self, stream=""):
        return [alert for _, alert in self.truced.replay(stream=stream)[0]]

    def get(self, identifier):
        request = service_pb2.Request()
        request.get.identifier = identifier
        return self.truced.ask(request)

    def truce(self, *arguments):
        """What a command has said, which must end well."""
        done = self.truced.truce(*arguments, "--service", self.truced.service,
                                 env=UTC)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refused(self, *arguments):
        """Why a command was refused."""
        done = self.truced.truce(*arguments, "--service", self.truced.service,
                                 env=UTC)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stderr

    def next_version(self):
        """What it says of what there was."""
        self.truced.grow_old()
        self.truced.start()
        return self.alerts()

    def expect_goes_on(self, alert, last):
        """It is of the same episode as an earlier stream's last message."""
        self.assertNotEqual(alert.stream, last.stream)
        self.assertEqual(
            (alert.msg_type, alert.state, alert.cause),
            (alert_pb2.UPDATE, alert_pb2.FIRING, RULE_CHANGED))
        self.assertEqual((alert.episode, alert.references),
                         (last.episode, last.identifier))
        self.assertEqual((alert.rule, alert.measure, alert.urgency),
                         (last.rule, last.measure, last.urgency))
        self.assertTrue(alert.headline.startswith("counted anew: "), alert)

    def raise_at(self, threshold):
        """A rule of today that is another than it was."""
        config = self.truced.config
        config.write_text(re.sub(
            r"at = \d+;.*?at = \d+;", f'at = {threshold}; severity = "severe"; }}'
            f', {{ at = {2 * threshold};', config.read_text(),
            flags=re.DOTALL))

    def test_goes_on_with_what_holds_and_ends_the_rest(self):
        truced = self.begin()
        truced.submit(incident("1", party="dpr", killed=6),
                      incident("2", party="lpr", killed=12))
        before = self.alerts()
        self.assertEqual([alert.cause for alert in before], [CROSSED] * 2)
        self.truced.grow_old()
        self.raise_at(10)  # dpr's no longer is one
        truced.start()
        self.assertIn("summed 2 reports anew, left out 0", truced.output())

        goes_on, ending = self.alerts()
        self.assertEqual((goes_on.seq, ending.seq), (1, 2))
        self.expect_goes_on(goes_on, before[1])
        self.assertEqual(goes_on.labels, before[1].labels)
        self.assertEqual((goes_on.reported, goes_on.threshold), (12, 10))
        self.assertEqual(goes_on.headline,
                         f"counted anew: {before[1].headline}")
        ended = before[0]
        self.assertEqual(ending.stream, goes_on.stream)
        self.assertEqual(ending.references, ended.identifier)
        self.assertEqual(ending.episode, ended.episode)
        self.assertEqual(ending.labels, ended.labels)
        self.assertEqual(ending.reported, ended.reported)
        self.assertEqual(ending.cause, RULE_CHANGED)
        self.assertEqual(ending.msg_type, alert_pb2.UPDATE)
        self.assertEqual(ending.state, alert_pb2.RESOLVED)
        self.assertEqual(ending.urgency, alert_pb2.PAST)
        self.assertEqual(ending.headline,
                         f"counted anew, ended: {ended.headline}")

    def test_says_as_new_what_is_counted_in_another_way_by_its_rule(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6, injured=30))
        [before] = self.alerts()
        self.truced.grow_old()
        config = truced.config.read_text()
        truced.config.write_text(config.replace('measure = "killed"',
                                                'measure = "injured"'))
        truced.start()
        crossed, ending = self.alerts()
        self.assertEqual((crossed.cause, crossed.episode, crossed.reported),
                         (CROSSED, crossed.identifier, 30))
        self.assertEqual((ending.state, ending.references),
                         (alert_pb2.RESOLVED, before.identifier))

    def test_goes_on_whatever_the_kind_of_the_rule(self):
        truced = self.begin(rules=KINDS, config=KINDS_CONFIG)
        truced.submit(*[incident(f"b{hour}", at=NOON - hour * HOUR, feed="f",
                                 feed_seq=10 - hour)
                        for hour in range(9, 0, -1)])
        truced.submit(incident("1", killed=6, violations=20, feed="f",
                               feed_seq=12), tally(120))
        before = {alert.rule: alert for alert in self.alerts()}
        self.assertEqual(len(before), KINDS.count("name ="))
        after = self.next_version()
        self.assertEqual({alert.rule for alert in after}, set(before))
        self.assertEqual(len(after), len(before))
        # Silences and gaps are noticed from now on, as after a reload.
        self.assertEqual([(alert.rule, alert.state) for alert in after[-2:]],
                         [("quiet", alert_pb2.RESOLVED),
                          ("gap", alert_pb2.RESOLVED)])
        for alert in after[:-2]:
            self.expect_goes_on(alert, before[alert.rule])
            self.assertEqual(alert.labels, before[alert.rule].labels)

    def test_tells_events_apart_by_their_reports(self):
        truced = self.begin(rules=EVENTS)
        truced.submit(*[incident(str(number), killed=6 + number,
                                 at=NOON + number) for number in range(3)])
        truced.submit(incident("late", at=NOON + HOUR, killed=7),
                      incident("2", revision=2, killed=0, at=NOON + 2))
        before = self.alerts()
        self.assertEqual(before[-1].cause, alert_pb2.CORRECTED)
        after = self.next_version()
        for alert, last in zip(after, (before[0], before[1], before[3]),
                               strict=True):
            self.expect_goes_on(alert, last)
            self.assertEqual(alert.evidence, last.evidence)
            self.assertEqual(alert.reported, last.reported)

    def test_goes_on_with_events_that_ended_without_a_message(self):
        truced = self.begin(rules=EVENTS)
        truced.submit(incident("1", killed=6), incident("2", killed=25),
                      incident("3", killed=25))
        truced.submit(incident("late", at=NOON + 48 * HOUR, killed=1),
                      incident("2", revision=2, killed=7),
                      incident("3", revision=2, killed=7))
        before = self.alerts()
        self.assertEqual([alert.state for alert in before[3:]],
                         [alert_pb2.RESOLVED] * 2)
        self.truced.grow_old()
        self.raise_at(7)
        truced.start()
        *goes_on, ending = self.alerts()
        for alert, last in zip(goes_on, before[3:], strict=True):
            self.assertEqual(
                (alert.cause, alert.state, alert.episode, alert.references),
                (RULE_CHANGED, alert_pb2.FIRING, last.episode,
                 last.identifier))
        self.assertEqual((ending.state, ending.episode),
                         (alert_pb2.RESOLVED, before[0].episode))
        self.truced.grow_old()
        self.raise_at(8)
        truced.start()
        self.assertEqual([alert.state for alert in self.alerts()],
                         [alert_pb2.RESOLVED] * 2)

    def test_says_nothing_of_what_was_over_and_is_below_today(self):
        truced = self.begin(rules=EVENTS)
        truced.submit(incident("2", killed=25))
        truced.submit(incident("late", at=NOON + 48 * HOUR, killed=1),
                      incident("2", revision=2, killed=7))
        self.assertEqual(len(self.alerts()), 2)
        self.truced.grow_old()
        self.raise_at(8)
        truced.start()
        self.assertEqual(self.alerts(), [])

    def test_keeps_the_name_of_what_goes_on(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6))
        [first] = self.alerts()
        anew = self.next_version()
        truced.stop(signal.SIGKILL)
        truced.start()
        self.assertEqual(self.alerts(), anew)
        truced.submit(incident("2", killed=14, at=NOON + 1))
        self.assertEqual(truced.stop(), 0)
        truced.start()  # from a checkpoint
        self.assertIn("went on from the checkpoint", truced.output())
        truced.submit(incident("1", revision=2, killed=0),
                      incident("2", revision=2, killed=0, at=NOON + 1))
        said = self.alerts()
        self.assertEqual(said[:1], anew)
        self.assertEqual([alert.cause for alert in said[1:]],
                         [alert_pb2.LEVEL_UP, alert_pb2.CORRECTED,
                          alert_pb2.CORRECTED])
        for alert, last in zip(said[1:], said):
            self.assertEqual((alert.episode, alert.references),
                             (first.identifier, last.identifier))
        self.assertEqual(said[-1].state, alert_pb2.CANCELLED)
        # What comes to be after it is of its own name.
        truced.submit(incident("3", killed=6))
        alert = self.alerts()[-1]
        self.assertEqual((alert.cause, alert.episode),
                         (CROSSED, alert.identifier))
        self.assertEqual(truced.stop(), 0)
        (truced.state / "checkpoint").unlink()
        told = truced.output().count("anew")
        truced.start()
        self.assertEqual(truced.output().count("anew"), told)
        self.assertEqual(self.alerts()[:-1], said)

    def test_does_so_again_for_the_next_version(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6))
        [first] = self.alerts()
        [second] = self.next_version()
        truced.submit(incident("2", at=NOON + HOUR, killed=30))
        before = self.alerts()
        [third] = self.next_version()
        self.expect_goes_on(second, first)
        self.expect_goes_on(third, before[-1])
        self.assertEqual(third.episode, first.identifier)
        self.assertEqual(third.reported, 36)
        self.assertEqual(third.headline.count("counted anew"), 1)
        # By any of its messages.
        for alert in (first, before[-1], third):
            given = json.loads(self.truce("ack", "--json", alert.identifier))
            self.assertEqual(given["episode"], first.identifier)
        last = self.alerts()[-1]
        # And when it does not hold any more.
        self.truced.grow_old()
        self.raise_at(100)
        truced.start()
        [ending] = self.alerts()
        self.assertEqual((ending.episode, ending.references, ending.state),
                         (first.identifier, last.identifier,
                          alert_pb2.RESOLVED))
        self.assertEqual(ending.headline.count("counted anew"), 1)
        for alert in (first, ending):
            self.assertIn("of an earlier stream, and has ended",
                          self.refused("ack", alert.identifier))
        # All of it can be asked for again.
        for stream, alerts in ((first.stream, [first]),
                               (second.stream, before),
                               (ending.stream, [ending])):
            self.assertEqual(self.alerts(stream)[:len(alerts)], alerts)

    def test_takes_officers_words_on_what_goes_on(self):
        truced = self.begin()
        truced.submit(incident("1", party="dpr", killed=6),
                      incident("2", party="lpr", killed=7),
                      incident("3", party="dpr", killed=0))
        dpr, lpr = self.alerts()
        self.truce("ack", lpr.identifier, "--by", "Olga")
        self.truce("retract", dpr.identifier, "--by", "Olga", "--comment", "no")
        truced.submit(incident("4", party="ukraine", killed=8),
                      incident("5", party="lpr", killed=1, at=NOON + HOUR))
        ukraine = self.alerts()[-1]
        # What was retracted is said again, as something new.
        crossed = {alert.labels[0].value: alert
                   for alert in self.next_version()}
        self.assertEqual(crossed["dpr"].cause, CROSSED)
        # Nobody has acknowledged it, today.
        self.assertEqual(crossed["lpr"].acknowledged_by, "")
        self.assertIn("3 firing, 3 not acknowledged", self.truce("alerts"))
        self.assertIn("ANEW", self.truce("alerts"))
        given = json.loads(self.truce("ack", "--json", lpr.identifier))
        self.assertEqual((given["episode"], given["references"]),
                         (lpr.identifier, crossed["lpr"].identifier))
        self.assertIn("has ended", self.refused("ack", dpr.identifier))
        # The explanation knows when it began, and under which number here.
        page = json.loads(self.truce("explain", "--json", ukraine.identifier))
        self.assertEqual(page["alert"]["identifier"], ukraine.identifier)
        self.assertEqual(
            (page["episode"]["first_seq"], page["episode"]["begun_at"]),
            (crossed["ukraine"].seq, ukraine.sent_at))
        # What a silence holds back of it is under its name, too.
        self.truce("silence", "add", "--for", "1h", "--comment", "drill",
                   "party=ukraine")
        truced.submit(incident("6", party="ukraine", killed=30))
        [held] = [row for row in map(json.loads, self.truce(
            "alerts", "--json").splitlines()) if "silence" in row]
        self.assertEqual((held["episode"], held["reported"]),
                         (ukraine.identifier, 38))
        self.truce("retract", ukraine.identifier, "--by", "Olga", "--comment",
                   "no such thing")
        retracted = self.alerts()[-1]
        self.assertEqual((retracted.cause, retracted.episode),
                         (alert_pb2.RETRACTED, ukraine.identifier))
        page = json.loads(self.truce("explain", "--json", ukraine.identifier))
        self.assertEqual(page["retraction"]["comment"], "no such thing")

    def test_knows_what_goes_on_by_its_name_of_another_sender(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6))
        [first] = self.alerts()
        truced.stop()
        truced.config.write_text(truced.config.read_text().replace(
            'sender = "truced"', 'sender = "mission"'))
        truced.start()
        truced.submit(incident("2", killed=14))
        up = self.alerts()[-1]
        self.assertEqual(up.episode, f"mission-{first.stream[:8]}-1")
        [anew] = self.next_version()
        self.expect_goes_on(anew, up)
        given = json.loads(self.truce("ack", "--json", first.identifier))
        self.assertEqual((given["episode"], given["references"]),
                         (up.episode, anew.identifier))

    def test_plays_officers_words_on_what_goes_on(self):
        truced = self.begin(rules=EVENTS)
        truced.submit(incident("1", killed=6),
                      incident("2", killed=7, at=NOON + HOUR))
        first, _ = self.alerts()
        self.next_version()
        self.truce("retract", first.identifier, "--by", "Olga",
                   "--comment", "no such thing")
        self.assertEqual(truced.stop(), 0)
        done = truced.truce("backtest", "--json", "-c", truced.config,
                            truced.state, env=UTC)
        self.assertEqual(done.returncode, 0, done.stderr)
        told = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([(alert["cause"], alert["evidence"])
                          for alert in told if "cause" in alert],
                         [("CROSSED", ["UCDP/1@1"]),
                          ("CROSSED", ["UCDP/2@1"]),
                          ("RETRACTED", ["UCDP/1@1"])])

    def test_lists_what_goes_on_in_parts(self):
        truced = self.begin(rules=EVENTS)
        # Their numbers are others than today's.
        for revision, killed in ((1, 6), (2, 0)):
            truced.submit(*[incident(f"r{number}", killed=killed,
                                     revision=revision)
                            for number in range(50)])
        items = [incident(str(number), killed=6) for number in range(1100)]
        truced.submit(*items[:600])
        truced.submit(*items[600:])
        before = {alert.identifier for after in (100, 1100)
                  for _, alert in truced.replay(after=after)[0]}
        self.assertEqual(len(before), 1100)
        self.truced.grow_old()
        truced.start()
        told = [json.loads(line) for line in
                self.truce("alerts", "--json").splitlines()]
        self.assertEqual(len(told), 1100)
        self.assertEqual({alert["episode"] for alert in told}, before)

    def test_gives_what_it_said_in_earlier_streams(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6), incident("2", killed=20))
        truced.submit(incident("d", killed=9, status=incident_pb2.EXERCISE))
        before, last = truced.replay()
        drill_stream = truced.status().streams[1].stream
        drills = self.alerts(drill_stream)
        self.assertEqual([len(before), last, len(drills)], [2, 2, 1])
        after = self.next_version()
        stream = before[0][1].stream
        self.assertEqual(truced.replay(stream=stream), (before, last))
        self.assertEqual(truced.replay(stream=stream, after=1),
                         (before[1:], last))
        self.assertEqual(self.alerts(drill_stream), drills)
        for alert in (before[0][1], drills[0], after[0]):
            item = self.get(alert.identifier).found.alert
            self.assertEqual(alert_pb2.Alert.FromString(item.payload), alert)
        for identifier in (f"truced-{stream[:8]}-3",):
            self.assertFalse(self.get(identifier).found.HasField("alert"))
        for identifier in ("truced-00000000-1", f"x-{stream[:8]}-1", "x",
                           f"truced-{stream[:8]}-", f"{stream[:8]}-1"):
            self.assertTrue(self.get(identifier).HasField("error"), identifier)
        for name in (stream[:8], stream[:31], stream + "0", "x"):
            request = service_pb2.Request()
            request.replay.stream = name
            self.assertTrue(truced.ask(request).HasField("error"), name)
        # Each says which came after it.
        for first, then in ((stream, after[0].stream), (after[0].stream, "")):
            request = service_pb2.Request()
            request.replay.stream = first
            self.assertEqual(truced.ask(request).alerts.next_stream, then)
        request = service_pb2.Request()
        request.replay.stream = drill_stream
        self.assertEqual(truced.ask(request).alerts.next_stream,
                         truced.status().streams[1].stream)

    def tail(self, *arguments):
        done = self.truced.truce(
            "tail", "--json", "--service", self.truced.service, "--alerts",
            self.truced.alerts, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)["identifier"]
                for line in done.stdout.splitlines()]

    def test_can_be_followed_from_an_earlier_stream_on(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6), incident("2", killed=20))
        said = self.alerts()
        said += self.next_version()
        truced.submit(incident("3", killed=1, party="lpr"))
        said += self.next_version()
        names = [alert.identifier for alert in said]
        self.assertEqual([alert.episode for alert in said], names[:1] * 4)
        self.assertEqual(self.tail("--since", names[0], "--count", "3"),
                         names[1:])
        self.assertEqual(self.tail("--since", names[2], "--count", "1"),
                         names[3:])
        self.assertEqual(self.tail("--since", "2", "--count", "1"), names[3:])

    def test_tells_those_who_subscribed_before(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6))
        [first] = self.alerts()
        self.truced.grow_old()
        alerts = Subscriber(truced, wait=False)
        truced.start()
        self.expect_goes_on(alerts.alert(), first)
        truced.submit(incident("2", killed=20))
        self.assertEqual(alerts.alert().seq, 2)
        self.assertEqual(alerts.quiet(), [])

    def test_sends_first_what_the_start_said(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6))
        truced.grow_old()
        alerts = Subscriber(truced, wait=False)
        joined = alerts.socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED)
        truced.start()
        # It is there before the start's are sent, which do not wait any more.
        harness.receive(joined, what="a connection", truced=truced)
        truced.status()
        truced.submit(incident("2", killed=20))
        self.assertEqual([alerts.alert().seq, alerts.alert().seq], [1, 2])
        self.assertEqual(alerts.quiet(), [])

    def test_waits_for_them_while_reports_come_that_give_no_alert(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6))
        heard = []
        # On a busy machine a subscriber may come later than it waits.
        for number in range(2, 7):
            self.next_version()
            truced.submit(incident(str(number), killed=0))
            heard += [alert.cause for alert in
                      Subscriber(truced, wait=False).quiet()]
            if heard:
                break
        self.assertEqual(heard, [RULE_CHANGED])

    def stop_within(self):
        """Ends it, but not the program that it was started by."""
        pid = self.truced.process.pid
        while children := pathlib.Path(
                f"/proc/{pid}/task/{pid}/children").read_text().split():
            pid = int(children[0])
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(self.truced.process.wait(TIMEOUT), 0)

    def test_tells_the_log_what_it_had_not_got_of_the_earlier_stream(self):
        alone = ["bwrap", "--die-with-parent", "--bind", "/", "/",
                 "--dev", "/dev", "--proc", "/proc"]
        if subprocess.run([*alone, "true"], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("needs bwrap, and namespaces")
        truced = self.begin(
            config=harness.CONFIG.replace('"off"', '"syslog"'), start=False)
        truced.start(prefix=alone)
        truced.submit(incident("1", killed=6), incident("2", killed=20))
        truced.submit(incident("d", killed=9, status=incident_pb2.EXERCISE))
        before = self.alerts()
        drills = self.alerts(truced.status().streams[1].stream)
        self.stop_within()
        self.truced.grow_old()
        path = truced.path / "log-socket"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.bind(str(path))
            log.settimeout(TIMEOUT)
            heard = [*alone, "--bind", str(path), "/dev/log"]
            truced.start(prefix=heard)
            expected = before + drills + self.alerts() + \
                self.alerts(truced.status().streams[1].stream)
            self.assertEqual(len(expected), 5)
            for alert in expected:
                self.assertIn(f"({alert.identifier})",
                              log.recv(4096).decode())
            # Each is told once, also over starts.
            self.stop_within()
            truced.start(prefix=heard)
            truced.submit(incident("3", killed=9, party="lpr"))
            self.assertIn(f"({self.alerts()[-1].identifier})",
                          log.recv(4096).decode())

    def test_numbers_the_new_stream_from_one(self):
        # That four fifths are full is said of the old stream alone.
        truced = self.begin(limits="reports = 4;")
        truced.submit(*[incident(str(number), killed=2)
                        for number in range(4)])
        before = self.alerts()
        self.assertEqual(sorted(alert.rule for alert in before),
                         ["killed", "reports-limit"])
        self.assertEqual([(alert.seq, alert.rule, alert.cause)
                          for alert in self.next_version()],
                         [(1, "killed", RULE_CHANGED)])

    def test_does_not_begin_where_its_limits_leave_no_room(self):
        truced = self.begin(limits="reports = 4;")
        truced.submit(*[incident(str(number), killed=2)
                        for number in range(4)])
        self.truced.grow_old()
        before = (truced.state / "journal.db").read_bytes()
        config = truced.config.read_text()
        truced.config.write_text(config.replace("reports = 4", "reports = 3"))
        with self.assertRaisesRegex(AssertionError,
                                    "cannot be summed anew: limits has no "
                                    r"room for what stands \(ledger_full\)"):
            truced.start()
        self.assertEqual((truced.state / "journal.db").read_bytes(), before)
        truced.config.write_text(config)
        truced.start()
        self.assertEqual(self.alerts()[-1].reported, 8)

    def test_leaves_out_what_is_of_no_agreement_any_more(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6))
        self.truced.grow_old()
        config = truced.config.read_text()
        truced.config.write_text(config.replace('"minsk-2"', '"minsk-3"'))
        truced.start()
        self.assertIn("summed 0 reports anew, left out 1", truced.output())
        self.assertEqual([alert.cause for alert in self.alerts()],
                         [RULE_CHANGED])

    def test_keeps_what_officers_said_of_deadlines(self):
        day = "2015-03-%02dT00:00:00Z"
        config = harness.CONFIG.replace('"lpr" ];', '"lpr" ]; deadlines = (' +
            ", ".join('{{ name = "%s"; due = "%s"; }}' % (name, day % due)
                      for due, name in enumerate(("a", "b"), 1)) + ");")
        truced = self.begin(config=config, clock="wall", rules=
            '{ name = "due"; kind = "deadline"; severity = "severe"; }')
        first, second = self.alerts()
        for arguments in (("deadline", "met", "minsk-2", "a"),
                          ("ack", second.identifier)):
            done = truced.truce(*arguments, "--service", truced.service)
            self.assertEqual(done.returncode, 0, done.stderr)
        last = self.alerts()[-1]
        self.assertEqual(last.cause, alert_pb2.ACKNOWLEDGED)
        self.truced.grow_old()
        truced.start()
        [goes_on] = self.alerts()
        self.expect_goes_on(goes_on, last)
        self.assertEqual(goes_on.labels, second.labels)
        self.assertEqual(goes_on.acknowledged_by, "")
        self.assertEqual(first.labels[0].value, "a")


if __name__ == "__main__":
    harness.main()
