#!/usr/bin/python3
"""Holds every #include under daemon/ against the layers.

    programs (truced, truce) -> relay -> edge -> core

What each layer may include is in `allowed` below. First a made-up tree with
one violation of each sort is checked, so that a check that finds nothing any
more is found out.
"""

import pathlib
import re
import sys
import tempfile

LIBC = {
    "assert.h", "ctype.h", "errno.h", "float.h", "inttypes.h", "limits.h",
    "math.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h",
    "stdio.h", "stdlib.h", "string.h",
}

# What lies below each layer, and is its to use.
BELOW = {
    "core": {"core"},
    "edge": {"core"},
    "relay": {"core", "edge", "relay"},
    "truced": {"core", "edge", "relay", "truced"},
    "truce": {"core", "edge", "relay", "truce"},
}

# Edges do not know one another, but for these.
SHARED_EDGES = {
    "edge/wire.h", "edge/settings.h", "edge/codec.h", "edge/endpoint.h",
}

# Libraries that one edge alone knows.
KEEPERS = [
    (re.compile(r"(.*/)?[a-z_]+\.pb-c\.h|protobuf-c/.*"), "codec"),
    (re.compile(r"sqlite3(ext)?\.h"), "journal"),
    (re.compile(r"libconfig\.h"), "settings"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:["<]([^">]*)[">]|(.*))')


def module(name):
    """settings_scan.c and settings_scan.h are parts of `settings`."""
    return pathlib.PurePath(name).stem.split("_")[0]


def keeper(included):
    """The module that alone may include this; None if anybody may."""
    for pattern, name in KEEPERS:
        if pattern.fullmatch(included):
            return name
    return None


def is_inside(path, name):
    """Its .c files and its private headers; not the header it shows."""
    return (path.parts[0] == "edge" and module(path.name) == name
            and path.name != name + ".h")


def complaint(path, included):
    """Why `path` (below daemon/) may not include it; None if it may."""
    layer = path.parts[0]
    if layer not in BELOW:
        return f"{layer}/ is not a layer"
    if included is None:
        return "the name of what is included must stand here"
    if ".." in included.split("/"):
        return "say where it is, from daemon/ on"
    only = keeper(included)
    if only:
        if is_inside(path, only):
            return None
        return f"only edge/{only} may include {included}"
    first = included.split("/")[0]
    if first not in BELOW:
        if layer == "core" and included not in LIBC | {"sodium.h"}:
            return f"core is pure: {included} is not among its headers"
        return None
    if layer == "edge" and first == "edge":
        own = module(included) == module(path.name)
        if own or included in SHARED_EDGES:
            return None
        return "edges do not know one another"
    if first not in BELOW[layer]:
        return f"{layer} may not know {first}"
    return None


def violations(tree):
    """Each as `file:line: why`, in order."""
    daemon = tree / "daemon"
    found = []
    for path in sorted(daemon.rglob("*.[ch]")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            inside = path.relative_to(daemon)
            included = match.group(1)
            why = complaint(inside, included)
            if not why and line.count('"') == 2 and "/" not in included \
                    and not keeper(included):
                why = f'say where it is: "{inside.parts[0]}/{included}"'
            if why:
                found.append(f"daemon/{inside}:{number}: {why}")
    return found


GOOD = {
    "core/engine.c": ["<string.h>", "<sodium.h>", '"core/engine.h"'],
    "edge/codec.c": ['"edge/codec.h"', '"incident.pb-c.h"'],
    "edge/codec_alert.c": ['"edge/codec_parts.h"', '"alert.pb-c.h"'],
    "edge/codec_parts.h": ["<incident.pb-c.h>", '"core/incident.h"'],
    "edge/intake.c": ["<zmq.h>", '"edge/endpoint.h"', '"edge/intake.h"'],
    "edge/journal.c": ["<sqlite3.h>", '"edge/journal.h"'],
    "edge/settings_scan.c": ["<libconfig.h>", '"edge/settings_scan.h"'],
    "relay/relay.c": ["<zmq.h>", '"edge/journal.h"', '"core/engine.h"'],
    "truce/tail.c": ['"truce/client.h"', '"relay/relay.h"'],
    "truced/main.c": ["<systemd/sd-daemon.h>", '"relay/relay.h"'],
}

BAD = [
    ("core/engine.c", '"edge/codec.h"'),
    ("core/engine.c", "<zmq.h>"),
    ("core/engine.c", "<time.h>"),
    ("core/engine.c", "<sys/socket.h>"),
    ("core/engine.c", '"incident.pb-c.h"'),
    ("core/engine.c", '"rule.h"'),
    ("core/engine.c", '"../edge/codec.h"'),
    ("core/engine.h", "HEADER"),
    ("edge/codec.h", '"incident.pb-c.h"'),
    ("edge/intake.c", '"edge/journal.h"'),
    ("edge/intake.c", '"edge/settings_scan.h"'),
    ("edge/intake.c", '"../edge/journal.h"'),
    ("edge/intake.c", '"relay/relay.h"'),
    ("edge/intake.c", "<libconfig.h>"),
    ("edge/journal.c", "<alert.pb-c.h>"),
    ("edge/settings.c", "<sqlite3.h>"),
    ("edge/settings.h", '"edge/journal.h"'),
    ("relay/relay.c", "<sqlite3.h>"),
    ("relay/relay.c", '"truced/options.h"'),
    ("truce/publish.c", '"incident.pb-c.h"'),
    ("truce/publish.c", "<protobuf-c/protobuf-c.h>"),
    ("truce/tail.c", '"truced/options.h"'),
    ("truced/main.c", '  #  include "truce/client.h"'),
    ("utils/list.c", "<string.h>"),
]


def write(tree, name, includes):
    path = tree / "daemon" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("/* A comment. */\n" + "".join(
        (line if "include" in line else f"#include {line}") + "\n"
        for line in includes))


def self_test():
    """What a check of made-up trees got wrong."""
    wrong = []
    with tempfile.TemporaryDirectory() as directory:
        tree = pathlib.Path(directory)
        for name, includes in GOOD.items():
            write(tree, name, includes)
        wrong += [f"should be allowed: {line}" for line in violations(tree)]
    for name, include in BAD:
        with tempfile.TemporaryDirectory() as directory:
            tree = pathlib.Path(directory)
            write(tree, name, [include])
            found = violations(tree)
            if len(found) != 1 or not found[0].startswith(
                    f"daemon/{name}:2: "):
                wrong.append(f"should be refused: {name}: {include}: {found}")
    return wrong


def main():
    tree = pathlib.Path(__file__).resolve().parents[2]
    if len(sys.argv) == 2:
        tree = pathlib.Path(sys.argv[1])
    found = self_test() + violations(tree)
    for line in found:
        print(line)
    if not any((tree / "daemon").rglob("*.c")):
        found.append(f"{tree}/daemon: no sources there")
        print(found[-1])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
