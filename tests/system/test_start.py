"""A start goes on from a checkpoint, and is none the worse without one."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

import harness
from harness import HOUR, NOON, Truced, incident

# A field that no version knows makes reports large: a checkpoint is written
# after so many bytes, not after so many reports.
PADDING = b"\xfa\x7f" + b"\xe0\xd4\x03" + b"x" * 60000


def padded(item):
    item.payload += PADDING
    return item


def traceable():
    """Whether strace is there and may trace."""
    try:
        return subprocess.run(
            ["strace", "-D", "-f", "-o", "/dev/null", "-e",
             "trace=renameat", "true"], check=False,
            capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


class Start(unittest.TestCase):
    """What a start begins from changes its time and nothing else."""

    def setUp(self):
        self.truced = Truced()
        self.addCleanup(self.truced.close)

    def fill(self, truced, first=0):
        """As much as brings a checkpoint, with alerts in it."""
        for batch in range(first, first + 6):
            truced.submit(*[
                padded(incident(f"{batch}-{i}", at=NOON + batch * HOUR,
                                party=("dpr", "lpr")[batch % 2],
                                killed=i == 0))
                for i in range(100)])

    def more(self, truced):
        """What moves all episodes: up, and with a withdrawal down again."""
        truced.submit(
            incident("a", at=NOON + 6 * HOUR, killed=3, party="lpr"),
            incident("b", at=NOON + 6 * HOUR, killed=20, party="dpr"))
        truced.submit(incident("b", at=NOON + 6 * HOUR, revision=2, killed=2,
                               party="dpr"))
        truced.submit(incident("0-0", at=NOON, revision=2, killed=0))

    def await_said(self, *texts):
        deadline = time.monotonic() + harness.TIMEOUT
        while not all(text in self.truced.output() for text in texts):
            self.assertLess(time.monotonic(), deadline, self.truced.output())
            self.truced.status()

    def told(self, truced):
        """What was told, but for what is another in each run. An episode's
        name ends in the number of its first message."""
        return [(topic, alert.seq, alert.cause, alert.state, alert.reported,
                 alert.episode.rsplit("-", 1)[-1])
                for topic, alert in truced.replay()[0]]

    def said_since(self, length):
        return self.truced.output()[length:]

    def test_goes_on_from_a_checkpoint_after_a_kill(self):
        truced = self.truced
        self.fill(truced)
        self.await_said("checkpoint of step", "written")
        truced.submit(incident("z", at=NOON + 5 * HOUR, killed=9,
                               party="lpr"))
        before = truced.replay()
        said = len(truced.output())
        truced.stop(signal.SIGKILL)
        truced.start()
        self.assertRegex(self.said_since(said),
                         r"went on from the checkpoint of step \d+\n"
                         r".*replayed [1-9]\d* steps, [1-9]\d* reports")
        self.assertEqual(truced.replay(), before)
        self.more(truced)
        with Truced() as twin:
            self.fill(twin)
            twin.submit(incident("z", at=NOON + 5 * HOUR, killed=9,
                                 party="lpr"))
            self.more(twin)
            self.assertEqual(self.told(truced), self.told(twin))
            self.assertGreater(len(self.told(truced)), len(before[0]) + 2)

    def test_replays_nothing_after_a_clean_stop(self):
        truced = self.truced
        truced.submit(incident("1", killed=7), incident("2", killed=2))
        before = truced.replay()
        self.assertEqual(truced.stop(), 0)
        said = len(truced.output())
        truced.start()
        self.assertRegex(self.said_since(said),
                         r"went on from the checkpoint of step \d+\n"
                         r".*replayed 0 steps, 0 reports, 0 alerts")
        self.assertEqual(truced.replay(), before)
        self.assertEqual(truced.submit(incident("1", killed=7)).verdict,
                         harness.service_pb2.Receipt.DESCRIPTOR
                         .fields_by_name["verdict"].enum_type
                         .values_by_name["DUPLICATE"].number)

    def test_says_why_and_replays_all_when_it_is_damaged(self):
        truced = self.truced
        truced.submit(incident("1", killed=7), incident("2", killed=2))
        before = truced.replay()
        truced.stop()
        path = truced.state / "checkpoint"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        said = len(truced.output())
        truced.start()
        self.assertIn("is not used: it is damaged; the journal was replayed",
                      self.said_since(said))
        self.assertIn("2 reports", self.said_since(said))
        self.assertEqual(truced.replay(), before)
        # The next stop leaves a good one.
        truced.stop()
        said = len(truced.output())
        truced.start()
        self.assertIn("went on from", self.said_since(said))

    def test_keeps_the_limits_of_its_start_over_a_reload(self):
        truced = self.truced
        truced.submit(incident("1", killed=7))
        text = truced.config.read_text()
        truced.config.write_text(text.replace("at = 5;", "at = 6;").replace(
            'max_future = "1h";', 'max_future = "1h"; reports = 50;'))
        os.kill(truced.process.pid, signal.SIGHUP)
        self.await_said("the configuration is changed")
        before = truced.replay()
        truced.stop()
        said = len(truced.output())
        truced.start()
        self.assertIn("went on from", self.said_since(said))
        self.assertIn("another one than before", self.said_since(said))
        self.assertEqual(truced.status().pools[0].limit, 50)
        self.assertEqual(truced.replay()[0][:len(before[0])], before[0])
        truced.stop(signal.SIGKILL)  # the checkpoint is from before that
        said = len(truced.output())
        truced.start()
        self.assertIn("went on from", self.said_since(said))
        self.assertEqual(truced.status().pools[0].limit, 50)

    @unittest.skipUnless(traceable(), "strace is not there or may not trace")
    def test_may_start_at_once_when_it_was_killed_while_writing_one(self):
        truced = self.truced
        truced.stop()
        (truced.state / "checkpoint").unlink()
        # Only the child renames: it is kept waiting when all is written.
        truced.start(prefix=("strace", "-D", "-f", "-o", "/dev/null", "-e",
                             "trace=renameat,renameat2,rename", "-e",
                             "inject=renameat,renameat2,rename:"
                             "delay_enter=60000000"),
                     environment={"ASAN_OPTIONS": "detect_leaks=0"})
        said = len(truced.output())
        self.fill(truced)
        new = truced.state / "checkpoint.new"
        deadline = time.monotonic() + harness.TIMEOUT
        while not new.exists():
            self.assertLess(time.monotonic(), deadline, truced.output())
            truced.status()
        child = self.children(truced.process.pid)
        self.assertEqual(len(child), 1)
        self.assertEqual(self.inherited(child[0], truced.state), [])
        before = truced.replay()
        truced.stop(signal.SIGKILL)
        truced.start()
        self.assertNotIn("went on from", self.said_since(said))
        self.assertEqual(truced.replay(), before)

    @staticmethod
    def children(process):
        path = pathlib.Path(f"/proc/{process}/task/{process}/children")
        return [int(child) for child in path.read_text().split()]

    @staticmethod
    def inherited(process, state):
        """Files of the state directory that it holds, but for its own."""
        links = []
        for entry in pathlib.Path(f"/proc/{process}/fd").iterdir():
            try:
                links.append(os.readlink(entry))
            except FileNotFoundError:
                pass
        return [link for link in links if link.startswith(f"{state}/")
                and not link.endswith("/checkpoint.new")]


if __name__ == "__main__":
    harness.main()
