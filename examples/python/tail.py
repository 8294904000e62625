#!/usr/bin/python3
"""Follow the alerts and miss none.

    tail.py SERVICE ALERTS PLACE

SERVICE is where truced answers (ipc:///run/truced/service), ALERTS where it
publishes (tcp://127.0.0.1:5561), PLACE a file that keeps how far this program
has come: start it again, and it goes on from there.
"""

import os
import sys

import zmq

from alert_pb2 import Alert, Certainty, Heartbeat, Severity, State
from service_pb2 import Reply, Request

ANSWER_MS = 5000
SILENCE_MS = 20000  # four heartbeats as shipped


class Tail:
    """Alerts are numbered without gaps in a stream: the stream and the last
    number are all that has to be known to find out what is missing."""

    def __init__(self, context, service, place):
        self.context, self.service, self.place = context, service, place
        self.stream, self.seq = "", 0
        if os.path.exists(place):
            with open(place, encoding="ascii") as file:
                self.stream, seq = file.read().split()
                self.seq = int(seq)

    def replay(self):
        """Alerts again, from the one after ours; asks until answered."""
        while True:
            request = Request()
            request.replay.stream = self.stream
            request.replay.after_seq = self.seq
            with self.context.socket(zmq.REQ) as socket:
                socket.setsockopt(zmq.LINGER, 0)
                socket.connect(self.service)
                socket.send(request.SerializeToString())
                if socket.poll(ANSWER_MS):
                    reply = Reply.FromString(socket.recv())
                    if reply.WhichOneof("reply") == "alerts":
                        return reply.alerts
                    if not self.stream:
                        sys.exit(f"truced expects {reply.error.detail}")
                    # Another journal: it knows no such stream.
                    self.stream, self.seq = "", 0
                    continue
            print("no answer: asking again", file=sys.stderr)

    def fill(self):
        """Shows all that there is after the last one shown."""
        while True:
            alerts = self.replay()
            self.stream = alerts.stream
            for item in alerts.alerts:
                self.take(Alert.FromString(item.payload))
            if self.seq < alerts.last_seq:
                continue
            if not alerts.next_stream:
                return
            # Another version of truced has begun it.
            self.stream, self.seq = alerts.next_stream, 0

    def take(self, alert):
        """Shows an alert that is the next one, and then only remembers it:
        killed between the two, this program shows one twice, none never."""
        if (alert.stream, alert.seq) != (self.stream, self.seq + 1):
            return
        # Names and places come from strangers: nothing that moves a cursor.
        headline = "".join(c if c.isprintable() else "?"
                           for c in alert.headline)
        print(f"#{alert.seq} {State.Name(alert.state)} "
              f"{Severity.Name(alert.severity)} "
              f"{Certainty.Name(alert.certainty)} {headline}", flush=True)
        self.seq = alert.seq
        with open(self.place + ".new", "w", encoding="ascii") as file:
            file.write(f"{self.stream} {self.seq}\n")
        os.replace(self.place + ".new", self.place)

    def hear(self, stream, seq):
        """The number of an alert or a heartbeat shows what is missing."""
        if stream != self.stream or seq > self.seq:
            self.fill()


def main():
    """Runs until it is stopped."""
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    # All alerts: with a longer prefix the numbers would have gaps.
    socket.subscribe("alert.")
    socket.subscribe("heartbeat")
    socket.connect(sys.argv[2])
    tail = Tail(context, sys.argv[1], sys.argv[3])
    tail.fill()
    while True:
        if not socket.poll(SILENCE_MS):
            print("silence: not even a heartbeat", file=sys.stderr)
            continue
        topic, payload = socket.recv_multipart()
        if topic == b"heartbeat":
            heartbeat = Heartbeat.FromString(payload)
            tail.hear(heartbeat.stream, heartbeat.seq)
        else:
            alert = Alert.FromString(payload)
            tail.take(alert)
            tail.hear(alert.stream, alert.seq)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
