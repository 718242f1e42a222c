// openid-client, a certified relying-party library that nobody here wrote, against the real binary.
//
// Against another server: ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, POST_LOGOUT_URI,
// DOORWARD_USERNAME and DOORWARD_PASSWORD in the environment.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import * as oidc from "openid-client";
import { ADA, server } from "../../browser/harness.mjs";
import { Browser } from "./browser.mjs";

const SECRET = "K7pW3n5xQ0mZ8vT2yR6uB1cD4eF9gH+/a b%";
const CALLBACK = process.env.REDIRECT_URI ?? "http://127.0.0.1:9/cb";
const BYE = process.env.POST_LOGOUT_URI ?? "http://127.0.0.1:9/bye";
let site;

before(async () => {
  if (process.env.ISSUER) return;
  const registered = `redirect_uris = ["${CALLBACK}"]
post_logout_redirect_uris = ["${BYE}"]
scopes = ["openid", "profile", "email", "groups", "offline_access"]`;
  site = await server(
    `
[[users]]
kind = "local"
[issuer.production]
path = "/production/oidc"
[issuer.beta]
path = "/beta/oidc"
endpoints = "oauth"
algs = ["EdDSA"]
[client.shop]
issuer = "production"
name = "Shop"
secret = "${SECRET}"
${registered}
[client.spa]
issuer = "production"
name = "Single page"
consent = "skip"
id_token_alg = "ES256"
${registered}
[client.other]
issuer = "beta"
name = "Other"
consent = "skip"
${registered}
`,
    [{ login: "ada", email: ADA.username, groups: "admin,staff", password: ADA.password }],
  );
});
after(() => site?.stop());

const person = () => ({
  username: process.env.DOORWARD_USERNAME ?? ADA.username,
  password: process.env.DOORWARD_PASSWORD ?? ADA.password,
});

/** What the library learns by discovery. */
function discover(id, secret, path = "/production/oidc", auth) {
  const issuer = process.env.ISSUER ?? `${site.base}${path}`;
  const execute = issuer.startsWith("http:") ? [oidc.allowInsecureRequests] : [];
  return oidc.discovery(new URL(issuer), id, secret, auth, { execute });
}

/** Sends a browser through an authorization; gives the library what came back. */
async function authorize(config, browser, more = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const expectedNonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: "openid profile email groups",
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...more,
  });
  let page = await browser.open(url, CALLBACK);
  if (page.body?.includes('id="login-page"')) page = await browser.submit(page, person(), CALLBACK);
  if (page.body?.includes('id="consent-page"')) {
    page = await browser.submit(page, { decision: "allow" }, CALLBACK);
  }
  assert.ok(page.url.href.startsWith(CALLBACK), `${page.url} ${page.status} ${page.body}`);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  return { answer: page.url, checks };
}

async function signIn(config, browser, more) {
  const { answer, checks } = await authorize(config, browser, more);
  return oidc.authorizationCodeGrant(config, answer, checks);
}

test("a confidential client signs somebody in, refreshes, asks, revokes and signs out", async () => {
  const config = await discover(
    process.env.CLIENT_ID ?? "shop",
    process.env.CLIENT_SECRET ?? SECRET,
  );
  const meta = config.serverMetadata();
  assert.ok(meta.supportsPKCE());
  const browser = new Browser();
  const { answer, checks } = await authorize(config, browser);
  assert.equal(answer.searchParams.get("iss"), meta.issuer);
  const tokens = await oidc.authorizationCodeGrant(config, answer, checks);
  const claims = tokens.claims();
  assert.equal(claims.email, person().username);
  assert.deepEqual(claims.amr, ["pwd"]);

  const told = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(told.email, claims.email);
  assert.equal(told.email_verified, claims.email_verified);
  assert.deepEqual(told.groups, claims.groups);

  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(fresh.refresh_token, tokens.refresh_token);
  assert.equal(fresh.claims().sub, claims.sub);
  assert.equal(fresh.claims().auth_time, claims.auth_time);

  // The answer was remembered: no page in between.
  const again = await signIn(config, browser, { prompt: "none" });
  assert.equal(again.claims().sub, claims.sub);
  assert.equal(again.claims().auth_time, claims.auth_time);

  await oidc.tokenRevocation(config, fresh.refresh_token);
  await assert.rejects(oidc.refreshTokenGrant(config, fresh.refresh_token), {
    error: "invalid_grant",
  });
  await assert.rejects(oidc.fetchUserInfo(config, fresh.access_token, claims.sub));

  const state = oidc.randomState();
  const bye = oidc.buildEndSessionUrl(config, {
    id_token_hint: again.id_token,
    post_logout_redirect_uri: BYE,
    state,
  });
  const done = await browser.open(bye, BYE);
  assert.equal(done.url.searchParams.get("state"), state);
  const silent = await authorize(config, browser, { prompt: "none" });
  assert.equal(silent.answer.searchParams.get("error"), "login_required");
  await assert.rejects(oidc.refreshTokenGrant(config, again.refresh_token), {
    error: "invalid_grant",
  });
});

test("the secret may come in the form, and a wrong one opens nothing", async () => {
  const byPost = await discover("shop", SECRET, undefined, oidc.ClientSecretPost(SECRET));
  const { answer, checks } = await authorize(byPost, new Browser());
  const wrong = await discover("shop", `${SECRET}x`);
  await assert.rejects(oidc.authorizationCodeGrant(wrong, answer, checks), {
    error: "invalid_client",
  });
  const tokens = await oidc.authorizationCodeGrant(byPost, answer, checks);
  assert.equal(tokens.claims().aud, "shop");
});

test("a public client proves itself by PKCE, and its code counts once", async () => {
  const config = await discover("spa", undefined, undefined, oidc.None());
  const { answer, checks } = await authorize(config, new Browser(), { max_age: "600" });
  const tokens = await oidc.authorizationCodeGrant(config, answer, { ...checks, maxAge: 600 });
  const twice = oidc.authorizationCodeGrant(config, answer, checks);
  await assert.rejects(twice, { error: "invalid_grant" });
  const sub = tokens.claims().sub;
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, sub));
});

test("offline access outlives the sign-in", async () => {
  const config = await discover("spa", undefined, undefined, oidc.None());
  const browser = new Browser();
  const offline = await signIn(config, browser, { scope: "openid offline_access" });
  const bye = oidc.buildEndSessionUrl(config, { id_token_hint: offline.id_token });
  const page = await browser.open(bye);
  assert.ok(page.body.includes('id="logged-out"'), page.body);
  const fresh = await oidc.refreshTokenGrant(config, offline.refresh_token);
  assert.equal(fresh.claims().sub, offline.claims().sub);
});

test("another issuer of the same process has its own paths, keys and algorithm", async () => {
  const config = await discover("other", undefined, "/beta/oidc", oidc.None());
  assert.match(config.serverMetadata().token_endpoint, /\/beta\/oidc\/oauth\/token$/);
  const tokens = await signIn(config, new Browser());
  const header = JSON.parse(Buffer.from(tokens.id_token.split(".")[0], "base64url"));
  assert.equal(header.alg, "EdDSA");
  const elsewhere = await discover("spa", undefined, undefined, oidc.None());
  await assert.rejects(oidc.fetchUserInfo(elsewhere, tokens.access_token, tokens.claims().sub));
});
