#!/usr/bin/python3
"""What truce backtest says to recorded reports is what the daemon says to
them, live: on all of the data."""

import json
import pathlib
import signal
import tempfile
import unittest

import harness
from harness import Truced
from playing import (DATA, EXAMPLES, MAPPING, PLAYED, RULES, SHIPPED, SIRENS,
                     TALLIES, UCDP, File, alerts_of, edited_totals, in_order,
                     mapped, run)

import alert_pb2

PAGE = 1000  # alerts that one REPLAY gives at most


def without_stream(alerts):
    """Alerts as any stream would have them: without its name, which each
    names itself and those before it with, too."""
    return [{name: value.replace(f"-{alert['stream'][:8]}-", "-")
             if name in ("identifier", "episode", "references") else value
             for name, value in alert.items() if name != "stream"}
            for alert in alerts]


class Live(unittest.TestCase):
    """The same reports, live and played."""

    maxDiff = None

    def assert_same(self, these, those):
        """As assertEqual, which takes hours to tell how two long lists differ:
        the first difference alone."""
        for this, that in zip(these, those):
            self.assertEqual(this, that)
        self.assertEqual(len(these), len(those))

    def sent(self, truced, *options):
        """All that it has sent, as tail shows it. JSON Lines have every field
        that is set in the messages."""
        stream = truced.status().streams[len(options)]
        if stream.seq == 0:
            return ""
        shown = truced.truce("tail", "--since", "0", "--json", "--count",
                             str(stream.seq), "--service", truced.service,
                             "--alerts", truced.alerts, *options).stdout
        self.assert_same([set(alert) for alert in alerts_of(shown)],
                         self.fields(truced, stream))
        return shown

    def fields(self, truced, stream):
        """The names of what is set in each alert of a stream, and `topic`."""
        names = []
        while len(names) < stream.seq:
            page, _ = truced.replay(after=len(names), stream=stream.stream,
                                    limit=PAGE)
            self.assertNotEqual(page, [])
            names += [{"topic", *(field.name
                                  for field, _ in alert.ListFields())}
                      for _, alert in page]
        return names

    def published(self, truced, files):
        """Publishes files, all of them, merged by their time; or one after
        the other where that is not given."""
        if len(files) > 1 and all(file.told_at for file in files):
            parts = [((*options, "-"), text)
                     for options, text in in_order(files)]
        else:
            parts = [((*file.options, file.path), None) for file in files]
        for arguments, text in parts:
            done = truced.truce("publish", "--sort", "--service",
                                truced.service, *arguments, input=text)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def check(self, config, *files):
        """Compares what the daemon sends with what backtest says, to the files
        and to the journal that they make: real alerts and drills' ones, all of
        them in order, as JSON Lines, with every field but the name of the
        stream, which the journal's have, too. How many there were."""
        arguments = [word for file in files
                     for word in (*file.options, file.path)]
        count = 0
        with Truced(config=harness.example(config)) as truced:
            self.published(truced, files)
            live = [(drill, self.sent(truced, *drill))
                    for drill in ((), ("--exercise",))]
            for drill, sent in live:
                played = run("backtest", "-c", config, "--json", *drill,
                             *arguments).stdout
                self.assert_same(without_stream(alerts_of(played)),
                                 without_stream(alerts_of(sent)))
                count += len(alerts_of(sent))
            self.assertEqual(truced.stop(), 0)
            before = sorted(truced.state.iterdir())
            for drill, sent in live:
                journal = run("backtest", "-c", config, "--json", *drill,
                              truced.state)
                self.assert_same(journal.stdout.splitlines(),
                                 sent.splitlines())
            self.assertEqual(sorted(truced.state.iterdir()), before)
        return count

    def test_gives_the_same_alerts_to_all_reports_that_there_are(self):
        for config, *files in PLAYED:
            name = files[0].path.stem
            with self.subTest(config=config.name, file=name):
                self.assertGreater(self.check(config, *files),
                                   PAGE if name == "alerts" else 1)

    def test_plays_all_reports_that_there_are(self):
        """By every example. What is in ears is no reports, and edits are
        played as revisions."""
        self.assertEqual(
            {config for config, *_ in PLAYED},
            {SHIPPED, *EXAMPLES.glob("*.conf")})
        self.assertEqual(
            {file.path for _, *files in PLAYED for file in files}
            | {TALLIES / "gaza-revisions.csv"},
            {path for path in DATA.glob("*/*")
             if path.name != "README.md" and path.parent.name != "ears"})

    def file(self, name, text):
        """A file of this test's own."""
        # pylint: disable=consider-using-with
        directory = tempfile.TemporaryDirectory(prefix="live-")
        self.addCleanup(directory.cleanup)
        path = pathlib.Path(directory.name, name)
        path.write_text(text, encoding="utf-8")
        return path

    def release(self, number, mapping, *first):
        """A release of UCDP's, by a mapping with lines that count before
        its own."""
        text = mapping.read_text(encoding="utf-8").replace(
            "type incident\n", "\n".join(("type incident", *first, "")))
        return File(UCDP / f"release-{number}.csv", "--map",
                    self.file(mapping.name, text))

    def test_gives_the_same_alerts_to_a_source_after_another(self):
        """Two releases of the same events. The later one is told years later,
        whole and in one moment."""
        mapping = EXAMPLES / "ucdp-releases.map"
        self.assertGreater(self.check(
            EXAMPLES / "ucdp-releases.conf",
            self.release(20, mapping, "optional release",
                         'set source "UCDP 20.1"'),
            self.release(22, mapping, "optional release",
                         'set source "UCDP 22.1"',
                         'set reported_at "2022-01-01T12:00:00Z"')), 10)

    def test_gives_the_same_alerts_to_revisions(self):
        """Three releases, each of which corrects the one before it, whole and
        in one moment; and a ministry's totals with each edit of them."""
        self.assertGreater(self.check(
            SHIPPED, self.release(19, MAPPING),
            *(self.release(number, MAPPING, f"set revision {number}",
                           f'set reported_at "20{number}-01-01T12:00:00Z"')
              for number in (20, 22))), 10)
        totals = "".join(json.dumps(tally) + "\n"
                         for tally in edited_totals())
        self.assertGreater(self.check(
            EXAMPLES / "gaza-2025.conf",
            File(self.file("totals.jsonl", totals), "--type", "tally")), 10)

    def test_counts_what_came_too_late_for_a_rule(self):
        """275 sirens in one second, 50 of them of the two days before."""
        with Truced(config=harness.example(EXAMPLES / "sirens.conf")) as truced:
            self.published(truced, [mapped(SIRENS / "outage-2024.csv",
                                           "sirens")])
            late = {rule.rule: rule.too_late for rule in truced.status().rules}
        self.assertEqual((late["hour"], late["hour-late"], late["hour-heard"]),
                         (275, 50, 0))

    def test_gives_the_same_alerts_as_a_wall_clock_gave(self):
        """With timers, officers, a kill and a start in between."""
        rules = RULES.replace('remind = "2h"', 'remind = "1s"')
        with Truced(clock="wall", rules=rules) as truced:
            alerts = truced.subscriber()
            first = truced.submit(harness.incident("1", killed=5))
            self.assertEqual(first.verdict, 1)
            now = truced.status().streams[0].engine_at
            truced.submit(harness.incident("2", at=now, killed=7))
            while alerts.alert().cause != alert_pb2.REMINDER:
                pass
            truced.stop(signal.SIGKILL)
            truced.start()
            last = truced.replay()[0][-1][1]
            done = truced.truce("ack", "--service", truced.service, "--by",
                                "ann", str(last.seq))
            self.assertEqual(done.returncode, 0, done.stderr)
            truced.submit(harness.incident("3", at=now, killed=20))
            done = truced.truce("retract", "--service", truced.service, "--by",
                                "ann", "--comment", "no", "1")
            truced.submit(harness.incident("3", at=now, revision=2, killed=90))
            live = self.sent(truced)
            self.assertIn("ACKNOWLEDGED", live)
            truced.stop(signal.SIGKILL)
            done = run("backtest", "-c", truced.config, "--json", truced.state)
            self.assertEqual(done.stdout, live)
            self.assertIn("here by the one that the journal has kept",
                          done.stderr)

    def test_acknowledges_what_it_was_about_under_other_numbers(self):
        """Another rule speaks first, so that numbers are others."""
        other = ('{ name = "all"; kind = "threshold"; measure = "violations"; '
                 'window = "24h"; '
                 'levels = ( { at = 1; severity = "minor"; } ); }, ')
        with Truced(rules=RULES) as truced:
            truced.submit(harness.incident("1", killed=5))
            truced.submit(harness.incident("2", killed=6, party="lpr"))
            done = truced.truce("ack", "--service", truced.service, "--by",
                                "ann", "2")
            self.assertEqual(done.returncode, 0, done.stderr)
            truced.stop()
            config = truced.path / "other.conf"
            config.write_text(truced.config.read_text().replace(
                "rules = (", f"rules = ( {other}"))
            told = alerts_of(run("backtest", "-c", config, "--json",
                                 truced.state).stdout)
            self.assertEqual([alert["rule"] for alert in told],
                             ["all", "killed", "killed", "killed"])
            self.assertEqual((told[3]["cause"], told[3]["labels"][0]["value"],
                              told[3]["acknowledged_by"]),
                             ("ACKNOWLEDGED", "lpr", "ann"))
            config.write_text(truced.config.read_text().replace(
                "at = 5;", "at = 15;"))
            done = run("backtest", "-c", config, "--json", truced.state)
            self.assertEqual(done.stdout, "")
            self.assertIn("1 of the officers' commands in the journal were "
                          "left out", done.stderr)

    def test_holds_back_what_was_held_back(self):
        """A silence in the journal, and its end."""
        with Truced(clock="wall") as truced:
            def silence(*arguments):
                done = truced.truce("silence", *arguments, "--service",
                                    truced.service, "--by", "ann")
                self.assertEqual(done.returncode, 0, done.stderr)

            silence("add", "party=dpr", "--for", "1h")
            silence("add", "party=lpr", "--up-to", "minor", "--for", "1h")
            now = truced.status().streams[0].engine_at
            for name, party in (("1", "dpr"), ("2", "lpr"), ("3", "dpr")):
                truced.submit(harness.incident(name, at=now, killed=6,
                                               party=party))
            silence("expire", "1")
            live = self.sent(truced)
            self.assertEqual([alert["cause"] for alert in alerts_of(live)],
                             ["CROSSED", "SILENCE_ENDED"])
            truced.stop()
            done = run("backtest", "-c", truced.config, "--json", truced.state)
            self.assertEqual(done.stdout, live)

    def test_says_that_a_truced_is_running_on_it(self):
        with Truced() as truced:
            done = run("backtest", "-c", truced.config, truced.state,
                       expected=1)
            self.assertIn("a truced is running on it", done.stderr)
            self.assertIn(str(truced.process.pid), done.stderr)
            self.assertEqual(truced.submit(harness.incident("1")).verdict, 1)


if __name__ == "__main__":
    harness.main()
