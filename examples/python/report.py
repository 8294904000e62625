#!/usr/bin/python3
"""Publish a report, correct it, withdraw it: with a receipt each time.

    report.py SERVICE publish 2024/117 --at 2024-11-28T09:30+02:00 --killed 2
    report.py SERVICE correct 2024/117 --revision 2 \\
        --at 2024-11-28T09:30+02:00 --killed 5
    report.py SERVICE withdraw 2024/117 --revision 3

SERVICE is where truced answers: ipc:///run/truced/service. Run the same again
and the receipt says DUPLICATE: a report counts once, however often it is sent.
"""

import argparse
import datetime
import sys
import time

import zmq

from incident_pb2 import Incident, SHELLING, WITHDRAWN
from service_pb2 import BUSY, REJECTED, Reply, Request, Verdict

ANSWER_MS = 5000  # then the same is sent again
PAUSE_MAX = 30  # seconds; BUSY lasts until a disk has room again


def ask(context, service, request):
    """One Request, the same bytes again and again until there is a Reply.

    A socket of its own for each try: an answer that comes late is then no
    answer to something else."""
    payload = request.SerializeToString()
    while True:
        with context.socket(zmq.REQ) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(service)
            socket.send(payload)
            if socket.poll(ANSWER_MS):
                return Reply.FromString(socket.recv())
        print("no answer: sending the same again", file=sys.stderr)


def submit(context, service, topic, report):
    """The Receipt of a report, which says what became of it."""
    request = Request()
    request.submit.items.add(topic=topic, payload=report.SerializeToString())
    pause = 1
    while True:
        reply = ask(context, service, request)
        if reply.WhichOneof("reply") != "receipts":
            sys.exit(f"truced expects {reply.error.detail}")
        receipt = reply.receipts.receipts[0]
        if receipt.verdict != BUSY:
            return receipt
        print(f"busy: again in {pause} s", file=sys.stderr)
        time.sleep(pause)
        pause = min(2 * pause, PAUSE_MAX)


def report_of(options):
    """The report as it is to stand. All that counts comes from outside, so
    that it is the same when it is made again; reported_at does not count."""
    report = Incident(id=options.id, revision=options.revision,
                      source=options.source,
                      reported_at=int(time.time() * 1000))
    if options.action == "withdraw":
        report.assessment = WITHDRAWN
        return report
    report.kind = SHELLING
    report.occurred_at = int(options.at.timestamp() * 1000)
    if options.party:
        report.party = options.party  # allegedly, if nothing more is set
    if options.killed is not None:
        report.killed.best = options.killed  # not told is not the same as 0
    return report


def main():
    """Exits with 0 if the report is kept as sent, or a later one is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("service", metavar="SERVICE")
    parser.add_argument("action", choices=["publish", "correct", "withdraw"])
    parser.add_argument("id", metavar="ID", help="the source's own")
    parser.add_argument("--revision", type=int, default=1,
                        help="a higher one replaces the report in every sum")
    parser.add_argument("--agreement", default="minsk-2")
    parser.add_argument("--source", default="Valley Monitors")
    parser.add_argument("--at", type=datetime.datetime.fromisoformat,
                        help="when it happened, with its zone")
    parser.add_argument("--party", help="who is said to have done it")
    parser.add_argument("--killed", type=int)
    options = parser.parse_args()
    if options.action != "withdraw" and not (options.at and options.at.tzinfo):
        parser.error("--at is needed, with its zone")
    if options.action != "publish" and options.revision < 2:
        parser.error("--revision is needed, above that of what is replaced")

    receipt = submit(zmq.Context(), options.service,
                     "incident." + options.agreement, report_of(options))
    print(Verdict.Name(receipt.verdict), receipt.source, receipt.id,
          f"{receipt.field}: expected {receipt.detail}"
          if receipt.verdict == REJECTED else "")
    return 1 if receipt.verdict == REJECTED else 0


if __name__ == "__main__":
    sys.exit(main())
