"""The real truced in a small world of its own, and clients to try it with.

    with harness.Truced() as truced:
        alerts = truced.subscriber()
        receipt = truced.submit(harness.incident("1", killed=5))
        alert = alerts.alert()

Everything waits for an event, at most TIMEOUT seconds, and nothing sleeps.
Test programs are unittest programs that end in harness.main(). The environment
names what to test: TRUCED_BUILD (a build directory).
"""

import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TRUCED_BUILD", TREE / "build/dev"))
PROTO = BUILD / "tests/system/proto"
sys.path.insert(0, str(PROTO))

# pylint: disable=wrong-import-position
import zmq  # noqa: E402

import alert_pb2  # noqa: E402
import incident_pb2  # noqa: E402
import service_pb2  # noqa: E402

TRUCED = BUILD / "daemon/truced/truced"
TRUCE = BUILD / "daemon/truce/truce"
OLDER = BUILD / "tests/system/journal_older"
TIMEOUT = 30  # seconds; sanitizers and a busy machine included

MINUTE = 60 * 1000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MINSK_2 = 1423951200000  # 2015-02-15T00:00:00+02:00
NOON = MINSK_2 + 36 * HOUR  # of the day after

CONFIG = """
sender = "truced";
state_dir = "{state}";
clock = "{clock}";
intake: {{ subscribe = ( {{ endpoint = "{intake}"; bind = true;
    topics = [ "incident.", "tally.", "finding." ]; }} ); }};
service: {{ endpoints = [ "{service}" ]; }};
alerts: {{ publish = ( {{ endpoint = "{alerts}"; bind = true; }} );
    heartbeat = "1s"; }};
syslog: {{ target = "off"; }};
limits: {{ max_future = "1h"; {limits} }};
sources = ( {{ name = "UCDP"; at_most = "verified"; }} );
agreements = ( {{ id = "minsk-2";
    title = "Package of Measures, Minsk, 12 February 2015";
    effective = "2015-02-15T00:00:00+02:00";
    parties = [ "ukraine", "dpr", "lpr" ]; }} );
rules = ( {rules} );
"""

RULES = """
{ name = "killed"; kind = "threshold"; measure = "killed"; window = "24h";
  group_by = [ "party" ];
  levels = ( { at = 5; severity = "severe"; },
             { at = 20; severity = "extreme"; } ); }
"""


def until(deadline):
    """Milliseconds left, for a poll."""
    return max(0, int((deadline - time.monotonic()) * 1000))


def receive(sock, timeout=TIMEOUT, what="an answer", truced=None):
    """The frames of the next message; gives up when truced is gone."""
    poller = zmq.Poller()
    poller.register(sock, zmq.POLLIN)
    if truced and truced.ended is not None:
        poller.register(truced.ended, zmq.POLLIN)
    ready = dict(poller.poll(int(timeout * 1000)))
    if sock in ready:
        return sock.recv_multipart()
    why = "truced is gone" if ready else f"not in {timeout} s"
    said = f":\n{truced.output()}" if truced else ""
    raise AssertionError(f"{what} did not come: {why}{said}")


def set_count(count, value):
    """5, or (low, best, high)."""
    if isinstance(value, int):
        count.best = value
    else:
        count.low, count.best, count.high = value


def incident(identifier, at=NOON, topic="incident.minsk-2", **fields):
    """An Item: a report with its topic. Counts are numbers or (low, best,
    high); the other fields are the proto's."""
    report = incident_pb2.Incident(id=identifier, source="UCDP",
                                   reported_at=at, occurred_at=at)
    if "party" not in fields:
        report.party = "dpr"
    for name, value in fields.items():
        field = report.DESCRIPTOR.fields_by_name[name]
        if field.message_type and field.message_type.name == "Count":
            set_count(getattr(report, name), value)
        elif value is None:
            report.ClearField(name)
        else:
            setattr(report, name, value)
    return service_pb2.Item(topic=topic, payload=report.SerializeToString())


class Subscriber:
    """A SUB socket that has proved that it is connected, unless nobody is to
    wait for that: truced may not have started."""

    def __init__(self, truced, prefixes=("alert.", "exercise.alert."),
                 wait=True):
        self.truced = truced
        self.socket = truced.context.socket(zmq.SUB)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVHWM, 100000)
        for prefix in (*prefixes, "heartbeat"):
            self.socket.setsockopt_string(zmq.SUBSCRIBE, prefix)
        self.socket.connect(truced.alerts)
        self.waiting = []
        if wait:
            self.heartbeat()

    def _next(self, timeout, what):
        topic, payload = receive(self.socket, timeout, what, self.truced)
        topic = topic.decode()
        if topic == "heartbeat":
            return topic, alert_pb2.Heartbeat.FromString(payload)
        return topic, alert_pb2.Alert.FromString(payload)

    def heartbeat(self, timeout=TIMEOUT):
        """The next Heartbeat; alerts that come before it are kept."""
        deadline = time.monotonic() + timeout
        while True:
            topic, message = self._next(until(deadline) / 1000, "a heartbeat")
            if topic == "heartbeat":
                return message
            self.waiting.append((topic, message))

    def message(self, timeout=TIMEOUT):
        """(topic, Alert)."""
        if self.waiting:
            return self.waiting.pop(0)
        deadline = time.monotonic() + timeout
        while True:
            topic, message = self._next(until(deadline) / 1000, "an alert")
            if topic != "heartbeat":
                return topic, message

    def alert(self, timeout=TIMEOUT):
        """The next Alert."""
        return self.message(timeout)[1]

    def quiet(self):
        """All alerts up to a heartbeat that was sent after what came before;
        [] if nothing is on its way."""
        self.heartbeat()
        last = self.heartbeat().seq
        kept, self.waiting = self.waiting, []
        assert not kept or kept[-1][1].seq <= last
        return [message for _, message in kept]

    def close(self):
        """Leaves."""
        self.socket.close()


def example(path):
    """A configuration that is shipped, as Truced takes it: listening
    elsewhere."""
    text = path.read_text(encoding="utf-8")
    text = text.replace("{", "{{").replace("}", "}}")
    for shipped, own in (("/var/lib/truced", "{state}"),
                         ("tcp://127.0.0.1:5560", "{intake}"),
                         ("tcp://127.0.0.1:5561", "{alerts}"),
                         ("ipc:///run/truced/service", "{service}"),
                         ('heartbeat = "5s"', 'heartbeat = "1s"')):
        assert text.count(shipped) == 1, shipped
        text = text.replace(shipped, own)
    return text


class Client:
    """A DEALER of the service."""

    def __init__(self, truced):
        self.truced = truced
        self.socket = truced.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDHWM, 100000)
        self.socket.connect(truced.service)
        self.tag = 0

    def send(self, request):
        """Asks, and gives the tag that the answer will carry."""
        self.tag += 1
        request.tag = self.tag
        self.socket.send(request.SerializeToString())
        return self.tag

    def reply(self, timeout=TIMEOUT):
        """The next Reply."""
        frames = receive(self.socket, timeout, "a reply", self.truced)
        assert len(frames) == 1, frames
        return service_pb2.Reply.FromString(frames[0])

    def ask(self, request, timeout=TIMEOUT):
        """One Request, its Reply."""
        tag = self.send(request)
        reply = self.reply(timeout)
        assert reply.tag == tag, reply
        return reply

    def close(self):
        """Leaves."""
        self.socket.close()


class Truced:
    """truced with a configuration and a state directory of its own."""

    def __init__(self, rules=RULES, clock="records", limits="",
                 transport="ipc", config=CONFIG, start=True):
        # pylint: disable=consider-using-with,too-many-arguments
        self.directory = tempfile.TemporaryDirectory(prefix="truced-")
        self.path = pathlib.Path(self.directory.name)
        self.state = self.path / "state"
        self.state.mkdir()
        self.service = self._address(transport, "service")
        self.intake = self._address(transport, "intake")
        self.alerts = self._address(transport, "alerts")
        self.config = self.path / "truced.conf"
        self.log = self.path / "log"
        self.config.write_text(config.format(
            state=self.state, clock=clock, limits=limits, rules=rules,
            service=self.service, intake=self.intake, alerts=self.alerts))
        self.context = zmq.Context()
        self.process = None
        self.ended = None  # readable once the process has
        self._client = None
        if start:
            try:
                self.start()
            except BaseException:
                self.close()
                raise

    def _address(self, transport, name):
        if transport == "ipc":
            return f"ipc://{self.path}/{name}"
        # A port that was free a moment ago.
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return f"tcp://127.0.0.1:{probe.getsockname()[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def launch(self, *options, prefix=(), environment=None):
        """Starts a truced of this configuration and gives its process."""
        # pylint: disable=consider-using-with
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [*prefix, TRUCED, "-c", self.config, *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})})

    def start(self, *options, prefix=(), environment=None):
        """Starts it and waits until it is ready."""
        path = self.path / "notify"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(path))
            self.process = self.launch(
                *options, prefix=prefix,
                environment={"NOTIFY_SOCKET": str(path),
                             **(environment or {})})
            self._forget()
            self.ended = os.pidfd_open(self.process.pid)
            self._wait_ready(notify)

    def _wait_ready(self, notify):
        poll = select.poll()
        poll.register(notify, select.POLLIN)
        poll.register(self.ended, select.POLLIN)
        deadline = time.monotonic() + TIMEOUT
        while True:
            events = dict(poll.poll(until(deadline)))
            if notify.fileno() in events:
                if b"READY=1" in notify.recv(4096).split(b"\n"):
                    return
            elif events:
                raise AssertionError(f"truced ended with "
                                     f"{self.process.wait()}:\n"
                                     f"{self.output()}")
            else:
                raise AssertionError("truced was not ready in time:\n"
                                     f"{self.output()}")

    def _forget(self):
        if self.ended is not None:
            os.close(self.ended)
            self.ended = None

    def output(self):
        """What it has said so far."""
        return self.log.read_text(errors="replace")

    def stop(self, number=signal.SIGTERM, timeout=TIMEOUT):
        """Ends it; its exit status (negative: the signal)."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"truced did not end:\n{self.output()}") \
                from None

    def close(self):
        """Ends it however it is, and leaves nothing behind."""
        if self.process:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
        self._forget()
        self.context.destroy(linger=0)
        self.directory.cleanup()

    def grow_old(self):
        """Stops it, and makes its journal one of an earlier version."""
        self.stop()
        older = self.path / "older"
        older.mkdir(exist_ok=True)
        done = subprocess.run([OLDER, self.state, older], check=False,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        (older / "journal.db").replace(self.state / "journal.db")

    def client(self):
        """Another client of the service."""
        return Client(self)

    def subscriber(self, *prefixes):
        """A subscriber to alerts."""
        return Subscriber(self, prefixes or ("alert.", "exercise.alert."))

    def publisher(self):
        """A plain PUB on the intake. Nothing tells when the other side has
        subscribed but that what is sent arrives."""
        sock = self.context.socket(zmq.PUB)
        sock.setsockopt(zmq.LINGER, 1000)
        sock.connect(self.intake)
        return sock

    def ask(self, request, timeout=TIMEOUT):
        """One Request of the standing client, its Reply."""
        if not self._client:
            self._client = self.client()
        return self._client.ask(request, timeout)

    def submit(self, *items, dry_run=False):
        """A Receipt for each; for one item the receipt itself."""
        request = service_pb2.Request()
        request.submit.items.extend(items)
        if dry_run:
            request.submit.dry_run = True
        reply = self.ask(request)
        assert reply.WhichOneof("reply") == "receipts", reply
        receipts = list(reply.receipts.receipts)
        assert len(receipts) == len(items), reply
        return receipts[0] if len(items) == 1 else receipts

    def replay(self, after=0, prefix="", stream="", limit=0):
        """(topics and Alerts, the last seq)."""
        request = service_pb2.Request()
        request.replay.after_seq = after
        request.replay.prefix = prefix
        request.replay.stream = stream
        request.replay.limit = limit
        reply = self.ask(request)
        assert reply.WhichOneof("reply") == "alerts", reply
        return items_of(reply.alerts.alerts), reply.alerts.last_seq

    def status(self):
        """A StatusReply."""
        request = service_pb2.Request()
        request.status.SetInParent()
        reply = self.ask(request)
        assert reply.WhichOneof("reply") == "status", reply
        return reply.status

    def truce(self, *arguments, **options):
        """Runs a command to its end."""
        return subprocess.run([TRUCE, *arguments], capture_output=True,
                              text=True, timeout=TIMEOUT, check=False,
                              **options)


def items_of(items):
    """(topic, Alert) of each Item."""
    return [(item.topic, alert_pb2.Alert.FromString(item.payload))
            for item in items]


def main():
    """unittest.main, with skipped tests told as `./dev test` expects them."""
    class Result(unittest.TextTestResult):
        """Tells a skip in a line of its own."""

        def addSkip(self, test, reason):
            super().addSkip(test, reason)
            print(f"SKIPPED: {test.id()}: {reason}", flush=True)

    unittest.main(testRunner=unittest.TextTestRunner(
        resultclass=Result, verbosity=2))
