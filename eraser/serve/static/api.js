// The interface of the server, as promises.

export class Refused extends Error {
  constructor(status, { error, code, hint }) {
    super(hint ? `${error} (${hint})` : error);
    this.status = status;
    this.code = code;
  }
}

async function ask(path, options = {}) {
  let reply;
  try {
    reply = await fetch(`api/v1/${path}`, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, { error: "The server cannot be reached", code: "gone", hint: "is it still running?" });
  }
  if (reply.ok) return reply;
  let body = { error: `The server says ${reply.status}`, code: "unknown", hint: "" };
  try {
    body = await reply.json();
  } catch {
    // not one of ours
  }
  throw new Refused(reply.status, body);
}

function form(fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof File) body.append(name, value, value.name);
    else if (value instanceof Blob) body.append(name, value, `${name}.png`);
    else if (value !== undefined) body.append(name, value);
  }
  return body;
}

// token: or an invitation, which counts once.
export async function login(token) {
  const headers = { "Content-Type": "application/json" };
  await ask("login", { method: "POST", headers, body: JSON.stringify({ token }) });
}

export async function health() {
  return (await ask("health")).json();
}

// Who can be named.
export async function names() {
  return (await ask("names")).json();
}

// fields: { file } or { photo }
export async function people(fields, signal) {
  return (await ask("people", { method: "POST", body: form(fields), signal })).json();
}

export async function erase(fields, signal) {
  const reply = await ask("erase", { method: "POST", body: form(fields), signal });
  const name = /filename\*=UTF-8''([^;]+)/.exec(reply.headers.get("Content-Disposition") ?? "");
  return {
    blob: await reply.blob(),
    name: name ? decodeURIComponent(name[1]) : "erased",
    photo: reply.headers.get("X-Eraser-Photo"),
    gone: (reply.headers.get("X-Eraser-Gone") ?? "").split(",").filter(Boolean).length,
    left: Number(reply.headers.get("X-Eraser-Left") ?? 0),
  };
}

export async function mask(photo, who, signal) {
  return (await ask(`photos/${photo}/mask?who=${encodeURIComponent(who)}`, { signal })).blob();
}

// A picture that every browser shows.
export async function view(photo, signal) {
  return (await ask(`photos/${photo}/picture?format=jpg&quality=95`, { signal })).blob();
}

// Calls back with each stage; returns what ends it.
export function stages(photo, heard) {
  const source = new EventSource(`api/v1/photos/${photo}/events`);
  source.addEventListener("progress", (event) => heard(JSON.parse(event.data).stage));
  return () => source.close();
}
