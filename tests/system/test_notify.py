#!/usr/bin/python3
"""What truced tells a service manager while it starts and runs."""

import os
import signal
import select
import socket
import time
import unittest

import harness
from harness import TIMEOUT, Truced, incident


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, truced):
        self.path = truced.path / "manager"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))

    def environment(self, **variables):
        """What truced is started with."""
        return {"NOTIFY_SOCKET": str(self.path), **variables}

    def message(self, timeout=TIMEOUT):
        """The next message's assignments; None if none comes in time."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return None
        lines = self.socket.recv(4096).decode().split("\n")
        return dict(line.split("=", 1) for line in lines if line)

    def until_ready(self):
        """The messages before READY=1, and the one that says it."""
        messages = [self.message()]
        while messages[-1] is not None and "READY" not in messages[-1]:
            messages.append(self.message())
        return messages

    def close(self):
        """Listens no more."""
        self.socket.close()


class Notify(unittest.TestCase):
    """A manager knows how it is, and does not take it for stuck."""

    def started(self, truced, **variables):
        """A manager, and truced started under it."""
        manager = Manager(truced)
        self.addCleanup(manager.close)
        truced.process = truced.launch(
            environment=manager.environment(**variables))
        truced.ended = os.pidfd_open(truced.process.pid)
        return manager

    def test_asks_for_time_while_it_replays_the_journal(self):
        with Truced() as truced:
            truced.submit(*[incident(str(number)) for number in range(100)])
            truced.stop(signal.SIGKILL)  # which leaves no checkpoint
            manager = self.started(truced)
            *before, ready = manager.until_ready()
            self.assertIsNotNone(ready, truced.output())
            asked = [message for message in before
                     if "EXTEND_TIMEOUT_USEC" in message]
            self.assertGreaterEqual(len(asked), 1, before)
            for message in asked:
                self.assertGreaterEqual(int(message["EXTEND_TIMEOUT_USEC"]),
                                        10 * 1000 * 1000)
                self.assertIn("Replaying", message["STATUS"])
            self.assertEqual(ready, {"READY": "1"})
            self.assertIn("Relaying", before[-1]["STATUS"])

    def test_feeds_the_watchdog_by_its_time_and_not_by_turns(self):
        with Truced(start=False) as truced:
            # Nothing that would wake it: the heartbeat is a rare one.
            text = truced.config.read_text()
            truced.config.write_text(text.replace('heartbeat = "1s"',
                                                  'heartbeat = "1h"'))
            manager = self.started(truced, WATCHDOG_USEC="4000000")
            self.assertIsNotNone(manager.until_ready()[-1])
            for _ in range(3):
                message = manager.message(4)
                self.assertEqual(message, {"WATCHDOG": "1"}, truced.output())
            begin = time.monotonic()
            for number in range(200):
                truced.submit(incident(str(number)))
            told = 0
            while manager.message(0):
                told += 1
            self.assertLessEqual(told, time.monotonic() - begin + 2)

    def test_says_that_it_did_not_take_a_configuration(self):
        with Truced(start=False) as truced:
            manager = self.started(truced)
            self.assertIsNotNone(manager.until_ready()[-1])
            good = truced.config.read_text()
            for bad in ("no configuration",
                        good.replace('"records"', '"wall"')):
                truced.config.write_text(bad)
                truced.process.send_signal(signal.SIGHUP)
                self.assertEqual(manager.message()["RELOADING"], "1")
                *_, told, ready = manager.until_ready()
                self.assertIn("NOT taken", told["STATUS"])
                self.assertEqual(ready, {"READY": "1"})
            truced.config.write_text(good)
            truced.process.send_signal(signal.SIGHUP)
            *_, told, _ = manager.until_ready()
            self.assertEqual(told["STATUS"],
                             "Relaying (agreements: 1, rules: 1)")

    def test_says_when_it_reloads_and_when_it_stops(self):
        with Truced(start=False) as truced:
            manager = self.started(truced)
            self.assertIsNotNone(manager.until_ready()[-1])
            truced.process.send_signal(harness.signal.SIGHUP)
            self.assertEqual(manager.message()["RELOADING"], "1")
            self.assertEqual(manager.until_ready()[-1]["READY"], "1")
            truced.process.terminate()
            self.assertEqual(manager.message(), {"STOPPING": "1"})


if __name__ == "__main__":
    harness.main()
