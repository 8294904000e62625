"""The wall clock is wrong, and is set right: truced with a clock of its own
(libfaketime), while the monotonic one goes as it does."""

import pathlib
import time
import unittest

import harness
from harness import HOUR, Truced, incident

import alert_pb2

LIBRARY = sorted(pathlib.Path("/usr/lib").glob(
    "*/faketime/libfaketimeMT.so.1"))
PATIENCE = 60  # seconds that a step must have lasted


class Clock(unittest.TestCase):
    """A step is followed after a minute, and told."""

    def setUp(self):
        if not LIBRARY:
            self.skipTest("libfaketime is not installed")

    def set(self, truced, offset):
        """Sets truced's wall clock by so much."""
        whole = truced.path / "clock.new"
        whole.write_text(offset + "\n")
        whole.rename(truced.path / "clock")

    def environment(self, truced):
        return {"LD_PRELOAD": str(LIBRARY[0]),
                "FAKETIME_TIMESTAMP_FILE": str(truced.path / "clock"),
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_NO_CACHE": "1"}

    def test_goes_back_to_a_clock_that_was_set_back(self):
        with Truced(clock="wall", start=False) as truced:
            self.set(truced, "+3d")
            truced.start(environment=self.environment(truced))
            alerts = truced.subscriber()
            now = int(time.time() * 1000)
            ahead = now + 72 * HOUR
            truced.submit(incident("1", at=ahead, killed=3),
                          incident("2", at=ahead, killed=3))
            crossed = alerts.alert()
            self.assertGreater(crossed.sent_at, now + 71 * HOUR)
            self.set(truced, "+0")
            step = alerts.alert(2 * PATIENCE)
            self.assertEqual(step.rule, "clock-step")
            self.assertEqual(step.agreement, "truced")
            self.assertIn("set back by 3 d", step.headline)
            self.assertLess(step.sent_at, now + HOUR)
            # It goes on from there, and what came meanwhile counts now.
            truced.submit(incident("3", at=now, killed=14))
            raised = alerts.alert()
            self.assertEqual(raised.cause, alert_pb2.LEVEL_UP)
            self.assertEqual(raised.reported, 20)
            self.assertEqual(raised.episode, crossed.episode)
            # And so it does after a start.
            truced.stop()
            truced.start(environment=self.environment(truced))
            self.assertEqual([alert.seq for _, alert in truced.replay()[0]],
                             [1, 2, 3])
            self.assertLess(truced.status().streams[0].engine_at, now + HOUR)
            # And so it does when it is played again.
            live = truced.truce("tail", "--since", "0", "--count", "3",
                                "--json", "--service", truced.service,
                                "--alerts", truced.alerts).stdout
            truced.stop()
            played = truced.truce("backtest", "-c", truced.config, "--json",
                                  truced.state)
            self.assertEqual(played.stdout, live)



class Silence(unittest.TestCase):
    """Where silence counts the journal shows until when truced ran."""

    RULES = """{ name = "silent"; kind = "absence"; expect = [ "UCDP" ];
        after = "30d"; severity = "minor"; }"""

    def test_keeps_a_step_now_and_then_though_nothing_comes(self):
        if not LIBRARY:
            self.skipTest("libfaketime is not installed")
        with Truced(rules=self.RULES, clock="wall", start=False) as truced:
            truced.start(environment={"LD_PRELOAD": str(LIBRARY[0]),
                                      "FAKETIME": "+0 x100"})
            alerts = truced.subscriber()
            first = alerts.heartbeat()
            # One each second; a step is due within five minutes.
            beat = next(beat for beat in (alerts.heartbeat()
                                          for _ in range(600))
                        if beat.digest != first.digest)
            self.assertGreaterEqual(beat.at - first.at, 290 * 1000)
            self.assertEqual(beat.seq, 0)
            truced.stop()
            truced.start(environment={"LD_PRELOAD": str(LIBRARY[0]),
                                      "FAKETIME": "+1h"})
            self.assertEqual(truced.status().streams[0].seq, 0)


if __name__ == "__main__":
    harness.main()
