// usage: node stripe_webhooks.mjs URL SECRET OLD_SECRET
// Events signed by the stripe package's own generator of test headers.
import Stripe from "stripe";
import { changed, post, seconds, tell } from "./hook_sender.mjs";

const [url, secret, oldSecret] = process.argv.slice(2);
const stripe = new Stripe("sk_test_none");

let count = 0;
const event = () => JSON.stringify({
  id: `evt_${++count}`,
  object: "event",
  type: "charge.succeeded",
  created: seconds(),
  data: { object: { id: "ch_1", object: "charge", amount: 1099 } },
});

const header = (payload, key = secret, timestamp = seconds()) =>
  stripe.webhooks.generateTestHeaderString({ payload, secret: key, timestamp });

async function send(name, signature, payload, sent = payload) {
  tell(name, await post(url, { "content-type": "application/json; charset=utf-8", "stripe-signature": signature }, sent));
}

const first = event();
await send("one", header(first), first);
await send("again", header(first), first);
let payload = event();
await send("old-secret", header(payload, oldSecret), payload);
payload = event();
const at = seconds();
const several = `${header(payload, "whsec_other", at)},${header(payload, secret, at).split(",")[1]},v0=6ffbb59b2300aae63f27`;
await send("several", several, payload);
payload = event();
await send("wrong-secret", header(payload, "whsec_other"), payload);
await send("changed-byte", header(payload), payload, changed(payload));
await send("old-time", header(payload, secret, seconds() - 600), payload);
await send("future", header(payload, secret, seconds() + 600), payload);
