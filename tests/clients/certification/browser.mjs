// A browser without script that is told ids: what to fill in, what to press, what to wait for.

import assert from "node:assert/strict";
import { call } from "./http.mjs";

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"' };
const unescape = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, number, name) =>
    name ? (ENTITIES[name] ?? all) : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(number)),
  );

function attributes(tag) {
  const found = {};
  for (const [, name, value] of tag.matchAll(/\s([\w-]+)(?:="([^"]*)")?/g)) found[name] = unescape(value ?? "");
  return found;
}

/** A page as it arrived. */
export class Page {
  constructor(url, answer) {
    Object.assign(this, { url, status: answer.status, headers: answer.headers, body: answer.text });
  }

  /** Whether something on it has this id. */
  has(id) {
    return this.body?.includes(`id="${id}"`) ?? false;
  }

  /** The attributes of what has this id. */
  element(id) {
    const [tag] = this.body.match(new RegExp(`<[a-z]+[^>]*\\sid="${id}"[^>]*>`)) ?? [];
    assert.ok(tag, `nothing has the id ${id} on ${this.url}: ${this.status} ${this.body}`);
    return attributes(tag);
  }

  /** Addresses of its frames. */
  frames() {
    return [...this.body.matchAll(/<iframe[^>]*>/g)].map(([tag]) => new URL(attributes(tag).src));
  }

  /** The form around what has this id, or the first: where it goes and what is in it. */
  form(id) {
    const forms = [...this.body.matchAll(/<form[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => form);
    const form = forms.find((form) => !id || form.includes(`id="${id}"`));
    assert.ok(form, `no form with ${id} on ${this.url}: ${this.status} ${this.body}`);
    const { action, method } = attributes(form.match(/<form[^>]*>/)[0]);
    const fields = new URLSearchParams();
    for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
      const { name, value, type, checked } = attributes(tag);
      if (!name || type === "submit") continue;
      if (type === "checkbox" && checked === undefined) continue;
      fields.append(name, value ?? "");
    }
    const pressed = id && form.match(new RegExp(`<(?:button|input)[^>]*\\sid="${id}"[^>]*>`));
    if (pressed) {
      const { name, value } = attributes(pressed[0]);
      if (name) fields.append(name, value ?? "");
    }
    return { target: new URL(action ?? this.url, this.url), method: (method ?? "get").toUpperCase(), fields };
  }
}

/** Keeps cookies, follows redirects, stops where `home` begins. */
export class Browser {
  cookies = new Map();

  constructor(home) {
    this.home = home;
  }

  /** Goes to `url`; a page, or where it was sent to among `home`'s addresses. */
  async open(url, options = {}) {
    let next = new URL(url);
    for (let hops = 0; hops < 20; hops += 1) {
      if (next.href.startsWith(this.home)) return new Page(next, { status: 0, headers: {} });
      const answer = await call(next, {
        ...options,
        headers: { accept: "text/html", cookie: [...this.cookies].map((pair) => pair.join("=")).join("; "), ...options.headers },
      });
      for (const line of answer.headers["set-cookie"] ?? []) this.#keep(line);
      const { location } = answer.headers;
      if (!location) return new Page(next, answer);
      next = new URL(location, next);
      options = {};
    }
    throw new Error(`redirects without end from ${url}`);
  }

  /** Fills fields in by id and presses what has the id `press`. */
  async press(page, press, fill = {}) {
    const form = page.form(press);
    for (const [id, value] of Object.entries(fill)) form.fields.set(page.element(id).name, value);
    if (form.method === "GET") {
      form.target.search = String(form.fields);
      return this.open(form.target);
    }
    if (form.target.href.startsWith(this.home)) return posted(form);
    return this.open(form.target, { form: form.fields });
  }

  #keep(line) {
    const [pair, ...rest] = line.split(";");
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim();
    if (rest.some((part) => part.trim() === "Max-Age=0")) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(at + 1));
  }
}

/** A form that was sent to the app. */
function posted(form) {
  const page = new Page(form.target, { status: 0, headers: {} });
  return Object.assign(page, { posted: form.fields });
}

/** A page that sends its form by itself, or by a button without script. */
export function submitted(page) {
  return posted(page.form());
}
