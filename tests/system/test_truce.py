#!/usr/bin/python3
"""truce, the command line: against the real truced, and against one that
loses, refuses and forgets when it is told to."""

import json
import os
import shutil
import signal
import subprocess
import time
import unittest

import zmq

import harness
from harness import HOUR, NOON, TREE, TRUCE, Truced, incident

import alert_pb2
import incident_pb2
import service_pb2

CONFIG = harness.CONFIG.replace('"lpr"', '"lpr", "novorossiya"')
UTC = {**os.environ, "TZ": "UTC"}


def line(identifier, **fields):
    """A report as a line of JSON."""
    return json.dumps({
        "id": identifier, "source": "UCDP", "agreement": "minsk-2",
        "reported_at": NOON, "occurred_at": NOON, "party": "dpr",
        **fields}) + "\n"


def parsed(text):
    """JSON Lines, read."""
    return [json.loads(part) for part in text.splitlines()]


class Publishing(unittest.TestCase):
    """truce publish, with a truced that works."""

    def setUp(self):
        self.truced = Truced(config=CONFIG)
        self.addCleanup(self.truced.close)

    def publish(self, *arguments, **options):
        """Runs it."""
        return self.truced.truce(
            "publish", "--service", self.truced.service,
            "--intake", self.truced.intake, *map(str, arguments), **options)

    def test_sends_real_data_and_knows_it_again(self):
        arguments = ("--map", TREE / "config/ucdp.map",
                     "--set", "agreement=minsk-2", "--json",
                     TREE / "tests/data/ucdp-donbas/minsk.csv")
        first = self.publish(*arguments)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertEqual(json.loads(first.stdout)["accepted"], 1493)
        again = self.publish(*arguments)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(json.loads(again.stdout)["duplicate"], 1493)

    def test_tells_the_line_of_what_is_wrong_and_sends_the_rest(self):
        done = self.publish(
            "-", input=line("1") + "{\n" + line("2", killed={"best": "x"})
            + line("3", party="nobody") + line("4"))
        self.assertEqual(done.returncode, 1)
        errors = done.stderr.splitlines()
        self.assertEqual(len(errors), 3, errors)
        self.assertTrue(errors[0].startswith("standard input:2: "), errors)
        self.assertTrue(errors[1].startswith(
            'standard input:3: killed.best "x": expected a whole number'),
            errors)
        self.assertEqual(errors[2], "standard input:4: rejected, "
                         "unknown_party: party: expected one of the parties "
                         "to minsk-2")
        self.assertEqual(self.truced.status().position,
                         self.truced.submit(incident("5")).position - 1)
        counts = {count.verdict: count.count
                  for count in self.truced.status().verdicts}
        self.assertEqual(counts[service_pb2.ACCEPTED], 3)

    def test_prints_every_receipt_when_asked(self):
        done = self.publish("--receipts", "--json", "-",
                            input=line("1") + line("1"))
        receipts = parsed(done.stdout)
        self.assertEqual([receipt["verdict"] for receipt in receipts[:2]],
                         ["accepted", "duplicate"])
        self.assertEqual(receipts[1]["line"], 2)
        self.assertEqual(receipts[0]["position"], receipts[1]["position"])

    def test_a_dry_run_leaves_no_trace(self):
        done = self.publish("--dry-run", "--json", "-", input=line("1"))
        told = json.loads(done.stdout)
        self.assertEqual((told["accepted"], told["dry_run"]), (1, True))
        done = self.publish("--dry-run", "-", input=line("1"))
        self.assertEqual(done.stdout.splitlines(), [
            "standard input: 1 report, a dry run: none of them is kept",
            "  accepted                   1"])
        done = self.publish("--json", "-", input=line("1"))
        self.assertEqual(json.loads(done.stdout)["accepted"], 1)

    def test_the_intake_takes_reports_without_receipts(self):
        alerts = self.truced.subscriber()
        done = self.publish("--to", "intake", "--json", "-",
                            input=line("1", killed={"best": 9})
                            + line("2", killed={"low": 3, "best": 2}))
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard input:2: bad_count: killed.low", done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual((result["unacknowledged"], result["bad"]), (1, 1))
        self.assertEqual(alerts.alert().reported, 9)

    def test_withdraws_what_stands_and_nothing_else(self):
        def withdraw(*arguments, **options):
            return self.truced.truce(
                "withdraw", "--service", self.truced.service, "--json",
                "minsk-2", "UCDP", *arguments, **options)

        alerts = self.truced.subscriber()
        self.truced.submit(incident("1", revision=37, killed=9))
        self.assertEqual(alerts.alert().cause, alert_pb2.CROSSED)
        unknown = withdraw("2")
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("no such report", unknown.stderr)
        done = withdraw("-", input="1\n\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        receipt = json.loads(done.stdout)
        self.assertEqual((receipt["verdict"], receipt["revision"]),
                         ("accepted", 38))
        self.assertEqual(alerts.alert().msg_type, alert_pb2.CANCEL)
        again = withdraw("1")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(json.loads(again.stdout)["verdict"], "duplicate")
        early = withdraw("--revision", "3", "2")
        self.assertEqual(early.returncode, 0, early.stderr)

    def find(self, command, *arguments):
        """Runs truce assess or link."""
        return self.truced.truce(
            command, "--service", self.truced.service, "--json",
            "--reported-at", "2015-02-16T10:00:00Z", *arguments)

    def test_says_what_was_concluded_about_reports(self):
        alerts = self.truced.subscriber()
        self.truced.submit(incident("1", source="jfo", killed=9),
                           incident("2016/2", source="jfo", killed=0))
        first = alerts.alert()
        self.assertEqual((first.confirmed, first.reported), (0, 9))
        done = self.find("assess", "minsk-2", "jfo/1", "jfo/2016/2",
                         "--source", "UCDP", "--assessment", "verified",
                         "--attribution", "attributed", "--id", "f",
                         "--note", "seen on the spot")
        self.assertEqual(done.returncode, 0, done.stderr)
        receipt = json.loads(done.stdout)
        self.assertEqual((receipt["verdict"], receipt["source"],
                          receipt["id"]), ("accepted", "UCDP", "f"))
        sure = alerts.alert()
        self.assertEqual((sure.cause, sure.confirmed, sure.attributed),
                         (alert_pb2.CERTAINTY, 9, 1))
        self.assertEqual(list(sure.evidence), ["jfo/1@1"])
        done = self.find("assess", "minsk-2", "jfo/1", "--source", "UCDP",
                         "--assessment", "unsubstantiated", "--id", "f",
                         "--revision", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(alerts.alert().msg_type, alert_pb2.CANCEL)
        done = self.truced.truce(
            "withdraw", "--service", self.truced.service, "--type", "finding",
            "minsk-2", "UCDP", "f")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(alerts.alert().cause, alert_pb2.CROSSED)

    def test_says_that_reports_tell_one_event(self):
        alerts = self.truced.subscriber()
        self.truced.submit(incident("1", source="jfo", killed=5),
                           incident("2", source="other", killed=4))
        self.assertEqual(alerts.alert().reported, 5)
        done = self.find("link", "minsk-2", "market", "jfo/1", "other/2",
                         "--source", "UCDP")
        self.assertEqual(done.returncode, 0, done.stderr)
        corrected = alerts.alert()
        self.assertEqual((corrected.cause, corrected.msg_type),
                         (alert_pb2.CORRECTED, alert_pb2.CANCEL))
        done = self.find("assess", "minsk-2", "--event", "market",
                         "--source", "ministry", "--denies")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_says_nothing_of_reports_that_are_not_there_unless_told_to(self):
        self.truced.submit(incident("1", source="jfo", killed=1))
        verified = ("--source", "UCDP", "--assessment", "verified")
        done = self.find("assess", "minsk-2", "jfo/1", "jfo/l", *verified)
        self.assertEqual(done.returncode, 1)
        self.assertIn("jfo/l: no such report stands", done.stderr)
        done = self.find("assess", "minsk-2", "jfo/1", "jfo/l", *verified,
                         "--in-advance")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_tells_why_a_finding_is_refused(self):
        self.truced.submit(incident("1", source="jfo", killed=1))
        done = self.find("assess", "minsk-2", "jfo/1", "--source", "nobody",
                         "--assessment", "verified")
        self.assertEqual(done.returncode, 1)
        receipt = json.loads(done.stdout)
        self.assertEqual((receipt["verdict"], receipt["reason"],
                          receipt["field"]),
                         ("rejected", "no_standing", "source"))
        self.assertIn("at_most above", receipt["detail"])
        done = self.find("assess", "minsk-2", "jfo/1", "--assessment", "sure")
        self.assertEqual(done.returncode, 1)
        self.assertIn('assessment "sure": expected', done.stderr)

    def test_lists_alerts_and_tells_its_status(self):
        def ask(*arguments):
            done = self.truced.truce(
                *arguments, "--service", self.truced.service, env=UTC)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        self.assertEqual(ask("alerts"), "No alert is firing.\n")
        self.truced.submit(incident("1", killed=9))
        self.truced.submit(incident("2", party="nobody"))
        listed = parsed(ask("alerts", "--json"))
        self.assertEqual([alert["rule"] for alert in listed], ["killed"])
        self.assertEqual(listed[0]["labels"],
                         [{"name": "party", "value": "dpr"}])
        self.assertEqual(listed[0]["evidence"], ["UCDP/1@1"])
        self.assertIn("#1 NEW 2015-02-16 10:00", ask("alerts"))
        status = json.loads(ask("status", "--json"))
        self.assertEqual(status["verdicts"]["accepted"], 1)
        self.assertEqual(status["reasons"], {"unknown_party": 1})
        self.assertEqual(status["streams"][0]["seq"], 1)
        page = ask("status")
        for words in ("trouble   none", "unknown_party", "killed"):
            self.assertIn(words, page)


class Misuse(unittest.TestCase):
    """Exit codes."""

    def run_truce(self, *arguments):
        """Runs it without a truced."""
        return subprocess.run([TRUCE, *arguments], capture_output=True,
                              text=True, timeout=harness.TIMEOUT, check=False)

    def test_says_how_it_is_used(self):
        for command in ("publish", "withdraw", "assess", "link", "tail",
                        "alerts", "ack", "retract", "handover", "status"):
            done = self.run_truce(command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(f"Usage: truce {command}", done.stdout)

    def test_exits_with_2_when_misused(self):
        for arguments in ((), ("nonsense",), ("publish",),
                          ("publish", "a", "b"), ("publish", "a.csv"),
                          ("publish", "--map", TREE / "config/ucdp.map",
                           "a.jsonl"),
                          ("publish", "--pace", "0", "-"),
                          ("publish", "--set", "x", "-"),
                          ("publish", "--set", "nonsense=1", "-"),
                          ("publish", "--to", "moon", "-"),
                          ("publish", "--to", "intake", "--receipts", "-"),
                          ("publish", "--service", "pgm://x", "-"),
                          ("withdraw", "a", "b"),
                          ("withdraw", "--revision", "0", "a", "b", "c"),
                          ("assess", "a", "b/c"),
                          ("assess", "a", "--denies"),
                          ("assess", "a", "b/c", "--event", "e", "--denies"),
                          ("assess", "a", "b/c", "--assessment", "withdrawn"),
                          ("assess", "a", "b/c", "--denies",
                           "--revision", "2"),
                          ("link", "a", "b"), ("link", "--denies"),
                          ("tail", "--since", "x"), ("tail", "a", "b"),
                          ("tail", "--min-severity", "bad"),
                          ("alerts", "x", "y"), ("ack",), ("ack", "1", "2"),
                          ("ack", "1", "--for", "0s"),
                          ("ack", "1", "--for", "-1h"),
                          ("ack", "1", "--for", "40000d"),
                          ("ack", "x" * 200), ("retract", "1"),
                          ("retract", "--for", "1h", "--comment", "c", "1"),
                          ("handover", "x"), ("handover", "--since", "8"),
                          ("handover", "--since", "-8h"),
                          ("status", "--nonsense")):
            with self.subTest(arguments):
                done = self.run_truce(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertRegex(done.stderr, "^(truce|Usage: truce)")

    def test_says_at_once_that_a_socket_is_not_for_everybody(self):
        with harness.tempfile.TemporaryDirectory() as directory:
            # Root may enter any: somebody else has to run it.
            os.chmod(directory, 0o755)
            truce = shutil.copy(TRUCE, directory)
            os.mkdir(f"{directory}/closed", 0)
            done = subprocess.run(
                [truce, "status", "--service",
                 f"ipc://{directory}/closed/service"],
                user=65534 if os.geteuid() == 0 else None,
                capture_output=True, text=True, check=False,
                timeout=harness.TIMEOUT / 2)
        self.assertEqual(done.returncode, 1)
        self.assertIn("permission denied: ", done.stderr)
        self.assertIn("adduser NAME truce", done.stderr)

    def test_exits_with_1_when_nobody_answers(self):
        nobody = ("--service", "ipc:///nonexistent/socket", "--timeout", "1")
        for arguments in (("status",), ("alerts",), ("ack", "#1"),
                          ("retract", "x-1", "--comment", "c"), ("handover",),
                          ("withdraw", "a", "b", "c"),
                          ("assess", "a", "b/c", "--denies"),
                          ("link", "a", "b", "c/d")):
            done = self.run_truce(*arguments, *nobody)
            self.assertEqual(done.returncode, 1)
            self.assertIn("no answer", done.stderr)
        done = subprocess.run([TRUCE, "publish", *nobody, "-"],
                              input=line("1"), capture_output=True, text=True,
                              timeout=harness.TIMEOUT, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no answer", done.stderr)
        self.assertEqual(done.stdout.splitlines(), [
            "standard input: 1 report",
            "  no receipt                 1"])
        done = self.run_truce("publish", "/nonexistent")
        self.assertEqual(done.returncode, 1)
        self.assertIn("No such file", done.stderr)


class Stand:
    """A truced that does as it is told: its answers are a function's."""

    def __init__(self, directory):
        self.context = zmq.Context()
        self.service = f"ipc://{directory}/service"
        self.alerts = f"ipc://{directory}/alerts"
        self.router = self.context.socket(zmq.ROUTER)
        self.router.bind(self.service)
        self.publisher = self.context.socket(zmq.XPUB)
        self.publisher.bind(self.alerts)

    def close(self):
        """Ends it."""
        self.context.destroy(linger=0)

    def request(self):
        """(who, Request)."""
        who, payload = harness.receive(self.router, what="a request")
        return who, service_pb2.Request.FromString(payload)

    def answer(self, who, request, fill):
        """Answers one with what fill puts into the Reply."""
        reply = service_pb2.Reply(tag=request.tag)
        fill(reply)
        self.router.send_multipart([who, reply.SerializeToString()])

    def flush(self):
        """Waits until all answers are in their clients' sockets: one thread
        writes them, in the order in which they were given."""
        with self.context.socket(zmq.DEALER) as last:
            last.connect(self.service)
            last.send(b"")
            who, _ = harness.receive(self.router, what="the last client")
            self.router.send_multipart([who, b""])
            harness.receive(last)

    def subscribed(self):
        """Waits for both of a tail's subscriptions; their prefixes."""
        return [harness.receive(self.publisher, what="a subscription")[0][1:]
                .decode() for _ in range(2)]

    def alert(self, alert, head=""):
        """Publishes it."""
        topic = f"{head}alert.{alert.agreement}.{alert.rule}"
        self.publisher.send_multipart(
            [topic.encode(), alert.SerializeToString()])

    def heartbeat(self, seq, stream="s1", trouble="", head=""):
        """Publishes it."""
        beat = alert_pb2.Heartbeat(stream=stream, seq=seq, at=NOON)
        if trouble:
            beat.trouble = trouble
        self.publisher.send_multipart(
            [f"{head}heartbeat".encode(), beat.SerializeToString()])


def receipts_of(request, verdict):
    """Fills a Reply: this verdict for each item."""
    def fill(reply):
        reply.receipts.SetInParent()
        for item in request.submit.items:
            report = incident_pb2.Incident.FromString(item.payload)
            reply.receipts.receipts.add(
                verdict=verdict, source=report.source, id=report.id,
                revision=report.revision)
    return fill


def ids_of(request):
    """The ids of what was submitted."""
    return [incident_pb2.Incident.FromString(item.payload).id
            for item in request.submit.items]


class Standing(unittest.TestCase):
    """Tests with a Stand."""

    def setUp(self):
        directory = harness.tempfile.TemporaryDirectory(prefix="truce-")
        self.addCleanup(directory.cleanup)
        self.stand = Stand(directory.name)
        self.addCleanup(self.stand.close)

    def start(self, *arguments):
        """Starts truce."""
        # pylint: disable=consider-using-with
        process = subprocess.Popen(
            [TRUCE, *arguments, "--service", self.stand.service],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=UTC)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end(self, process):
        """What it has said, after it has ended well."""
        said, errors = process.communicate(timeout=harness.TIMEOUT)
        self.assertEqual(process.returncode, 0, errors)
        return said


class Trouble(Standing):
    """truce publish, with a truced that has troubles."""

    def test_tries_again_when_busy_and_keeps_the_order(self):
        with harness.tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.writelines(line(str(i)) for i in range(600))
            file.flush()
            process = self.start("publish", "--json", file.name)
            taken = []
            # Three batches are refused, then the first of them five times.
            for turn in range(11):
                who, request = self.stand.request()
                if turn >= 8:
                    taken += ids_of(request)
                self.stand.answer(who, request, receipts_of(
                    request, service_pb2.ACCEPTED if turn >= 8
                    else service_pb2.BUSY))
            self.assertEqual(json.loads(self.end(process))["accepted"], 600)
            self.assertEqual(taken, [str(i) for i in range(600)])

    def test_goes_on_when_all_that_is_under_way_is_answered_at_once(self):
        with harness.tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.writelines(line(str(i)) for i in range(1100))
            file.flush()
            process = self.start("publish", "--json", file.name)
            asked = [self.stand.request() for _ in range(4)]
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)

            # Receipts so short that one read takes in all four answers.
            def accept(request):
                def fill(reply):
                    for _ in request.submit.items:
                        reply.receipts.receipts.add(
                            verdict=service_pb2.ACCEPTED)
                return fill

            for who, request in asked:
                self.stand.answer(who, request, accept(request))
            self.stand.flush()
            process.send_signal(signal.SIGCONT)
            who, request = self.stand.request()
            self.assertEqual(ids_of(request)[0], "1024")
            self.stand.answer(who, request, accept(request))
            self.assertEqual(json.loads(self.end(process))["accepted"], 1100)

    def test_sends_again_what_was_not_answered(self):
        process = self.start("publish", "--json", "-")
        process.stdin.write(line("1"))
        process.stdin.flush()
        first_who, first = self.stand.request()
        # No answer, as if it were lost; its like comes on a new connection.
        who, again = self.stand.request()
        self.assertNotEqual(who, first_who)
        self.assertEqual(again, first)
        self.stand.answer(who, again,
                          receipts_of(again, service_pb2.DUPLICATE))
        self.assertEqual(json.loads(self.end(process))["duplicate"], 1)

    def test_gives_up_after_a_while_and_says_so(self):
        process = self.start("publish", "--timeout", "1", "-")
        process.stdin.write(line("1"))
        process.stdin.flush()
        while True:
            try:
                who, request = self.stand.request()
            except AssertionError:
                break
            self.stand.answer(who, request,
                              receipts_of(request, service_pb2.BUSY))
            if process.poll() is not None:
                break
            if not self.stand.router.poll(3000):
                break
        _, errors = process.communicate(timeout=harness.TIMEOUT)
        self.assertEqual(process.returncode, 1)
        self.assertIn("still busy", errors)

    def test_does_not_wait_for_a_full_batch_nor_the_end(self):
        process = self.start("publish", "-")
        for identifier in ("1", "2"):
            process.stdin.write(line(identifier))
            process.stdin.flush()
            who, request = self.stand.request()
            self.assertEqual(ids_of(request), [identifier])
            self.stand.answer(who, request,
                              receipts_of(request, service_pb2.ACCEPTED))
        self.assertRegex(self.end(process), r"accepted +2\n")

    def test_paces_reports_by_their_recorded_times(self):
        process = self.start("publish", "--pace", "36000", "-")
        process.stdin.write(
            line("late", reported_at=NOON + 10 * HOUR)
            + line("early", reported_at=NOON)
            + line("as early", reported_at=NOON))
        process.stdin.close()
        process.stdin = None
        who, request = self.stand.request()
        first = time.monotonic()
        self.assertEqual(ids_of(request), ["early", "as early"])
        self.stand.answer(who, request,
                          receipts_of(request, service_pb2.ACCEPTED))
        who, request = self.stand.request()
        self.assertEqual(ids_of(request), ["late"])
        # Ten hours, 36,000 times faster.
        self.assertGreater(time.monotonic() - first, 0.9)
        self.stand.answer(who, request,
                          receipts_of(request, service_pb2.ACCEPTED))
        self.end(process)

    def test_stops_when_told_to(self):
        process = self.start("publish", "-")
        process.stdin.write(line("1"))
        process.stdin.flush()
        self.stand.request()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=harness.TIMEOUT)
        self.assertEqual(process.returncode, 1)
        self.assertIn("interrupted", errors)


def alert_of(seq, stream="s1", rule="killed", **fields):
    """An Alert, the first message of its own episode."""
    return alert_pb2.Alert(**{
        "identifier": f"truced-{stream}-{seq}", "stream": stream, "seq": seq,
        "msg_type": alert_pb2.ALERT, "state": alert_pb2.FIRING,
        "cause": alert_pb2.CROSSED, "episode": f"truced-{stream}-{seq}",
        "rule": rule, "agreement": "minsk-2",
        "severity": alert_pb2.SEVERE, "certainty": alert_pb2.LIKELY,
        "sent_at": NOON, "headline": f"headline {seq}", **fields})


def replayed(request, last, alerts):
    """Fills a Reply to a Replay."""
    def fill(reply):
        reply.alerts.SetInParent()
        reply.alerts.stream = request.replay.stream
        reply.alerts.last_seq = last
        for alert in alerts:
            if alert.seq > request.replay.after_seq:
                reply.alerts.alerts.add(
                    topic=f"alert.{alert.agreement}.{alert.rule}",
                    payload=alert.SerializeToString())
    return fill


class Tailing(Standing):
    """truce tail: every alert once, whatever was lost."""

    def tail(self, *arguments, stream="s1", seq=0):
        """Starts it and lets it begin at a stream's number."""
        process = self.start("tail", "--alerts", self.stand.alerts, "--json",
                             *arguments)
        self.prefixes = self.stand.subscribed()
        self.answer_status(stream, seq)
        return process

    def answer_status(self, stream, seq):
        """Answers a request for the status."""
        who, request = self.stand.request()
        self.assertEqual(request.WhichOneof("request"), "status")

        def fill(reply):
            reply.status.streams.add(stream=stream, seq=seq)
            reply.status.streams.add(stream="drills", seq=0)
        self.stand.answer(who, request, fill)

    def answer_replay(self, last, alerts, then=""):
        """Answers a Replay; what was asked."""
        who, request = self.stand.request()
        self.assertEqual(request.WhichOneof("request"), "replay")

        def fill(reply):
            replayed(request, last, alerts)(reply)
            if then:
                reply.alerts.next_stream = then
        self.stand.answer(who, request, fill)
        return request.replay

    def seqs(self, process):
        """The numbers of what it has shown."""
        return [shown["seq"] if "seq" in shown else
                (shown["gap"]["first"], shown["gap"].get("last", "its end"))
                for shown in parsed(self.end(process))]

    def test_shows_alerts_as_they_come(self):
        process = self.tail("--count", "2")
        self.assertEqual(self.prefixes, ["alert.", "heartbeat"])
        for seq in (1, 1, 2, 3):
            self.stand.alert(alert_of(seq))
        self.assertEqual(self.seqs(process), [1, 2])

    def test_asks_for_what_it_missed_between_two_alerts(self):
        process = self.tail("--count", "5", seq=10)
        self.stand.alert(alert_of(11))
        self.stand.alert(alert_of(14))
        asked = self.answer_replay(14, [alert_of(i) for i in (12, 13, 14)])
        self.assertEqual((asked.stream, asked.after_seq), ("s1", 11))
        self.stand.alert(alert_of(14))
        self.stand.alert(alert_of(15))
        self.assertEqual(self.seqs(process), [11, 12, 13, 14, 15])

    def test_asks_for_what_a_heartbeat_knows_of(self):
        process = self.tail("--count", "1")
        self.stand.heartbeat(0)
        self.stand.heartbeat(1)
        self.assertEqual(self.answer_replay(1, [alert_of(1)]).after_seq, 0)
        self.assertEqual(self.seqs(process), [1])

    def test_asks_for_what_a_heartbeat_of_the_drills_knows_of(self):
        process = self.tail("--exercise", "--count", "2")
        self.assertEqual(self.prefixes,
                         ["exercise.alert.", "exercise.heartbeat"])
        self.stand.alert(alert_of(1, stream="drills"), head="exercise.")
        self.stand.heartbeat(7)
        self.stand.heartbeat(1, stream="drills", head="exercise.")
        self.stand.heartbeat(2, stream="drills", head="exercise.")
        asked = self.answer_replay(2, [alert_of(2, stream="drills")])
        self.assertEqual((asked.stream, asked.after_seq, asked.prefix),
                         ("drills", 1, "exercise.alert."))
        self.assertEqual(self.seqs(process), [1, 2])

    def test_asks_again_until_it_has_all(self):
        process = self.tail("--since", "0", "--count", "3", seq=3)
        self.answer_replay(3, [alert_of(1), alert_of(2)])
        self.assertEqual(self.answer_replay(3, [alert_of(3)]).after_seq, 2)
        self.assertEqual(self.seqs(process), [1, 2, 3])

    def test_says_what_is_not_kept(self):
        process = self.tail("--count", "2")
        self.stand.alert(alert_of(4))
        self.answer_replay(4, [alert_of(3), alert_of(4)])
        self.assertEqual(self.seqs(process), [(1, 2), 3, 4])

    def test_says_what_it_cannot_get(self):
        process = self.tail("--count", "2", "--timeout", "1")
        self.stand.alert(alert_of(1))
        self.stand.alert(alert_of(4))
        self.stand.request()  # and no answer
        self.assertEqual(self.seqs(process), [1, (2, 3), 4])

    def test_takes_a_gap_in_some_topics_for_none(self):
        process = self.tail("minsk-2.killed", "--count", "2")
        self.assertEqual(self.prefixes[0], "alert.minsk-2.killed")
        self.stand.alert(alert_of(2))
        asked = self.answer_replay(2, [alert_of(2)])
        self.assertEqual(asked.prefix, "alert.minsk-2.killed")
        self.stand.heartbeat(7)
        self.answer_replay(7, [])
        self.stand.alert(alert_of(8))
        self.assertEqual(self.seqs(process), [2, 8])

    def test_follows_a_new_stream_from_its_beginning(self):
        process = self.tail("--count", "3", seq=50)
        self.stand.alert(alert_of(51))
        self.stand.heartbeat(1, stream="s2")
        self.answer_status("s2", 1)
        asked = self.answer_replay(51, [], then="s2")
        self.assertEqual((asked.stream, asked.after_seq), ("s1", 51))
        self.answer_replay(1, [alert_of(1, stream="s2")])
        self.stand.alert(alert_of(2, stream="s2"))
        self.assertEqual(self.seqs(process), [51, 1, 2])

    def test_asks_for_the_end_of_what_another_stream_follows(self):
        process = self.tail("--count", "5", seq=50)
        self.stand.alert(alert_of(51))
        self.stand.heartbeat(1, stream="s3")
        self.answer_status("s3", 1)
        self.answer_replay(53, [alert_of(52), alert_of(53)], then="s2")
        asked = self.answer_replay(1, [alert_of(1, stream="s2")], then="s3")
        self.assertEqual((asked.stream, asked.after_seq), ("s2", 0))
        asked = self.answer_replay(1, [alert_of(1, stream="s3")])
        self.assertEqual((asked.stream, asked.after_seq), ("s3", 0))
        self.assertEqual(self.seqs(process), [51, 52, 53, 1, 1])

    def test_says_that_it_cannot_get_the_end_of_a_stream(self):
        process = self.tail("--count", "2", seq=50)
        self.stand.alert(alert_of(51))
        self.stand.heartbeat(1, stream="s2")
        self.answer_status("s2", 1)
        who, request = self.stand.request()
        self.stand.answer(who, request,
                          lambda reply: reply.error.SetInParent())
        self.answer_replay(1, [alert_of(1, stream="s2")])
        self.assertEqual(self.seqs(process), [51, (52, "its end"), 1])

    def test_shows_the_fall_of_what_it_showed_of_another_stream(self):
        process = self.tail("--min-severity", "severe", "--count", "3")
        minor = {"severity": alert_pb2.MINOR}
        self.stand.alert(alert_of(1))
        self.stand.alert(alert_of(2, **minor))
        self.stand.heartbeat(4, stream="s2")
        self.answer_status("s2", 4)
        self.answer_replay(2, [], then="s2")
        cleared = {"cause": alert_pb2.CLEARED, "state": alert_pb2.RESOLVED}
        self.answer_replay(4, [
            alert_of(1, stream="s2", **minor),
            alert_of(2, stream="s2", episode="truced-s2-1", **cleared,
                     **minor),
            alert_of(3, stream="s2", episode="truced-s1-1",
                     cause=alert_pb2.CERTAINTY, **minor),
            alert_of(4, stream="s2", episode="truced-s1-2",
                     cause=alert_pb2.RULE_CHANGED, **minor)])
        self.assertEqual(self.seqs(process), [1, 3, 4])

    def test_shows_the_fall_of_what_it_showed(self):
        process = self.tail("--min-severity", "severe", "--count", "2")
        minor = {"severity": alert_pb2.MINOR}
        self.stand.alert(alert_of(1, **minor))
        self.stand.alert(alert_of(2))
        self.stand.alert(alert_of(3, episode="truced-s1-1",
                                  cause=alert_pb2.CLEARED,
                                  state=alert_pb2.RESOLVED, **minor))
        self.stand.alert(alert_of(4, episode="truced-s1-2",
                                  cause=alert_pb2.LEVEL_DOWN, **minor))
        self.assertEqual(self.seqs(process), [2, 4])

    def test_ends_well_when_interrupted(self):
        process = self.tail()
        self.stand.alert(alert_of(1))
        first = process.stdout.readline()
        self.assertEqual(json.loads(first)["seq"], 1)
        process.send_signal(signal.SIGINT)
        self.end(process)

    def test_writes_lines_for_people(self):
        process = self.start("tail", "--alerts", self.stand.alerts,
                             "--count", "2")
        self.stand.subscribed()
        self.answer_status("s1", 0)
        self.stand.heartbeat(0, trouble="the disk\x1b[2J is full")
        self.stand.alert(alert_of(1, headline="\x1b[2Jsix \u202ekilled"))
        self.stand.heartbeat(1)
        self.stand.alert(alert_of(2))
        self.assertEqual(self.end(process).splitlines(), [
            "-- trouble: the disk\\x1b[2J is full",
            "2015-02-16 (UTC+00:00)",
            "10:00 #1    SEVERE   LIKELY   NEW       killed           "
            "minsk-2                 \\x1b[2Jsix \\u{202e}killed",
            "-- truced is well again",
            "10:00 #2    SEVERE   LIKELY   NEW       killed           "
            "minsk-2                 headline 2"])

    def test_sees_what_a_restart_left_in_the_journal(self):
        with Truced() as truced:
            truced.submit(incident("1", killed=9))
            truced.stop(signal.SIGKILL)
            truced.start()
            done = truced.truce(
                "tail", "--service", truced.service, "--alerts",
                truced.alerts, "--since", "0", "--count", "1", "--json")
            self.assertEqual(json.loads(done.stdout)["reported"], 9)


if __name__ == "__main__":
    harness.main()
