// A browser without a screen: keeps cookies, follows redirects within a site, fills forms in.

import assert from "node:assert/strict";

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#34": '"', "#38": "&", "#39": "'", "#60": "<", "#62": ">", "#x27": "'" };
const unescape = (text) => text.replace(/&(#?\w+);/g, (all, name) => ENTITIES[name] ?? all);

function attributes(tag) {
  const found = {};
  for (const [, name, value] of tag.matchAll(/([\w-]+)="([^"]*)"/g)) found[name] = unescape(value);
  return found;
}

export class Browser {
  #cookies = new Map();

  /** Opens an address and follows redirects until a page, or until one leads to `elsewhere`. */
  async open(url, elsewhere, options = {}) {
    let next = new URL(url);
    for (let hops = 0; hops < 20; hops += 1) {
      if (elsewhere && next.href.startsWith(elsewhere)) return { url: next };
      const answer = await fetch(next, {
        ...options,
        redirect: "manual",
        headers: {
          accept: "text/html",
          cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; "),
          ...options.headers,
        },
      });
      for (const line of answer.headers.getSetCookie()) this.#keep(line);
      const location = answer.headers.get("location");
      if (!location) return { url: next, status: answer.status, body: await answer.text() };
      next = new URL(location, next);
      options = {}; // 303: the form is not sent again
    }
    throw new Error(`redirects without end from ${url}`);
  }

  /** Sends the form of a page with `fields` filled in. */
  async submit(page, fields, elsewhere) {
    const [form] = page.body.match(/<form[^>]*>[\s\S]*?<\/form>/) ?? [];
    assert.ok(form, `no form on ${page.url}: ${page.status} ${page.body}`);
    const data = new URLSearchParams();
    for (const [tag] of form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      const { name, value } = attributes(tag);
      data.set(name, value ?? "");
    }
    for (const [tag] of form.matchAll(/<input[^>]*type="checkbox"[^>]*>/g)) {
      const { name, value } = attributes(tag);
      if (/\schecked\b/.test(tag)) data.append(name, value ?? "on");
    }
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    const { action } = attributes(form.match(/<form[^>]*>/)[0]);
    const target = new URL(action ?? page.url, page.url);
    const headers = { origin: target.origin, "sec-fetch-site": "same-origin" };
    return this.open(target, elsewhere, { method: "POST", body: data, headers });
  }

  #keep(line) {
    const [pair, ...rest] = line.split(";");
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim();
    if (rest.some((part) => part.trim() === "Max-Age=0")) this.#cookies.delete(name);
    else this.#cookies.set(name, pair.slice(at + 1));
  }
}
