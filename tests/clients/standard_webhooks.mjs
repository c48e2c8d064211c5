// usage: node standard_webhooks.mjs URL SECRET OLD_SECRET
// Standard Webhooks as the packages standardwebhooks and svix sign them, with one key and with several.
import { Webhook as Standard } from "standardwebhooks";
import { Webhook as Svix } from "svix";
import { changed, post, seconds, tell } from "./hook_sender.mjs";

const [url, secret, oldSecret] = process.argv.slice(2);
const other = `whsec_${Buffer.from("a key that the hook does not know").toString("base64")}`;
const body = JSON.stringify({ type: "user.created", timestamp: new Date().toISOString(), data: { id: 7, name: "ada" } });

let count = 0;
async function send(name, Library, keys, { at = seconds(), sent = body, prefix = "webhook", id = `msg_${++count}` } = {}) {
  const signatures = keys.map((key) => new Library(key).sign(id, new Date(at * 1000), body));
  const headers = {
    "content-type": "application/json",
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: String(at),
    [`${prefix}-signature`]: signatures.join(" "),
  };
  tell(name, await post(url, headers, sent));
  return { headers, sent };
}

for (const [name, Library] of [["standardwebhooks", Standard], ["svix", Svix]]) {
  const first = await send(`${name}-one`, Library, [secret]);
  tell(`${name}-again`, await post(url, first.headers, first.sent));
  await send(`${name}-old-secret`, Library, [oldSecret]);
  await send(`${name}-several`, Library, [other, secret]);
  await send(`${name}-rotating`, Library, [secret, oldSecret]);
  await send(`${name}-wrong-secret`, Library, [other]);
  await send(`${name}-changed-byte`, Library, [secret], { sent: changed(body) });
  await send(`${name}-old-time`, Library, [secret], { at: seconds() - 600 });
  await send(`${name}-future`, Library, [secret], { at: seconds() + 600 });
}
await send("svix-own-headers", Svix, [secret], { prefix: "svix" });
const genuine = await send("svix-id-kept", Svix, [secret], { prefix: "svix" });
tell("svix-id-replaced", await post(url, { ...genuine.headers, "webhook-id": "msg_forged" }, genuine.sent));
