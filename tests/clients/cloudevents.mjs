// CloudEvents by the stock package.
//   node cloudevents.mjs send URL        posts each event below, in the form that it is for; NAME STATUS
//   node cloudevents.mjs read < LINES    reads what came back, a line of JSON {headers, body} each; NAME same, or what
//                                        is different
import { deepStrictEqual } from "node:assert";
import { text } from "node:stream/consumers";
import { CloudEvent, HTTP, Mode, emitterFor, httpTransport } from "cloudevents";

const made = (id, more) =>
  new CloudEvent({ id, source: "/clients", type: "com.example.sent", time: "2018-04-05T17:31:00.000Z", ...more });

const binary = [
  made("binary-json", { data: { n: 7, list: [true, null, "\u20ac"] } }),
  made("binary-text", { data: "two\nlines", datacontenttype: "text/plain", subject: "with blanks and (brackets)" }),
  made("binary-extensions", { data: {}, tenant: "a-1", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }),
];
const structured = [
  made("structured-json", { data: { deep: { a: [1.5, "x"] } }, subject: "Caf\u00e9 \u{1F600} 100%" }),
  made("structured-text", { data: "plain", datacontenttype: "text/plain", count: 42, flag: true }),
  made("structured-bytes", { data: new Uint8Array([0, 255, 10]), datacontenttype: "application/octet-stream" }),
];
const batched = [made("batched-first", { data: { n: 1 } }), made("batched-second", { data: { n: 2 }, subject: "\u00fc" })];
const all = [...binary, ...structured, ...batched];

async function send(url) {
  for (const [mode, events] of [[Mode.BINARY, binary], [Mode.STRUCTURED, structured]]) {
    const emit = emitterFor(httpTransport(url), { mode });
    for (const event of events) {
      const reply = JSON.parse((await emit(event)).body);
      console.log(`${event.id} ${reply.accepted?.length === 1 ? "accepted" : JSON.stringify(reply)}`);
    }
  }
  const headers = { "content-type": "application/cloudevents-batch+json" };
  const reply = await fetch(url, { method: "POST", headers, body: JSON.stringify(batched) });
  console.log(`batch ${reply.status} ${(await reply.json()).accepted.length}`);
}

// The package leaves percent-encoding in fields as it is.
const decoded = (value) => (typeof value === "string" ? decodeURIComponent(value) : value);

const bytes = (data) => (data instanceof Uint8Array ? [...data] : data);

function difference(sent, came) {
  try {
    // Whoever answers with an event is its source, whatever the event said.
    deepStrictEqual(came.source, "/functions/collect", "source");
    for (const name of ["type", "datacontenttype", "time", "tenant"]) {
      if (sent[name] !== undefined) deepStrictEqual(came[name], sent[name], name);
    }
    deepStrictEqual(decoded(came.subject), sent.subject, "subject");
    for (const name of ["count", "flag"]) deepStrictEqual(came[name], sent[name]?.toString(), name);
    deepStrictEqual(bytes(came.data), bytes(sent.data), "data");
    deepStrictEqual(came.correlationid, sent.id, "correlationid");
    if (sent.traceparent) deepStrictEqual(came.traceparent.slice(0, 36), sent.traceparent.slice(0, 36), "trace");
    return "same";
  } catch (wrong) {
    return `${wrong.message}: sent ${JSON.stringify(sent)}, came ${JSON.stringify(came)}`;
  }
}

async function read() {
  for (const line of (await text(process.stdin)).trim().split("\n")) {
    const { headers, body } = JSON.parse(line);
    const raw = Buffer.from(body, "base64");
    const is_text = headers["content-type"] !== "application/octet-stream";
    const came = HTTP.toEvent({ headers, body: is_text ? raw.toString("utf8") : raw });
    const sent = all.find((event) => event.id === came.id);
    console.log(`${came.id} ${sent ? difference(sent, came) : "nobody sent that"}`);
  }
}

const [what, url] = process.argv.slice(2);
await (what === "send" ? send(url) : read());
