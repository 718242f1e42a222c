// FAPI 2.0 as the suite's clients speak it: pushed requests, assertions, proofs of possession,
// signed requests and answers.

import assert from "node:assert/strict";
import * as jose from "jose";
import { Browser, HOME, call, check, keyPair, random } from "./suite.mjs";

const seconds = () => Math.floor(Date.now() / 1000);
const sha256 = async (text) =>
  jose.base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));

/** Members that are null are left out. */
const without = (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined));

/** A key for proofs, made anew for every flow. */
export const dpopKey = (alg = "ES256") => keyPair(alg);

export const thumbprint = (key) => jose.calculateJwkThumbprint(key.pub);

/** A DPoP proof (RFC 9449 4.2); `head` and `claims` change it, null takes away. */
export async function proof(key, method, url, { token, head = {}, claims = {}, signer = key.priv } = {}) {
  const { kty, crv, x, y, n, e } = key.pub;
  const header = without({ typ: "dpop+jwt", alg: key.alg, jwk: without({ kty, crv, x, y, n, e }), ...head });
  const all = without({
    jti: random(20), htm: method, htu: String(url), iat: seconds(), ...(token && { ath: await sha256(token) }), ...claims,
  });
  return new jose.SignJWT(all).setProtectedHeader(header).sign(signer);
}

/** One client of a FAPI plan at a provider. */
export class Fapi {
  constructor(op, client, { binding = "dpop", jar = false, jarm = false, tls, openid = true } = {}) {
    Object.assign(this, { op, client, binding, jar, jarm, tls, openid });
    this.browser = new Browser(HOME);
  }

  /** The endpoint, where a certificate is asked for when there is such a place. */
  async endpoint(name) {
    const meta = await this.op.meta();
    return (this.tls && meta.mtls_endpoint_aliases?.[name]) || meta[name];
  }

  /** What is asked for, with PKCE; null takes a member away. */
  async parameters(more = {}) {
    this.verifier = random(64);
    return without({
      client_id: this.client.client_id,
      redirect_uri: this.client.redirect_uris[0],
      scope: this.client.scope ?? "openid",
      state: random(10),
      nonce: this.openid ? random(10) : null,
      response_type: "code",
      response_mode: this.jarm ? "jwt" : null,
      code_challenge: await sha256(this.verifier),
      code_challenge_method: "S256",
      ...more,
    });
  }

  /** A signed request (RFC 9101); null takes a claim away. */
  async object(parameters, { claims = {}, alg = this.client.keys.alg, key = this.client.keys.priv, head = {} } = {}) {
    const now = seconds();
    const { client_id } = this.client;
    const all = without({ ...parameters, iss: client_id, aud: this.op.issuer, nbf: now, exp: now + 300, ...claims });
    if (alg === "none") return new jose.UnsecuredJWT(all).encode();
    return new jose.SignJWT(all).setProtectedHeader({ alg, kid: this.client.keys.kid, ...head }).sign(key);
  }

  /** An authenticated call: by assertion, or by certificate alone; `tls` null shows none. */
  async post(url, form, { assertion, claims, headers = {}, tls = this.tls, method, client = this.client } = {}) {
    const byKey = client.token_endpoint_auth_method === "private_key_jwt";
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const proven = byKey
      ? { client_assertion: assertion ?? (await this.op.assertion(client, claims)), client_assertion_type: type }
      : { client_id: client.client_id };
    return call(url, { form: without({ ...form, ...proven, ...form }), headers, method, ...(tls && { cert: tls.cert, key: tls.key }) });
  }

  /** Pushes the request; the answer as it came. */
  async push(parameters, { object, dpop, form, ...more } = {}) {
    const url = await this.endpoint("pushed_authorization_request_endpoint");
    const { client_id } = this.client;
    const body = this.jar || object ? { client_id, request: await this.object(parameters, object) } : parameters;
    const headers = dpop ? { dpop: await proof(dpop, "POST", url) } : {};
    // Only who authenticates by certificate shows it here.
    const tls = this.client.token_endpoint_auth_method === "private_key_jwt" ? null : this.tls;
    return this.post(url, { ...body, ...form }, { headers, tls, ...more });
  }

  /** Pushes it and checks the answer (RFC 9126 2.2). */
  async pushed(parameters, more) {
    const answer = await this.push(parameters, more);
    assert.equal(answer.status, 201, answer.text);
    assert.match(answer.headers["content-type"], /^application\/json\b/);
    assert.match(answer.headers["cache-control"], /no-store/);
    const { request_uri: uri, expires_in: life } = answer.json();
    assert.ok(check.entropy(uri) >= 128);
    assert.ok(Number.isInteger(life) && life >= 5 && life <= 600);
    return uri;
  }

  /** Sends the browser there; `beside` stands in the query too. */
  async authorize(request_uri, { beside = {}, browser = this.browser, client_id = this.client.client_id, ...visit } = {}) {
    const url = await this.op.url({ client_id, request_uri, ...beside });
    const page = await this.op.visit(browser, url, visit);
    if (page.status) return page;
    // What the redirect URI was registered with comes back too.
    for (const name of new URL(this.client.redirect_uris[0]).searchParams.keys()) delete page.answer[name];
    if (page.answer.response) page.answer = await this.signed(page);
    return page;
  }

  /** The signed answer's parameters (JARM 2.4). */
  async signed(page) {
    assert.deepEqual(Object.keys(page.answer), ["response"], "nothing beside the signed answer");
    const { response } = page.answer;
    const head = check.header(response);
    assert.ok(["PS256", "ES256", "EdDSA"].includes(head.alg) && head.kid);
    const keys = jose.createLocalJWKSet(await this.op.jwks());
    const { payload } = await jose.jwtVerify(response, keys, { issuer: this.op.issuer, audience: this.client.client_id });
    assert.ok(payload.exp <= seconds() + 600, "a signed answer lives ten minutes at most");
    const { aud, exp, iat, ...answer } = payload;
    return answer;
  }

  /** From the pushed request to the code, with every check. */
  async code(more = {}, { beside, push, ...visit } = {}) {
    const parameters = await this.parameters(more);
    const back = await this.authorize(await this.pushed(parameters, push), { beside, ...visit });
    assert.equal(back.status, 0, `no answer but a page: ${back.url} ${back.body}`);
    const { answer } = back;
    assert.equal(answer.error, undefined, `${answer.error}: ${answer.error_description}`);
    assert.equal(back.carrier, "query");
    assert.equal(answer.state, parameters.state);
    assert.equal(answer.iss, this.op.issuer);
    assert.ok(answer.code.length >= 22 && check.entropy(answer.code) >= 128);
    const expected = ["code", "iss", ...(parameters.state ? ["state"] : [])].sort();
    assert.deepEqual(Object.keys(answer).sort(), expected);
    return { parameters, back, code: answer.code };
  }

  /** The token request; by default with a proof of possession. */
  async redeem(code, parameters, { form = {}, dpop = this.key, bare = false, ...more } = {}) {
    const url = await this.endpoint("token_endpoint");
    const { redirect_uri } = parameters;
    const body = { grant_type: "authorization_code", code, redirect_uri, code_verifier: this.verifier, ...form };
    return this.grant(url, body, { dpop, bare, ...more });
  }

  async grant(url, body, { dpop = this.key, bare = false, headers = {}, ...more } = {}) {
    const proven = this.binding === "dpop" && !bare ? { dpop: await proof(dpop, "POST", url) } : {};
    const tls = bare && this.binding === "mtls" ? null : this.tls;
    return this.post(url, body, { headers: { ...proven, ...headers }, tls, ...more });
  }

  async refresh(refresh_token, more) {
    const url = await this.endpoint("token_endpoint");
    const scope = this.client.scope ?? "openid";
    return this.grant(url, { grant_type: "refresh_token", refresh_token, scope }, more);
  }

  /** The whole flow; gives tokens and the ID token's claims. */
  async flow(more = {}, options = {}) {
    this.key = options.key ?? (await dpopKey());
    const { parameters, back, code } = await this.code(more, options);
    const tokens = check.tokenAnswer(await this.redeem(code, parameters), { type: this.binding === "dpop" ? "DPoP" : "Bearer" });
    let id;
    if (this.openid) {
      const { alg } = check.header(tokens.id_token);
      assert.ok(["PS256", "ES256", "EdDSA"].includes(alg), alg);
      id = await check.idToken(this.op, tokens.id_token, { client: this.client.client_id, nonce: parameters.nonce, alg });
      if (id.at_hash) assert.equal(id.at_hash, await check.halfHash(tokens.access_token, alg));
    } else assert.ok(!("id_token" in tokens));
    return { parameters, back, code, tokens, id };
  }

  /** Asks the resource (userinfo); `prove` changes the proof, `headers` what goes with it. */
  async resource(token, { prove = {}, scheme, headers = {}, tls = this.tls, dpop, name = "dpop", method, url, key = this.key } = {}) {
    const address = url ?? (await this.endpoint("userinfo_endpoint"));
    const all = { "x-fapi-interaction-id": crypto.randomUUID(), accept: "application/json", ...headers };
    if (this.binding === "dpop") {
      all.authorization = `${scheme ?? "DPoP"} ${token}`;
      all[name] = dpop ?? (await proof(key, method ?? "GET", address, { token, ...prove }));
    } else all.authorization = `${scheme ?? "Bearer"} ${token}`;
    return call(address, { method, headers: all, ...(tls && { cert: tls.cert, key: tls.key }) });
  }

  /** That it answers. */
  async opens(token, more) {
    const answer = await this.resource(token, more);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(Math.abs(Date.parse(answer.headers.date) - Date.now()) < 60_000, "answers have a date");
    return answer;
  }

  /** That it refuses. */
  async refuses(token, more) {
    const answer = await this.resource(token, more);
    assert.ok([400, 401].includes(answer.status), `${answer.status} ${answer.text}`);
    assert.match(answer.headers["www-authenticate"], this.binding === "dpop" ? /DPoP/i : /Bearer/i);
    return answer;
  }
}
