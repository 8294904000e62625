#!/usr/bin/python3
"""The manual's pages, and the completion: they tell what there is, all of it
and no more, and what they show works."""

import csv
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import harness
from harness import BUILD, TREE, TRUCE, TRUCED, Truced

PAGES = ("truced.8", "truced.conf.5", "truce.1")
KEYS = BUILD / "tests/system/configuration_keys"
COMPLETION = "/usr/share/bash-completion/bash_completion"
CONFIG = harness.CONFIG.replace(
    '"lpr" ];', '''"lpr", "novorossiya" ];
    deadlines = ( {{ name = "heavy-weapons";
        due = "2015-03-03T00:00:00+02:00"; }} );''')
# What the rules that count no events can match.
MATCHED = {"absence": ("agreement",), "deadline": ("agreement",),
           "feed_gap": ("agreement", "source", "feed")}
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
GROUPS = ("group", "list", "array")
ALONE = ("backtest", "test")  # the commands of truce that ask no truced


def run(*command, **environment):
    """Its output; it must end well."""
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=harness.TIMEOUT,
                          env={**ENVIRONMENT, **environment})
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def rendered(page, width=1000):
    """What man shows, in wide lines; and what it warns of."""
    done = subprocess.run(
        ["man", "--warnings", "--no-hyphenation", "-E", "UTF-8", "-l",
         BUILD / "docs" / page], capture_output=True, text=True, check=False,
        timeout=harness.TIMEOUT,
        env={**ENVIRONMENT, "MANWIDTH": str(width), "MANPAGER": "cat"})
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


class Page:
    """A page as sections, by title; those of COMMANDS and KEYS by their own.
    A section is a list of (heading, lines)."""

    def __init__(self, page):
        self.sections = {}
        entries = []
        for line in rendered(page)[0].splitlines():
            text = line.strip()
            indent = len(line) - len(line.lstrip())
            if text and indent in (0, 3):
                entries = self.sections.setdefault(text, [("", [])])
            elif text and indent == 7:
                entries.append((text, []))
            elif entries:
                entries[-1][1].append(line[11:])

    def headings(self, section):
        """Of one section."""
        return [heading for heading, _ in self.sections.get(section, [])]


def options_of(text):
    """The options of a --help, each as it stands there."""
    return [option.strip() for option in
            re.findall(r"^  (-(?:.*?))(?:  +.*| default .*)?$", text, re.M)]


def commands():
    """The commands of truce."""
    return re.findall(r"^  ([a-z]+) ", run(TRUCE, "--help"), re.M)


class Rendering(unittest.TestCase):
    """What man makes of the pages."""

    def test_renders_without_warnings_in_any_width(self):
        for page in PAGES:
            for width in (60, 80, 200):
                with self.subTest(page=page, width=width):
                    text, warnings = rendered(page, width)
                    self.assertEqual(warnings, "")
                    self.assertIn("SEE ALSO", text)

    def test_can_be_found_by_their_one_line(self):
        for page in PAGES:
            name = page.rpartition(".")[0]
            self.assertRegex(run("lexgrog", BUILD / "docs" / page),
                             f'"{re.escape(name)} - .+"')

    def test_is_installed_with_the_completion(self):
        with tempfile.TemporaryDirectory() as root:
            run("cmake", "--install", BUILD, DESTDIR=root)
            there = {str(path.relative_to(root)).partition("/local/")[2]
                     for path in pathlib.Path(root).rglob("*")}
            for path in ("share/man/man8/truced.8", "bin/truce",
                         "share/man/man5/truced.conf.5", "sbin/truced",
                         "share/man/man1/truce.1",
                         "lib/systemd/system/truced.service",
                         "etc/truced/truced.conf",
                         "share/truced/proto/incident.proto",
                         "share/doc/truced/examples/ucdp.map",
                         "share/doc/truced/examples/lebanon-2024.conf",
                         "share/doc/truced/examples/gaza-2025.conf",
                         "share/doc/truced/examples/lebanon-tally.map",
                         "share/doc/truced/examples/sirens.conf",
                         "share/doc/truced/examples/ucdp-monthly.map",
                         "share/bash-completion/completions/truce",
                         "share/bash-completion/completions/truced"):
                self.assertIn(path, there)


class Key:
    """A key, as the tables of the configuration have it."""

    def __init__(self, line):
        (self.path, self.type, self.least, self.most, required, self.default,
         choices, kinds) = line.split("\t")
        self.section, _, self.name = self.path.rpartition(".")
        self.required = required == "required"
        self.choices = [] if choices == "-" else choices.split(",")
        self.kinds = [] if kinds == "-" else kinds.split(",")

    def facts(self):
        """What the page has to say of it."""
        words = list(self.choices)
        if self.required:
            words.append("required")
        if self.default != "-":
            words.append(f"default {self.default}")
        if self.type == "real":
            words.append(f"{self.least}, at most {self.most}")
        words += self.kinds
        # Of what a function reads the bounds are the number of texts.
        if self.least != "-" and self.type not in ("parsed", "real"):
            words.append(f"{self.least} to {self.most}")
        return words


class Configuration(unittest.TestCase):
    """truced.conf(5) against the tables."""

    @classmethod
    def setUpClass(cls):
        cls.page = Page("truced.conf.5")
        cls.keys = [Key(line) for line in run(KEYS).splitlines()]

    def entries(self, section):
        """{key: its text} of a section of KEYS."""
        return {heading.partition(" = ")[0]: "\n".join([heading, *lines])
                for heading, lines in
                self.page.sections.get(section or "Top level", [])
                if re.match(r"[a-z_]+ = ", heading)}

    def example(self, key):
        """Its line."""
        found = [line.strip() for line in
                 self.entries(key.section).get(key.name, "").splitlines()
                 if re.fullmatch(rf"\s*{key.name} = .*;", line)]
        self.assertEqual(len(found), 1, f"{key.path}: one example")
        return found[0]

    def test_has_every_key_with_its_bounds_and_default(self):
        for key in self.keys:
            with self.subTest(key=key.path):
                entry = self.entries(key.section).get(key.name)
                self.assertIsNotNone(entry, f"no entry for {key.path}")
                told = entry.replace(f"\n{self.example(key)}", "") \
                    if key.type not in GROUPS else entry
                text = re.sub(r"(?<=\d),(?=\d)", "", " ".join(told.split()))
                for fact in key.facts():
                    self.assertRegex(text, rf"\b{re.escape(fact)}\b")

    def test_has_no_other_key(self):
        known = {key.path for key in self.keys}
        sections = {key.section for key in self.keys}
        for section in sections:
            for name in self.entries(section):
                self.assertIn(f"{section}.{name}".lstrip("."), known)
        groups = {key.path for key in self.keys if key.type in GROUPS}
        self.assertEqual(sections - {""}, groups)

    def test_shows_examples_that_are_a_configuration_together(self):
        def written(section, kind=None):
            text = []
            for key in self.keys:
                if key.section != section or \
                        key.kinds and kind not in key.kinds or \
                        (section == "rules.match" and
                         key.name not in MATCHED.get(kind, key.name)):
                    continue
                if kind and key.path in ("rules.name", "rules.kind"):
                    text.append(f'{key.name} = "{kind}";')
                elif key.path == "rules":
                    rules = ", ".join(f"{{\n{written('rules', each)}\n}}"
                                      for each in kinds)
                    text.append(f"rules = ( {rules} );")
                elif key.type not in GROUPS:
                    text.append(self.example(key))
                elif key.type == "group":
                    inner = written(key.path, kind)
                    text.append(f"{key.name}: {{\n{inner}\n}};")
                else:
                    text.append(
                        f"{key.name} = ( {{\n{written(key.path)}\n}} );")
            return "\n".join(text)

        kinds = next(key.choices for key in self.keys
                     if key.path == "rules.kind")
        self.check(written(""))

    def test_shows_a_whole_one_that_is_good(self):
        example = self.page.sections["EXAMPLES"][-1]
        self.check("\n".join(example[1]))

    def check(self, text):
        """truced takes it."""
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(text)
            file.flush()
            self.assertIn(": good: ", run(TRUCED, "-t", "-c", file.name))


class CommandLine(unittest.TestCase):
    """truced(8) and truce(1) against --help."""

    def test_has_every_option_of_truced_and_no_other(self):
        page = Page("truced.8")
        self.assertEqual(
            [heading for heading in page.headings("OPTIONS") if heading],
            options_of(run(TRUCED, "--help")))

    def test_has_every_command_and_option_of_truce_and_no_other(self):
        page = Page("truce.1")
        every, asking = ([heading for heading in page.headings(section)
                          if heading.startswith("-")] for section in (
                              "OPTIONS OF EVERY COMMAND",
                              "OPTIONS OF COMMANDS THAT ASK TRUCED"))
        self.assertIn("--json", every)
        self.assertIn("--service ENDPOINT", asking)
        for command in commands():
            with self.subTest(command=command):
                help_text = run(TRUCE, command, "--help")
                self.assertTrue(command in page.sections,
                                f"no section for truce {command}")
                told = [heading for heading in page.headings(command)
                        if heading.startswith("-")]
                common = every if command in ALONE else [*every, *asking]
                self.assertEqual(sorted([*told, *common]),
                                 sorted(options_of(help_text)))

    def test_has_no_other_command(self):
        text, _ = rendered("truce.1")
        part = text.partition("\nCOMMANDS\n")[2].partition("\nRECEIPTS\n")[0]
        self.assertEqual(re.findall(r"^ {3}(\S.*)$", part, re.M), commands())

    def test_tells_every_reason(self):
        text = (TREE / "proto/service.proto").read_text()
        reasons = re.search(r"enum Reason \{(.*?)\n\}", text, re.S)[1]
        names = re.findall(r"^  ([A-Z_0-9]+) = [1-9]", reasons, re.M)
        self.assertIn("CONFLICT", names)
        receipts = str(Page("truce.1").sections["RECEIPTS"])
        self.assertEqual([name for name in names
                          if not re.search(rf"\b{name.lower()}\b", receipts)],
                         [])


class Examples(unittest.TestCase):
    """What is shown, run by a shell as it stands, against a truced that is
    elsewhere: a truce in front of the real one says where, and that a tail
    ends."""

    WRAPPER = """#!/bin/sh -e
command=$1
shift
case $command in
publish) set -- --intake {intake} "$@" ;;
tail) set -- --alerts {alerts} --since 0 --count 1 "$@" ;;
backtest | test) exec {truce} $command "$@" ;;
esac
exec {truce} $command --service {service} "$@"
"""

    def setUp(self):
        self.truced = Truced(config=CONFIG)
        self.addCleanup(self.truced.close)
        self.directory = self.truced.path / "desk"
        self.directory.mkdir()
        other = Truced(config=CONFIG)
        self.addCleanup(other.close)
        other.submit(harness.incident("1", killed=30))
        other.stop()
        self.stopped = other.state
        wrapper = self.directory / "truce"
        wrapper.write_text(self.WRAPPER.format(
            truce=TRUCE, service=self.truced.service,
            intake=self.truced.intake, alerts=self.truced.alerts))
        wrapper.chmod(0o755)
        shipped = (TREE / "config/truced.conf").read_text()
        for name, text in (
                ("ucdp.map", (TREE / "config/ucdp.map").read_text()),
                ("truced.conf", shipped),
                ("lower.conf", shipped.replace("at = 20; ", "at = 15; ")),
                ("rules.test", self.test_file())):
            (self.directory / name).write_text(text)
        with open(TREE / "tests/data/ucdp-donbas/minsk.csv",
                  encoding="utf-8", newline="") as whole, \
                open(self.directory / "ged.csv", "w",
                     encoding="utf-8", newline="") as part:
            rows = csv.DictReader(whole)
            some = csv.DictWriter(part, rows.fieldnames)
            some.writeheader()
            some.writerows(row for row in rows
                           if row["date_start"] >= "2015-02-15")

    @staticmethod
    def test_file():
        """The one that the page shows."""
        lines = [line for _, lines in
                 Page("truce.1").sections["TEST FILES"] for line in lines]
        return "\n".join(lines[lines.index('{"config": "truced.conf"}'):])

    def shell(self, text):
        """Every command of it works; alert 420 is the first one here."""
        text = re.sub(r"\b420\b", "1", text)
        text = text.replace("/var/lib/truced", str(self.stopped))
        path = f"{self.directory}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-e", "-c", text], cwd=self.directory, capture_output=True,
            text=True, check=False, timeout=2 * harness.TIMEOUT,
            env={**ENVIRONMENT, "PATH": path})
        self.assertEqual(done.returncode, 0,
                         f"{text}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_runs_those_of_each_command(self):
        page = Page("truce.1")
        # The alert that is told by its number, and that is still open when
        # all the others have been corrected.
        self.truced.submit(harness.incident(
            "last", at=harness.NOON + 75 * harness.DAY, killed=30))
        for command in commands():
            with self.subTest(command=command):
                # What the package installs is in the directory.
                example = self.example(page, command).replace(
                    "/usr/share/doc/truced/examples/", "")
                self.assertIn(f"truce {command}", example)
                self.shell(example)

    @staticmethod
    def example(page, command):
        """The lines of its section that are for a shell."""
        kept = []
        for _, lines in page.sections.get(command, []):
            going_on = False
            for line in lines:
                if going_on or re.match(r"((echo|truce) |map=)", line):
                    kept.append(line)
                    going_on = line.endswith("\\")
        return "\n".join(kept)

    def test_reads_the_mapping(self):
        lines = [line for _, lines in
                 Page("truce.1").sections["MAPPING FILES"] for line in lines]
        mapping = "\n".join(lines[lines.index("type incident"):])
        (self.directory / "shown.map").write_text(mapping)
        self.assertIn("accepted", self.shell(
            "truce publish --dry-run --map shown.map ged.csv"))

    def test_runs_those_of_the_readme(self):
        self.shell("truce publish --map ucdp.map ged.csv\n"
                   "echo '{\"id\": \"1\", \"killed\": {\"best\": 40}}' |"
                   "truce publish --set agreement=minsk-2 --set source=UCDP "
                   "--set reported_at=2015-05-02T00:00:00Z -")
        text = (TREE / "README.md").read_text()
        shown = re.findall(r"^    (truce .*?)(?:  .*)?$", text, re.M)
        self.assertGreaterEqual(len(shown), 5)
        for command in shown:
            with self.subTest(command=command):
                self.shell(command)


class Completion(unittest.TestCase):
    """bash, with what is installed for it."""

    def complete(self, *words):
        """What is offered for the last word."""
        if not os.path.exists(COMPLETION):
            self.skipTest("no bash-completion")
        program = (TRUCED if words[0] == "truced" else TRUCE).parent
        script = f"""
            . {COMPLETION}
            . {TREE}/completion/{words[0]}
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
            COMP_POINT=${{#COMP_LINE}} COMP_TYPE=9 COMP_KEY=9
            _{words[0]} {words[0]} "${{@: -1}}" "${{@: -2:1}}"
            printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(
            ["bash", "-c", script, "bash", *words], text=True, check=False,
            capture_output=True, timeout=harness.TIMEOUT, cwd=TREE / "config",
            env={**ENVIRONMENT, "PATH": f"{program}:{os.environ['PATH']}"})
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_offers_every_command(self):
        self.assertEqual(self.complete("truce", ""),
                         [*commands(), "--help", "--version"])
        self.assertEqual(self.complete("truce", "wit"), ["withdraw"])

    def test_offers_every_option_of_a_command(self):
        for command in commands():
            told = options_of(run(TRUCE, command, "--help"))
            self.assertEqual(
                sorted(set(self.complete("truce", command, "--"))),
                sorted({re.search(r"--[a-z-]+", option)[0]
                        for option in told}))

    def test_offers_values(self):
        self.assertEqual(
            self.complete("truce", "tail", "--min-severity", "e"), ["extreme"])
        self.assertEqual(self.complete("truce", "silence", "e"), ["expire"])
        self.assertEqual(
            self.complete("truce", "assess", "--assessment", "v"), ["verified"])
        self.assertEqual(self.complete("truce", "publish", "--map", "ucdp"),
                         ["ucdp.map"])
        self.assertEqual(self.complete("truce", "publish", "ucdp"),
                         ["ucdp.map"])
        self.assertEqual(self.complete("truce", "tail", "--since", ""), [])

    def test_completes_truced(self):
        self.assertIn("--state-dir", self.complete("truced", "--"))
        self.assertEqual(self.complete("truced", "-c", "truced"),
                         ["truced.conf"])


if __name__ == "__main__":
    harness.main()
