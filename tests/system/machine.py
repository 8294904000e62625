"""A machine with a real systemd, for what truced is there: a service.

    with machine.Machine() as booted:
        booted.run("systemctl", "start", "truced")
        truced = booted.truced()
        receipt = truced.submit(harness.incident("1", killed=5))

It is a container of systemd-nspawn with a network of its own. What is written
in it is gone when it stops. Its root is made once, by debootstrap, and kept in
build/.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import harness

# systemd, what useradd and runuser are in, and what truced is linked with.
PACKAGES = ["systemd", "systemd-sysv", "dbus", "libpam-systemd", "passwd",
            "util-linux", "libzmq5", "libprotobuf-c1", "libconfig9",
            "libsqlite3-0", "libsodium23", "libxxhash0", "libjansson4",
            "libcsv3"]
TOOLS = ["debootstrap", "systemd-nspawn", "nsenter", "unshare"]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BOOT = 120  # seconds; it takes one on a machine that has nothing else to do


def skip_unless_possible():
    """Raises SkipTest with the reason."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("only root can boot a container")
    for tool in TOOLS:
        if not shutil.which(tool, path=PATH):
            raise unittest.SkipTest(f"no {tool}")
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "--net",
                       "true"], capture_output=True, check=False).returncode:
        raise unittest.SkipTest("namespaces cannot be made here")


def root():
    """The directory of the machine's root, which is made if need be."""
    digest = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()
    made = harness.TREE / "build" / f"machine-{digest[:8]}"
    made.parent.mkdir(exist_ok=True)
    with open(made.parent / "machine.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _bootstrap(made)
    return made


def _bootstrap(made):
    growing = made.with_suffix(".part")
    shutil.rmtree(growing, ignore_errors=True)
    done = subprocess.run(
        ["debootstrap", "--variant=minbase",
         "--include=" + ",".join(PACKAGES), "bookworm", growing],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PATH": PATH}, check=False)
    if done.returncode:
        print(done.stdout)
        why = done.stdout.strip().rpartition("\n")[2]
        raise unittest.SkipTest(f"debootstrap: {why}")
    growing.rename(made)


class Machine:
    """A booted machine; in it, `host` is a directory of what tests bring."""

    def __init__(self):
        skip_unless_possible()
        self.directory = tempfile.TemporaryDirectory(prefix="machine-")
        self.host = pathlib.Path(self.directory.name)
        self.console = self.host / "console"
        self.process = None
        self.leader = None  # the process that is its systemd
        try:
            self._boot()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _boot(self):
        path = self.host / "notify"
        command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit",
                   "--private-network", "--boot", "--volatile=overlay",
                   "--notify-ready=yes", "--directory", root()]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, \
                open(self.console, "wb") as console:
            notify.bind(str(path))
            # pylint: disable-next=consider-using-with
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console,
                stderr=console, start_new_session=True,
                env={"PATH": PATH, "NOTIFY_SOCKET": str(path)})
            self._wait_booted(notify)

    def _wait_booted(self, notify):
        ended = os.pidfd_open(self.process.pid)
        poll = select.poll()
        poll.register(notify, select.POLLIN)
        poll.register(ended, select.POLLIN)
        deadline = time.monotonic() + BOOT
        ready = False
        try:
            while not (ready and self.leader):
                events = dict(poll.poll(harness.until(deadline)))
                if notify.fileno() not in events:
                    raise AssertionError("the machine did not boot:\n"
                                         + self.console.read_text("utf-8",
                                                                  "replace"))
                message = notify.recv(4096).decode()
                ready = ready or "READY=1" in message.split("\n")
                found = re.search(r"^X_NSPAWN_LEADER_PID=(\d+)$", message,
                                  re.MULTILINE)
                if found:
                    self.leader = int(found[1])
        finally:
            os.close(ended)

    def close(self):
        """Shuts it down, and leaves nothing behind."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(BOOT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.directory.cleanup()

    def path(self, inside):
        """Where a file of the machine is, seen from here."""
        return pathlib.Path(f"/proc/{self.leader}/root{inside}")

    def copy(self, source, inside, mode=0o644):
        """Puts a file into the machine."""
        self.path(inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, self.path(inside))
        self.path(inside).chmod(mode)

    def run(self, *command, check=True, timeout=harness.TIMEOUT):
        """What a command in the machine says; it must not fail."""
        done = subprocess.run(
            ["nsenter", "--target", str(self.leader), "--all", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False,
            env={"PATH": PATH, "LC_ALL": "C.UTF-8", "SYSTEMD_PAGER": "",
                 "DEBIAN_FRONTEND": "noninteractive"})
        if check and done.returncode:
            raise AssertionError(f"{command}: {done.returncode}\n"
                                 f"{done.stdout}\n{self.log()}")
        return done

    def log(self):
        """The service's lines in the machine's journal."""
        self.run("journalctl", "--sync")
        return self.run("journalctl", "--unit", "truced", "--output",
                        "short-precise").stdout

    def property(self, name):
        """One of the service's, as systemd has it."""
        return self.run("systemctl", "show", "--value", "--property", name,
                        "truced").stdout.strip()

    def truced(self):
        """Its truced, to be talked to from here."""
        return Installed(self)

    @contextlib.contextmanager
    def network(self):
        """This thread is in the machine's network, and so are the threads
        that it makes."""
        libc = ctypes.CDLL(None, use_errno=True)

        def enter(path):
            with open(path, "rb") as namespace:
                if libc.setns(namespace.fileno(), 0):
                    raise OSError(ctypes.get_errno(), f"setns {path}")

        with open("/proc/thread-self/ns/net", "rb") as home:
            enter(f"/proc/{self.leader}/ns/net")
            try:
                yield
            finally:
                enter(f"/proc/self/fd/{home.fileno()}")


class Installed(harness.Truced):
    """The machine's truced, where config/live.conf has it listen."""

    def __init__(self, machine):
        # pylint: disable=super-init-not-called
        self.machine = machine
        self.service = f"ipc://{machine.path('/run/truced/service')}"
        self.intake = "tcp://127.0.0.1:5560"
        self.alerts = "tcp://127.0.0.1:5561"
        self.ended = None
        self._client = None
        with machine.network():
            self.context = harness.zmq.Context()
            # Its threads begin with the first socket.
            self.context.socket(harness.zmq.SUB).close()

    def output(self):
        """What it has said so far."""
        return self.machine.log()

    def close(self):
        """Leaves; the service stays."""
        self.context.destroy(linger=0)


def report(identifier, **fields):
    """A report under config/live.conf's agreement, of now."""
    fields = {"party": "side-a", "source": "Example Monitoring Mission",
              **fields}
    return harness.incident(identifier, at=int(time.time() * 1000),
                            topic="incident.example", **fields)
