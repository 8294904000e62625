#!/usr/bin/env node
// Publish a report, correct it, withdraw it: with a receipt each time.
//
//   report.js SERVICE publish 2024/117 --at 2024-11-28T09:30+02:00 --killed 2
//   report.js SERVICE correct 2024/117 --revision 2
//       --at 2024-11-28T09:30+02:00 --killed 5
//   report.js SERVICE withdraw 2024/117 --revision 3
//
// SERVICE is where truced answers: ipc:///run/truced/service. Run the same
// again and the receipt says DUPLICATE: a report counts once, however often it
// is sent. TRUCED_PROTO names the directory of the .proto files.

import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import protobuf from "protobufjs"
import * as zmq from "zeromq"

const ANSWER_MS = 5000 // then the same is sent again
const PAUSE_MAX = 30 // seconds; BUSY lasts until a disk has room again

const protos = process.env.TRUCED_PROTO ??
  fileURLToPath(new URL("../../proto", import.meta.url))
const root = new protobuf.Root()
root.resolvePath = (_, name) => path.resolve(protos, path.basename(name))
root.loadSync(["incident.proto", "service.proto"], { keepCase: true })
const [Incident, Request, Reply] = ["Incident", "Request", "Reply"]
  .map(name => root.lookupType(`truce.v1.${name}`))

const pack = (type, fields) => type.encode(type.fromObject(fields)).finish()

// One Request, the same bytes again and again until there is a Reply. A socket
// of its own for each try: an answer that comes late is then no answer to
// something else.
async function ask(service, request) {
  const payload = pack(Request, request)
  for (;;) {
    const socket = new zmq.Request({ linger: 0, receiveTimeout: ANSWER_MS })
    try {
      socket.connect(service)
      await socket.send(payload)
      const [bytes] = await socket.receive()
      return Reply.toObject(Reply.decode(bytes),
        { enums: String, longs: Number })
    } catch (error) {
      if (error.code !== "EAGAIN") throw error
      console.error("no answer: sending the same again")
    } finally {
      socket.close()
    }
  }
}

// The Receipt of a report, which says what became of it.
async function submit(service, topic, report) {
  const request = { submit: { items: [{ topic, payload: report }] } }
  for (let pause = 1; ; pause = Math.min(2 * pause, PAUSE_MAX)) {
    const reply = await ask(service, request)
    if (!reply.receipts) throw new Error(`truced expects ${reply.error.detail}`)
    const receipt = reply.receipts.receipts[0]
    if (receipt.verdict !== "BUSY") return receipt
    console.error(`busy: again in ${pause} s`)
    await sleep(pause * 1000)
  }
}

// The report as it is to stand. All that counts comes from outside, so that it
// is the same when it is made again; reported_at does not count.
function reportOf(action, id, options) {
  const report = { id, source: options.source, reported_at: Date.now(),
    revision: Number(options.revision) }
  if (action === "withdraw") return { ...report, assessment: "WITHDRAWN" }
  report.kind = "SHELLING"
  report.occurred_at = Date.parse(options.at)
  // Allegedly, as long as nothing else is set.
  if (options.party) report.party = options.party
  // Not told is not the same as 0.
  if (options.killed) report.killed = { best: Number(options.killed) }
  return report
}

const text = fallback => ({ type: "string", default: fallback })
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    revision: text("1"), // a higher one replaces the report in every sum
    agreement: text("minsk-2"),
    source: text("Valley Monitors"),
    at: { type: "string" }, // when it happened, with its zone
    party: { type: "string" }, // who is said to have done it
    killed: { type: "string" }
  }
})
const [service, action, id] = positionals
if (!id || !["publish", "correct", "withdraw"].includes(action) ||
    (action !== "withdraw" && !/T.*(Z|[+-]\d\d:\d\d)$/.test(options.at)) ||
    (action !== "publish" && !(Number(options.revision) > 1))) {
  console.error("report.js SERVICE publish|correct|withdraw ID\n" +
    "  --at TIME+ZONE (not to withdraw) --revision N (not to publish)\n" +
    "  --killed N --party NAME --source NAME --agreement NAME")
  process.exit(2)
}
const receipt = await submit(service, `incident.${options.agreement}`,
  pack(Incident, reportOf(action, id, options)))
const rejected = receipt.verdict === "REJECTED"
console.log(receipt.verdict, receipt.source ?? "", receipt.id ?? "",
  rejected ? `${receipt.field ?? ""}: expected ${receipt.detail}` : "")
process.exitCode = rejected ? 1 : 0
