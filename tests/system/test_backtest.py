#!/usr/bin/python3
"""truce backtest: reports from files, and what is drawn of them. That it says
what the daemon says is in test_live.py."""

import json
import os
import pathlib
import pty
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml

import harness
from harness import DAY, HOUR, NOON, TRUCE
from playing import (EXAMPLES, LEBANON, MAPPING, PLAYED, RULES, SHIPPED, SIRENS,
                     UCDP, alerts_of, report, run)


class Files(unittest.TestCase):
    """Reports in files."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="backtest-")
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name)
        self.config = self.path / "truced.conf"
        self.configure(self.config, RULES)

    def configure(self, path, rules, clock="records"):
        """Writes a configuration."""
        path.write_text(harness.CONFIG.format(
            state=self.path, clock=clock, limits="", rules=rules,
            service="ipc:///nowhere", intake="ipc:///nowhere2",
            alerts="ipc:///nowhere3"))

    def file(self, name, *lines):
        """A file of reports."""
        path = self.path / name
        path.write_text("".join(line + "\n" for line in lines))
        return path

    def backtest(self, *arguments, **options):
        """The alerts that it prints, in short."""
        done = run("backtest", "-c", self.config, "--json", *arguments,
                   **options)
        return [(alert["cause"], alert["reported"],
                 (alert["sent_at"] - NOON) / HOUR)
                for alert in alerts_of(done.stdout)], done.stderr

    def test_merges_files_in_the_order_of_their_time(self):
        late = self.file("late", report("1", NOON + 2 * HOUR,
                                        killed={"best": 3}),
                         report("3", NOON, killed={"best": 4}))
        early = self.file("early", report("2", NOON + HOUR,
                                          killed={"best": 2},
                                          reported_at=NOON + HOUR))
        self.assertEqual(self.backtest(late, early)[0],
                         [("CROSSED", 6, 1.0)])
        self.assertEqual(self.backtest(early, late)[0],
                         [("CROSSED", 6, 1.0)])

    def test_reads_each_file_by_what_stands_before_it(self):
        """Maps and types; and what is said once is of all files."""
        def mapping(name, kind, times):
            path = self.path / f"{name}.map"
            path.write_text(f"type {kind}\nset agreement minsk-2\n"
                            "set source UCDP\nset id {id}\n"
                            f"set party dpr\nset {times} {{at|time}}\n"
                            "set killed.best {killed}\n")
            return path

        self.configure(self.config, RULES + """, { name = "total";
            kind = "tally"; measure = "killed"; window = "latest";
            levels = ( { at = 9; severity = "minor"; } ); }""")
        incidents = self.file("incidents.csv", "id,at,killed",
                              "1,2015-02-16T12:00Z,5")
        totals = self.file("totals.csv", "id,at,killed",
                           "1,2015-02-16T11:00Z,10")
        lines = self.file("totals.jsonl", json.dumps(
            {"id": "1", "source": "UCDP", "agreement": "minsk-2",
             "as_of_at": NOON + HOUR, "reported_at": NOON + HOUR,
             "killed": {"best": 10}}))
        incident = mapping("incident", "incident", "occurred_at")
        tally = mapping("tally", "tally", "as_of_at")
        both = [("CROSSED", 10, 1.0), ("CROSSED", 5, 2.0)]
        self.assertEqual(self.backtest("--map", incident, incidents,
                                       "--map", tally, totals)[0], both)
        self.assertEqual(self.backtest("--map", tally, totals,
                                       "--map", incident, incidents)[0], both)
        self.assertEqual(self.backtest(incidents, "--map", incident,
                                       "--type", "tally", lines)[0], both)
        self.assertEqual(self.backtest("--type", "tally", "--", lines)[0],
                         both[:1])
        self.assertEqual(self.backtest(lines, "--type", "tally")[0], both[:1])

    def test_reads_standard_input(self):
        line = report("1", NOON, killed={"best": 5})
        self.assertEqual(self.backtest("-", text=line)[0],
                         [("CROSSED", 5, 0.0)])

    def test_goes_on_until_it_is_told(self):
        file = self.file("one", report("1", NOON, killed={"best": 5}))
        day_after = self.backtest(file, "--until", "2015-02-17T16:00Z")[0]
        self.assertEqual(day_after[0], ("CROSSED", 5, 0.0))
        self.assertEqual(day_after[-1][0], "CLEARED")
        self.assertIn(("REMINDER", 5, 2.0), day_after)
        short = self.backtest(file, "--until", "2015-02-16T14:30+02:00")[0]
        self.assertEqual(short, day_after[:2])

    def test_sums_up_what_was_refused(self):
        file = self.file("some", report("1", NOON, killed={"best": 5}),
                         report("1", NOON, killed={"best": 6}),
                         report("2", NOON, party="nobody"),
                         report("1", NOON, killed={"best": 5}), "{")
        alerts, said = self.backtest(file, expected=1)
        self.assertEqual(alerts, [("CROSSED", 5, 0.0)])
        said = re.sub(" +", " ", said)
        for words in (f"{file}:2: rejected, conflict", ": 5 reports\n",
                      f"{file}:3: rejected, unknown_party",
                      f"{file}:5: ", "accepted 1", "duplicate 1",
                      "rejected 2", "unknown_party 1", "no report 1"):
            self.assertIn(words, said)

    def test_goes_by_records_and_says_so(self):
        file = self.file("one", report("1", NOON, killed={"best": 5}))
        self.configure(self.config, RULES, clock="wall")
        alerts, said = self.backtest(file)
        self.assertEqual(alerts, [("CROSSED", 5, 0.0)])
        self.assertIn("goes by the wall clock; here time is what the reports "
                      "say", said)

    def test_keeps_drills_apart(self):
        file = self.file("two", report("1", NOON, killed={"best": 5}),
                         report("2", NOON, killed={"best": 8},
                                status="EXERCISE"))
        self.assertEqual(self.backtest(file)[0], [("CROSSED", 5, 0.0)])
        self.assertEqual(self.backtest(file, "--exercise")[0],
                         [("CROSSED", 8, 0.0)])

    def test_tells_people_as_tail_does(self):
        file = self.file("one", report("1", NOON, killed={"best": 5}))
        done = run("backtest", "-c", self.config, file)
        self.assertRegex(done.stdout,
                         r"^2015-02-16 \(UTC\+00:00\)\n10:00 #1 +SEVERE +"
                         r"POSSIBLE NEW +killed +minsk-2/dpr ")

    def test_shows_what_another_configuration_would_have_sent(self):
        file = self.file("three", report("1", NOON, killed={"best": 4}),
                         report("2", NOON + HOUR, killed={"best": 1}),
                         report("3", NOON + HOUR, killed={"best": 6},
                                party="lpr"),
                         report("4", NOON + 9 * DAY, killed={"best": 5}))
        other = self.path / "other.conf"
        self.configure(other, RULES.replace("at = 5;", "at = 4;").replace(
            "at = 20;", "at = 5;").replace('remind = "2h";', ""))
        done = run("backtest", "-c", self.config, "--against", other, file)
        self.assertIn(f"      {other}: severity Extreme for Severe\n",
                      done.stdout)
        told = alerts_of(run("backtest", "-c", self.config, "--against", other,
                             "--json", file).stdout)

        def short(alert):
            return alert and (alert["cause"], alert["severity"],
                              (alert["sent_at"] - NOON) / HOUR,
                              alert["labels"][0]["value"])

        kept = [(one["difference"], short(one["config"]),
                 short(one["against"])) for one in told
                if "REMINDER" not in json.dumps(one)]
        self.assertEqual(kept, [
            ("otherwise", ("CROSSED", "SEVERE", 1.0, "dpr"),
             ("CROSSED", "SEVERE", 0.0, "dpr")),
            ("otherwise", ("CROSSED", "SEVERE", 1.0, "lpr"),
             ("CROSSED", "EXTREME", 1.0, "lpr")),
            ("only_against", None, ("LEVEL_UP", "EXTREME", 1.0, "dpr")),
            ("otherwise", ("CLEARED", "SEVERE", 24.0, "dpr"),
             ("CLEARED", "EXTREME", 24.0, "dpr")),
            ("otherwise", ("CLEARED", "SEVERE", 24.8, "lpr"),
             ("CLEARED", "EXTREME", 24.8, "lpr")),
            ("otherwise", ("CROSSED", "SEVERE", 216.0, "dpr"),
             ("CROSSED", "EXTREME", 216.0, "dpr"))])
        same = run("backtest", "-c", self.config, "--against", self.config,
                   file).stdout
        self.assertRegex(same, r"^\d+ the same, 0 otherwise, 0 only with ")

    def test_shows_a_terminal_how_far_it_is(self):
        played = ("-c", SHIPPED, "--map", MAPPING, UCDP / "minsk.csv")
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        subprocess.run([TRUCE, "backtest", *played],
                       stdout=subprocess.DEVNULL, stderr=slave,
                       timeout=harness.TIMEOUT, check=True,
                       env={**os.environ, "TERM": "vt100"})
        os.close(slave)
        told = os.read(master, 65536).decode()
        self.assertRegex(told, r"Ktruced\.conf  \[#*\.+\] +\d+%  \d+ reports")
        # Cleared before what is said at the end.
        self.assertRegex(told.rpartition("\x1b[K")[2], r"^\S+: 1493 reports")
        self.assertNotIn("[", run("backtest", *played).stderr)

    def test_refuses_what_cannot_be_played(self):
        for arguments, words, status in (
                ((), "expected a FILE", 2),
                (("--until", "soon", "x"), "expected a time", 2),
                ((self.path / "nothing",), "No such file", 1),
                ((UCDP / "minsk.csv",), "expected --map with a CSV file", 1),
                ((self.path,), "journal.db: No such file", 1)):
            with self.subTest(words=words):
                done = run("backtest", "-c", self.config, *arguments,
                           expected=status)
                self.assertIn(words, done.stderr)
        self.config.write_text("clock = 1;")
        done = run("backtest", "-c", self.config, self.file("x"), expected=1)
        self.assertIn("truced.conf:1: ", done.stderr)


class Pictures(unittest.TestCase):
    """--plot."""

    SVG = "{http://www.w3.org/2000/svg}"

    def drawn(self, config, *arguments):
        """The pictures, by rule; the alerts are as without them."""
        with tempfile.TemporaryDirectory() as directory:
            done = run("backtest", "-c", config, "--json", "--plot",
                       f"{directory}/new", *arguments)
            self.assertEqual(done.stdout,
                             run("backtest", "-c", config, "--json",
                                 *arguments).stdout)
            return alerts_of(done.stdout), {
                path.stem: xml.parse(path).getroot()
                for path in pathlib.Path(directory, "new").iterdir()}

    def words(self, picture):
        """All its texts."""
        return ["".join(text.itertext())
                for text in picture.iter(f"{self.SVG}text")]

    def test_draws_every_rule_with_all_its_alerts(self):
        alerts, pictures = self.drawn(EXAMPLES / "lebanon-2024.conf",
                                      LEBANON / "reports.jsonl")
        self.assertEqual(set(pictures), {
            "violations-since", "deaths-since", "casualties-since",
            "violations-day", "lebanon-counts", "agencies-apart",
            "agency-and-reports"})
        for rule, picture in pictures.items():
            marks = [title.text for title in picture.iter(f"{self.SVG}title")
                     if title.text.startswith("#")]
            self.assertEqual(sorted(int(mark[1:].split()[0])
                                    for mark in marks),
                             [alert["seq"] for alert in alerts
                              if alert["rule"] == rule])
        words = self.words(pictures["deaths-since"])
        for word in ("10 Severe", "lebanon-20245 messages", "2 Dec", "2024"):
            self.assertIn(word, words)

    def test_says_what_is_not_drawn(self):
        _, pictures = self.drawn(SHIPPED, "--map", MAPPING,
                                 UCDP / "minsk.csv")
        panels = [word for word in self.words(pictures["mass-casualty"])
                  if word.startswith("minsk-")]
        self.assertEqual(len(panels), 3)
        self.assertIn("Not drawn: 4 more groups with 0 messages.",
                      self.words(pictures["mass-casualty"]))

    def drawn_example(self, name, *options):
        """The words of its pictures, by rule."""
        for config, *files in PLAYED:
            if config.stem == name:
                _, pictures = self.drawn(
                    config, *(word for file in files
                              for word in (*file.options, file.path)),
                    *options)
                return {rule: self.words(picture)
                        for rule, picture in pictures.items()}
        raise AssertionError(name)

    def drawn_reports(self, rules, *reports):
        """Likewise, of rules and reports."""
        with tempfile.TemporaryDirectory() as directory:
            config = pathlib.Path(directory, "truced.conf")
            config.write_text(harness.CONFIG.format(
                state=directory, clock="records", limits="", rules=rules,
                service="ipc:///nowhere", intake="ipc:///nowhere2",
                alerts="ipc:///nowhere3"))
            _, pictures = self.drawn(config, self.line("\n".join(reports)))
        return {rule: self.words(picture)
                for rule, picture in pictures.items()}

    def assert_words(self, words, *expected):
        """All of them."""
        for word in expected:
            self.assertIn(word, words)

    def test_draws_totals_from_where_they_are(self):
        words = self.drawn_example("gaza-2025")
        self.assert_words(
            words["total"], "60000", "65000", "66000 Minor", "72000 Minor",
            "gaza-2025, Ministry of Health, Gaza"
            "7 messages (shown from 60000 on)",
            "killed: the latest total, for each source and party. "
            "Levels: Minor 66000 and each 1000 more")
        self.assertNotIn("75000 Minor", words["total"])
        self.assert_words(words["total-week"], "0", "1000 Severe")
        self.assert_words(words["killed-week"], "0", "300 Extreme")

    def test_draws_a_total_that_starts_again_from_0(self):
        self.assert_words(self.drawn_example("lebanon-tally")["total"], "0",
                          "lebanon-2024, Ministry of Public Health, Lebanon"
                          "5 messages")

    def test_draws_what_levels_are_of_below_the_sums(self):
        words = self.drawn_example("sirens")["hour-unusual"]
        self.assert_words(words, "ears-c2", "5 Moderate", "20 Severe", "150")
        words = self.drawn_example("ucdp-releases")["release-20-and-reports"]
        self.assert_words(words, "gap, %", "25 % Moderate", "50 % Severe",
                          "300", "minsk-23 messages (cut off: up to 344 at "
                          "most)")

    def test_cuts_off_what_has_no_bound(self):
        """A deviation of nothing."""
        rules = """{ name = "spike"; kind = "spike"; measure = "killed";
            method = "ears-c1"; bucket = "1d"; min_sigma = 0;
            levels = ( { at = 3; severity = "severe"; } ); }"""
        words = self.drawn_reports(rules, *(
            report(str(day), NOON + day * DAY,
                   killed={"best": 90 if day == 20 else 3})
            for day in range(21)))["spike"]
        self.assert_words(words, "3 Severe", "10",
                          "ears-c1 (cut off: up to 1e+15)")

    def test_draws_what_is_over_within_a_pixel(self):
        """Of five years an hour."""
        words = self.drawn_reports(
            RULES.replace("24h", "1h"), report("first", NOON),
            *(report(str(n), NOON + 400 * DAY + HOUR, killed={"best": 1})
              for n in range(55)),
            report("last", NOON + 1825 * DAY))["killed"]
        self.assert_words(words, "20 Extreme", "60")

    def test_says_why_there_is_nothing(self):
        words = self.drawn_example("lebanon-2024")["agency-and-reports"]
        self.assert_words(words, "No two figures of this rule were apart")
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as empty:
            _, pictures = self.drawn(EXAMPLES / "sirens.conf", empty.name)
        self.assert_words(self.words(pictures["hour-unusual"]),
                          "Nothing was tested by this rule: no report, or "
                          "too little before it")

    def test_draws_nothing_where_there_is_nothing(self):
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as empty:
            alerts, pictures = self.drawn(SHIPPED, empty.name)
        self.assertEqual(alerts, [])
        self.assertEqual(len(pictures), 4)
        for picture in pictures.values():
            self.assertIn("No report was counted by this rule",
                          self.words(picture))

    def test_dates_marks_that_there_is_no_room_for(self):
        """Ten years of sirens, most of them in one. What is worse is above."""
        alerts, pictures = self.drawn(
            EXAMPLES / "sirens.conf", "--map", EXAMPLES / "sirens.map",
            SIRENS / "alerts.csv")
        sent_at = {alert["seq"]: alert["sent_at"] for alert in alerts}
        marks = [(mark.find(f"{self.SVG}title"), mark.find(f"{self.SVG}g"))
                 for mark in pictures["hour"].iter(f"{self.SVG}g")]
        marks = [(re.match(r"#(\d+) .*? (\w+), ", title.text),
                  float(re.match(r"translate\((\S+) ",
                                 place.get("transform"))[1]))
                 for title, place in marks if place is not None]
        self.assertEqual(len(marks), 489)
        self.assertEqual([title[2] for title, _ in marks],
                         sorted(title[2] for title, _ in marks))
        places = sorted((sent_at[int(title[1])], x) for title, x in marks)
        (begin, left), (end, right) = places[0], places[-1]
        for at, x in places:
            self.assertAlmostEqual(
                x, left + (right - left) * (at - begin) / (end - begin),
                delta=0.2)

    def test_shows_a_strangers_words_as_words(self):
        line = report("1", NOON, killed={"best": 30},
                      place={"admin": "</svg><script>&\""})
        _, pictures = self.drawn(SHIPPED, self.line(line))
        self.assertIn("minsk-2, </svg><script>&\"1 message",
                      self.words(pictures["mass-casualty"]))

    def line(self, text):
        """A file with one line."""
        # pylint: disable=consider-using-with
        file = tempfile.NamedTemporaryFile("w", suffix=".jsonl")
        self.addCleanup(file.close)
        file.write(text + "\n")
        file.flush()
        return file.name


if __name__ == "__main__":
    harness.main()
