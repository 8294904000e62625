#!/usr/bin/python3
"""truced is killed, anywhere and at chosen system calls, and loses nothing."""

import random
import shutil
import signal
import subprocess
import unittest

import load

import harness  # found by load

import alert_pb2

KILLS = 30
ENDS = 12
STEP_START, STEP_CONFIG, STEP_TICK = 1, 2, 5
# System calls between which a step becomes durable, at the start and later:
# the log's writes and its sync, the locks that a commit lets go (after the
# sync, before anything is published), the wake-ups of the thread that sends.
CALLS = {
    "fdatasync": (*range(1, 12), *range(12, 60, 4)),
    "pwrite64": (*range(1, 30, 4), *range(40, 160, 8)),
    "fcntl": (*range(1, 80, 11), *range(90, 180, 3)),
    "write": (*range(1, 40, 3), 60, 90),
}
FIRST_CALLS = {"fdatasync": range(1, 15), "pwrite64": range(2, 34, 4)}
BY_TIME = (alert_pb2.CLEARED, alert_pb2.LEVEL_DOWN, alert_pb2.PROGRESS)


def traceable():
    """Whether strace is there and may trace."""
    try:
        return subprocess.run(
            ["strace", "-D", "-f", "-o", "/dev/null", "-e",
             "trace=fsync", "true"], check=False,
            capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


TRACEABLE = traceable()


def killed_at(call, number):
    """A prefix that kills its program when it enters the Nth such call. The
    tracer is a grandchild: the program's process stays its parent's. (With
    --seccomp-bpf strace 6.1 injects no signal.)"""
    return ("strace", "-D", "-f", "-o", "/dev/null",
            "-e", f"trace={call}",
            "-e", f"inject={call}:signal=KILL:when={number}")


class Kill(unittest.TestCase):
    """kill -9 loses nothing that was told, and changes nothing."""

    def setUp(self):
        self.truced = load.truced_new()
        self.addCleanup(self.truced.close)
        self.load = load.Load(self.truced, seed=self.id())
        self.addCleanup(self.load.close)

    def test_anywhere_under_load(self):
        choose = random.Random(1)
        state = self.load
        by_time = 0
        for kill in range(KILLS):
            self.truced.start()
            state.attach()
            receipts = choose.choice((0, 1, 2, 10, 30, 60))
            alerts = choose.choice((0, 0, 1, 5, 20))
            self.assertTrue(state.run(
                lambda: state.receipts >= receipts
                and len(state.alerts) >= alerts))
            if kill % 6 == 5:  # timers fire, in the middle of which it ends
                self.assertTrue(state.run(
                    lambda: load.causes(state.alerts, *BY_TIME) > kill,
                    sends=False))
            by_time += load.causes(state.alerts, *BY_TIME)
            self.assertEqual(self.truced.stop(signal.SIGKILL),
                             -signal.SIGKILL)
            state.take()
        self.truced.start()
        state.finish()
        print(f"{KILLS} kills: {state.verdicts_ever}, {len(state.seen)} "
              f"alerts seen, {by_time} by time")
        state.check(self)
        # Killed after the commit and before the receipt, now and then.
        self.assertGreater(state.verdicts_ever.get("DUPLICATE", 0), 0)
        self.assertGreater(len(state.seen), 10 * KILLS)
        self.assertGreater(by_time, KILLS)
        ticks = [row for row in load.journal_of(self.truced.state)["steps"]
                 if row[2] == STEP_TICK]
        self.assertGreater(len(ticks), KILLS // 6)

    def _start(self, call, number):
        """False: it was killed before it was ready."""
        try:
            self.truced.start(prefix=killed_at(call, number),
                              environment={"ASAN_OPTIONS": "detect_leaks=0"})
            return True
        except AssertionError:
            self.assertEqual(self.truced.process.poll(), -signal.SIGKILL,
                             self.truced.output())
            return False

    def _unpublished(self):
        """How many alerts were durable when it was killed and were not seen,
        though later ones would have been."""
        last = {}
        for alert in self.load.alerts:
            last[alert.stream] = max(last.get(alert.stream, 0), alert.seq)
        return sum(row[2] in last and row[3] > last[row[2]]
                   for row in load.journal_found(self.truced.state)["alerts"])

    @unittest.skipUnless(TRACEABLE, "strace is not there or may not trace")
    def test_at_each_call_of_a_commit(self):
        state = self.load
        early, unpublished = 0, {}
        for call, numbers in CALLS.items():
            for number in numbers:
                if not self._start(call, number):
                    early += 1
                    continue
                state.attach()
                self.assertFalse(state.run(lambda: False))
                self.assertEqual(self.truced.stop(), -signal.SIGKILL)
                if state.receipts and state.alerts:
                    state.hang_up()
                    unpublished[call] = \
                        unpublished.get(call, 0) + self._unpublished()
                state.take()
        self.truced.start()
        state.finish()
        print(f"{sum(map(len, CALLS.values()))} kills, {early} before it was "
              f"ready: {state.verdicts_ever}, {len(state.seen)} alerts seen, "
              f"durable but not published: {unpublished}")
        state.check(self)
        self.assertGreater(early, 5)
        self.assertGreater(sum(unpublished.values()), 5)
        self.assertGreater(state.verdicts_ever.get("DUPLICATE", 0), 5)

    @unittest.skipUnless(TRACEABLE, "strace is not there or may not trace")
    def test_at_each_call_of_a_first_start(self):
        killed, between = 0, 0
        for call, numbers in FIRST_CALLS.items():
            for number in numbers:
                with self.subTest(call=call, number=number):
                    shutil.rmtree(self.truced.state)
                    self.truced.state.mkdir()
                    killed += not self._start(call, number)
                    self.truced.stop(signal.SIGKILL)
                    self.truced.start()
                    self.assertEqual(self.truced.stop(), 0)
                    kinds = [row[2] for row in load.journal_of(
                        self.truced.state)["steps"]]
                    before = kinds.index(STEP_CONFIG)
                    self.assertEqual(set(kinds[:before]), {STEP_START})
                    between += before > 1
        self.assertGreater(killed, 10)
        self.assertGreater(between, 0)


class Terminate(unittest.TestCase):
    """SIGTERM ends it in good order, whatever it was doing."""

    def test_finishes_the_batch_in_hand(self):
        truced = load.truced_new()
        self.addCleanup(truced.close)
        state = load.Load(truced, seed=3)
        self.addCleanup(state.close)
        choose = random.Random(3)
        for _ in range(ENDS):
            truced.start()
            state.attach()
            receipts = choose.randrange(1, 150)
            self.assertTrue(state.run(
                lambda: state.receipts >= receipts and state.alerts))
            truced.process.terminate()
            self.assertFalse(state.run(lambda: False))
            self.assertEqual(truced.stop(), 0, truced.output())
            state.hang_up()
            # All alerts were published, all steps are whole.
            last = {}
            for row in load.journal_of(truced.state)["alerts"]:
                last[row[2]] = row[3]
            for stream in {alert.stream for alert in state.alerts}:
                self.assertEqual(max(alert.seq for alert in state.alerts
                                     if alert.stream == stream),
                                 last[stream])
        truced.start()
        state.finish()
        print(f"{ENDS} ends: {state.verdicts_ever}")
        state.check(self)


if __name__ == "__main__":
    harness.main()
