// The logout plans: RP-initiated, front-channel, back-channel, session management. Names are those
// of the modules; a frame's answer itself needs a browser with script and is asked for in
// tests/browser.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import * as jose from "jose";
import { Browser, HOME, call, check, keyPair, random, start } from "./suite.mjs";
import { until } from "../../browser/harness.mjs";

const AFTER = `${HOME}post_logout_redirect`;
let op;
before(async () => {
  op = await start(`
[issuer.op]
path = "/op"
algs = ["RS256", "ES256"]
id_token_claims = "minimal"
session_management = true
registration = { mode = "open", pkce = "optional", per_ip = "1000/1m" }
`);
});
after(() => op?.stop());

/** Somebody who signed in at an app that registered `more`. */
async function signedIn(more = {}) {
  const client = await op.register({ post_logout_redirect_uris: [AFTER], ...more });
  const out = await op.flow(client, { params: { state: random(128) } });
  return { ...out, hint: out.tokens.id_token };
}

/** The request to the end_session_endpoint; null leaves a member out. */
async function leave({ browser, hint }, more = {}) {
  const all = { id_token_hint: hint, post_logout_redirect_uri: AFTER, state: random(128), ...more };
  for (const [name, value] of Object.entries(all)) if (value === null) delete all[name];
  return { asked: all, page: await browser.open(await op.url(all, "end_session_endpoint")) };
}

/** What prompt=none says afterwards. */
async function silent({ browser, client }) {
  const request = op.request(client, { prompt: "none", state: random(128) });
  return { request, back: await op.visit(browser, await op.url(request), { expect: [] }) };
}

async function isOut(who) {
  const { request, back } = await silent(who);
  check.redirectError(op, back, request.state, "login_required", "interaction_required");
}

async function isStillIn(who) {
  assert.ok((await silent(who)).back.answer.code);
}

/** The browser came back to the app with the state and nothing else. */
function cameBack(page, state) {
  assert.equal(page.status, 0, `${page.url} ${page.body}`);
  assert.equal(page.url.origin + page.url.pathname, AFTER);
  assert.deepEqual(Object.fromEntries(page.url.searchParams), state === undefined ? {} : { state });
}

test("rp-initiated, frontchannel, backchannel and session-management discovery verification", async () => {
  const meta = await op.meta();
  assert.match(meta.end_session_endpoint, /^https:/);
  assert.match(meta.check_session_iframe, /^https:/);
  for (const channel of ["frontchannel", "backchannel"]) {
    assert.equal(meta[`${channel}_logout_supported`], true);
    assert.equal(meta[`${channel}_logout_session_supported`], true);
  }
});

test("oidcc-rp-initiated-logout, -no-state", async () => {
  for (const more of [{}, { state: null }]) {
    const who = await signedIn();
    const { asked, page } = await leave(who, more);
    cameBack(page, asked.state);
    await isOut(who);
  }
});

test("oidcc-rp-initiated-logout by a posted form", async () => {
  const who = await signedIn();
  const { end_session_endpoint: endpoint } = await op.meta();
  const state = random(128);
  const form = { id_token_hint: who.hint, post_logout_redirect_uri: AFTER, state };
  cameBack(await who.browser.open(endpoint, { form }), state);
  await isOut(who);
});

test("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri, -query-added-to-post-logout-redirect-uri", async () => {
  for (const uri of [`${AFTER}/${random()}`, `${AFTER}?foo=bar`]) {
    const who = await signedIn();
    const { page } = await leave(who, { post_logout_redirect_uri: uri });
    check.errorPage(page, "invalid_request");
  }
});

test("oidcc-rp-initiated-logout-modified-id-token-hint, -bad-id-token-hint, -no-id-token-hint", async () => {
  const foreign = await keyPair();
  for (const forge of [
    (hint) => new jose.UnsecuredJWT(check.claims(hint)).encode(),
    (hint) => new jose.SignJWT(check.claims(hint)).setProtectedHeader(check.header(hint)).sign(foreign.priv),
    () => null,
  ]) {
    const who = await signedIn();
    const { page } = await leave(who, { id_token_hint: await forge(who.hint) });
    assert.equal(page.status, 200);
    assert.ok(page.has("logout-confirm-page"), page.body);
    await isStillIn(who);
    // The person may say yes, and stays here.
    const out = await who.browser.press(page, "logout-confirm");
    assert.ok(out.has("logged-out"), out.body);
    await isOut(who);
  }
});

test("oidcc-rp-initiated-logout-no-params, -no-post-logout-redirect-uri, -only-state", async () => {
  for (const more of [
    { id_token_hint: null, post_logout_redirect_uri: null, state: null },
    { post_logout_redirect_uri: null },
    { id_token_hint: null, post_logout_redirect_uri: null },
  ]) {
    const who = await signedIn();
    let { page } = await leave(who, more);
    if (page.has("logout-confirm-page")) page = await who.browser.press(page, "logout-confirm");
    assert.equal(page.status, 200);
    assert.ok(page.has("logged-out"), page.body);
    await isOut(who);
  }
});

test("oidcc-frontchannel-rp-initiated-logout", async () => {
  const uri = `${HOME}frontchannel_logout`;
  const who = await signedIn({ frontchannel_logout_uri: uri, frontchannel_logout_session_required: true });
  const { asked, page } = await leave(who);
  assert.ok(page.has("logged-out"), page.body);
  const [told, ...others] = page.frames();
  assert.equal(others.length, 0);
  assert.equal(told.origin + told.pathname, uri);
  const { iss, sid } = check.claims(who.hint);
  assert.ok(sid);
  assert.deepEqual(Object.fromEntries(told.searchParams), { iss, sid });
  assert.match(page.headers["content-security-policy"], /frame-src [^;]*https:\/\/suite\.test/);
  // By script at once, without it by the page or the person.
  const onward = page.element("logged-out-continue");
  cameBack({ status: 0, url: new URL(onward.href) }, asked.state);
  assert.match(page.body, /<meta http-equiv="refresh" content="\d;url=/);
  await isOut(who);
});

test("oidcc-backchannel-rp-initiated-logout", async () => {
  const path = `/backchannel_logout/${random()}`;
  op.rp.pages.set(path, ["text/plain", ""]);
  const who = await signedIn({ backchannel_logout_uri: op.rp.base + path, backchannel_logout_session_required: true });
  const { asked, page } = await leave(who);
  cameBack(page, asked.state);
  const [request] = await until("the logout token", () => {
    const asked = op.rp.asked.filter((one) => one.path === path);
    return asked.length ? asked : undefined;
  });
  assert.equal(request.method, "POST");
  assert.match(request.headers["content-type"], /^application\/x-www-form-urlencoded\b/);
  assert.match(request.protocol, /^TLSv1\.[23]$/);
  const form = new URLSearchParams(request.body);
  assert.deepEqual([...form.keys()], ["logout_token"]);
  const token = form.get("logout_token");
  assert.equal(check.header(token).alg, "RS256");
  assert.equal(check.header(token).typ, "logout+jwt");
  const keys = jose.createLocalJWKSet(await op.jwks());
  const { payload } = await jose.jwtVerify(token, keys, { issuer: op.issuer, audience: who.client.client_id });
  const now = Date.now() / 1000;
  assert.ok(Math.abs(payload.iat - now) < 300 && payload.exp > now && payload.jti);
  assert.deepEqual(payload.events, { "http://schemas.openid.net/event/backchannel-logout": {} });
  assert.ok(!("nonce" in payload));
  assert.equal(payload.sid, check.claims(who.hint).sid);
  if ("sub" in payload) assert.equal(payload.sub, who.id.sub);
  await isOut(who);
});

test("oidcc-session-management-rp-initiated-logout: session_state and the frame", async () => {
  const who = await signedIn();
  assert.match(who.back.answer.session_state, /^[\x21-\x7e]+$/);
  const { check_session_iframe: frame } = await op.meta();
  const page = await call(frame);
  assert.equal(page.status, 200);
  assert.match(page.headers["content-type"], /^text\/html/);
  assert.ok(!("x-frame-options" in page.headers));
  assert.doesNotMatch(page.headers["content-security-policy"] ?? "", /frame-ancestors 'none'/);
  assert.ok(who.browser.cookies.size > 0);
  const before = new Map(who.browser.cookies);
  await leave(who);
  assert.notDeepEqual(before, who.browser.cookies, "what the frame reads has changed");
  const refused = await silent(who);
  assert.notEqual(refused.back.answer.session_state, who.back.answer.session_state);
});

test("registrations that cannot work are refused", async () => {
  for (const more of [
    { backchannel_logout_uri: "http://suite.test/out" },
    { backchannel_logout_uri: "https://suite.test/out#x" },
    { frontchannel_logout_uri: "https://else.test/out" },
    { post_logout_redirect_uris: [`${AFTER}#x`] },
  ]) {
    const { answer } = await op.tryRegister({ redirect_uris: [`${HOME}callback`], ...more });
    check.jsonError(answer, 400, "invalid_client_metadata", "invalid_redirect_uri");
  }
});
