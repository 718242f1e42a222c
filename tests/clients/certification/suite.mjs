// The server under test over TLS, clients that register themselves, and a flow from end to end with
// the checks that every module makes.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as jose from "jose";
import { ADA, BOB, server } from "../../browser/harness.mjs";
import { Browser, submitted } from "./browser.mjs";
import { certificates } from "./certificates.mjs";
import * as check from "./checks.mjs";
import { call, trust } from "./http.mjs";
import { party } from "./party.mjs";

/** Where answers go: nobody is there, the browser here stops before it. */
export const HOME = "https://suite.test/";
export const CALLBACK = `${HOME}callback`;
const ATTRIBUTES = {
  given_name: "Ada", family_name: "Lovelace", middle_name: "King", nickname: "ada", gender: "female",
  profile: "https://ada.example/", picture: "https://ada.example/ada.png", website: "https://ada.example/",
  birthdate: "1815-12-10", zoneinfo: "Europe/London", locale: "en-GB",
  phone_number: "+44 20 7946 0000", phone_number_verified: "true",
  "address.street_address": "12 St James's Square", "address.locality": "London", "address.country": "UK",
};

export const random = (length = 10) => randomBytes(length).toString("base64url").slice(0, length);

/** A key pair as JWK: `{ priv, pub }`. */
export async function keyPair(alg = "RS256", kid = undefined) {
  const pair = await jose.generateKeyPair(alg, { extractable: true });
  const pub = { ...(await jose.exportJWK(pair.publicKey)), ...(kid && { kid }), alg, use: "sig" };
  return { priv: pair.privateKey, pub, alg, kid };
}

/** Starts the server with this configuration; `op.stop()` ends everything. */
export async function start(toml, more = "") {
  const tls = certificates();
  trust.ca = tls.ca.cert;
  const rp = await party(tls.server);
  const people = [ADA, BOB].map((one, at) => ({
    login: ["ada", "bob"][at],
    email: one.username,
    groups: "staff",
    password: one.password,
    more: ["--email-verified", "--name", ["Ada Lovelace", "Bob"][at],
      ...Object.entries(at ? {} : ATTRIBUTES).flatMap(([name, value]) => ["--attr", `${name}=${value}`])],
  }));
  const head = `
[[users]]
kind = "local"
[login]
throttle = { per_ip = "1000/1m", per_account = "1000/1m" }
[outbound]
allow_private = ["127.0.0.0/8", "::1"]
trust = ["${tls.ca.path}.pem"]
`;
  const listen = `tls = { cert = "${tls.server.path}.pem", key = "${tls.server.path}.key" }\n${more.replaceAll("@CA@", `${tls.ca.path}.pem`)}`;
  const site = await server(head + (typeof toml === "function" ? toml({ tls, rp }) : toml), people, listen);
  return new Op(site, rp, tls);
}

/** The provider as a relying party sees it. */
export class Op {
  constructor(site, rp, tls, path = "/op") {
    Object.assign(this, { site, rp, tls, issuer: `${site.base}${path}` });
  }

  async stop() {
    await this.site.stop();
    this.rp.close();
  }

  async meta() {
    this.known ??= (await call(`${this.issuer}/.well-known/openid-configuration`)).json();
    return this.known;
  }

  async jwks() {
    return (await call((await this.meta()).jwks_uri)).json();
  }

  /** Registers a client as the suite does; gives what came back, with `keys`. */
  async register(more = {}, responseType = "code") {
    const keys = await keyPair();
    const parts = responseType.split(" ");
    const grants = [];
    if (parts.includes("code")) grants.push("authorization_code");
    if (parts.includes("token") || parts.includes("id_token")) grants.push("implicit");
    const { answer, client } = await this.tryRegister({
      client_name: `suite ${random()} client`,
      grant_types: grants,
      jwks: { keys: [keys.pub] },
      token_endpoint_auth_method: "client_secret_basic",
      response_types: [responseType],
      redirect_uris: [CALLBACK],
      contacts: ["certification@suite.test"],
      ...more,
    });
    assert.equal(answer.status, 201, answer.text);
    assert.ok(client.client_id && client.registration_client_uri && client.registration_access_token);
    if (client.client_secret) assert.equal(typeof client.client_secret_expires_at, "number");
    return { ...client, response_type: responseType, keys };
  }

  async tryRegister(json) {
    const answer = await call((await this.meta()).registration_endpoint, { json });
    assert.match(answer.headers["content-type"], /^application\/json\b/, answer.text);
    return { answer, client: answer.json() };
  }

  async unregister(client) {
    const { registration_client_uri: uri, registration_access_token: token } = client;
    const gone = await call(uri, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
    assert.equal(gone.status, 204, gone.text);
  }

  /** An authorization request as the suite makes it. */
  request(client, more = {}) {
    const all = {
      client_id: client.client_id,
      redirect_uri: client.redirect_uris?.[0] ?? CALLBACK,
      scope: "openid",
      state: random(10),
      nonce: random(10),
      response_type: client.response_type ?? "code",
      ...more,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }

  async url(request, endpoint = "authorization_endpoint") {
    const url = new URL((await this.meta())[endpoint]);
    for (const [name, value] of Object.entries(request)) url.searchParams.set(name, value);
    return url;
  }

  /** Sends a browser there and lets the person answer what they are asked; what came back. */
  async visit(browser, url, { expect, options, person = ADA, deny = false } = {}) {
    const seen = [];
    let page = await browser.open(url, options);
    for (let pages = 0; pages < 6 && page.status; pages += 1) {
      assert.match(page.headers["content-type"], /^text\/html; *charset=utf-8/i);
      assert.match(page.headers["cache-control"], /no-store/);
      if (page.has("login-page")) {
        seen.push("login");
        page = await browser.press(page, "login-submit", { username: person.username, password: person.password });
      } else if (page.has("consent-page")) {
        seen.push("consent");
        page.element("consent-deny");
        page = await browser.press(page, deny ? "consent-deny" : "consent-allow");
      } else if (page.has("form-post-page")) {
        seen.push("form");
        page = submitted(page);
      } else break;
    }
    if (expect) assert.deepEqual(seen, expect);
    return Object.assign(page, { seen, ...(page.status ? {} : answerOf(page)) });
  }

  /** A token request with this client's way to authenticate. */
  async token(client, form, more = {}) {
    const { token_endpoint: endpoint } = await this.meta();
    return call(more.endpoint ?? endpoint, { ...more, ...(await this.authenticated(client, form, more, endpoint)) });
  }

  /** The form and headers of an authenticated request. */
  async authenticated(client, form, { headers = {}, assertion, claims } = {}, audience) {
    const id = client.client_id;
    switch (client.token_endpoint_auth_method ?? "client_secret_basic") {
      case "client_secret_basic": {
        const pair = [id, client.client_secret].map(encodeURIComponent).join(":");
        return { form, headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}`, ...headers } };
      }
      case "client_secret_post":
        return { form: { ...form, client_id: id, client_secret: client.client_secret }, headers };
      case "private_key_jwt": {
        assertion ??= await this.assertion(client, { aud: audience, ...claims });
        const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        return { form: { ...form, client_assertion: assertion, client_assertion_type: type }, headers };
      }
      default:
        return { form: { ...form, client_id: id }, headers };
    }
  }

  /** A client assertion; a claim that is null is left out. */
  async assertion(client, more = {}, keys = client.keys, alg = keys.alg) {
    const now = Math.floor(Date.now() / 1000);
    const id = client.client_id;
    const all = { iss: id, sub: id, aud: this.issuer, jti: random(20), iat: now, exp: now + 60, ...more };
    for (const [name, value] of Object.entries(all)) if (value === null) delete all[name];
    const kid = keys.kid ?? keys.pub.kid;
    return new jose.SignJWT(all).setProtectedHeader({ alg, ...(kid && { kid }) }).sign(keys.priv);
  }

  redeem(client, code, request, more = {}) {
    const form = { grant_type: "authorization_code", code, redirect_uri: request.redirect_uri, ...more.form };
    return this.token(client, form, more);
  }

  async userinfo(token, more = {}) {
    return call((await this.meta()).userinfo_endpoint, { headers: { authorization: `Bearer ${token}` }, ...more });
  }

  /** The whole flow that must work, with every check; gives all that came of it. */
  async flow(client, { params = {}, browser = new Browser(HOME), post = false, url, checks = {}, redeem = {}, ...visit } = {}) {
    const request = this.request(client, params);
    const form = { endpoint: (await this.meta()).authorization_endpoint };
    const target = url ?? (post ? form.endpoint : await this.url(request));
    const options = post ? { form: request } : undefined;
    const back = await this.visit(browser, target, { ...visit, options });
    const parts = (request.response_type ?? "").split(" ");
    const front = await this.checkAnswer(back, request, client, checks);
    const out = { request, back, browser, client, ...front };
    if (parts.includes("code")) {
      const told = await this.redeem(client, back.answer.code, request, redeem);
      out.tokens = check.tokenAnswer(told);
      out.id = await check.idToken(this, out.tokens.id_token, this.expected(client, request, checks));
      if (out.id.at_hash) assert.equal(out.id.at_hash, await check.halfHash(out.tokens.access_token, checks.alg));
      if (front.front) {
        assert.equal(out.id.sub, front.front.sub);
        assert.equal(out.id.iss, front.front.iss);
      }
    }
    for (const token of [out.tokens?.access_token, back.answer.access_token].filter(Boolean)) {
      const told = await this.userinfo(token);
      assert.equal(told.status, 200, told.text);
      if (!client.userinfo_signed_response_alg) {
        assert.match(told.headers["content-type"], /^application\/json\b/);
        out.userinfo = told.json();
        check.standardClaims(out.userinfo);
        assert.equal(out.userinfo.sub, (out.id ?? out.front)?.sub ?? out.userinfo.sub);
      } else out.signed = told;
    }
    return out;
  }

  expected(client, request, checks) {
    return { client: client.client_id, nonce: request.nonce, ...checks };
  }

  /** An authorization answer that gives something (Core 3.1.2.5, 3.2.2.5, 3.3.2.5). */
  async checkAnswer(back, request, client, checks) {
    const { answer, carrier } = back;
    assert.equal(back.status, 0, `no answer but a page: ${back.url} ${back.body}`);
    assert.equal(answer.error, undefined, `${answer.error}: ${answer.error_description}`);
    const parts = (request.response_type ?? "").split(" ");
    const form = request.response_mode === "form_post";
    assert.equal(carrier, form ? "form" : parts.length === 1 && parts[0] === "code" ? "query" : "fragment");
    assert.equal(answer.state, request.state);
    assert.equal(answer.iss, this.issuer);
    assert.equal("code" in answer, parts.includes("code"));
    assert.equal("access_token" in answer, parts.includes("token"));
    assert.equal("id_token" in answer, parts.includes("id_token"));
    if (answer.code) assert.ok(answer.code.length >= 22 && check.entropy(answer.code) >= 96);
    if (answer.access_token) {
      assert.equal(answer.token_type.toLowerCase(), "bearer");
      assert.ok(Number(answer.expires_in) > 0);
    }
    if (!answer.id_token) return {};
    const front = await check.idToken(this, answer.id_token, this.expected(client, request, checks));
    if (answer.code) assert.equal(front.c_hash, await check.halfHash(answer.code));
    else assert.ok(!("c_hash" in front));
    if (answer.access_token) assert.equal(front.at_hash, await check.halfHash(answer.access_token));
    else assert.ok(!("at_hash" in front));
    return { front };
  }
}

/** What came to the app, and in which part of the request. */
function answerOf(page) {
  const { url, posted } = page;
  const fragment = new URLSearchParams(url.hash.slice(1));
  const query = url.searchParams;
  if (posted) {
    for (const name of ["code", "error", "state"]) assert.ok(!query.has(name), `${name} is in the query too`);
    return { answer: Object.fromEntries(posted), carrier: "form", query };
  }
  if ([...fragment].length) {
    for (const name of ["code", "error"]) assert.ok(!query.has(name), `${name} is in the query too`);
    return { answer: Object.fromEntries(fragment), carrier: "fragment", query };
  }
  return { answer: Object.fromEntries(query), carrier: "query", query };
}

export { ADA, BOB, Browser, call, check };
