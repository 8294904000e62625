"""What the examples in any language do, against the real truced.

A test program of a language is a subclass of Reporting and of Tailing, with
`report` and `tail` as the beginnings of two command lines.
"""

import os
import select
import signal
import subprocess
import time

import zmq

import harness
from harness import TIMEOUT, Truced, incident

import alert_pb2
from incident_pb2 import Incident
from service_pb2 import ACCEPTED, BUSY, Reply, Request

# The reports say that they are of now, and the windows end there.
AT = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())


class Program:
    """A command that runs on, and what it says line by line."""

    def __init__(self, command, environment):
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **environment})
        self.read = {self.process.stdout: b"", self.process.stderr: b""}

    def _line(self, stream):
        deadline = time.monotonic() + TIMEOUT
        while b"\n" not in self.read[stream]:
            ready, _, _ = select.select([stream], [], [],
                                        harness.until(deadline) / 1000)
            more = os.read(stream.fileno(), 4096) if ready else b""
            if not more:
                raise AssertionError(f"no line came but {self.read}")
            self.read[stream] += more
        line, self.read[stream] = self.read[stream].split(b"\n", 1)
        return line.decode()

    def line(self):
        """The next line of its output."""
        return self._line(self.process.stdout)

    def complaint(self):
        """The next line that it writes to standard error."""
        return self._line(self.process.stderr)

    def end(self, timeout=TIMEOUT):
        """Its exit status, when it ends by itself."""
        return self.process.wait(timeout)

    def stop(self):
        """Ends it; what it had still to say."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(TIMEOUT)
        return (self.read[self.process.stdout]
                + self.process.stdout.read()).decode()

    def close(self):
        """Ends it however it is."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


class Examples:
    """One truced, and the programs started beside it."""

    report = tail = ()
    environment = {}

    def setUp(self):
        """A new truced for each test."""
        self.truced = Truced()
        self.addCleanup(self.truced.close)

    def start(self, *command):
        """A command that runs on."""
        program = Program(command, self.environment)
        self.addCleanup(program.close)
        return program

    def run_report(self, *arguments):
        """Runs it to its end: exit status and what it said."""
        done = subprocess.run(
            [*map(str, self.report), self.truced.service, *arguments],
            env={**os.environ, **self.environment}, capture_output=True,
            text=True, check=False, timeout=TIMEOUT)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout.strip()


class Reporting(Examples):
    """publish, correct, withdraw."""

    def test_publishes_with_a_receipt_and_is_counted_once(self):
        """However often."""
        publish = ("publish", "1", "--at", AT, "--killed", "3",
                   "--party", "dpr")
        self.assertEqual(self.run_report(*publish),
                         (0, "ACCEPTED Valley Monitors 1"))
        self.assertEqual(self.run_report(*publish),
                         (0, "DUPLICATE Valley Monitors 1"))

    def test_says_what_is_refused_and_why(self):
        """With the field."""
        status, said = self.run_report("publish", "1", "--at", AT,
                                       "--party", "nobody")
        self.assertEqual(status, 1)
        self.assertTrue(said.startswith(
            "REJECTED Valley Monitors 1 party: expected one of"), said)

    def test_corrects_and_withdraws_what_it_said(self):
        """And the alerts follow."""
        alerts = self.truced.subscriber()
        self.run_report("publish", "1", "--at", AT, "--killed", "9",
                        "--party", "dpr")
        alert = alerts.alert()
        self.assertEqual((alert.cause, alert.reported), (alert_pb2.CROSSED, 9))
        self.assertEqual(
            self.run_report("correct", "1", "--revision", "2", "--at", AT,
                            "--killed", "21", "--party", "dpr"),
            (0, "ACCEPTED Valley Monitors 1"))
        alert = alerts.alert()
        self.assertEqual((alert.cause, alert.reported),
                         (alert_pb2.LEVEL_UP, 21))
        self.assertEqual(self.run_report("withdraw", "1", "--revision", "3"),
                         (0, "ACCEPTED Valley Monitors 1"))
        alert = alerts.alert()
        self.assertEqual((alert.cause, alert.msg_type, alert.reported),
                         (alert_pb2.CORRECTED, alert_pb2.CANCEL, 0))
        self.assertEqual(self.run_report("withdraw", "1", "--revision", "2"),
                         (0, "STALE Valley Monitors 1"))

    def test_waits_for_a_truced_that_stands_still(self):
        """The report is there once in the end."""
        self.truced.process.send_signal(signal.SIGSTOP)
        program = self.start(*self.report, self.truced.service, "publish",
                             "1", "--at", AT)
        self.assertIn("sending the same again", program.complaint())
        self.truced.process.send_signal(signal.SIGCONT)
        self.assertEqual(program.end(), 0)
        self.assertRegex(program.line(), "^(ACCEPTED|DUPLICATE) ")
        accepted = [count.count for count in self.truced.status().verdicts
                    if count.verdict == ACCEPTED]
        self.assertEqual(accepted, [1])

    def test_sends_the_same_bytes_until_they_are_taken(self):
        """To a service that is silent first, then BUSY."""
        service = self.truced.context.socket(zmq.ROUTER)
        service.setsockopt(zmq.LINGER, 0)
        endpoint = f"ipc://{self.truced.path}/moody"
        service.bind(endpoint)
        program = self.start(*self.report, endpoint, "publish", "1",
                             "--at", AT)
        seen = []
        for verdict in (None, BUSY, BUSY, ACCEPTED):
            peer, empty, request = harness.receive(service)
            seen.append(request)
            if verdict is not None:
                reply = Reply(tag=Request.FromString(request).tag)
                reply.receipts.receipts.add(verdict=verdict, id="1",
                                            source="Valley Monitors")
                service.send_multipart([peer, empty,
                                        reply.SerializeToString()])
        self.assertEqual(program.end(), 0)
        self.assertTrue(program.line().startswith("ACCEPTED "))
        self.assertEqual(len(set(seen)), 1)
        items = Request.FromString(seen[0]).submit.items
        self.assertEqual([item.topic for item in items],
                         ["incident.minsk-2"])
        self.assertEqual(Incident.FromString(items[0].payload).id, "1")


class Line:
    """truced's alerts, as they arrive over a line that can lose them."""

    def __init__(self, truced):
        self.source = truced.subscriber("alert.")
        self.socket = truced.context.socket(zmq.XPUB)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.endpoint = f"ipc://{truced.path}/line"
        self.socket.bind(self.endpoint)

    def await_subscriber(self):
        """Both of its prefixes."""
        prefixes = {harness.receive(self.socket)[0] for _ in range(2)}
        assert prefixes == {b"\1alert.", b"\1heartbeat"}, prefixes

    def alert(self, times=1):
        """Takes the next one off the line and hands it on so many times."""
        topic, alert = self.source.message()
        for _ in range(times):
            self.socket.send_multipart([topic.encode(),
                                        alert.SerializeToString()])
        return alert

    def heartbeat(self):
        """Hands on the next one."""
        self.socket.send_multipart([
            b"heartbeat", self.source.heartbeat().SerializeToString()])


class Tailing(Examples):
    """Following, over a bad line."""

    def setUp(self):
        """Also a place to remember."""
        super().setUp()
        self.place = self.truced.path / "place"
        self.sent = 0

    def start_tail(self, line):
        """It has subscribed when this returns."""
        program = self.start(*self.tail, self.truced.service, line.endpoint,
                             self.place)
        line.await_subscriber()
        return program

    def make_alerts(self, count):
        """So many: each raises an alert of another party."""
        for party in ("dpr", "lpr", "ukraine")[self.sent:self.sent + count]:
            self.truced.submit(incident(party, killed=9, party=party))
        self.sent += count

    def assert_shown(self, program, *numbers):
        """These are the next lines."""
        for number in numbers:
            self.assertRegex(program.line(),
                             f"^#{number} FIRING SEVERE POSSIBLE .*9")

    def test_an_alert_shows_that_one_is_missing(self):
        """And nothing is shown twice, or out of order."""
        line = Line(self.truced)
        program = self.start_tail(line)
        self.make_alerts(3)
        line.alert(times=2)
        self.assert_shown(program, 1)
        line.alert(times=0)
        line.alert(times=2)
        self.assert_shown(program, 2, 3)
        self.assertEqual(program.stop(), "")

    def test_a_heartbeat_shows_that_the_last_one_is_missing(self):
        """Without another alert."""
        line = Line(self.truced)
        program = self.start_tail(line)
        self.make_alerts(1)
        line.alert(times=0)
        line.heartbeat()
        self.assert_shown(program, 1)
        self.assertEqual(program.stop(), "")

    def test_goes_on_where_it_was_when_it_starts_again(self):
        """What came meanwhile is shown, what was shown is not."""
        self.make_alerts(1)
        line = Line(self.truced)
        program = self.start_tail(line)
        self.assert_shown(program, 1)
        self.make_alerts(1)
        line.alert()
        self.assert_shown(program, 2)
        program.stop()
        self.make_alerts(1)
        again = self.start(*self.tail, self.truced.service,
                           self.truced.alerts, self.place)
        # It shows before it remembers: the last one may come twice.
        said = again.line()
        if said.startswith("#2 "):
            said = again.line()
        self.assertRegex(said, "^#3 ")
        self.assertEqual(again.stop(), "")

    def test_follows_a_journal_that_begins_anew(self):
        """Its numbers do, too."""
        self.make_alerts(2)
        program = self.start(*self.tail, self.truced.service,
                             self.truced.alerts, self.place)
        self.assert_shown(program, 1, 2)
        self.truced.stop()
        for file in self.truced.state.iterdir():
            file.unlink()
        self.truced.start()
        self.sent = 0
        self.make_alerts(1)
        self.assert_shown(program, 1)
        self.assertEqual(program.stop(), "")

    def test_goes_on_into_the_stream_of_another_version(self):
        """With what it missed of the one before."""
        self.make_alerts(2)
        program = self.start(*self.tail, self.truced.service,
                             self.truced.alerts, self.place)
        self.assert_shown(program, 1, 2)
        self.assertEqual(program.stop(), "")
        self.make_alerts(1)
        self.truced.grow_old()
        self.truced.start()
        again = self.start(*self.tail, self.truced.service,
                           self.truced.alerts, self.place)
        said = again.line()
        if said.startswith("#2 "):
            said = again.line()
        self.assertRegex(said, "^#3 ")
        self.assertNotIn("counted anew", said)
        for number in (1, 2, 3):
            self.assertRegex(again.line(), f"^#{number} .*counted anew")
        self.assertEqual(again.stop(), "")

    def test_escapes_what_could_move_the_cursor(self):
        """Names come from strangers."""
        self.make_alerts(1)
        alert = self.truced.replay()[0][0][1]
        alert.headline = "killed\x1b[2J\u202e\n9"
        service = self.truced.context.socket(zmq.ROUTER)
        service.setsockopt(zmq.LINGER, 0)
        endpoint = f"ipc://{self.truced.path}/hostile"
        service.bind(endpoint)
        program = self.start(*self.tail, endpoint, self.truced.alerts,
                             self.place)
        peer, empty, _ = harness.receive(service)
        reply = Reply()
        reply.alerts.stream = alert.stream
        reply.alerts.last_seq = 1
        reply.alerts.alerts.add(payload=alert.SerializeToString())
        service.send_multipart([peer, empty, reply.SerializeToString()])
        self.assertEqual(program.line(),
                         "#1 FIRING SEVERE POSSIBLE killed?[2J??9")
