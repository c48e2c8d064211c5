// usage: node github_webhooks.mjs KEPT_URL SYNC_URL SECRET OLD_SECRET
// Every payload of @octokit/webhooks-examples, signed by @octokit/webhooks-methods: to a hook that keeps it, and to one
// whose function answers with the event that was made. Then requests that must not pass.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { sign } from "@octokit/webhooks-methods";
import { changed, post, tell } from "./hook_sender.mjs";

const examples = createRequire(import.meta.url)("@octokit/webhooks-examples");
const [kept, sync, secret, oldSecret] = process.argv.slice(2);

async function send(url, event, body, { key = secret, sent = body, id = randomUUID(), type = "application/json" } = {}) {
  return post(url, {
    "content-type": type,
    "x-github-event": event,
    "x-github-delivery": id,
    "x-hub-signature-256": await sign(key, body),
  }, sent);
}

const payloads = examples.flatMap(({ name, examples: bodies }) =>
  bodies.map((payload) => ({ name, payload, body: JSON.stringify(payload) })));
const wrong = [];
for (const { name, payload, body } of payloads) {
  const { status } = await send(kept, name, body);
  if (status !== (name === "ping" ? 200 : 202)) wrong.push(`${name}: ${status}`);
  const made = await send(sync, name, body);
  const type = `com.github.${name}${payload.action ? `.${payload.action}` : ""}`;
  const fits = name === "ping" ? made.body === "pong\n" : made.status === 201 &&
    made.body.includes(`ce-type: ${type}\n`) && made.body.endsWith(`\n\n${body}`);
  if (!fits) wrong.push(`${name}: ${made.status} ${made.body.slice(0, 400)}`);
}
console.log(`payloads ${payloads.length}`);
console.log(`wrong ${wrong.length}`);
for (const line of wrong.slice(0, 5)) console.error(line);

const push = payloads.find(({ name }) => name === "push").body;
const unseen = (number) => push.replace("{", `{"unseen":${number},`);
tell("old-secret", await send(kept, "push", unseen(1), { key: oldSecret }));
tell("wrong-secret", await send(kept, "push", unseen(2), { key: "another" }));
tell("changed-byte", await send(kept, "push", unseen(3), { sent: changed(unseen(3)) }));
const id = randomUUID();
tell("first", await send(kept, "push", unseen(4), { id }));
tell("redelivered", await send(kept, "push", unseen(4), { id }));
tell("replayed-with-another-id", await send(kept, "push", unseen(4)));
const form = new URLSearchParams({ payload: unseen(5) }).toString();
tell("form", await send(kept, "push", form, { type: "application/x-www-form-urlencoded" }));
tell("form-signed-as-json", await send(kept, "push", unseen(6),
  { sent: new URLSearchParams({ payload: unseen(6) }).toString(), type: "application/x-www-form-urlencoded" }));
tell("ping", await send(kept, "ping", JSON.stringify({ zen: "Keep it logically awesome." })));
