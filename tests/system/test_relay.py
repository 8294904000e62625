#!/usr/bin/python3
"""truced from outside: reports in, receipts and alerts out."""

import json
import os
import signal
import stat
import time
import unittest

import zmq

import harness
from harness import DAY, HOUR, NOON, Truced, incident

import alert_pb2
import incident_pb2
import service_pb2
from service_pb2 import ACCEPTED, REJECTED, Reason, Verdict

LATER = NOON + HOUR


def names(receipt):
    """A receipt's verdict and reason, to compare and to read."""
    verdict = Verdict.Name(receipt.verdict)
    if receipt.verdict == REJECTED:
        return verdict, Reason.Name(receipt.reason)
    return verdict


def rejected(reason):
    """The same, as expected."""
    return "REJECTED", reason


class Receipts(unittest.TestCase):
    """What becomes of a report is told, with a reason."""

    @classmethod
    def setUpClass(cls):
        cls.truced = Truced()
        cls.addClassCleanup(cls.truced.close)

    def assert_rejected(self, item, reason, field=None):
        """It is, and its sender is told what was expected."""
        receipt = self.truced.submit(item)
        self.assertEqual(names(receipt), rejected(reason))
        self.assertNotEqual(receipt.detail, "")
        if field is not None:
            self.assertEqual(receipt.field, field)

    def test_accepts_then_knows_duplicates_stale_ones_and_conflicts(self):
        first = self.truced.submit(incident("life", revision=2, killed=1))
        self.assertEqual(names(first), "ACCEPTED")
        self.assertGreater(first.position, 0)
        self.assertEqual((first.source, first.id, first.revision),
                         ("UCDP", "life", 2))
        again = self.truced.submit(incident("life", revision=2, killed=1))
        self.assertEqual(names(again), "DUPLICATE")
        self.assertEqual(again.position, first.position)
        stale = self.truced.submit(incident("life", revision=1, killed=7))
        self.assertEqual(names(stale), "STALE")
        self.assertEqual(stale.position, first.position)
        self.assert_rejected(incident("life", revision=2, killed=2),
                             "CONFLICT")

    def test_says_the_same_of_a_report_that_only_reached_it_later(self):
        self.truced.submit(incident("twice", killed=1))
        again = incident("twice", killed=1)
        report = incident_pb2.Incident.FromString(again.payload)
        report.reported_at += HOUR
        again.payload = report.SerializeToString()
        self.assertEqual(names(self.truced.submit(again)), "DUPLICATE")

    def test_takes_a_withdrawal_and_a_reinstatement(self):
        withdrawn = incident("back", revision=2, party=None,
                             assessment=incident_pb2.WITHDRAWN)
        for item in (incident("back", killed=1), withdrawn,
                     incident("back", revision=3, killed=1)):
            self.assertEqual(names(self.truced.submit(item)), "ACCEPTED")
        self.assertEqual(names(self.truced.submit(withdrawn)), "STALE")

    def test_refuses_what_is_no_message_of_its_topic(self):
        self.assert_rejected(service_pb2.Item(
            topic="incident.minsk-2", payload=b"\xff\xff\xff"), "MALFORMED")
        self.assert_rejected(service_pb2.Item(
            topic="incident.minsk-2", payload=bytes(70000)), "OVERSIZE")
        for topic in ("", "incident", "incident.", "weather.minsk-2",
                      "incident.Minsk", "incident.minsk-2.more",
                      "incident." + "x" * 300):
            with self.subTest(topic=topic):
                self.assert_rejected(incident("1", topic=topic), "BAD_TOPIC")
        self.assert_rejected(incident("1", agreement="minsk-1"), "BAD_TOPIC",
                             "agreement")

    def test_refuses_a_field_that_is_not_as_it_should_be(self):
        cases = [
            ("MISSING_ID", "id", {"id": None}),
            ("MISSING_SOURCE", "source", {"source": None}),
            ("MISSING_TIME", None,
             {"reported_at": None, "occurred_at": None}),
            ("BAD_ID", "id", {"id": "x" * 65}),
            ("BAD_ID", "event", {"event": "x" * 65}),
            ("BAD_NAME", "party", {"party": "D P R"}),
            ("BAD_NAME", "source", {"source": "x" * 65}),
            ("UNKNOWN_PARTY", "party", {"party": "france"}),
            ("UNKNOWN_PARTY", "against", {"against": "france"}),
            ("BAD_COUNT", None, {"killed": (3, 2, 4)}),
            ("BAD_COUNT", None, {"killed": 100001}),
            ("BAD_TIME", None, {"occurred_until": NOON - 1}),
            ("FROM_THE_FUTURE", None,
             {"reported_at": int(time.time() * 1000) + 2 * HOUR}),
        ]
        for reason, field, fields in cases:
            with self.subTest(fields=fields):
                arguments = {"identifier": "odd", **fields}
                item = incident(**{"identifier": "odd"})
                report = incident_pb2.Incident.FromString(item.payload)
                del arguments["identifier"]
                for name, value in arguments.items():
                    if value is None:
                        report.ClearField(name)
                    elif name == "killed":
                        harness.set_count(report.killed, value)
                    else:
                        setattr(report, name, value)
                item.payload = report.SerializeToString()
                self.assert_rejected(item, reason, field)

    def test_refuses_a_place_that_is_not_on_earth(self):
        item = incident("far")
        report = incident_pb2.Incident.FromString(item.payload)
        report.place.latitude, report.place.longitude = 91, 0
        item.payload = report.SerializeToString()
        self.assert_rejected(item, "BAD_COORDINATES")

    def test_refuses_values_that_python_would_not_write(self):
        plain = incident("raw").payload
        # Field 8, kind, 99; field 20, summary, half of a letter.
        self.assert_rejected(service_pb2.Item(
            topic="incident.minsk-2", payload=plain + b"\x40\x63"),
            "BAD_ENUM", "kind")
        self.assert_rejected(service_pb2.Item(
            topic="incident.minsk-2", payload=plain + b"\xa2\x01\x01\xd1"),
            "BAD_UTF8", "summary")

    def test_refuses_an_agreement_that_is_not_configured(self):
        self.assert_rejected(incident("1", topic="incident.oslo"),
                             "UNKNOWN_AGREEMENT")

    def test_refuses_the_33rd_report_of_an_event(self):
        items = [incident(f"crowd-{number}", event="crowd")
                 for number in range(33)]
        verdicts = [names(receipt) for receipt in self.truced.submit(*items)]
        self.assertEqual(verdicts,
                         ["ACCEPTED"] * 32 + [rejected("EVENT_FULL")])

    def test_answers_each_of_a_thousand_in_order(self):
        items = [incident(f"many-{number}" if number % 3 else "",
                          party="dpr")
                 for number in range(1000)]
        receipts = self.truced.submit(*items)
        for number, receipt in enumerate(receipts):
            expected = "ACCEPTED" if number % 3 else rejected("MISSING_ID")
            self.assertEqual(names(receipt), expected)
            if number % 3:
                self.assertEqual(receipt.id, f"many-{number}")

    def test_tells_nothing_of_other_reports_in_a_receipt(self):
        self.truced.submit(incident("other", revision=3, killed=1))
        receipt = self.truced.submit(service_pb2.Item(
            topic="incident.minsk-2", payload=b"\xff"))
        self.assertEqual((receipt.source, receipt.id, receipt.revision),
                         ("", "", 0))

    def test_takes_tallies_and_findings(self):
        tally = incident_pb2.Tally(id="t", source="UCDP", as_of_at=NOON,
                                   reported_at=NOON)
        tally.killed.best = 120
        finding = incident_pb2.Finding(id="f", source="UCDP",
                                       reported_at=NOON,
                                       reports=["UCDP/life"])
        receipts = self.truced.submit(
            service_pb2.Item(topic="tally.minsk-2",
                             payload=tally.SerializeToString()),
            service_pb2.Item(topic="finding.minsk-2",
                             payload=finding.SerializeToString()))
        self.assertEqual([names(receipt) for receipt in receipts],
                         ["ACCEPTED", "ACCEPTED"])

    def test_leaves_no_trace_of_a_dry_run(self):
        subscriber = self.truced.subscriber()
        before = self.truced.status()
        items = [incident("dry", party="lpr", killed=9),
                 incident("", party="lpr", killed=9)]
        for _ in range(2):
            receipts = self.truced.submit(*items, dry_run=True)
            self.assertEqual([names(receipt) for receipt in receipts],
                             ["ACCEPTED", rejected("MISSING_ID")])
        after = self.truced.status()
        self.assertEqual(after.position, before.position)
        self.assertEqual(after.digest, before.digest)
        self.assertEqual(after.pools, before.pools)
        self.assertEqual(list(after.verdicts), list(before.verdicts))
        self.assertEqual(subscriber.quiet(), [])
        self.assertEqual(names(self.truced.submit(items[0])), "ACCEPTED")
        self.assertEqual(subscriber.alert().reported, 9)


class Limits(unittest.TestCase):
    """What is full is said, and what stands can still be revised."""

    def test_refuses_what_the_ledger_has_no_room_for(self):
        with Truced(limits="reports = 3;") as truced:
            receipts = truced.submit(*[incident(str(number))
                                       for number in range(4)])
            self.assertEqual([names(receipt) for receipt in receipts],
                             ["ACCEPTED"] * 3 + [rejected("LEDGER_FULL")])
            self.assertEqual(names(truced.submit(incident("0", revision=2))),
                             "ACCEPTED")

    def test_refuses_what_there_is_no_name_left_for(self):
        with Truced(limits="names = 16;") as truced:
            verdicts = [names(truced.submit(
                incident("1", source=f"Source {number}")))
                for number in range(17)]
            self.assertEqual(verdicts[0], "ACCEPTED")
            self.assertEqual(verdicts[-1], rejected("NAMES_FULL"))
            self.assertEqual(names(truced.submit(incident("old"))),
                             "ACCEPTED")


class Alerts(unittest.TestCase):
    """Alerts reach those who listen, and those who did not."""

    def test_sends_alerts_over_ipc_and_over_tcp(self):
        for transport in ("ipc", "tcp"):
            with self.subTest(transport=transport), \
                    Truced(transport=transport) as truced:
                subscriber = truced.subscriber()
                truced.submit(incident("1", killed=(1, 7, 9)))
                topic, alert = subscriber.message()
                self.assertEqual(topic, "alert.minsk-2.killed")
                self.assertEqual(alert.seq, 1)
                self.assertEqual(alert.identifier,
                                 f"truced-{alert.stream[:8]}-1")
                self.assertEqual(alert.episode, alert.identifier)
                self.assertEqual(alert.msg_type, alert_pb2.ALERT)
                self.assertEqual(alert.state, alert_pb2.FIRING)
                self.assertEqual(alert.cause, alert_pb2.CROSSED)
                self.assertEqual(alert.severity, alert_pb2.SEVERE)
                self.assertEqual(alert.certainty, alert_pb2.POSSIBLE)
                self.assertEqual((alert.confirmed, alert.supported,
                                  alert.reported, alert.upper),
                                 (0, 0, 7, 9))
                self.assertEqual(alert.threshold, 5)
                self.assertEqual(alert.window_ms, DAY)
                self.assertEqual(alert.sent_at, NOON)
                self.assertEqual([(label.name, label.value)
                                  for label in alert.labels],
                                 [("party", "dpr")])
                self.assertEqual(list(alert.evidence), ["UCDP/1@1"])
                self.assertIn("allegedly dpr", alert.headline)

    def test_takes_reports_from_a_plain_publisher(self):
        for transport in ("ipc", "tcp"):
            with self.subTest(transport=transport), \
                    Truced(transport=transport) as truced:
                subscriber = truced.subscriber()
                publisher = truced.publisher()
                deadline = time.monotonic() + harness.TIMEOUT
                # Nothing tells a publisher when it is heard: it repeats.
                while True:
                    item = incident("1", killed=7)
                    publisher.send_multipart([item.topic.encode(),
                                              item.payload])
                    if any(count.verdict == ACCEPTED
                           for count in truced.status().verdicts):
                        break
                    self.assertLess(time.monotonic(), deadline)
                self.assertEqual(subscriber.alert().reported, 7)
                publisher.send_multipart([b"incident.minsk-2"])
                publisher.send_multipart([b"incident.minsk-2", b"a", b"b"])
                while truced.status().malformed < 2:
                    self.assertLess(time.monotonic(), deadline)
                publisher.close()

    def test_cancels_what_a_withdrawal_takes_the_ground_from(self):
        with Truced() as truced:
            subscriber = truced.subscriber()
            truced.submit(incident("1", killed=7))
            first = subscriber.alert()
            truced.submit(incident("1", revision=2, at=LATER,
                                   assessment=incident_pb2.WITHDRAWN))
            second = subscriber.alert()
            self.assertEqual(second.msg_type, alert_pb2.CANCEL)
            self.assertEqual(second.state, alert_pb2.CANCELLED)
            self.assertEqual(second.cause, alert_pb2.CORRECTED)
            self.assertEqual(second.references, first.identifier)
            self.assertEqual(second.episode, first.identifier)
            self.assertEqual(second.seq, 2)

    def test_sends_again_what_a_subscriber_missed(self):
        with Truced() as truced:
            sent = []
            subscriber = truced.subscriber()
            for number in range(5):
                truced.submit(incident(str(number), party="dpr",
                                       killed=20,
                                       at=NOON + number * 3 * DAY))
            late = truced.subscriber()
            last = late.heartbeat().seq
            while not sent or sent[-1][1].seq < last:
                sent.append(subscriber.message())
            self.assertEqual([alert.seq for _, alert in sent],
                             list(range(1, last + 1)))
            again, last_seq = truced.replay()
            self.assertEqual(again, sent)
            self.assertEqual(last_seq, last)
            self.assertEqual(truced.replay(after=2)[0], sent[2:])
            self.assertEqual(truced.replay(after=1, limit=2)[0], sent[1:3])
            self.assertEqual(truced.replay(after=last), ([], last))
            self.assertEqual(truced.replay(prefix="alert.minsk-2.")[0], sent)
            self.assertEqual(truced.replay(prefix="alert.oslo.")[0], [])
            self.assertEqual(
                truced.replay(stream=sent[0][1].stream)[0], sent)

    def test_gets_one_alert_and_lists_those_that_fire(self):
        with Truced() as truced:
            subscriber = truced.subscriber()
            truced.submit(incident("1", killed=7),
                          incident("2", party="lpr", killed=7),
                          incident("3", killed=20))
            alerts = [subscriber.message() for _ in range(3)]
            request = service_pb2.Request()
            request.get.identifier = alerts[1][1].identifier
            found = truced.ask(request).found.alert
            self.assertEqual(harness.items_of([found]), [alerts[1]])
            request.get.identifier = "truced-00000000-1"
            self.assertFalse(truced.ask(request).found.HasField("alert"))
            request = service_pb2.Request()
            request.list.SetInParent()
            listed = harness.items_of(truced.ask(request).alerts.alerts)
            # The last message of each episode, in order of its first.
            self.assertEqual(listed, [alerts[2], alerts[1]])
            truced.submit(incident("2", revision=2, party="lpr",
                                   assessment=incident_pb2.WITHDRAWN))
            listed = harness.items_of(truced.ask(request).alerts.alerts)
            self.assertEqual(listed, [alerts[2]])

    def test_lists_all_that_fire_however_many(self):
        """Each answer says where the next one goes on."""
        by_source = harness.RULES.replace('"party"', '"source"')
        with Truced(rules=by_source) as truced:
            many = [incident("1", source=f"Source {number}", killed=5)
                    for number in range(1200)]
            truced.submit(*many[:1000])
            truced.submit(*many[1000:])
            truced.submit(incident("1", status=incident_pb2.EXERCISE,
                                   killed=5))
            request = service_pb2.Request()
            request.list.SetInParent()
            first = truced.ask(request).alerts
            self.assertEqual(len(first.alerts), 1000)
            # What has ended meanwhile does not make it lose its place.
            for number in (998, 999, 1000):
                truced.submit(incident(
                    "1", revision=2, source=f"Source {number}",
                    assessment=incident_pb2.WITHDRAWN))
            request.list.after = first.next
            rest = truced.ask(request).alerts
            self.assertFalse(rest.HasField("next"))
            listed = harness.items_of([*first.alerts, *rest.alerts])
            self.assertEqual([alert.seq for _, alert in listed],
                             [*range(1, 1001), *range(1002, 1201), 1])
            self.assertEqual(listed[-1][0], "exercise.alert.minsk-2.killed")
            request.list.prefix = "exercise."
            request.list.ClearField("after")
            drills = truced.ask(request).alerts
            self.assertEqual(harness.items_of(drills.alerts), listed[-1:])
            request.list.after = "nowhere"
            self.assertIn("after", truced.ask(request).error.detail)

            board = truced.truce("alerts", "--service", truced.service)
            self.assertEqual(board.stdout.splitlines()[0],
                             "1197 firing, 1197 not acknowledged")
            page = json.loads(truced.truce(
                "handover", "--json", "--service", truced.service).stdout)
            self.assertEqual((len(page["open"]), page["unacknowledged"]),
                             (1197, 1197))

    def test_keeps_drills_apart(self):
        with Truced() as truced:
            subscriber = truced.subscriber()
            for status, killed in ((incident_pb2.EXERCISE, 7),
                                   (incident_pb2.TEST, 20)):
                self.assertEqual(names(truced.submit(
                    incident("drill", revision=killed, killed=killed,
                             status=status))), "ACCEPTED")
            topic, drill = subscriber.message()
            self.assertEqual(topic, "exercise.alert.minsk-2.killed")
            self.assertEqual(drill.status, incident_pb2.EXERCISE)
            self.assertEqual(drill.seq, 1)
            self.assertEqual(subscriber.alert().seq, 2)
            truced.submit(incident("real", killed=7))
            topic, alert = subscriber.message()
            self.assertEqual(topic, "alert.minsk-2.killed")
            self.assertEqual((alert.seq, alert.reported), (1, 7))
            self.assertNotEqual(alert.stream, drill.stream)
            drills, last = truced.replay(stream=drill.stream)
            self.assertEqual((len(drills), last), (2, 2))

    def test_beats_with_the_last_seq_and_the_journals_head(self):
        with Truced() as truced:
            subscriber = truced.subscriber()
            truced.submit(incident("1", killed=7))
            alert = subscriber.alert()
            subscriber.heartbeat()
            beat = subscriber.heartbeat()
            status = truced.status()
            self.assertEqual(beat.stream, alert.stream)
            self.assertEqual(beat.seq, 1)
            self.assertEqual(len(beat.digest), 32)
            self.assertEqual(beat.digest, status.digest)
            self.assertLess(abs(beat.at - time.time() * 1000), HOUR)

    def test_tells_how_it_is(self):
        with Truced() as truced:
            truced.submit(incident("1", killed=7), incident("1", killed=7),
                          incident("", killed=7))
            status = truced.status()
            self.assertEqual({Verdict.Name(count.verdict): count.count
                              for count in status.verdicts},
                             {"ACCEPTED": 1, "DUPLICATE": 1, "REJECTED": 1})
            self.assertEqual({Reason.Name(count.reason): count.count
                              for count in status.reasons},
                             {"MISSING_ID": 1})
            self.assertEqual(status.sender, "truced")
            self.assertEqual([stream.seq for stream in status.streams],
                             [1, 0])
            self.assertEqual(status.streams[0].engine_at, NOON)
            self.assertFalse(status.HasField("trouble"))
            pools = {pool.name: pool for pool in status.pools}
            self.assertEqual(pools["reports"].used, 1)
            self.assertEqual(pools["reports"].limit, 1000000)
            self.assertEqual([(rule.rule, rule.open)
                              for rule in status.rules], [("killed", 1)])


class Service(unittest.TestCase):
    """Requests that are none, and clients of each sort."""

    @classmethod
    def setUpClass(cls):
        cls.truced = Truced()
        cls.addClassCleanup(cls.truced.close)

    def test_answers_what_is_no_request_with_what_was_expected(self):
        acknowledge = service_pb2.Request(tag=7)
        acknowledge.acknowledge.identifier = "truced-00000000-1"
        for payload in (b"\xff\xff\xff", b"", b"\x08\x01",
                        acknowledge.SerializeToString()):
            with self.subTest(payload=payload):
                client = self.truced.client()
                client.socket.send(payload)
                reply = client.reply()
                self.assertEqual(reply.WhichOneof("reply"), "error")
                self.assertNotEqual(reply.error.detail, "")
                client.close()

    def test_refuses_a_submit_of_more_than_a_thousand(self):
        request = service_pb2.Request()
        request.submit.items.extend([incident("x")] * 1001)
        reply = self.truced.ask(request)
        self.assertEqual(reply.WhichOneof("reply"), "error")

    def test_answers_a_req_socket(self):
        sock = self.truced.context.socket(zmq.REQ)
        sock.setsockopt(zmq.LINGER, 0)
        sock.connect(self.truced.service)
        request = service_pb2.Request(tag=3)
        request.status.SetInParent()
        sock.send(request.SerializeToString())
        frames = harness.receive(sock, truced=self.truced)
        self.assertEqual(service_pb2.Reply.FromString(frames[0]).tag, 3)
        sock.close()

    def test_answers_many_clients_each_with_its_own(self):
        clients = [self.truced.client() for _ in range(20)]
        for number, client in enumerate(clients):
            client.tag = number * 1000
            for _ in range(5):
                request = service_pb2.Request()
                request.submit.items.append(
                    incident(f"c{number}-{client.tag}"))
                client.send(request)
        for number, client in enumerate(clients):
            replies = [client.reply() for _ in range(5)]
            self.assertEqual([reply.tag for reply in replies],
                             [number * 1000 + each for each in range(1, 6)])
            for reply in replies:
                self.assertEqual(names(reply.receipts.receipts[0]),
                                 "ACCEPTED")
                self.assertTrue(reply.receipts.receipts[0].id.startswith(
                    f"c{number}-"))
            client.close()


class Process(unittest.TestCase):
    """How it starts, and how it ends."""

    def assert_refused(self, truced, *options):
        """It ends by itself with a failure; what it said."""
        process = truced.launch(*options)
        self.addCleanup(process.kill)
        status = process.wait(harness.TIMEOUT)
        self.assertGreater(status, 0, truced.output())
        return truced.output()

    def test_opens_ipc_sockets_to_its_group_and_no_further(self):
        with Truced() as truced:
            for name in ("service", "intake", "alerts"):
                mode = os.stat(truced.path / name).st_mode
                self.assertTrue(stat.S_ISSOCK(mode))
                self.assertEqual(stat.S_IMODE(mode), 0o660, name)

    def test_refuses_to_listen_off_loopback_and_says_why(self):
        with Truced(start=False) as truced:
            for name in ("service", "intake", "alerts"):
                for address in ("tcp://0.0.0.0:5999", "tcp://*:5999",
                                "tcp://192.0.2.1:5999"):
                    with self.subTest(name=name, address=address):
                        text = truced.config.read_text()
                        own = getattr(truced, name)
                        truced.config.write_text(text.replace(own, address))
                        truced.log.unlink(missing_ok=True)
                        said = self.assert_refused(truced)
                        truced.config.write_text(text)
                        self.assertRegex(said, r"truced\.conf:\d+: ")
                        self.assertIn(address, said)
                        if "*" not in address:
                            self.assertIn("loopback", said)

    def test_checks_a_configuration_and_exits(self):
        with Truced(start=False) as truced:
            process = truced.launch("-t")
            self.assertEqual(process.wait(harness.TIMEOUT), 0,
                             truced.output())
            self.assertFalse((truced.state / "journal.db").exists())
            for pool in ("reports", "groups", "buckets", "episodes", "names"):
                self.assertRegex(truced.output(),
                                 rf"(?m)^  {pool} +\d+  +\d+ bytes$")
            truced.config.write_text(truced.config.read_text().replace(
                "at = 5;", "at = 5; colour = 3;"))
            said = self.assert_refused(truced, "-t")
            self.assertRegex(said, r"truced\.conf:\d+: .*colour")

    def test_refuses_a_state_directory_that_is_in_use(self):
        with Truced() as truced, Truced(start=False) as other:
            said = self.assert_refused(other, "--state-dir", truced.state)
            self.assertIn(str(truced.state), said)
            self.assertEqual(names(truced.submit(incident("1"))),
                             "ACCEPTED")

    def test_finishes_what_it_has_in_hand_on_sigterm(self):
        with Truced() as truced:
            client = truced.client()
            for number in range(200):
                request = service_pb2.Request()
                request.submit.items.extend(
                    incident(f"{number}-{each}", killed=1)
                    for each in range(20))
                client.send(request)
            replies = [client.reply()]
            self.assertEqual(truced.stop(signal.SIGTERM), 0,
                             truced.output())
            while client.socket.poll(0):
                replies.append(client.reply())
            acknowledged = [receipt for reply in replies
                            for receipt in reply.receipts.receipts]
            self.assertTrue(all(receipt.verdict == ACCEPTED
                                for receipt in acknowledged))
            client.close()
            truced.start()
            again = [names(truced.submit(incident(receipt.id, killed=1)))
                     for receipt in acknowledged[:20] + acknowledged[-20:]]
            self.assertEqual(set(again), {"DUPLICATE"})

    def test_goes_on_after_kill_9_where_it_was(self):
        with Truced() as truced:
            subscriber = truced.subscriber()
            truced.submit(incident("1", killed=7),
                          incident("2", party="lpr", killed=7))
            before = [subscriber.message(), subscriber.message()]
            position = truced.status().position
            self.assertEqual(truced.stop(signal.SIGKILL), -signal.SIGKILL)
            truced.start()
            self.assertEqual(names(truced.submit(incident("1", killed=7))),
                             "DUPLICATE")
            self.assertEqual(truced.replay(), (before, 2))
            self.assertGreaterEqual(truced.status().position, position)
            subscriber = truced.subscriber()
            truced.submit(incident("1", revision=2, killed=20))
            alert = subscriber.alert()
            self.assertEqual(alert.seq, 3)
            self.assertEqual(alert.cause, alert_pb2.LEVEL_UP)
            self.assertEqual(alert.references, before[0][1].identifier)


class Clock(unittest.TestCase):
    """Under a wall clock, time passes without reports."""

    def test_clears_by_time_alone(self):
        rules = harness.RULES.replace('"24h"', '"4s"').replace(
            'window =', 'resolution = "1s"; time = "received"; window =')
        with Truced(rules=rules, clock="wall") as truced:
            subscriber = truced.subscriber()
            truced.submit(incident("1", killed=7))
            self.assertEqual(subscriber.alert().cause, alert_pb2.CROSSED)
            cleared = subscriber.alert()
            self.assertEqual(cleared.cause, alert_pb2.CLEARED)
            self.assertEqual(cleared.reported, 0)


if __name__ == "__main__":
    harness.main()
