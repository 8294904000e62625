#!/usr/bin/python3
"""truce test: the tests of the shipped configurations hold, and would not if
the rules were others."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import harness
from harness import TREE, TRUCE

TESTS = TREE / "config/tests"
SHIPPED = TREE / "config/truced.conf"
REPORT = ('{"report": {"id": "1", "source": "UCDP", "agreement": "minsk-2",'
          ' "occurred_at": "2015-02-16T10:00:00Z", "killed": 100}}')
CROSSED = ('{"expect": {"rule": "deaths-since", "at": "2015-02-16T10:00Z",'
           ' "cause": "crossed", "severity": "moderate", "reported": 100}}')


def run(*arguments, expected=0):
    """What it says, after it ended as expected."""
    done = subprocess.run([TRUCE, "test", *arguments], capture_output=True,
                          text=True, timeout=harness.TIMEOUT, check=False,
                          env={**os.environ, "TZ": "UTC"})
    assert done.returncode == expected, \
        f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


# Of each example what makes it another one.
OTHERWISE = {
    "gaza-2025": (("at = 300;  clear = 200;", "at = 304; clear = 200;"),
                  ("at = 1000; clear = 800;", "at = 1200; clear = 800;"),
                  ('keep_firing = "14d"', 'keep_firing = "1d"'),
                  ('"killed_in_period"', '"killed"')),
    "lebanon-tally": (("every = 1000;", "every = 900;"),
                      ("at = 200; clear = 150;", "at = 221; clear = 150;"),
                      ('"corroborated"', '"alleged"')),
    "lebanon-2024": (("at = 120; severity = \"moderate\"",
                      "at = 122; severity = \"moderate\""),
                     ('[ "7d", "1d" ]', '[ "1d" ]'),
                     ('[ "News Agency", "Second News Agency" ]',
                      '[ "News Agency" ]'),
                     ('warn_severity = "moderate";', "")),
    "sirens": (('late = "12h"', 'late = "6h"'),
               ('time = "reported";', ""),
               ('measure = "places"', 'measure = "violations"'),
               ("at = 10;  severity", "at = 11;  severity"),
               ("min_count = 5", "min_count = 7")),
    "ucdp-releases": (('{ name = "UCDP 22.1"; at_most = "corroborated";\n'
                       '\t  origin = "Uppsala University"; }',
                       '{ name = "UCDP 22.1"; at_most = "corroborated"; }'),
                      ("at = 50; clear = 45", "at = 71; clear = 45"),
                      ("match: { disputed = true; };", ""),
                      ('[ "UCDP 20.1" ]; };\n\t\tlevels = (\n',
                       '[ "UCDP 22.1" ]; };\n\t\tlevels = (\n')),
}


class Shipped(unittest.TestCase):
    """config/tests."""

    def test_holds(self):
        files = sorted(TESTS.glob("*.test"))
        self.assertEqual(
            [file.stem for file in files],
            sorted(["live", "truced", *(
                file.stem for file in
                (TREE / "config/examples").glob("*.conf"))]))
        for file in files:
            with self.subTest(file=file.name):
                self.assertRegex(run(file).stdout, r"^[1-9]\d* passed, "
                                                   r"0 failed\n$")

    def test_would_not_hold_of_other_rules(self):
        text = SHIPPED.read_text(encoding="utf-8")
        for before, after in (("at = 20;  clear = 15;", "at = 21; clear = 15;"),
                              ("at = 100;  severity", "at = 101;  severity"),
                              ('late = "3d"', 'late = "1d"'),
                              ('"verified"', '"alleged"'),
                              ('group_by = [ "admin" ];', ""),
                              ("at = 10; clear = 5", "at = 11; clear = 5"),
                              ('match: { party = [ "ukraine", "dpr", "lpr", '
                               '"novorossiya" ]; };', "")):
            self.assertIn(before, text)
            with self.subTest(after=after), \
                    tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
                file.write(text.replace(before, after))
                file.flush()
                run("-c", file.name, TESTS / "truced.test", expected=1)

    def test_would_not_hold_of_other_examples(self):
        for name, changes in OTHERWISE.items():
            path = TREE / f"config/examples/{name}.conf"
            text = path.read_text(encoding="utf-8")
            for before, after in changes:
                self.assertIn(before, text)
                with self.subTest(name=name, before=before), \
                        tempfile.NamedTemporaryFile("w",
                                                    suffix=".conf") as file:
                    file.write(text.replace(before, after))
                    file.flush()
                    done = run("-c", file.name, TESTS / f"{name}.test",
                               expected=1)
                    self.assertRegex(done.stdout, r"passed, [1-9]\d* failed")


class Differences(unittest.TestCase):
    """What is told when one fails."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="rules-")
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name) / "some.test"

    def write(self, *lines, only='["deaths-since"]'):
        """A test of these lines, the first of them the third of the file."""
        self.path.write_text("\n".join((
            json.dumps({"config": str(SHIPPED)}),
            f'{{"test": "a hundred dead", "only": {only}}}', *lines)) + "\n")

    def told(self):
        """The problems of the one test, which fails."""
        test, = (json.loads(line) for line in
                 run("--json", self.path, expected=1).stdout.splitlines())
        self.assertEqual((test["test"], test["line"], test["passed"]),
                         ("a hundred dead", 2, False))
        return [(problem["problem"], problem.get("line"),
                 problem.get("fields")) for problem in test["problems"]]

    def test_passes(self):
        self.write(REPORT, CROSSED)
        self.assertEqual(run(self.path).stdout, "1 passed, 0 failed\n")

    def test_tells_what_did_not_come(self):
        self.write(REPORT, CROSSED, CROSSED)
        self.assertEqual(self.told(), [("missing", 5, [])])
        self.assertIn("line 5: did not come: {\"rule\": \"deaths-since\"",
                      run(self.path, expected=1).stdout)

    def test_tells_what_came_unexpected(self):
        self.write(REPORT)
        self.assertEqual(self.told(), [("unexpected", None, None)])
        self.assertRegex(run(self.path, expected=1).stdout,
                         r"came unexpected: 2015-02-16 10:00 #\d+ +MODERATE")

    def test_tells_what_came_otherwise_field_by_field(self):
        self.write(REPORT, CROSSED.replace("moderate", "severe").replace(
            "10:00Z", "10:01Z").replace("100", "99"))
        self.assertEqual(self.told(),
                         [("missing", 4, []), ("unexpected", None, None)])
        self.write(REPORT, CROSSED.replace("moderate", "severe").replace(
            "10:00Z", "10:01Z"))
        self.assertEqual(self.told(),
                         [("different", 4, ["at", "severity"])])
        said = run(self.path, expected=1).stdout
        self.assertIn('at          expected "2015-02-16T10:01Z", came '
                      '"2015-02-16T10:00:00Z"', said)
        self.assertIn('severity    expected "severe", came "MODERATE"', said)
        self.assertIn("0 passed, 1 failed", said)

    def test_tells_what_became_of_a_report(self):
        self.write(REPORT, CROSSED, REPORT.replace("100", "101"))
        self.assertEqual(self.told(), [("verdict", 5, None)])
        self.assertIn("line 5: the report was expected to be accepted, and "
                      "was rejected, conflict",
                      run(self.path, expected=1).stdout)
        self.write(REPORT, CROSSED,
                   REPORT.replace("100}", '101}, "verdict": "conflict"'))
        self.assertEqual(run(self.path).stdout, "1 passed, 0 failed\n")

    def test_takes_reports_from_files(self):
        (self.path.parent / "reports.jsonl").write_text(json.dumps(
            {**json.loads(REPORT)["report"], "killed": {"best": 100}}) + "\n")
        self.write('{"file": "reports.jsonl"}', CROSSED)
        self.assertEqual(run(self.path).stdout, "1 passed, 0 failed\n")
        # Of the same fields a total, which no rule here counts.
        fields = json.loads(REPORT)["report"]
        fields["as_of_at"] = fields.pop("occurred_at")
        (self.path.parent / "totals.jsonl").write_text(json.dumps(
            {**fields, "killed": {"best": 100}}) + "\n")
        self.write('{"file": "totals.jsonl", "type": "tally"}')
        self.assertEqual(run(self.path).stdout, "1 passed, 0 failed\n")

    def test_only_of_no_rule_fails(self):
        self.write(REPORT, only='["deaths-sinc"]')
        self.assertEqual(self.told(), [("only", 2, None)])
        self.assertIn('line 2: only: expected a rule of the configuration, '
                      'not "deaths-sinc"\n', run(self.path, expected=1).stdout)
        self.write(REPORT, CROSSED, only='["deaths-since", 1]')
        self.assertIn("only: expected a list of rules",
                      run(self.path, expected=1).stderr)

    def test_says_where_a_file_is_wrong(self):
        for line, words in (
                ('{"expect": {"rule": "r", "sevrity": 1}}', "severity"),
                ('{"expect": {"severity": "severe"}}', "`rule` among them"),
                ('{"expect": {"rule": "r", "at": "noon"}}', "expected a time"),
                ('{"report": {"id": "1", "agreement": "a", "killd": 1}}',
                 "expected a field that a report has"),
                ('{"report": {"id": "1"}}', "an agreement's name"),
                ('{"report": {}, "verdikt": "stale"}', "not expected beside"),
                ('{"until": "soon"}', "expected a time"),
                ('{"file": "nothing.jsonl"}', "No such file"),
                ('{"file": "x", "type": "event"}', "expected incident, tally"),
                ('{"officer": "hush", "at": "2015-03-01"}',
                 "expected ack, retract, silence, met, unmet or due"),
                ('{"officer": "met", "rule": "r"}', "expected a time"),
                ('{"officer": "met", "at": "2015-03-01", "rule": "r"}',
                 "not expected beside officer: met"),
                ('{"officer": "met", "at": "2015-03-01", "agreement": "a"}',
                 "a deadline's name"),
                ('{"officer": "due", "at": "2015-03-01"}', "due: expected"),
                ('{"officer": "ack", "at": "2015-03-01"}', "the alert's rule"),
                ('{"officer": "ack", "at": "2015-03-01", "rule": "r"}',
                 "an agreement's name"),
                ('{"officer": "ack", "at": "2015-03-01", "for": 4}',
                 "expected a duration"),
                ('{"officer": "ack", "at": "2015-03-01", "by": 4}',
                 "expected a name"),
                ('{"officer": "ack", "at": "2015-03-01", "rule": "r",'
                 ' "labels": ["a"]}', "as an object"),
                ('{"officer": "silence", "at": "2015-03-01", "match":'
                 ' {"rule": "r"}}', "expected a duration"),
                ('{"officer": "silence", "at": "2015-03-01", "for": "4h"}',
                 "expected 1 to 8"),
                ('{"officer": "silence", "at": "2015-03-01", "for": "4h",'
                 ' "match": {"party ": "dpr"}}', "a label's name"),
                ('{"officer": "silence", "at": "2015-03-01", "for": "4h",'
                 ' "match": {"rule": "r"}, "up_to": "all"}', "or extreme"),
                ('{"reports": []}', "expected an object with"),
                ('{"test": 1}', "expected a name"), ("{", "expected JSON")):
            with self.subTest(line=line):
                self.write("# a comment", line)
                self.assertRegex(run(self.path, expected=1).stderr,
                                 rf"some\.test:[45]: .*{words}")
        self.path.write_text(REPORT)
        self.assertIn("expected a test before it",
                      run(self.path, expected=1).stderr)
        self.path.write_text('{"test": "none"}')
        self.assertIn("--config", run(self.path, expected=1).stderr)
        self.assertIn("expected a FILE", run(expected=2).stderr)


RULES = """
{ name = "deaths"; kind = "threshold"; measure = "killed"; window = "30d";
  group_by = [ "party", "admin" ]; remind = "1h"; escalate_after = "150m";
  levels = ( { at = 5; severity = "severe"; } ); },
{ name = "due"; kind = "deadline"; severity = "severe"; }
"""
DEFAULTS = {"source": "UCDP", "agreement": "minsk-2"}
SIX = {"report": {"id": "1", "party": "dpr", "place": {"admin": "Luhansk"},
                  "killed": 6, "occurred_at": "2015-02-16T10:00:00Z"}}
# In another order than the rule has them.
LABELS = {"admin": "Luhansk", "party": "dpr"}


def alert(rule, at, cause, **fields):
    return {"expect": {"rule": rule, "at": f"2015-02-{at}", "cause": cause,
                       **fields}}


class Officers(unittest.TestCase):
    """What officers say has its place in a test."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="rules-")
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name) / "some.test"
        (self.path.parent / "some.conf").write_text(harness.CONFIG.replace(
            '"lpr" ];', '"lpr" ]; deadlines = ( {{ name = "guns"; due = '
            '"2015-02-16T13:00:00Z"; }} );').format(
                state=directory.name, clock="records", intake="ipc:///none",
                service="ipc:///nowhere", alerts="ipc:///no",
                limits="", rules=RULES))

    def hold(self, *objects, until="16T12:30Z", expected=0):
        self.path.write_text("".join(json.dumps(each) + "\n" for each in (
            {"config": "some.conf"}, {"defaults": DEFAULTS}, {"test": "words"},
            *objects, {"until": f"2015-02-{until}"})))
        return run(self.path, expected=expected).stdout

    def test_an_acknowledged_alert_reminds_nobody_and_does_not_escalate(self):
        crossed = alert("deaths", "16T10:00Z", "crossed")
        self.hold(SIX, crossed, alert("deaths", "16T11:00Z", "reminder"),
                  alert("deaths", "16T12:00Z", "reminder"),
                  alert("deaths", "16T12:30Z", "escalated"))
        said = {"officer": "ack", "rule": "deaths", "labels": LABELS,
                "at": "2015-02-16T10:30Z", "by": "olga"}
        told = alert("deaths", "16T10:30Z", "acknowledged",
                     acknowledged_by="olga",
                     acknowledged_at="2015-02-16T10:30Z")
        self.hold(SIX, crossed, said, told)
        self.hold(SIX, crossed, {**said, "for": "90m"}, told,
                  alert("deaths", "16T12:00Z", "reminder"))

    def test_a_retracted_alert_is_cancelled(self):
        self.hold(SIX, alert("deaths", "16T10:00Z", "crossed"),
                  {"officer": "retract", "rule": "deaths", "labels": LABELS,
                   "at": "2015-02-16T10:20Z", "comment": "another place"},
                  alert("deaths", "16T10:20Z", "retracted", msg_type="cancel",
                        comment="another place"))

    def test_a_silence_holds_until_its_end_and_only_so_severe(self):
        silence = {"officer": "silence", "at": "2015-02-16T09:00Z",
                   "match": {"party": "dpr"}, "for": "2h"}
        self.hold(silence, SIX, alert("deaths", "16T11:00Z", "silence_ended"),
                  alert("deaths", "16T12:00Z", "reminder"),
                  until="16T12:20Z")
        self.hold({**silence, "up_to": "moderate"}, SIX,
                  alert("deaths", "16T10:00Z", "crossed"), until="16T10:10Z")

    def test_a_deadline_is_met_or_not_or_put_off(self):
        passed = alert("due", "16T13:00Z", "crossed")
        guns = {"deadline": "guns", "at": "2015-02-16T12:00Z"}
        self.hold(SIX, {"officer": "ack", "rule": "deaths", "labels": LABELS,
                        "at": "2015-02-16T10:00Z"},
                  alert("deaths", "16T10:00Z", "crossed"),
                  alert("deaths", "16T10:00Z", "acknowledged"),
                  passed, until="16T14:00Z")
        report = {"report": {**SIX["report"], "killed": 1}}
        self.hold(report, {"officer": "met", **guns}, until="16T14:00Z")
        self.hold(report, {"officer": "met", **guns},
                  {"officer": "unmet", **guns}, passed, until="16T14:00Z")
        self.hold(report, {"officer": "due", "due": "2015-02-16T15:00Z", **guns},
                  alert("due", "16T15:00Z", "crossed"), until="16T16:00Z")

    def test_what_is_about_nothing_fails(self):
        said = self.hold(SIX, alert("deaths", "16T10:00Z", "crossed"),
                         {"officer": "ack", "rule": "deaths", "labels":
                          {"party": "lpr"}, "at": "2015-02-16T10:30Z"},
                         until="16T10:40Z", expected=1)
        self.assertIn("line 6: the officer's word: expected "
                      "an alert that fires at that time", said)
        said = self.hold({"officer": "met", "deadline": "tanks",
                          "at": "2015-02-16T10:30Z"}, until="16T10:40Z",
                         expected=1)
        self.assertIn("line 4: the officer's word: expected "
                      "a deadline of the agreement", said)

    def test_a_word_of_a_time_that_is_past_fails(self):
        said = self.hold(SIX, alert("deaths", "16T10:00Z", "crossed"),
                         {"officer": "met", "deadline": "guns",
                          "at": "2015-02-16T09:59Z"}, until="16T10:40Z",
                         expected=1)
        self.assertIn("line 6: the officer's word: expected a time not before "
                      "that of what came before it\n", said)


if __name__ == "__main__":
    harness.main()
