"""Another configuration: by SIGHUP, and at a start."""

import os
import random
import signal
import subprocess
import threading
import time
import unittest

import harness
from harness import BUILD, HOUR, NOON, Truced, incident

import alert_pb2
import service_pb2

SUMS = BUILD / "tests/system/journal_sums"

KILLED = """{ name = "killed"; kind = "threshold"; measure = "killed";
  window = "24h"; group_by = [ "party" ];
  levels = ( { at = 5; severity = "severe"; } ); }"""
INJURED = """{ name = "injured"; kind = "threshold"; measure = "injured";
  window = "24h"; late = "12h"; levels = ( { at = %d; severity = "minor"; } ); }"""
DEATHS = """{ name = "deaths"; kind = "threshold"; measure = "killed";
  window = "agreement"; levels = ( { at = 8; severity = "extreme"; } ); }"""


def told(alerts):
    return [(alert.rule, alert_pb2.Cause.Name(alert.cause), alert.episode)
            for alert in alerts]


def reports():
    return [incident(str(i), at=NOON + i * HOUR, killed=i, injured=2,
                     party=("dpr", "lpr")[i % 2]) for i in range(1, 7)]


def corrections():
    """Nobody died of lpr's but one."""
    return [incident(i, at=NOON + 6 * HOUR, killed=killed, injured=2,
                     revision=2, party="lpr")
            for i, killed in (("3", 0), ("1", 0), ("5", 1))]


class Reload(unittest.TestCase):
    """What a rule has counted is kept, unless it counts another way now."""

    def write(self, truced, *rules, before=None, after=None):
        config = harness.CONFIG
        if before:
            self.assertIn(before, config)
            config = config.replace(before, after)
        truced.config.write_text(config.format(
            state=truced.state, clock="records", limits="",
            rules=", ".join(rules), service=truced.service,
            intake=truced.intake, alerts=truced.alerts))

    def reload(self, truced):
        """SIGHUP, and the wait until truced has said what came of it."""
        before = len(truced.output())
        os.kill(truced.process.pid, signal.SIGHUP)
        deadline = time.monotonic() + harness.TIMEOUT
        while "the configuration is" not in truced.output()[before:]:
            self.assertLess(time.monotonic(), deadline)
            truced.status()
        return truced.status()

    def sums(self, truced):
        truced.stop()
        done = subprocess.run([SUMS, truced.state], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return sorted(done.stdout.splitlines())

    def alerts(self, truced, after=0):
        items, _ = truced.replay(after=after)
        return [alert for _, alert in items]

    def test_keeps_what_counts_as_before_and_sums_the_rest_anew(self):
        with Truced(rules=f"{KILLED}, {INJURED % 3}") as truced:
            truced.submit(*reports())
            before = self.alerts(truced)
            episodes = {alert.rule: alert.episode for alert in before}
            self.write(truced, DEATHS, INJURED % 4, KILLED)
            self.reload(truced)
            after = self.alerts(truced, len(before))
            self.assertEqual(
                [(rule, cause) for rule, cause, _ in told(after)],
                [("injured", "RULE_CHANGED"), ("deaths", "CROSSED"),
                 ("injured", "CROSSED")])
            self.assertEqual(after[0].episode, episodes["injured"])
            self.assertEqual(after[0].state, alert_pb2.RESOLVED)
            self.assertEqual(after[1].reported, 21)
            # The rule that was left alone goes on with its episode.
            truced.submit(*corrections())
            last = self.alerts(truced, len(before) + len(after))
            self.assertIn(("killed", "CORRECTED"),
                          [(rule, cause) for rule, cause, _ in told(last)])
            cancelled = [a for a in last if a.rule == "killed"][-1]
            self.assertIn(cancelled.episode,
                          [a.episode for a in before if a.rule == "killed"])
            self.assertEqual(cancelled.msg_type, alert_pb2.CANCEL)
            changed = self.sums(truced)
        with Truced(rules=f"{DEATHS}, {INJURED % 4}, {KILLED}") as always:
            always.submit(*reports())
            always.submit(*corrections())
            self.assertEqual(changed, self.sums(always))

    def test_changes_nothing_for_a_bad_file(self):
        with Truced(rules=KILLED) as truced:
            truced.submit(*reports())
            before = self.alerts(truced)
            self.write(truced, KILLED, DEATHS.replace("extreme", "grave"))
            status = self.reload(truced)
            self.assertEqual([rule.rule for rule in status.rules], ["killed"])
            self.assertEqual(self.alerts(truced), before)
            self.assertRegex(truced.output(),
                             r"truced\.conf:\d+: .*grave")
            self.assertIn("as it was", truced.output())

    def test_refuses_another_clock(self):
        with Truced(rules=KILLED) as truced:
            truced.config.write_text(truced.config.read_text().replace(
                'clock = "records"', 'clock = "wall"'))
            self.reload(truced)
            self.assertIn("clock cannot change", truced.output())

    def test_keeps_limits_until_the_next_start(self):
        with Truced(rules=KILLED) as truced:
            truced.submit(*reports())
            self.write(truced, KILLED, before='max_future = "1h";',
                       after='max_future = "1h"; reports = 10;')
            status = self.reload(truced)
            self.assertEqual(status.pools[0].limit, 1000000)
            self.assertIn("until the next start", truced.output())
            truced.stop()
            truced.start()
            self.assertEqual(truced.status().pools[0].limit, 10)
            truced.stop()
            # And now they are in force.
            truced.start()
            self.assertEqual(truced.status().pools[0].limit, 10)
            # What stands does not fit any more.
            self.write(truced, KILLED, before='max_future = "1h";',
                       after='max_future = "1h"; reports = 5;')
            truced.stop()
            with self.assertRaisesRegex(AssertionError, "limits.reports"):
                truced.start()

    def test_takes_another_file_at_a_start_and_replays_both(self):
        with Truced(rules=KILLED) as truced:
            truced.submit(*reports())
            before = self.alerts(truced)
            truced.stop()
            self.write(truced, KILLED, DEATHS)
            truced.start()
            self.assertEqual(
                [(rule, cause) for rule, cause, _ in
                 told(self.alerts(truced, len(before)))],
                [("deaths", "CROSSED")])
            self.reload(truced)  # the same file again tells nothing
            everything = self.alerts(truced)
            self.assertEqual(len(everything), len(before) + 1)
            truced.stop(signal.SIGKILL)
            truced.start()
            self.assertEqual(self.alerts(truced), everything)

    def test_keeps_its_reports_when_an_agreement_comes_and_goes(self):
        more = """( {{ id = "other"; title = "Another";
            effective = "2015-01-01T00:00:00+02:00"; }}, {{ id = "minsk-2";"""
        with Truced(rules=KILLED) as truced:
            truced.submit(*reports())
            before = self.alerts(truced)
            self.write(truced, KILLED, before='( {{ id = "minsk-2";', after=more)
            self.reload(truced)
            self.assertEqual(self.alerts(truced), before)
            truced.submit(incident("1", topic="incident.other", killed=9))
            self.assertEqual(truced.status().pools[0].used, 7)
            self.write(truced, KILLED)
            self.reload(truced)
            self.assertEqual(truced.status().pools[0].used, 6)

    def test_finds_the_names_again_that_timers_have_left(self):
        with Truced(rules=KILLED, clock="wall") as truced:
            truced.submit(incident("1", at=int(time.time() * 1000), killed=9))
            crossed, = self.alerts(truced)
            done = truced.truce("ack", crossed.identifier, "--by", "olga",
                                "--for", "1s", "--service", truced.service)
            self.assertEqual(done.returncode, 0, done.stderr)
            known = truced.status().pools[4]
            self.assertEqual(known.name, "names")
            over = self.alerts(truced)[-1].acknowledged_at + 1000
            while truced.status().streams[0].engine_at < over:
                pass  # asks again
            truced.config.write_text(truced.config.read_text().replace(
                "rules = (", f"rules = ( {DEATHS},"))
            status = self.reload(truced)
            # Nobody speaks of her any more; and so it is in a replay.
            self.assertEqual(status.pools[4].used, known.used - 1)
            truced.stop(signal.SIGKILL)
            (truced.state / "checkpoint").unlink(missing_ok=True)
            truced.start()
            self.assertEqual(truced.output().count("configuration is"), 1)
            self.assertEqual(truced.status().pools[4].used,
                             status.pools[4].used)

    def test_forgets_nothing_in_a_thousand_reloads_under_load(self):
        stream = history(3000)
        rules = (DEATHS, INJURED % 4, KILLED)
        with Truced(rules=KILLED) as truced:
            turns = threading.Semaphore(0)
            publisher = threading.Thread(target=publish,
                                         args=(truced, stream, turns))
            publisher.start()
            for number in range(1000):
                turns.release()
                if number % 2:
                    self.write(truced, KILLED, DEATHS.replace("extreme", "?"))
                elif number == 998:
                    self.write(truced, *rules)
                else:
                    self.write(truced, INJURED % (number + 1), KILLED,
                               *rules[:number % 3 // 2])
                self.reload(truced)
            turns.release(len(stream))
            publisher.join()
            output = truced.output()
            self.assertEqual(output.count("as it was"), 500)
            changed = [alert for alert in self.alerts_all(truced)
                       if alert.rule == "killed"]
            sums = self.sums(truced)
        with Truced(rules=", ".join(rules)) as always:
            publish(always, stream)
            alerts = [alert for alert in self.alerts_all(always)
                      if alert.rule == "killed"]
            self.assertEqual(sums, self.sums(always))
        self.assertGreater(len(alerts), 30)
        self.assertEqual([what_it_says(alert) for alert in changed],
                         [what_it_says(alert) for alert in alerts])

    def alerts_all(self, truced):
        alerts = []
        while True:
            more = self.alerts(truced, alerts[-1].seq if alerts else 0)
            if not more:
                return alerts
            alerts += more


def history(count):
    """Reports of some weeks, a third of them revised or withdrawn."""
    chance = random.Random(1)
    items = []
    for number in range(count):
        at = NOON + number * HOUR // 4
        items.append(incident(str(number), at=at,
                              killed=chance.randrange(12) // 10,
                              injured=chance.randrange(3),
                              party=chance.choice(("dpr", "lpr"))))
        if chance.randrange(3) == 0:
            old = chance.randrange(max(0, number - 200), number + 1)
            items.append(incident(str(old), at=at, revision=number + 2,
                                  killed=chance.randrange(8) // 6,
                                  party=chance.choice(("dpr", "lpr"))))
    return items


def publish(truced, stream, turns=None):
    """All of it, a few at a time, when it is their turn."""
    client = truced.client()
    size = 4
    for start in range(0, len(stream), size):
        if turns:
            turns.acquire()
        request = service_pb2.Request()
        request.submit.items.extend(stream[start:start + size])
        receipts = client.ask(request).receipts.receipts
        assert {receipt.verdict for receipt in receipts} == \
            {service_pb2.ACCEPTED}, receipts
    client.close()


def what_it_says(alert):
    """All but its place among others."""
    copy = alert_pb2.Alert()
    copy.CopyFrom(alert)
    for field in ("identifier", "stream", "seq", "episode", "references"):
        copy.ClearField(field)
    return copy


if __name__ == "__main__":
    harness.main()
