#!/usr/bin/python3
"""docs/semantics.md: each of its statements names a test, and each test that
it names is there. Whether the test can fail is for people to see to."""

import ast
import pathlib
import re
import unittest

TREE = pathlib.Path(__file__).resolve().parents[2]
TESTS = TREE / "tests"
# `[test_clock: one; another]`, `[time.case: a title]`, `[test_run.py: test_it]`
REFERENCE = re.compile(r"`\[([a-z_]+(?:\.case|\.py)?):\s+([^]`]+)\]`")


def statements(page):
    """Its bullets and paragraphs, without the introduction."""
    for section in re.split(r"^##+ .*$", page, flags=re.MULTILINE)[1:]:
        for block in re.split(r"\n\n|\n(?=- )", section):
            if block.strip():
                yield block.strip()


def references(statement):
    """(file, test) of each; a title may be wrapped."""
    for file, names in REFERENCE.findall(statement):
        for name in names.split(";"):
            yield file, " ".join(name.split())


def registered(source):
    """The tests in the table of a cmocka program, whatever macro adds them."""
    table = re.search(r"struct CMUnitTest \w+\[\] = \{(.*?)\n\t\};", source,
                      re.DOTALL)
    return set(re.findall(r"\(\s*(\w+)\s*[,)]", table[1])) if table else set()


def methods(source):
    """The tests of a unittest program."""
    return {item.name for item in ast.walk(ast.parse(source))
            if isinstance(item, ast.FunctionDef)
            and item.name.startswith("test_")}


def titles(source):
    """The cases in a file of them."""
    return set(re.findall(r"^case (.+)$", source, re.MULTILINE))


def tests_of(file):
    """All that there are in a file, by the name that the page gives it."""
    readers = {".py": methods, ".case": titles, "": registered}
    suffix = pathlib.Path(file).suffix
    found = list(TESTS.rglob(file if suffix else f"{file}.c"))
    return readers[suffix](found[0].read_text("utf-8")) \
        if len(found) == 1 else set()


def complaints(page):
    """What is wrong with a page, a line each."""
    for statement in statements(page):
        first = statement.splitlines()[0]
        named = list(references(statement))
        if not named or "[" in REFERENCE.sub("", statement):
            yield f"{first}: expected `[file: test]` at its end"
        for file, test in named:
            if test not in tests_of(file):
                yield f"{first}: expected a test in tests/, not {file}: {test}"


class Semantics(unittest.TestCase):
    """The page, and that this would find what is wrong with it."""

    def test_names_a_test_that_is_there_with_every_statement(self):
        page = (TREE / "docs/semantics.md").read_text("utf-8")
        self.assertEqual(list(complaints(page)), [])
        self.assertGreater(len(list(statements(page))), 150)

    def test_would_find_what_is_wrong(self):
        page = """# Title
Introduction, of which nothing is asked.

## Section
- Good. `[test_engine: accepts_what_is_new_and_says_where_it_stands]`
  `[time.case: time is what
  the reports say; times ahead of the clock count as now]`
- None.

### Part
A paragraph.

Another, good. `[test_semantics.py: test_would_find_what_is_wrong]`

Not in the table: `[test_engine: pool_used]`
- No such title: `[time.case: time flies]`
- No such method, no such file: `[test_run.py: main]` `[test_x: y]`
- Not closed: `[test_engine: speaks_in_the_order_of_rules`
"""
        self.assertEqual([line.split(":")[0] for line in complaints(page)],
                         ["- None.", "A paragraph.", "Not in the table", "- No such title",
                          "- No such method, no such file",
                          "- No such method, no such file", "- Not closed"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
