#!/usr/bin/python3
"""truce explain, and the Explain request, at the real truced: why a rule fires
or does not, for people and for programs."""

import json
import os
import signal
import time
import unittest

import harness
from harness import HOUR, MINUTE, NOON, Truced, incident

import incident_pb2
import service_pb2

UTC = {**os.environ, "TZ": "UTC"}

RULES = """
{ name = "killed"; kind = "threshold"; measure = "killed"; window = "24h";
  group_by = [ "party" ]; remind = "4h";
  levels = ( { at = 5; severity = "severe"; clear = 3; },
             { at = 20; severity = "extreme"; } ); },
{ name = "slow"; kind = "threshold"; measure = "injured"; window = "24h";
  for = "2h"; keep_firing = "1h"; levels = ( { at = 5; severity = "minor"; } ); },
{ name = "event"; kind = "threshold"; measure = "civilians_killed";
  window = "event"; levels = ( { at = 5; severity = "severe"; } ); },
{ name = "spike"; kind = "spike"; measure = "violations"; method = "ears-c1";
  bucket = "1h"; baseline = 3; levels = ( { at = 3; severity = "severe"; } ); },
{ name = "quiet"; kind = "absence"; expect = [ "UCDP" ]; after = "6h";
  severity = "minor"; },
{ name = "total"; kind = "tally"; measure = "killed"; window = "latest";
  levels = ( { at = 100; severity = "severe"; } ); },
{ name = "due"; kind = "deadline"; severity = "severe"; }
"""
CONFIG = harness.CONFIG.replace("parties = [", """deadlines = (
    {{ name = "heavy-weapons"; due = "2015-03-03T00:00:00+02:00"; }} );
    parties = [""")


def finding(reports, at=NOON, **fields):
    """An Item: what UCDP concluded."""
    message = incident_pb2.Finding(id="f", source="UCDP", reported_at=at,
                                   reports=reports, **fields)
    return service_pb2.Item(topic="finding.minsk-2",
                            payload=message.SerializeToString())


class Explaining(unittest.TestCase):
    """A truced by the reports' clock."""

    rules = RULES
    clock = "records"

    def setUp(self):
        self.truced = Truced(rules=self.rules, clock=self.clock,
                             config=CONFIG)
        self.addCleanup(self.truced.close)

    def truce(self, *arguments):
        """Runs a command."""
        return self.truced.truce(*arguments, "--service", self.truced.service,
                                 env=UTC)

    def page(self, *arguments):
        """What truce explain says; its first line is the sentence."""
        done = self.truce("explain", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("\x1b", done.stdout)
        return done.stdout

    def sentence(self, *arguments):
        """Its first line."""
        return self.page(*arguments).splitlines()[0]

    def json(self, *arguments):
        """The same for scripts."""
        return json.loads(self.page("--json", *arguments))

    def submit(self, *items):
        """All are taken."""
        for item in items:
            self.assertEqual(self.truced.submit(item).verdict,
                             service_pb2.ACCEPTED)

    def done(self, *arguments):
        """An officer's command that must end well."""
        done = self.truce(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)

    def refused(self, *arguments):
        """What truce says of what is refused."""
        done = self.truce("explain", *arguments)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        return done.stderr.strip()


class ForPeople(Explaining):
    """A page that can be read at night."""

    def test_says_that_it_fires(self):
        self.submit(incident("1", killed=3),
                    incident("2", killed=(3, 4, 9), at=NOON + MINUTE))
        self.assertEqual(
            self.sentence("killed"),
            "minsk-2 killed [party=dpr]: fires as SEVERE since 10:01: 7 killed "
            "in 24 h, unconfirmed; the level is 5; 13 more to EXTREME at 20.")
        page = self.page("killed")
        self.assertIn("\nAlerts #1, SEVERE, POSSIBLE, the last at 10:01. Nobody"
                      " has acknowledged it; it reminds at 14:01.\n", page)
        self.assertIn("  confirmed 0, supported 0, reported 7, at most 12; "
                      "2 events, ", page)
        self.assertRegex(page, r"\n +5 +3  SEVERE   held, met\n"
                               r" +20 +20  EXTREME  next\n")
        self.assertRegex(page, r"\n  2015-02-16 10:01  UCDP/2@1 +4 \(at most 9"
                               r"\), alleged, allegedly dpr\n"
                               r"  2015-02-16 10:00  UCDP/1@1 +3, alleged")

    def test_says_what_is_missing(self):
        self.assertEqual(self.page("killed"),
                         "killed: nothing is counted yet, so it does not "
                         "fire.\n")
        self.submit(incident("1", killed=3))
        self.assertEqual(
            self.sentence("killed"),
            "minsk-2 killed [party=dpr]: does not fire: 3 killed in 24 h, "
            "unconfirmed; 2 more to SEVERE at 5.")

    def test_says_that_it_must_last(self):
        self.submit(incident("1", injured=6))
        self.assertEqual(
            self.sentence("slow"),
            "minsk-2 slow: does not fire yet: 6 injured in 24 h, unconfirmed; "
            "enough since 10:00; it fires at 12:00 if it stays so.")

    def test_says_that_it_stays_a_while(self):
        self.submit(incident("1", killed=3, injured=6),
                    incident("2", at=NOON + 10 * HOUR, killed=4),
                    incident("3", at=NOON + 24 * HOUR + 30 * MINUTE,
                             party="lpr"))
        self.assertEqual(
            self.sentence("killed", "party=dpr"),
            "minsk-2 killed [party=dpr]: fires as SEVERE since 2015-02-16 "
            "20:00: 4 killed in 24 h, unconfirmed; less than 5, but it stays "
            "down to 3.")
        self.assertEqual(
            self.sentence("slow"),
            "minsk-2 slow: fires as MINOR since 2015-02-16 12:00: 0 injured in "
            "24 h; below 5 since 10:00; it stays until 11:00.")

    def test_says_that_an_officer_took_it_back(self):
        self.submit(incident("1", killed=7))
        self.done("retract", "1", "--by", "Olga", "--comment", "a\x1bmistake")
        page = self.page("killed").splitlines()
        self.assertEqual(
            page[0],
            "minsk-2 killed [party=dpr]: is quiet since Olga retracted it (#1)"
            " at 10:00: 7 killed in 24 h, unconfirmed; it was SEVERE, and "
            "speaks again from 20 on, or once it has been below 3.")
        self.assertEqual(page[1],
                         'Retracted by Olga: "a\\x1bmistake" (#2).')

    def test_says_who_has_it_in_hand(self):
        self.submit(incident("1", killed=7))
        self.done("ack", "1", "--by", "Olga", "--for", "4h")
        self.assertIn("\nAlerts #1 to #2, SEVERE, POSSIBLE, the last at 10:00."
                      " Acknowledged by Olga at 10:00, until 14:00.\n",
                      self.page("killed"))

    def test_says_which_silence_holds_it(self):
        self.submit(incident("0", killed=1))
        self.done("silence", "add", "--for", "8h", "--by", "Olga", "--comment",
                  "known", "rule=killed")
        self.assertIn('\nIf it fired, silence 1 would hold it until 18:00 '
                      '(Olga: "known").\n', self.page("killed"))
        self.submit(incident("1", killed=7))
        self.assertIn(": would fire as SEVERE, but is held by silence 1 until "
                      "18:00: 8 killed in 24 h", self.sentence("killed"))
        self.done("silence", "expire", "1")
        self.assertIn(": fires as SEVERE since 10:00: 8 ",
                      self.sentence("killed"))

    def test_says_what_each_report_counts_for(self):
        verified = incident_pb2.VERIFIED
        self.submit(
            incident("capped", source="JFO", killed=1, assessment=verified),
            incident("said", killed=1, assessment=verified),
            incident("found", source="JFO", killed=2, party="lpr"),
            finding(["JFO/found"], party="dpr",
                    assessment=incident_pb2.CORROBORATED,
                    attribution=incident_pb2.ATTRIBUTED),
            incident("one", source="a", event="market", killed=3),
            incident("two", source="b", event="market", killed=4,
                     party="dpr"),
            incident("party", source="dpr", killed=0, injured=1),
            incident("gone", source="JFO", killed=9),
            incident("gone", source="JFO", revision=2,
                     assessment=incident_pb2.WITHDRAWN))
        page = self.page("killed", "party=dpr")
        for words in (
                r"JFO/capped@1 +1, alleged, allegedly dpr\n +told as verified,"
                " which counts for no more from JFO\n",
                r"UCDP/said@1 +1, confirmed 1, verified, allegedly dpr\n",
                r"JFO/found@1 +2, confirmed 2, corroborated, dpr \(attributed"
                r"\)\n +corroborated by UCDP/f@1, told as alleged; dpr by "
                "UCDP/f@1, told as lpr; attributed by UCDP/f@1\n",
                r"b/two@1 +4, supported 4, alleged, allegedly dpr\n"
                " +leads an event of 2 reports, 2 independent\n",
                r"a/one@1 +alleged, allegedly dpr\n"
                " +its event counts as b/two@1 tells it\n",
                r"\n  NOT COUNTED .*\n(.*\n)*.*JFO/gone@2 +withdrawn by its "
                "source\n",
                r"dpr/party@1 +none of what the rule counts\n"
                " +its source is a party\n"):
            with self.subTest(words):
                self.assertRegex(page, words)

    def test_says_that_it_is_disputed(self):
        self.submit(incident("1", source="a", event="market", killed=6),
                    incident("2", source="b", event="market", killed=6,
                             party="lpr", at=NOON + 1))
        page = self.page("killed", "party=lpr")
        self.assertIn("1 event, 0 attributed, 1 disputed", page)
        self.assertIn("; disputed\n", page)

    def test_explains_an_event(self):
        self.submit(incident("1", event="market", civilians_killed=6, killed=6),
                    incident("2", civilians_killed=2, killed=2))
        sentence = ("minsk-2 event [report=UCDP/1@1]: fires as SEVERE since "
                    "10:00: 6 civilians killed in one event, unconfirmed; ")
        for arguments in ((), ("event=market",), ("report=UCDP/1",)):
            self.assertTrue(self.sentence("event", *arguments)
                            .startswith(sentence), self.page("event"))
        self.assertIn("does not fire: 2 civilians killed in one event, "
                      "unconfirmed; 3 more to SEVERE at 5.",
                      self.sentence("event", "report=UCDP/2"))
        page = self.page("event", "event=bridge")
        self.assertTrue(page.startswith(
            "event: no such event is known; these fire:\n"), page)
        self.assertIn("SEVERE   #", page)

    def test_explains_a_spike(self):
        self.submit(incident("0", at=NOON - 12 * HOUR))
        self.assertRegex(self.sentence("spike"),
                         "too little is on record yet to tell what is usual: "
                         "1 violation in 1 h, ears-c1 0, unconfirmed; "
                         r"SEVERE above 3\.$")
        self.submit(*(incident(f"{i}", at=NOON) for i in range(1, 7)))
        page = self.page("spike")
        self.assertRegex(page, r"minsk-2 spike: fires as SEVERE since 10:00: "
                               r"[56] violations in 1 h, .*; the level is 3\.")
        self.assertIn("\nBuckets, by ears-c1, baseline 3, ", page)
        self.assertRegex(page, r"\n  2015-02-16 09:00 +0\n"
                               r"  2015-02-16 10:00 +6  tested\n")

    def test_explains_what_is_no_event(self):
        tally = incident_pb2.Tally(id="t", source="JFO", agreement="minsk-2",
                                   reported_at=NOON, as_of_at=NOON)
        tally.killed.best = 70
        self.submit(incident("1"), service_pb2.Item(
            topic="tally.minsk-2", payload=tally.SerializeToString()))
        self.assertEqual(
            self.sentence("quiet"),
            "minsk-2 quiet [source=UCDP]: does not fire: no report from UCDP "
            "for 0 s; MINOR at 16:00 if nothing comes.")
        page = self.page("total")
        self.assertRegex(page, r"; 30 more to SEVERE at 100\.\n")
        self.assertRegex(page, r"\n  AS OF  (.*)\n  2015-02-16 10:00  JFO/t@1 "
                               r"+70, alleged\n")
        self.assertRegex(self.sentence("due"),
                         r"is due in 15 d \(.*\); SEVERE at 2015-03-02 22:00 "
                         r"if it is not met\.$")

    def test_lists_the_groups_there_are(self):
        self.submit(incident("1", killed=3, party="lpr"),
                    incident("2", killed=7), incident("3", killed=1,
                                                      party=None))
        page = self.page("killed").splitlines()
        self.assertEqual(page[0], "killed: it counts more than one group apart;"
                                  " say which:")
        self.assertEqual([line.split(None, 1)[0] for line in page[2:]],
                         ["7", "3", "1"])
        self.assertRegex(page[2], "7  SEVERE   #1 +minsk-2 killed .party=dpr.")
        self.assertIn("[party=unknown]",
                      self.sentence("killed", "party=unknown"))
        self.assertIn("nothing is counted so, and it does not fire; there is:",
                      self.page("killed", "party=ukraine"))

    def test_explains_an_alert(self):
        self.submit(incident("1", killed=7))
        identifier = self.json("1")["alert"]["identifier"]
        self.submit(incident("1", revision=2, killed=0))
        for alert in ("1", "#1", identifier):
            page = self.page(alert).splitlines()
            self.assertRegex(page[0], r"^2015-02-16 10:00 #1 +SEVERE .* 7 "
                                      "killed in 24 h")
            self.assertRegex(page[2], "^minsk-2 killed .party=dpr.: does not "
                                      "fire: 0 killed in 24 h; 5 more to ")

    def test_expects_what_there_is(self):
        self.submit(incident("1", killed=7))
        for arguments, said in (
                (("kiled",), "refused: expected a rule (did you mean killed?): "
                             "killed, slow, event, spike, quiet, total"),
                (("nothing-like-it",), "refused: expected a rule: killed, "),
                (("killed", "agreement=minsk"),
                 "refused: expected an agreement: minsk-2"),
                (("killed", "side=dpr"),
                 "refused: expected labels that killed has: party"),
                (("spike", "party=dpr"),
                 "refused: expected labels that spike has: none"),
                (("99",), "an alert that was sent; the last is #1"),
                (("nobody-00000000-1",),
                 "an identifier of this daemon's alerts")):
            with self.subTest(arguments):
                self.assertIn(said, self.refused(*arguments))
        for arguments in ((), ("killed", "party"), ("1", "party=dpr"),
                          ("killed", "=dpr")):
            done = self.truce("explain", *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)


class ForPrograms(Explaining):
    """--json, and the messages themselves."""

    def ask(self, **fields):
        """The Reply to an Explain."""
        request = service_pb2.Request()
        request.explain.SetInParent()
        for name, value in fields.items():
            setattr(request.explain, name, value)
        return self.truced.ask(request)

    def test_answers_with_an_explanation(self):
        self.submit(incident("1", killed=7))
        explanation = self.ask(rule="killed").explanation
        self.assertTrue(explanation.one)
        self.assertEqual(explanation.why, service_pb2.Explanation.MET)
        self.assertEqual(explanation.values.reported, 7)
        self.assertEqual(explanation.missing, 13)
        self.assertEqual(explanation.levels[explanation.next_level].at, 20)
        self.assertEqual(explanation.episode.begun_at, NOON)
        [report] = explanation.reports
        self.assertEqual((report.report, report.part, report.adds.upper),
                         ("UCDP/1@1", service_pb2.Explanation.LEADS, 7))
        self.assertFalse(explanation.HasField("alert"))

    def test_gives_scripts_the_same_fields(self):
        self.submit(incident("1", killed=7), incident("2", killed=0))
        given = self.json("killed")
        explanation = self.ask(rule="killed").explanation
        kinds = service_pb2.Explanation.DESCRIPTOR.fields_by_name
        self.assertLessEqual(set(given), set(kinds))
        self.assertEqual(
            {field.name for field, _ in explanation.ListFields()} - set(given),
            set())
        self.assertEqual(given["why"], "MET")
        self.assertEqual([report["part"] for report in given["reports"]],
                         ["EMPTY", "LEADS"])
        for report in given["reports"]:
            self.assertLessEqual(
                set(report),
                set(kinds["reports"].message_type.fields_by_name))

    def test_says_no_other_time_than_now(self):
        error = self.ask(rule="killed", at=NOON).error.detail
        self.assertEqual(error, "at: unset: this version explains now")
        self.assertEqual(self.ask().error.detail,
                         "one of identifier, seq and rule")

    def test_changes_nothing(self):
        self.submit(incident("1", killed=7))
        before = self.truced.status()
        self.json("killed")
        self.json("event", "report=UCDP/1")
        after = self.truced.status()
        self.assertEqual((before.position, before.digest),
                         (after.position, after.digest))
        self.truced.stop(signal.SIGKILL)
        self.truced.start()
        self.assertEqual(self.json("killed")["why"], "MET")

    def test_explains_drills_apart(self):
        self.submit(incident("1", killed=7, status=1))
        self.assertTrue(self.json("killed")["none"])
        self.assertEqual(self.json("--exercise", "killed")["why"], "MET")
        self.assertIn("exercise: ", self.page("--exercise", "1"))


class ByTheWallClock(Explaining):
    """What is asked for is now, also when no report or timer has come."""

    clock = "wall"
    rules = """
    { name = "killed"; kind = "threshold"; measure = "killed"; window = "2s";
      resolution = "1s"; levels = ( { at = 5; severity = "severe"; } ); }
    """

    def test_counts_what_is_in_the_window_now(self):
        now = int(time.time() * 1000)
        self.submit(incident("1", at=now, killed=3))
        deadline = time.monotonic() + harness.TIMEOUT
        while self.json("killed")["values"]["reported"] > 0:
            self.assertLess(time.monotonic(), deadline)
        given = self.json("killed")
        self.assertGreater(given["at"], given["engine_at"])
        self.assertEqual(given["reports"][0]["part"], "BEFORE")
        self.assertRegex(self.sentence("killed"),
                         "does not fire: 0 killed in 2 s; 5 more to ")


if __name__ == "__main__":
    harness.main()
