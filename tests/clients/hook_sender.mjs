// What the programs that sign webhooks share: they post what a stock library has signed, and say in one line of JSON
// what came back.
export async function post(url, headers, body) {
  const reply = await fetch(url, { method: "POST", headers, body });
  return {
    status: reply.status,
    duplicate: reply.headers.get("x-sojourn-duplicate"),
    body: await reply.text(),
  };
}

// One line on standard output for each case of `results`: NAME STATUS, and `duplicate` where the server says so.
export function tell(name, reply) {
  console.log(`${name} ${reply.status}${reply.duplicate ? " duplicate" : ""}`);
}

export const seconds = () => Math.floor(Date.now() / 1000);

// The text with one of its letters changed.
export const changed = (text) => text.replace(/[a-z]/, (letter) => (letter === "x" ? "y" : "x"));
