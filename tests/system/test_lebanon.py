#!/usr/bin/python3
"""The first week of a cease-fire, told by config/examples/lebanon-2024.conf
and the made-up reports in tests/data/lebanon-2024."""

import datetime
import json
import os
import subprocess
import unittest

import harness
from harness import TREE, Truced

import alert_pb2

EXAMPLE = TREE / "config/examples/lebanon-2024.conf"
DATA = TREE / "tests/data/lebanon-2024"
BEIRUT = {**os.environ, "TZ": "UTC-2"}
NO_PART = ("WITHDRAWN", "UNSUBSTANTIATED")
EFFECTIVE = "2024-11-27T04:00:00+02:00"
AGENCY, RADIO, SECOND = "News Agency", "News Agency Radio", "Second News Agency"
MECHANISM, LEBANON = "Monitoring Mechanism", "Statements (Lebanon)"
HEZBOLLAH = "Statements (Hezbollah)"

VIOLATIONS = ("violations-since", "israel")
DAY = ("violations-day", "israel")
DEATHS = ("deaths-since", "")
CASUALTIES = ("casualties-since", "")


def read(name):
    """A file's reports."""
    with open(DATA / name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def milliseconds(text):
    """A time of the files, as alerts have it."""
    return int(datetime.datetime.fromisoformat(text).timestamp() * 1000)


class Count:
    """What the reports add up to, counted here in the plainest way. Reports of
    an event tell the same figures in these files, the newest best."""

    def __init__(self):
        self.standing = {}

    def take(self, report):
        """The next report; what stands then."""
        self.standing[report["source"], report["id"]] = report
        events = {}
        for key, one in sorted(self.standing.items(),
                               key=lambda item: item[1]["reported_at"]):
            if (one.get("assessment") not in NO_PART
                    and one["occurred_at"] >= EFFECTIVE):
                events[one.get("event", key)] = one
        return {
            "violations": sum(self.best(one, "violations", 1)
                              for one in events.values()
                              if one.get("party") == "israel"),
            "killed": sum(self.best(one, "killed", 0)
                          for one in events.values()),
            "injured": sum(self.best(one, "injured", 0)
                           for one in events.values())}

    @staticmethod
    def best(report, name, unset):
        """A count's best estimate."""
        return report[name]["best"] if name in report else unset


def rises(reports, name, level):
    """The reports by which a sum came from below a level to exactly it."""
    count, before, found = Count(), 0, []
    for report in reports:
        now = count.take(report)[name]
        if before < level <= now:
            assert now == level, (name, now)
            found.append(report)
        before = now
    return found


def subject(alert):
    """Which rule, and who is said to have done it."""
    return alert.rule, "".join(label.value for label in alert.labels)


def told(alert):
    """What an alert says, in short."""
    return (subject(alert), alert_pb2.Cause.Name(alert.cause), alert.reported,
            alert_pb2.Certainty.Name(alert.certainty))


class Example(unittest.TestCase):
    """The files, before anything is played."""

    def test_is_a_good_configuration_as_it_is_shipped(self):
        done = subprocess.run([harness.TRUCED, "-t", "-c", EXAMPLE],
                              capture_output=True, text=True, check=False,
                              timeout=harness.TIMEOUT)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("good: 8 rules", done.stdout)

    def test_says_of_every_incident_that_it_is_made_up(self):
        for report in read("reports.jsonl"):
            self.assertRegex(report["summary"], "^Made up: ")
        self.assertIn("**The single incidents in these files are made up.**",
                      (DATA / "README.md").read_text(encoding="utf-8"))

    def test_adds_up_to_what_was_published(self):
        count = Count()
        for report in read("reports.jsonl"):
            last = count.take(report)
        self.assertGreater(last["violations"], 120)
        self.assertEqual((last["killed"], last["injured"]), (14, 13))


class Playing(unittest.TestCase):
    """A truced of the example."""

    def setUp(self):
        self.truced = Truced(config=harness.example(EXAMPLE))
        self.addCleanup(self.truced.close)
        self.alerts = self.truced.subscriber()
        self.seen = 0

    def news(self):
        """The alerts since the last time, of which there are as many as the
        journal has: what is published has its receipts, and so its alerts."""
        kept, last = self.truced.replay(after=self.seen)
        heard = [self.alerts.alert() for _ in kept]
        self.assertEqual(heard, [alert for _, alert in kept])
        self.seen = last
        return heard

    def publish(self, reports, *options):
        """Sends them, and wants each accepted."""
        text = "".join(json.dumps(report) + "\n" for report in reports)
        done = self.truced.truce("publish", "--service", self.truced.service,
                                 "--json", *options, "-", input=text)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout)["accepted"], len(reports))

    def tail(self, count, *options):
        """The lines that somebody sees who comes late."""
        done = self.truced.truce(
            "tail", "--service", self.truced.service, "--alerts",
            self.truced.alerts, "--since", "0", "--count", str(count),
            *options, env=BEIRUT)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()


class Week(Playing):
    """The whole story."""

    def play(self):
        """All reports, a day at a time; the alerts of each day."""
        reports = read("reports.jsonl")
        days = sorted({report["reported_at"][:10] for report in reports})
        self.assertEqual(days[0], "2024-11-27")
        self.assertEqual(days[-1], "2024-12-04")
        alerts = {}
        for day in days:
            self.publish([report for report in reports
                          if report["reported_at"].startswith(day)])
            alerts[day] = self.news()
        return reports, alerts

    def test_brings_these_alerts_and_no_others(self):
        _, alerts = self.play()
        days = {day[5:]: [told(alert) for alert in those]
                for day, those in alerts.items() if those}
        self.assertEqual(days, {
            "12-02": [
                (DEATHS, "CROSSED", 10, "POSSIBLE"),
                (DAY, "CROSSED", 30, "POSSIBLE"),
                (DEATHS, "CORRECTED", 9, "POSSIBLE")],
            "12-03": [
                (DEATHS, "CROSSED", 10, "POSSIBLE"),
                (VIOLATIONS, "CROSSED", 100, "POSSIBLE"),
                (DEATHS, "CERTAINTY", 13, "LIKELY")],
            "12-04": [
                (DAY, "CLEARED", 25, "POSSIBLE"),
                (CASUALTIES, "CROSSED", 27, "POSSIBLE"),
                (DEATHS, "CERTAINTY", 14, "OBSERVED"),
                (VIOLATIONS, "LEVEL_UP", 120, "POSSIBLE")]})

    def test_alerts_by_the_very_report_that_reaches_a_level(self):
        reports, alerts = self.play()
        alerts = [alert for those in alerts.values() for alert in those]
        for (rule, name, level, times) in (
                (VIOLATIONS, "violations", 100, 1),
                (VIOLATIONS, "violations", 120, 1),
                (DEATHS, "killed", 10, 2)):
            found = [alert for alert in alerts
                     if subject(alert) == rule and alert.threshold == level
                     and alert.cause in (alert_pb2.CROSSED,
                                         alert_pb2.LEVEL_UP)]
            reached = rises(reports, name, level)
            self.assertEqual(len(reached), times)
            self.assertEqual(
                [(alert.evidence[0], alert.sent_at) for alert in found],
                [(f"{report['source']}/{report['id']}@1",
                  milliseconds(report["reported_at"]))
                 for report in reached])

    def test_accuses_nobody_but_allegedly_and_says_at_least(self):
        _, alerts = self.play()
        accusing = 0
        for alert in (alert for those in alerts.values() for alert in those):
            if subject(alert)[1]:
                accusing += 1
                self.assertIn("allegedly israel", alert.headline)
            else:
                self.assertNotIn("israel", alert.headline)
                self.assertTrue(alert.at_least)
                self.assertIn("at least", alert.headline)
        self.assertEqual(accusing, 4)

    def test_cancels_when_the_tenth_death_is_taken_back(self):
        _, alerts = self.play()
        first, fallen = [alert for alert in alerts["2024-12-02"]
                         if subject(alert) == DEATHS]
        self.assertEqual(
            (fallen.msg_type, fallen.state, fallen.episode, fallen.references),
            (alert_pb2.CANCEL, alert_pb2.CANCELLED, first.identifier,
             first.identifier))
        again = alerts["2024-12-03"][0]
        self.assertEqual(again.msg_type, alert_pb2.ALERT)
        self.assertEqual(again.episode, again.identifier)

    def test_reads_well(self):
        self.play()
        lines = self.tail(10)
        self.assertEqual([line for line in lines if line.startswith("20")],
                         [f"2024-12-0{day} (UTC+02:00)" for day in (2, 3, 4)])
        for words in (
                ("19:30", "SEVERE", "POSSIBLE NEW", "deaths-since",
                 "at least 10 killed since the cease-fire took effect"),
                ("22:15", "SEVERE", "-------  RETRACT", "deaths-since",
                 "cancelled: now at least 9 killed", "10 -> 9: Village Council/V001@2 withdrawn",
                 "cancels #1"),
                ("16:38", "MODERATE", "POSSIBLE NEW", "lebanon-2024/israel",
                 "100 violations since", "allegedly israel"),
                ("12:20", "SEVERE", "OBSERVED CERTAINTY", "deaths-since",
                 "at least 14 killed", "10 of 14 confirmed"),
                ("13:25", "SEVERE", "POSSIBLE UP", "lebanon-2024/israel",
                 "120 violations since", "allegedly israel")):
            self.assertTrue(
                any(line.startswith(words[0])
                    and all(word in line for word in words)
                    for line in lines), (words, lines))

    def test_keeps_the_tallies_beside_the_sums(self):
        self.play()
        self.publish(read("tallies.jsonl"), "--type", "tally")
        alerts = self.news()
        self.assertEqual(
            [(alert.rule, alert_pb2.Cause.Name(alert.cause), alert.reported,
              alert_pb2.Certainty.Name(alert.certainty))
             for alert in alerts],
            [("lebanon-counts", "CROSSED", 101, "POSSIBLE"),
             ("agencies-apart", "CROSSED", 3, "POSSIBLE"),
             ("lebanon-counts", "LEVEL_UP", 121, "POSSIBLE"),
             ("agencies-apart", "CORRECTED", 1, "POSSIBLE")])
        self.assertIn("at least 121 violations since 2024-11-27",
                      alerts[2].headline)
        self.assertIn("allegedly israel", alerts[2].headline)
        self.assertIn("News Agency: at least 14, Second News Agency: 11 "
                      "killed since 2024-11-27, gap 21.4 %",
                      alerts[1].headline)
        self.assertEqual(alerts[3].msg_type, alert_pb2.CANCEL)

    def test_a_withdrawal_after_the_week_reaches_everyone(self):
        _, alerts = self.play()
        episode = [alert for alert in alerts["2024-12-03"]
                   if subject(alert) == DEATHS][0].episode
        others = self.truced.subscriber("alert.lebanon-2024.deaths-since")
        reports = read("reports.jsonl")
        # The deadliest event, as one after the other takes it back: the
        # Mechanism, the agencies, the party. 14 without these 4 are 10 still.
        self.withdraw(reports, "lb-6")
        self.assertEqual([told(alert) for alert in self.news()],
                         [(DEATHS, "CERTAINTY", 14, "LIKELY"),
                          (DEATHS, "CERTAINTY", 14, "POSSIBLE"),
                          (CASUALTIES, "CORRECTED", 20, "POSSIBLE")])
        self.withdraw(reports, "lb-12")
        fallen = [alert for alert in self.news()
                  if alert.episode == episode][-1]
        self.assertEqual(told(fallen), (DEATHS, "CORRECTED", 9, "POSSIBLE"))
        self.assertEqual(fallen.msg_type, alert_pb2.CANCEL)
        self.assertEqual([others.alert() for _ in range(3)][-1], fallen)
        _, last = self.truced.replay()
        late = [json.loads(line) for line in self.tail(last, "--json")]
        self.assertEqual(late[fallen.seq - 1]["msg_type"].lower(), "cancel")
        self.assertEqual(late[fallen.seq - 1]["episode"], episode)

    def withdraw(self, reports, event):
        """Every report of an event."""
        own = {(report["source"], report["id"]) for report in reports
               if report.get("event") == event}
        for source, identifier in sorted(own):
            done = self.truced.truce(
                "withdraw", "--service", self.truced.service, "lebanon-2024",
                source, identifier)
            self.assertEqual(done.returncode, 0, done.stderr)


class Deadline(Playing):
    """The sixtieth day."""

    def at(self, time):
        """The alerts of a report of that time, in Beirut."""
        self.publish([{
            "id": time, "source": AGENCY, "agreement": "lebanon-2024",
            "reported_at": f"{time}:00+02:00", "violations": {"best": 0}}])
        return [self.told(alert) for alert in self.news()]

    @staticmethod
    def told(alert):
        """What an alert says of a deadline."""
        return (alert_pb2.Cause.Name(alert.cause),
                alert_pb2.Severity.Name(alert.severity),
                alert_pb2.Urgency.Name(alert.urgency), alert.headline)

    def say(self, *arguments):
        """An officer's word on it."""
        done = self.truced.truce("deadline", "--service", self.truced.service,
                                 *arguments, env=BEIRUT)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [self.told(alert) for alert in self.news()]

    def test_nears_and_is_met(self):
        self.assertEqual(self.at("2025-01-19T03:59"), [])
        self.assertEqual(self.at("2025-01-19T04:00"), [
            ("CROSSED", "MODERATE", "FUTURE",
             "withdrawal is due in 7 d (2025-01-26) | lebanon-2024")])
        self.assertEqual(self.at("2025-01-25T12:00"), [
            ("LEVEL_UP", "MODERATE", "FUTURE",
             "withdrawal is due in 24 h (2025-01-26) | lebanon-2024")])
        self.assertEqual(
            self.say("met", "lebanon-2024", "withdrawal", "2025-01-24"), [
                ("CLEARED", "MODERATE", "PAST", "over: withdrawal was met on "
                 "2025-01-24 | lebanon-2024")])
        self.assertEqual(self.at("2025-01-27T12:00"), [])

    def test_passes_and_is_put_off(self):
        self.at("2025-01-26T03:00")
        self.assertEqual(self.at("2025-01-26T12:00"), [
            ("LEVEL_UP", "SEVERE", "IMMEDIATE", "withdrawal was due on "
             "2025-01-26 and is not met | lebanon-2024")])
        self.assertEqual(
            self.say("due", "lebanon-2024", "withdrawal", "2025-02-18"), [
                ("CLEARED", "SEVERE", "PAST", "over: withdrawal is due in "
                 "23 d (2025-02-18) | lebanon-2024")])
        self.assertEqual(len(self.at("2025-02-11T00:00")), 1)


class Word(Playing):
    """What it takes for a certainty."""

    def setUp(self):
        super().setUp()
        self.minute = 0

    def say(self, source, number=1, **fields):
        """A source tells of an event with ten dead."""
        self.minute += 1
        at = f"2024-11-28T10:{self.minute:02}:00+02:00"
        self.publish([{
            "id": f"{number}", "source": source, "agreement": "lebanon-2024",
            "occurred_at": "2024-11-28T09:00:00+02:00", "reported_at": at,
            "event": "e", "party": "israel", "killed": {"best": 10},
            **fields}])
        return [(alert_pb2.Certainty.Name(alert.certainty), alert.supported,
                 alert.confirmed) for alert in self.news()]

    def test_of_a_party_supports_nothing_however_it_is_called(self):
        self.assertEqual(self.say(LEBANON, assessment="VERIFIED"),
                         [("POSSIBLE", 0, 0)])
        self.assertEqual(self.say(HEZBOLLAH, assessment="VERIFIED"), [])
        self.assertEqual(self.say("Statements (Israel)"), [])
        # One witness beside the parties is not two.
        self.assertEqual(self.say(AGENCY), [])
        self.assertEqual(self.say(SECOND), [("LIKELY", 10, 0)])

    def test_of_two_outlets_of_one_origin_is_one_word(self):
        self.assertEqual(self.say(AGENCY), [("POSSIBLE", 0, 0)])
        self.assertEqual(self.say(RADIO), [])
        # Anybody may be the second, be he listed or not.
        self.assertEqual(self.say("Village Council"), [("LIKELY", 10, 0)])

    def test_that_corroborates_a_range_supports_more_than_it_confirms(self):
        self.assertEqual(self.say(LEBANON), [("POSSIBLE", 0, 0)])
        self.assertEqual(
            self.say(AGENCY, assessment="CORROBORATED",
                     killed={"low": 7, "best": 10, "high": 12}),
            [("LIKELY", 10, 7)])

    def test_of_the_mechanism_is_believed_and_can_be_taken_back(self):
        self.assertEqual(self.say(AGENCY), [("POSSIBLE", 0, 0)])
        self.assertEqual(self.say(SECOND), [("LIKELY", 10, 0)])
        self.assertEqual(self.say(MECHANISM, assessment="VERIFIED"),
                         [("OBSERVED", 10, 10)])
        self.assertEqual(
            self.say(MECHANISM, revision=2, assessment="INCONCLUSIVE"),
            [("LIKELY", 10, 0)])


if __name__ == "__main__":
    harness.main()
