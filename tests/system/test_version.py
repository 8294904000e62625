"""A start on what an engine of another version counted."""

import signal
import subprocess
import unittest

import harness
from harness import BUILD, HOUR, NOON, Truced, incident

import alert_pb2

OLDER = BUILD / "tests/system/journal_older"
CROSSED = alert_pb2.CROSSED
RULE_CHANGED = alert_pb2.RULE_CHANGED


class Version(unittest.TestCase):
    """The reports are summed anew, and nobody keeps an alert without an end."""

    def begin(self, **settings):
        self.truced = Truced(**settings)
        self.addCleanup(self.truced.close)
        return self.truced

    def grow_old(self):
        """Stops truced and makes its journal an earlier version's."""
        truced = self.truced
        truced.stop()
        done = subprocess.run([OLDER, truced.state, self.older()],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        (self.older() / "journal.db").replace(truced.state / "journal.db")

    def older(self):
        path = self.truced.path / "older"
        path.mkdir(exist_ok=True)
        return path

    def alerts(self):
        return [alert for _, alert in self.truced.replay()[0]]

    def raise_at(self, threshold):
        """A rule of today that is another than it was."""
        config = self.truced.config
        config.write_text(config.read_text().replace(
            "at = 5;", f"at = {threshold};"))

    def test_sums_anew_and_tells_it_in_a_new_stream(self):
        truced = self.begin()
        truced.submit(incident("1", party="dpr", killed=6),
                      incident("2", party="lpr", killed=12))
        before = self.alerts()
        self.assertEqual([alert.cause for alert in before], [CROSSED] * 2)
        self.grow_old()
        self.raise_at(10)  # dpr's no longer is one
        truced.start()
        self.assertIn("summed 2 reports anew, left out 0", truced.output())

        after = self.alerts()
        self.assertEqual([alert.seq for alert in after], [1, 2, 3])
        self.assertEqual([alert.cause for alert in after],
                         [RULE_CHANGED] * 2 + [CROSSED])
        for ending, ended in zip(after, before):
            self.assertNotEqual(ending.stream, ended.stream)
            self.assertEqual(ending.references, ended.identifier)
            self.assertEqual(ending.episode, ended.episode)
            self.assertEqual(ending.labels, ended.labels)
            self.assertEqual(ending.reported, ended.reported)
            self.assertEqual(ending.msg_type, alert_pb2.UPDATE)
            self.assertEqual(ending.state, alert_pb2.RESOLVED)
            self.assertEqual(ending.urgency, alert_pb2.PAST)
            self.assertEqual(ending.headline,
                             f"counted anew, ended: {ended.headline}")
        self.assertEqual(after[2].labels[0].value, "lpr")
        self.assertEqual(after[2].reported, 12)
        self.assertEqual(after[2].episode, after[2].identifier)

    def test_goes_on_from_there_as_any_other(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6))
        self.grow_old()
        truced.start()
        anew = self.alerts()
        truced.stop(signal.SIGKILL)
        truced.start()
        self.assertEqual(self.alerts(), anew)
        truced.submit(incident("1", revision=2, killed=0))
        self.assertEqual(self.alerts()[:-1], anew)
        self.assertEqual(self.alerts()[-1].episode, anew[-1].identifier)
        self.assertEqual(self.alerts()[-1].cause, alert_pb2.CORRECTED)
        self.assertEqual(truced.stop(), 0)
        (truced.state / "checkpoint").unlink()
        told = truced.output().count("anew")
        truced.start()
        self.assertEqual(truced.output().count("anew"), told)
        self.assertEqual(self.alerts()[:-1], anew)

    def test_does_so_again_for_the_next_version(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6))
        self.grow_old()
        truced.start()
        truced.submit(incident("2", at=NOON + HOUR, killed=30))
        before = self.alerts()
        self.grow_old()
        truced.start()
        after = self.alerts()
        self.assertEqual([alert.cause for alert in after],
                         [RULE_CHANGED, CROSSED])
        self.assertEqual(after[0].references, before[-1].identifier)
        self.assertEqual(after[0].episode, before[1].identifier)
        self.assertEqual(after[1].reported, 36)

    def test_numbers_the_new_stream_from_one(self):
        # That four fifths are full is said of the old stream alone.
        truced = self.begin(limits="reports = 4;")
        truced.submit(*[incident(str(number), killed=2)
                        for number in range(4)])
        before = self.alerts()
        self.assertEqual(sorted(alert.rule for alert in before),
                         ["killed", "reports-limit"])
        self.grow_old()
        truced.start()
        self.assertEqual([(alert.seq, alert.rule, alert.cause)
                          for alert in self.alerts()],
                         [(1, "killed", RULE_CHANGED),
                          (2, "killed", CROSSED)])

    def test_does_not_begin_where_its_limits_leave_no_room(self):
        truced = self.begin(limits="reports = 4;")
        truced.submit(*[incident(str(number), killed=2)
                        for number in range(4)])
        self.grow_old()
        before = (truced.state / "journal.db").read_bytes()
        config = truced.config.read_text()
        truced.config.write_text(config.replace("reports = 4", "reports = 3"))
        with self.assertRaisesRegex(AssertionError,
                                    "cannot be summed anew: limits has no "
                                    r"room for what stands \(ledger_full\)"):
            truced.start()
        self.assertEqual((truced.state / "journal.db").read_bytes(), before)
        truced.config.write_text(config)
        truced.start()
        self.assertEqual(self.alerts()[-1].reported, 8)

    def test_leaves_out_what_is_of_no_agreement_any_more(self):
        truced = self.begin()
        truced.submit(incident("1", killed=6))
        self.grow_old()
        config = truced.config.read_text()
        truced.config.write_text(config.replace('"minsk-2"', '"minsk-3"'))
        truced.start()
        self.assertIn("summed 0 reports anew, left out 1", truced.output())
        self.assertEqual([alert.cause for alert in self.alerts()],
                         [RULE_CHANGED])

    def test_keeps_what_officers_said_of_deadlines(self):
        day = "2015-03-%02dT00:00:00Z"
        config = harness.CONFIG.replace('"lpr" ];', '"lpr" ]; deadlines = (' +
            ", ".join('{{ name = "%s"; due = "%s"; }}' % (name, day % due)
                      for due, name in enumerate(("a", "b"), 1)) + ");")
        truced = self.begin(config=config, clock="wall", rules=
            '{ name = "due"; kind = "deadline"; severity = "severe"; }')
        first, second = self.alerts()
        for arguments in (("deadline", "met", "minsk-2", "a"),
                          ("ack", second.identifier)):
            done = truced.truce(*arguments, "--service", truced.service)
            self.assertEqual(done.returncode, 0, done.stderr)
        last = self.alerts()[-1]
        self.assertEqual(last.cause, alert_pb2.ACKNOWLEDGED)
        self.grow_old()
        truced.start()
        ending, crossed = self.alerts()
        self.assertEqual(ending.references, last.identifier)
        self.assertEqual(ending.labels, second.labels)
        self.assertEqual(ending.acknowledged_by, last.acknowledged_by)
        self.assertEqual(crossed.labels, second.labels)
        self.assertEqual(crossed.acknowledged_by, "")
        self.assertEqual(first.labels[0].value, "a")


if __name__ == "__main__":
    harness.main()
