"""Reports for a truced that dies, and what they and its alerts must become.

    load = Load(truced, seed=1)
    truced.start()
    load.attach()
    load.run(lambda: load.receipts >= 100)
    truced.stop(signal.SIGKILL)
    ...
    load.finish()
    load.check(self)

A report is sent again until its receipt has come. Random, but for its seed
the same each time.
"""

import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

# pylint: disable=wrong-import-position
import harness  # noqa: E402

import zmq  # noqa: E402

import alert_pb2  # noqa: E402
import incident_pb2  # noqa: E402
import service_pb2  # noqa: E402
from service_pb2 import ACCEPTED, DUPLICATE, STALE, Verdict  # noqa: E402

# Windows so short that they empty, and timers fire, while reports come in.
RULES = """
{ name = "each"; kind = "threshold"; measure = "killed"; window = "2s";
  resolution = "1s"; time = "received"; keep_firing = "1s";
  group_by = [ "kind", "party", "target" ];
  levels = ( { at = 1; severity = "minor"; },
             { at = 3; severity = "moderate"; } ); },
{ name = "party"; kind = "threshold"; measure = "casualties"; window = "5s";
  resolution = "1s"; late = "2s"; keep_firing = "1s"; update_every = "1s";
  group_by = [ "party" ];
  levels = ( { at = 10; severity = "severe"; clear = 5; },
             { at = 40; severity = "extreme"; } ); },
{ name = "total"; kind = "threshold"; measure = "killed";
  window = "agreement";
  levels = ( { at = 50; severity = "minor"; },
             { at = 500; severity = "severe"; } ); }
"""
LIMITS = ("reports = 100000; groups = 2000; buckets = 20000;"
          " episodes = 2000; names = 1000;")

FLYING = 8  # Submits without an answer
PARTIES = ("ukraine", "dpr", "lpr")


def truced_new(clock="wall"):
    """A truced for such a load, not started."""
    return harness.Truced(rules=RULES, limits=LIMITS, clock=clock,
                          start=False)


class Report:
    """One revision of a report, as it is sent each time."""

    def __init__(self, identifier, revision, item):
        self.identifier = identifier
        self.revision = revision
        self.item = item
        self.verdict = None  # of the first receipt


class Load:
    """Submits reports, listens to alerts, and keeps both."""

    def __init__(self, truced, seed):
        self.truced = truced
        self.random = random.Random(seed)
        self.reports = []
        self.standing = {}  # highest revision made, by id
        self.unsent = []
        self.flying = {}  # reports by tag
        self.client = None
        self.receipts = 0  # since attach, as the next two
        self.verdicts = {}
        self.alerts = []
        self.verdicts_ever = {}
        self.seen = {}  # payload and topic by stream and seq
        self.listener = None
        self.ends = []  # sockets that tell when the two have lost truced

    def _report(self):
        """A new report, or another revision of one."""
        choose = self.random
        if self.standing and choose.random() < 0.15:
            identifier = str(choose.randrange(len(self.standing)))
        else:
            identifier = str(len(self.standing))
        revision = self.standing.get(identifier, 0) + 1
        self.standing[identifier] = revision
        drill = int(identifier) % 7 == 0
        fields = {"assessment": incident_pb2.WITHDRAWN} \
            if choose.random() < 0.05 else {
                "killed": choose.randrange(4), "kind": choose.randrange(1, 30),
                "injured": choose.randrange(3),
                "target": choose.randrange(1, 9)}
        item = harness.incident(
            identifier, at=int(time.time() * 1000) - choose.randrange(2000),
            revision=revision, party=choose.choice(PARTIES),
            status=incident_pb2.EXERCISE if drill else incident_pb2.ACTUAL,
            **fields)
        return Report(identifier, revision, item)

    def attach(self):
        """To a truced that was started: what has no receipt goes again."""
        self.close()
        self.client = self.truced.client()
        self.listener = self.truced.context.socket(zmq.SUB)
        self.listener.setsockopt(zmq.LINGER, 0)
        self.listener.setsockopt(zmq.RCVHWM, 0)
        for prefix in ("alert.", "exercise.alert."):
            self.listener.setsockopt_string(zmq.SUBSCRIBE, prefix)
        self.ends = [sock.get_monitor_socket(zmq.EVENT_DISCONNECTED)
                     for sock in (self.client.socket, self.listener)]
        self.listener.connect(self.truced.alerts)
        self.unsent = [report for report in self.reports
                       if report.verdict is None]
        self.flying = {}
        self.receipts = 0
        self.verdicts = {}
        self.alerts = []

    def submit(self):
        """Sends a few reports."""
        batch = self.unsent[:10]
        del self.unsent[:10]
        if not batch:
            batch = [self._report() for _ in range(self.random.choice(
                (1, 1, 2, 5)))]
            self.reports.extend(batch)
        request = service_pb2.Request()
        request.submit.items.extend(report.item for report in batch)
        self.flying[self.client.send(request)] = batch

    def _take_reply(self):
        reply = self.client.reply(0)
        for report, receipt in zip(self.flying.pop(reply.tag),
                                   reply.receipts.receipts, strict=True):
            verdict = Verdict.Name(receipt.verdict)
            assert receipt.verdict in (ACCEPTED, DUPLICATE, STALE), receipt
            assert (receipt.id, receipt.revision) == (
                report.identifier, report.revision), receipt
            self.receipts += 1
            for verdicts in (self.verdicts, self.verdicts_ever):
                verdicts[verdict] = verdicts.get(verdict, 0) + 1
            report.verdict = report.verdict or verdict

    def _take_alert(self):
        topic, payload = self.listener.recv_multipart(zmq.NOBLOCK)
        alert = alert_pb2.Alert.FromString(payload)
        key = (alert.stream, alert.seq)
        known = self.seen.setdefault(key, (topic.decode(), payload))
        assert known == (topic.decode(), payload), f"{key} changed"
        self.alerts.append(alert)

    def take(self):
        """All that has come."""
        while self.client.socket.poll(0):
            self._take_reply()
        while self.listener.poll(0):
            self._take_alert()

    def run(self, enough, sends=True):
        """Until enough() or until truced is gone; whether it is enough.
        Without sends, only time passes."""
        poller = zmq.Poller()
        poller.register(self.client.socket, zmq.POLLIN)
        poller.register(self.listener, zmq.POLLIN)
        poller.register(self.truced.ended, zmq.POLLIN)
        deadline = time.monotonic() + harness.TIMEOUT
        while not enough():
            while sends and len(self.flying) < FLYING:
                self.submit()
            ready = dict(poller.poll(harness.until(deadline)))
            assert ready, f"nothing came:\n{self.truced.output()}"
            self.take()
            if self.truced.ended in ready:
                return False
        return True

    def hang_up(self):
        """After truced has ended, and both have heard of it: what was still
        on its way."""
        for end in self.ends:
            assert end.poll(harness.TIMEOUT * 1000), "still connected"
        self.take()

    def finish(self):
        """Sends all that has no receipt yet; its client stays."""
        self.attach()
        deadline = time.monotonic() + harness.TIMEOUT
        while self.unsent or self.flying:
            if self.unsent and len(self.flying) < FLYING:
                self.submit()
                continue
            left = harness.until(deadline)
            assert self.client.socket.poll(left), self.truced.output()
            self.take()

    def check(self, test):
        """Every receipt stands, all alerts can be had again, to the byte, and
        so they can after another start."""
        self._check_receipts(test)
        self._check_alerts(test)
        test.assertEqual(self.truced.stop(), 0, self.truced.output())
        before = journal_of(self.truced.state)
        self.truced.start()
        self._check_alerts(test)
        test.assertEqual(self.truced.stop(), 0, self.truced.output())
        after = journal_of(self.truced.state)
        for table, rows in before.items():
            test.assertEqual(after[table][:len(rows)], rows)
        positions = [row[0] for row in after["steps"]]
        test.assertEqual(positions, list(range(1, len(positions) + 1)))

    def _check_receipts(self, test):
        for start in range(0, len(self.reports), 500):
            reports = self.reports[start:start + 500]
            receipts = self.truced.submit(*[report.item
                                            for report in reports])
            for report, receipt in zip(reports, receipts, strict=True):
                stands = self.standing[report.identifier] == report.revision
                test.assertIsNotNone(report.verdict)
                test.assertEqual(Verdict.Name(receipt.verdict),
                                 "DUPLICATE" if stands else "STALE",
                                 (report.identifier, report.revision))

    def _check_alerts(self, test):
        kept = {}
        for stream in self.truced.status().streams:
            rows = alerts_of(self.truced, stream.stream)
            test.assertEqual([seq for seq, _, _ in rows],
                             list(range(1, len(rows) + 1)))
            for seq, topic, payload in rows:
                kept[(stream.stream, seq)] = (topic, payload)
        for key, message in self.seen.items():
            test.assertEqual(kept.get(key), message, key)

    def close(self):
        """Leaves."""
        if self.client:
            for sock in (self.client.socket, self.listener):
                sock.disable_monitor()
                sock.close()
            self.client = None


def causes(alerts, *wanted):
    """How many alerts have one of these causes."""
    return sum(alert.cause in wanted for alert in alerts)


def alerts_of(truced, stream, after=0):
    """(seq, topic, payload) of each alert of a stream, by asking."""
    rows = []
    while True:
        request = service_pb2.Request()
        request.replay.stream = stream
        request.replay.after_seq = after + len(rows)
        reply = truced.ask(request).alerts
        for item in reply.alerts:
            alert = alert_pb2.Alert.FromString(item.payload)
            assert alert.stream == stream
            rows.append((alert.seq, item.topic, item.payload))
        if after + len(rows) >= reply.last_seq:
            return rows


def journal_found(state):
    """The same as it lies there after a kill, from a copy."""
    with tempfile.TemporaryDirectory(prefix="truced-found-") as copy:
        for name in ("journal.db", "journal.db-wal"):
            if (pathlib.Path(state) / name).exists():
                shutil.copy(pathlib.Path(state) / name, copy)
        # SQLite's own recovery, which wants to write.
        sqlite3.connect(f"{copy}/journal.db").execute(
            "SELECT count(*) FROM steps").connection.close()
        return journal_of(copy)


def journal_of(state):
    """All rows of a journal, read without truced, which must be down."""
    database = sqlite3.connect(f"file:{state}/journal.db?mode=ro", uri=True)
    try:
        return {table: database.execute(
            f"SELECT * FROM {table} ORDER BY {order}").fetchall()
            for table, order in (("steps", "position"),
                                 ("alerts", "position, number"))}
    finally:
        database.close()
