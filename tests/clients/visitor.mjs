// A browser without a screen: it follows redirects, keeps a jar of cookies per host, and fills in the
// sign-in form.

import assert from "node:assert/strict";
import { ask } from "./house.mjs";

export class Visitor {
  /** Every host that it visits is reached by `port`. */
  constructor(port) {
    this.port = port;
    this.jars = new Map();
  }

  /**
   * Goes where redirects lead, and gives the last answer with the host and path it came from; `away` is
   * an address by another port, which it does not follow.
   */
  async open(host, path, options = {}) {
    for (let hops = 0; hops < 12; hops += 1) {
      const answer = await this.once(host, path, options);
      const { location } = answer.headers;
      if (!location) return { ...answer, host, path };
      const next = new URL(location, `http://${host}:${this.port}${path}`);
      if (next.port !== String(this.port)) return { ...answer, host, path, away: next };
      [host, path, options] = [next.hostname, next.pathname + next.search, {}];
    }
    throw new Error(`redirects without end at ${host}${path}`);
  }

  /** One request as a page of the host itself makes it, its cookies kept. */
  async once(host, path, options = {}) {
    const cookie = this.cookies(host);
    const headers = { accept: "text/html", ...(cookie && { cookie }), ...options.headers };
    const answer = await ask(this.port, host, path, { ...options, headers });
    const jar = this.jar(host);
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [pair, ...rest] = line.split(";");
      const at = pair.indexOf("=");
      if (rest.some(isOver)) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  jar(host) {
    if (!this.jars.has(host)) this.jars.set(host, new Map());
    return this.jars.get(host);
  }

  /** The cookie header for `host`. */
  cookies(host) {
    return [...this.jar(host)].map((pair) => pair.join("=")).join("; ");
  }

  /** Fills in the sign-in form of `page`, and goes where that leads. */
  signIn(page, { email, password }) {
    return this.submit(page, { username: email, password });
  }

  /** Submits a form of `page` with its hidden fields and these; the first, or the one that `which` fits. */
  submit(page, filled = {}, which = /(?:)/) {
    const forms = page.text.match(/<form[^>]*>[\s\S]*?<\/form>/g) ?? [];
    const form = forms.find((text) => which.test(text));
    assert.ok(form, `no form: ${page.status} ${page.host}${page.path} ${page.text}`);
    const fields = new URLSearchParams();
    for (const [tag] of form.matchAll(/<(?:input|button)[^>]*>/g)) {
      const said = (name) => tag.match(new RegExp(`\\s${name}="([^"]*)"`))?.[1]?.replaceAll("&amp;", "&");
      if (said("type") === "hidden" || /\schecked[\s>]/.test(tag)) fields.set(said("name"), said("value") ?? "");
    }
    for (const [name, value] of Object.entries(filled)) fields.set(name, value);
    const action = form.match(/action="([^"]*)"/)?.[1]?.replaceAll("&amp;", "&") ?? page.path;
    const origin = `http://${page.host}:${this.port}`;
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      origin,
      referer: origin + page.path,
      "sec-fetch-site": "same-origin",
    };
    const target = new URL(action, origin + page.path);
    return this.open(page.host, target.pathname + target.search, { method: "POST", body: String(fields), headers });
  }
}

/** Somebody who asked for `path` of `host` and signed in, and the page that they came back to. */
export async function signedIn(port, host, path, person) {
  const visitor = new Visitor(port);
  const page = await visitor.signIn(await visitor.open(host, path), person);
  return { visitor, page };
}

function isOver(attribute) {
  const [name, value = ""] = attribute.trim().split("=");
  if (/^max-age$/i.test(name)) return Number(value) <= 0;
  return /^expires$/i.test(name) && Date.parse(value) <= Date.now();
}
