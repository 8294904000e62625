#!/usr/bin/python3
"""A disk that is full, and a disk that fails, under the real truced."""

import ctypes
import signal
import subprocess
import unittest

import load
import test_kill

import harness  # found by load

from service_pb2 import ACCEPTED, BUSY, DUPLICATE, Verdict

DISK = 2 * 1024 * 1024
FILLER = 1024 * 1024
FAILURE = 1  # an exit status
ENOUGH = 200  # receipts after which no sync is expected to fail any more
# Of the syncs of a start and of the commits after it, one and all further.
SYNCS = [*range(1, 12), *range(12, 48, 5)]


def mounts_are_private():
    """Makes them so, where that is allowed: a disk of ours goes with us."""
    clone_newns = 0x00020000
    if ctypes.CDLL(None).unshare(clone_newns) != 0:
        return False
    return subprocess.run(["mount", "--make-rprivate", "/"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


PRIVATE = mounts_are_private()


@unittest.skipUnless(PRIVATE, "a private mount namespace is needed to make a "
                     "small disk, and that takes root")
class FullDisk(unittest.TestCase):
    """It costs nothing but time."""

    def setUp(self):
        self.number = 0
        self.publisher = None

    def _disk(self, **options):
        """A truced whose state directory is a small disk."""
        truced = load.truced_new(**options)
        self.addCleanup(truced.close)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs",
                        truced.state], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", truced.state],
                        check=True)
        (truced.state / "filler").write_bytes(bytes(FILLER))
        return truced

    def _report(self, **fields):
        self.number += 1
        return harness.incident(str(self.number), party="dpr", killed=1,
                                summary="x" * 4000, **fields)

    def _fill(self, truced):
        """Submits until BUSY: that report, and how many were accepted."""
        for accepted in range(DISK // 4000):
            item = self._report(kind=1 + self.number % 28)
            receipt = truced.submit(item)
            if receipt.verdict == BUSY:
                return item, accepted
            self.assertEqual(receipt.verdict, ACCEPTED)
        raise AssertionError("the disk is never full")

    def _recovered(self, truced, subscriber, item):
        """Submits once a heartbeat until it is not BUSY."""
        for _ in range(harness.TIMEOUT):
            receipt = truced.submit(item)
            if receipt.verdict != BUSY:
                return receipt.verdict
            subscriber.heartbeat()
        raise AssertionError(f"still BUSY:\n{truced.output()}")

    def assert_stands(self, truced, subscriber, before):
        """All that can still be asked is answered, and nothing moves."""
        for _ in range(2):
            item = self._report(kind=29)
            self.publisher.send_multipart([item.topic.encode(),
                                           item.payload])
            self.assertEqual(truced.submit(self._report()).verdict, BUSY)
            self.assertEqual(truced.submit(self._report(),
                                           dry_run=True).verdict, BUSY)
            beat = subscriber.heartbeat()
            status = truced.status()
            self.assertIn("full", status.trouble)
            self.assertEqual(status.position, before.position)
            self.assertEqual(beat.digest, before.digest)
            counts = {Verdict.Name(count.verdict): count.count
                      for count in status.verdicts}
            accepted = {Verdict.Name(count.verdict): count.count
                        for count in before.verdicts}.get("ACCEPTED")
            self.assertEqual(counts.get("ACCEPTED"), accepted)
            stream = status.streams[0]
            self.assertEqual(len(load.alerts_of(truced, stream.stream)),
                             before.streams[0].seq)

    def _publish_until_taken(self, truced):
        """Nothing tells a publisher when it is heard: it repeats."""
        self.publisher = truced.publisher()
        self.addCleanup(self.publisher.close)
        item = self._report()
        while not truced.status().verdicts:
            self.publisher.send_multipart([item.topic.encode(), item.payload])

    def test_waits_for_room_and_goes_on_by_itself(self):
        for clock in ("records", "wall"):
            with self.subTest(clock=clock):
                self._try_full_disk(clock)

    def _try_full_disk(self, clock):
        truced = self._disk(clock=clock)
        truced.start()
        subscriber = truced.subscriber()
        self._publish_until_taken(truced)
        waiting, accepted = self._fill(truced)
        self.assertGreater(accepted, 5)
        self.assertIn("full", truced.output())
        self.assert_stands(truced, subscriber, truced.status())
        (truced.state / "filler").unlink()
        verdict = self._recovered(truced, subscriber, waiting)
        # By the wall clock, the step that waited may be a timer's.
        self.assertIn(verdict, (DUPLICATE, ACCEPTED) if clock == "wall"
                      else (DUPLICATE,))
        self.assertEqual(truced.submit(waiting).verdict, DUPLICATE)
        self.assertEqual(truced.submit(self._report()).verdict, ACCEPTED)
        self.assertFalse(truced.status().HasField("trouble"))
        self._check(truced, subscriber)

    def _check(self, truced, subscriber):
        """Who listened has got every alert, those of the reports that
        waited in the intake too; and a restart gives the same."""
        real = [alert for alert in subscriber.quiet()
                if alert.stream == truced.status().streams[0].stream]
        self.assertEqual([alert.seq for alert in real],
                         list(range(1, len(real) + 1)))
        self.assertEqual(len(real), truced.replay(limit=1)[1])
        self.assertTrue(any(label.value == "other" for alert in real
                            for label in alert.labels))
        self.assertEqual(truced.stop(), 0, truced.output())
        before = load.journal_of(truced.state)
        truced.start()
        self.assertEqual(truced.stop(), 0, truced.output())
        after = load.journal_of(truced.state)
        for table, rows in before.items():
            self.assertEqual(after[table][:len(rows)], rows)

    def test_starts_on_a_full_disk_and_waits_for_room(self):
        truced = self._disk(clock="wall")
        truced.start()
        self._publish_until_taken(truced)
        first = self._report()
        self.assertEqual(truced.submit(first).verdict, ACCEPTED)
        self._fill(truced)
        truced.stop(signal.SIGKILL)
        with open(truced.state / "rest", "wb", buffering=0) as rest:
            try:
                while rest.write(bytes(4096)):
                    pass
            except OSError:
                pass
        # A START may still find room in the log; not many do.
        for _ in range(20):
            truced.start()
            if truced.status().trouble:
                break
            truced.stop(signal.SIGKILL)
        subscriber = truced.subscriber()
        self.assert_stands(truced, subscriber, truced.status())
        for name in ("filler", "rest"):
            (truced.state / name).unlink()
        self.assertEqual(self._recovered(truced, subscriber, first),
                         DUPLICATE)
        self.assertEqual(truced.stop(), 0, truced.output())

    def test_says_what_is_lost_when_it_ends_before_there_is_room(self):
        truced = self._disk(clock="records")
        truced.start()
        waiting, _ = self._fill(truced)
        self.assertEqual(truced.stop(), 0, truced.output())
        self.assertIn("never was durable", truced.output())
        (truced.state / "filler").unlink()
        truced.start()
        self.assertEqual(truced.submit(waiting).verdict, ACCEPTED)


@unittest.skipUnless(test_kill.TRACEABLE,
                     "strace is not there or may not trace")
class FailingDisk(unittest.TestCase):
    """After a sync that failed nobody knows what is durable."""

    def _start(self, fault, *filters):
        """False: it did not even start."""
        try:
            self.truced.start(
                prefix=("strace", "-D", "-f", "-o", "/dev/null",
                        *filters, "-e", "trace=fsync,fdatasync",
                        "-e", f"inject=fsync,fdatasync:error=EIO:{fault}"),
                environment={"ASAN_OPTIONS": "detect_leaks=0"})
            return True
        except AssertionError:
            return False

    def test_ends_at_a_failed_sync_and_loses_nothing(self):
        self.truced = truced = load.truced_new()
        self.addCleanup(truced.close)
        state = load.Load(truced, seed=4)
        self.addCleanup(state.close)
        started, ended = 0, 0
        for fault in [f"when={number}{more}" for number in SYNCS
                      for more in ("", "+")]:
            truced.log.unlink(missing_ok=True)
            if self._start(fault):
                started += 1
                state.attach()
                if state.run(lambda: state.receipts > ENOUGH):
                    truced.stop(signal.SIGKILL)
                    continue
                state.take()
            self.assertEqual(truced.stop(), FAILURE, truced.output())
            ended += 1
            self.assertRegex(truced.output(),
                             r"(could not be made durable|cannot be written|"
                             r"cannot be used|journal failed).*"
                             r"Input/output error", fault)
        truced.start()
        state.finish()
        print(f"{2 * len(SYNCS)} faults, {ended} ended it, {started} after "
              f"the start: {state.verdicts_ever}")
        self.assertGreater(ended - (2 * len(SYNCS) - started), 5)
        self.assertGreater(ended, len(SYNCS))
        state.check(self)

    def test_ends_at_a_checkpoint_that_failed_while_it_was_idle(self):
        self.truced = truced = load.truced_new()
        self.addCleanup(truced.close)
        truced.start()
        truced.stop()
        # The first of these syncs is the start's; commits have the log's.
        self.assertTrue(self._start("when=2+", "-P",
                                    truced.state / "journal.db"),
                        truced.output())
        with self.assertRaises(AssertionError):  # truced is gone
            for number in range(1000):
                truced.submit(harness.incident(str(number), killed=1))
                truced.status()
        self.assertEqual(truced.stop(), FAILURE, truced.output())
        self.assertRegex(truced.output(),
                         "the journal failed: .*checkpoint: .*Input/output")


if __name__ == "__main__":
    harness.main()
