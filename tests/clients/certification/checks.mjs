// What is checked of every answer, whatever a module is about.

import assert from "node:assert/strict";
import * as jose from "jose";

const ERROR_MEMBERS = new Set(["error", "error_description", "error_uri", "state", "session_state", "iss"]);
const STANDARD = {
  string: ["sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile",
    "picture", "website", "email", "gender", "birthdate", "zoneinfo", "locale", "phone_number"],
  boolean: ["email_verified", "phone_number_verified"],
  number: ["updated_at"],
};
export const SCOPE_CLAIMS = {
  openid: ["sub"],
  profile: ["name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website", "gender",
    "birthdate", "zoneinfo", "locale", "updated_at", "preferred_username"],
  email: ["email", "email_verified"],
  address: ["address"],
  phone: ["phone_number", "phone_number_verified"],
};

export const header = (jwt) => jose.decodeProtectedHeader(jwt);
export const claims = (jwt) => jose.decodeJwt(jwt);
const seconds = () => Math.floor(Date.now() / 1000);

/** Shannon entropy of the text, in bits, as the suite estimates it. */
export function entropy(text) {
  const counts = {};
  for (const letter of text) counts[letter] = (counts[letter] ?? 0) + 1;
  let bits = 0;
  for (const count of Object.values(counts)) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits * text.length;
}

/** Types of standard claims, no null and nothing empty. */
export function standardClaims(all) {
  for (const [type, names] of Object.entries(STANDARD)) {
    for (const name of names) if (name in all) assert.equal(typeof all[name], type, name);
  }
  for (const [name, value] of Object.entries(all)) {
    assert.ok(value !== null && value !== "" && value !== "null", `${name} is ${value}`);
  }
  if ("address" in all) {
    assert.ok(Object.keys(all.address).length > 0);
    for (const value of Object.values(all.address)) assert.equal(typeof value, "string");
  }
  if ("birthdate" in all) assert.match(all.birthdate, /^\d{4}(-\d\d-\d\d)?$/);
  if ("updated_at" in all) assert.ok(Number.isInteger(all.updated_at) && all.updated_at <= seconds() + 300);
}

/** What holds for every ID token (Core 2, 3.1.3.7); gives its claims. */
export async function idToken(op, jwt, { client, nonce, alg = "RS256", maxAge } = {}) {
  const head = header(jwt);
  assert.equal(head.alg, alg);
  assert.ok(head.kid, "an ID token names its key");
  const keys = (await op.jwks()).keys.filter((key) => key.kid === head.kid);
  assert.equal(keys.length, 1, "the key is published once");
  const { payload } = await jose.jwtVerify(jwt, await jose.importJWK(keys[0], alg), {
    issuer: op.issuer,
    audience: client,
  });
  const now = seconds();
  assert.equal(typeof payload.sub, "string");
  assert.ok(payload.sub.length > 0 && payload.sub.length <= 255 && /^[\x20-\x7e]+$/.test(payload.sub));
  assert.ok(Number.isInteger(payload.exp) && payload.exp > now && payload.exp < now + 50 * 365 * 86400);
  assert.ok(Number.isInteger(payload.iat) && Math.abs(now - payload.iat) < 300);
  assert.equal(payload.nonce, nonce);
  if ("acr" in payload) assert.ok(typeof payload.acr === "string" && payload.acr);
  if ("amr" in payload) assert.ok(Array.isArray(payload.amr) && payload.amr.every((one) => typeof one === "string"));
  if ("azp" in payload) assert.equal(payload.azp, client);
  if ("auth_time" in payload) assert.ok(Number.isInteger(payload.auth_time) && payload.auth_time <= now + 5);
  if (maxAge !== undefined) assert.ok(payload.auth_time >= now - maxAge - 5, "auth_time keeps max_age");
  standardClaims(payload);
  return payload;
}

/** `at_hash`, `c_hash` and `s_hash` (Core 3.1.3.6, 3.3.2.11); Ed25519 hashes with SHA-512. */
export async function halfHash(text, alg = "RS256") {
  const hash = alg === "EdDSA" ? "SHA-512" : "SHA-256";
  const digest = new Uint8Array(await crypto.subtle.digest(hash, new TextEncoder().encode(text)));
  return jose.base64url.encode(digest.slice(0, digest.length / 2));
}

/** A token answer that gives tokens (RFC 6749 5.1). */
export function tokenAnswer(answer, { type = "Bearer" } = {}) {
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers["content-type"], /^application\/json\b/);
  assert.ok(answer.headers["cache-control"].split(/, */).includes("no-store"));
  if ("pragma" in answer.headers) assert.equal(answer.headers.pragma, "no-cache");
  const body = answer.json();
  assert.ok(body.access_token);
  assert.equal(body.token_type.toLowerCase(), type.toLowerCase());
  assert.ok(typeof body.expires_in === "number" && body.expires_in > 0 && body.expires_in < 365 * 86400);
  if ("scope" in body) assert.equal(typeof body.scope, "string");
  assert.match(body.access_token, /^[A-Za-z0-9._~+/-]+=*$/);
  assert.ok(entropy(body.access_token) >= 128);
  if ("refresh_token" in body) {
    assert.match(body.refresh_token, /^[\x20-\x7e]+$/);
    assert.ok(body.refresh_token.length >= 22 && entropy(body.refresh_token) >= 96);
  }
  return body;
}

/** An error of an endpoint that answers in JSON (RFC 6749 5.2). */
export function jsonError(answer, status, ...codes) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers["content-type"], /^application\/json\b/);
  const body = answer.json();
  assert.ok(codes.includes(body.error), `${body.error}: ${body.error_description}`);
  errorTexts(body);
  return body;
}

/** The texts of an error hold what RFC 6749 lets them hold. */
export function errorTexts({ error, error_description: description, error_uri: uri }) {
  assert.match(error, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  if (description !== undefined) assert.match(description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  if (uri !== undefined) assert.match(uri, /^[\x21\x23-\x5b\x5d-\x7e]+$/);
}

/** An error that came back to the app; `carrier` is where it has to be. */
export function redirectError(op, back, state, ...codes) {
  const { answer } = back;
  assert.ok(codes.includes(answer.error), `${answer.error}: ${answer.error_description}`);
  assert.equal(answer.state, state);
  assert.equal(answer.iss, op.issuer);
  assert.ok(!("code" in answer) && !("access_token" in answer) && !("id_token" in answer));
  for (const name of Object.keys(answer)) assert.ok(ERROR_MEMBERS.has(name), `${name} is unexpected`);
  errorTexts(answer);
}

/** A page of our own that names the OAuth error, instead of a redirect. */
export function errorPage(page, ...codes) {
  assert.equal(page.status, 400, page.url.href);
  assert.match(page.headers["content-type"], /^text\/html; *charset=utf-8/i);
  assert.ok(page.has("error-page"), page.body);
  const [, code] = page.body.match(/id="error-code">([^<]+)</) ?? [];
  assert.ok(codes.includes(code), `${code}`);
}
