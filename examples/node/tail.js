#!/usr/bin/env node
// Follow the alerts and miss none.
//
//   tail.js SERVICE ALERTS PLACE
//
// SERVICE is where truced answers (ipc:///run/truced/service), ALERTS where it
// publishes (tcp://127.0.0.1:5561), PLACE a file that keeps how far this
// program has come: start it again, and it goes on from there. TRUCED_PROTO
// names the directory of the .proto files.

import fs from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import protobuf from "protobufjs"
import * as zmq from "zeromq"

const ANSWER_MS = 5000
const SILENCE_MS = 20000 // four heartbeats as shipped

const protos = process.env.TRUCED_PROTO ??
  fileURLToPath(new URL("../../proto", import.meta.url))
const root = new protobuf.Root()
root.resolvePath = (_, name) => path.resolve(protos, path.basename(name))
root.loadSync("service.proto", { keepCase: true })
const type = name => root.lookupType(`truce.v1.${name}`)
const [Alert, Heartbeat, Request, Reply] =
  ["Alert", "Heartbeat", "Request", "Reply"].map(type)

const unpack = (message, bytes) => message.toObject(message.decode(bytes),
  { defaults: true, arrays: true, enums: String, longs: Number })

const [service, publisher, place] = process.argv.slice(2)
if (!place) {
  console.error("tail.js SERVICE ALERTS PLACE")
  process.exit(2)
}

// Alerts are numbered without gaps in a stream: the stream and the last number
// are all that has to be known to find out what is missing.
let stream = ""
let seq = 0
if (fs.existsSync(place)) {
  const words = fs.readFileSync(place, "ascii").trim().split(" ")
  stream = words[0]
  seq = Number(words[1])
}

// Alerts again, from the one after ours; asks until answered.
async function replay() {
  for (;;) {
    const request = Request.encode({ replay: { stream, after_seq: seq } })
      .finish()
    const socket = new zmq.Request({ linger: 0, receiveTimeout: ANSWER_MS })
    try {
      socket.connect(service)
      await socket.send(request)
      const [bytes] = await socket.receive()
      const reply = Reply.decode(bytes)
      if (reply.alerts) {
        return { stream: reply.alerts.stream, next: reply.alerts.next_stream,
          lastSeq: Number(reply.alerts.last_seq), items: reply.alerts.alerts }
      }
      if (!stream) throw new Error(`truced expects ${reply.error.detail}`)
      // Another journal: it knows no such stream.
      stream = ""
      seq = 0
    } catch (error) {
      if (error.code !== "EAGAIN") throw error
      console.error("no answer: asking again")
    } finally {
      socket.close()
    }
  }
}

// Shows all that there is after the last one shown.
async function fill() {
  for (;;) {
    const alerts = await replay()
    stream = alerts.stream
    for (const item of alerts.items) take(unpack(Alert, item.payload))
    if (seq < alerts.lastSeq) continue
    if (!alerts.next) return
    // Another version of truced has begun it.
    stream = alerts.next
    seq = 0
  }
}

// Shows an alert that is the next one, and then only remembers it: killed
// between the two, this program shows one twice, none never.
function take(alert) {
  if (alert.stream !== stream || alert.seq !== seq + 1) return
  // Names and places come from strangers: nothing that moves a cursor.
  const headline = alert.headline.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?")
  console.log(`#${alert.seq} ${alert.state} ${alert.severity} ` +
    `${alert.certainty} ${headline}`)
  seq = alert.seq
  fs.writeFileSync(`${place}.new`, `${stream} ${seq}\n`)
  fs.renameSync(`${place}.new`, place)
}

// All alerts: with a longer prefix the numbers would have gaps.
const socket = new zmq.Subscriber({ receiveTimeout: SILENCE_MS })
socket.subscribe("alert.", "heartbeat")
socket.connect(publisher)
await fill()
for (;;) {
  let topic, payload
  try {
    [topic, payload] = await socket.receive()
  } catch (error) {
    if (error.code !== "EAGAIN") throw error
    console.error("silence: not even a heartbeat")
    continue
  }
  const beat = topic.toString() === "heartbeat"
  const message = unpack(beat ? Heartbeat : Alert, payload)
  if (!beat) take(message)
  // The number of an alert or a heartbeat shows what is missing.
  if (message.stream !== stream || message.seq > seq) await fill()
}
