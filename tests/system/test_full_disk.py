#!/usr/bin/python3
"""A full disk costs time and nothing else. In a mount namespace of its own."""

import os
import signal
import subprocess
import sys
import time
import unittest

import harness
from harness import NOON, Truced, incident

from service_pb2 import ACCEPTED, BUSY, DUPLICATE

MARK = "TRUCED_OWN_MOUNTS"
BALLAST = 2 * 1024 * 1024


def enter():
    """Starts this program again where it may mount."""
    unshare = ["unshare", "--mount"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    if subprocess.run([*unshare, "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
                      capture_output=True, check=False).returncode != 0:
        print("SKIPPED: needs to mount a tmpfs: root, or user namespaces")
        sys.exit(77)
    os.environ[MARK] = "yes"
    os.execvp("unshare", [*unshare, sys.executable, "-B", *sys.argv])


class FullDisk(unittest.TestCase):
    """truced with a state directory of 4 MiB, half of it taken."""

    def setUp(self):
        self.truced = Truced(start=False)
        self.addCleanup(self.truced.close)
        state = self.truced.state
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs",
                        state], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", state],
                        check=True)
        self.ballast = state / "ballast"
        self.ballast.write_bytes(bytes(BALLAST))
        self.truced.start()
        self.sent = []

    def submit(self, summary="x" * 4096):
        """Ten reports; what became of them."""
        items = [incident(str(len(self.sent) + each), killed=1,
                          summary=summary, at=NOON + len(self.sent))
                 for each in range(10)]
        self.sent += items
        return [receipt.verdict for receipt in self.truced.submit(*items)]

    def fill(self):
        """Until it is full; how many were accepted before."""
        deadline = time.monotonic() + harness.TIMEOUT
        while True:
            verdicts = self.submit()
            if BUSY in verdicts:
                return len(self.sent) - 10
            self.assertEqual(set(verdicts), {ACCEPTED})
            self.assertLess(time.monotonic(), deadline)

    def recover(self):
        """Makes room, and waits until it is noticed."""
        self.ballast.unlink()
        deadline = time.monotonic() + harness.TIMEOUT
        while self.truced.status().trouble:
            self.assertLess(time.monotonic(), deadline)

    def resubmit(self):
        """What becomes of everything, sent again."""
        return [receipt.verdict
                for start in range(0, len(self.sent), 100)
                for receipt in self.truced.submit(
                    *self.sent[start:start + 100])]

    def test_says_busy_and_recovers_by_itself(self):
        subscriber = self.truced.subscriber()
        self.fill()
        self.assertNotEqual(self.truced.status().trouble, "")
        alerts, last = self.truced.replay()
        self.assertEqual(last, len(alerts))
        self.assertGreater(last, 0)
        # The step that waits is not told before it is durable.
        subscriber.heartbeat()
        self.assertEqual(subscriber.heartbeat().seq, last)
        dry = self.truced.submit(incident("dry"), dry_run=True)
        self.assertEqual(dry.verdict, ACCEPTED)
        self.assertEqual(set(self.submit()), {BUSY})
        self.recover()
        self.assertLessEqual(set(self.resubmit()), {ACCEPTED, DUPLICATE})
        self.assertEqual(set(self.resubmit()), {DUPLICATE})

    def test_keeps_what_it_acknowledged_when_killed_while_full(self):
        accepted = self.fill()
        self.assertEqual(self.truced.stop(signal.SIGKILL), -signal.SIGKILL)
        self.ballast.unlink()
        self.truced.start()
        again = [self.truced.submit(item).verdict
                 for item in self.sent[:accepted]]
        self.assertEqual(set(again), {DUPLICATE})


if __name__ == "__main__":
    if MARK not in os.environ:
        enter()
    harness.main()
