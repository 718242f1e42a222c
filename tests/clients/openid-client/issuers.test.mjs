// The five reference systems: each guide's own steps, against the configuration that stands in for it.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import * as oidc from "openid-client";
import { ADA, BOB, example, until } from "../../browser/harness.mjs";
import { Browser } from "./browser.mjs";

const SECRET = "K7pW3n5xQ0mZ8vT2yR6uB1cD4eF9gH";
const NORTH = "6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111";
const SOUTH = "0d7f4a52-52d1-4f6c-8a34-1f9f2f6f7c22";
const ACME = "3c9a7f0e-2b5d-4a3c-9c55-8f0a6d1e7b33";
const running = [];
after(() => Promise.all(running.map((site) => site.stop())));

/** Starts examples/issuers/NAME.toml with these people. */
async function start(name, people) {
  const site = await example(name, { PARTNER_SECRET: SECRET }, people);
  running.push(site);
  return site;
}

const ada = (...more) => ({ login: "ada", email: ADA.username, password: ADA.password, more });

function discover(site, path, id, secret = SECRET) {
  return oidc.discovery(new URL(`${site.base}${path}`), id, secret, undefined, {
    execute: [oidc.allowInsecureRequests],
  });
}

/** Opens an authorization request, signs in, allows; where the browser ends. */
async function authorize(browser, url, callback, person = ADA) {
  let page = await browser.open(url, callback);
  if (page.body?.includes('id="login-page"')) page = await browser.submit(page, person, callback);
  if (page.body?.includes('id="consent-page"')) {
    page = await browser.submit(page, { decision: "allow" }, callback);
  }
  return page;
}

/** The code flow without PKCE, as guides that predate it have it. */
async function signIn(config, browser, parameters, pkce = false) {
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const checks = { expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  const request = { state, nonce, response_type: "code", ...parameters };
  if (pkce) {
    checks.pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    request.code_challenge = await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier);
    request.code_challenge_method = "S256";
  }
  const url = oidc.buildAuthorizationUrl(config, request);
  const page = await authorize(browser, url, parameters.redirect_uri);
  assert.ok(page.url.href.startsWith(parameters.redirect_uri), `${page.url} ${page.body}`);
  return oidc.authorizationCodeGrant(config, page.url, checks);
}

test("ggLeap: two environments, /connect, the group scope, and a center by center_uuid", async () => {
  const site = await start("ggleap", [
    ada("--group", "players", "--tenant", "north"),
    { login: "bob", email: BOB.username, password: BOB.password, more: ["--tenant", "south"] },
  ]);
  const config = await discover(site, "/production/oidc", "tournaments");
  const meta = config.serverMetadata();
  assert.equal(meta.issuer, `${site.base}/production/oidc`);
  assert.equal(meta.authorization_endpoint, `${meta.issuer}/connect/authorize`);
  assert.equal(meta.token_endpoint, `${meta.issuer}/connect/token`);
  assert.equal(meta.end_session_endpoint, `${meta.issuer}/connect/logout`);
  for (const scope of ["openid", "email", "profile", "group"]) {
    assert.ok(meta.scopes_supported.includes(scope), scope);
  }
  const callback = "https://tournaments.example.net/callback";
  const request = { redirect_uri: callback, scope: "openid email profile group" };
  const browser = new Browser();
  const tokens = await signIn(config, browser, { ...request, center_uuid: NORTH });
  const claims = tokens.claims();
  assert.equal(claims.email, ADA.username);
  assert.deepEqual(claims.groups, ["players"]);
  const told = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.deepEqual(told.groups, ["players"]);

  // "Missing center_uuid: include the parameter for multi-center applications."
  const missing = await browser.open(oidc.buildAuthorizationUrl(config, { ...request, state: "s" }), callback);
  assert.equal(missing.url.searchParams.get("error"), "invalid_request");
  assert.match(missing.url.searchParams.get("error_description"), /center_uuid/);
  // Somebody of another center does not get in.
  const bob = new Browser();
  const url = oidc.buildAuthorizationUrl(config, { ...request, state: "s", center_uuid: NORTH });
  const refused = await authorize(bob, url, callback, BOB);
  assert.ok(!refused.url.searchParams.has("code"), refused.url.href);

  // An application of one center need not name it.
  const kiosk = await discover(site, "/production/oidc", "kiosk");
  const own = { redirect_uri: "https://kiosk.example.net/callback", scope: "openid profile" };
  assert.equal((await signIn(kiosk, browser, own)).claims().sub, claims.sub);
  assert.ok((await signIn(kiosk, browser, { ...own, center_uuid: NORTH })).claims());
  const other = oidc.buildAuthorizationUrl(kiosk, { ...own, state: "s", center_uuid: SOUTH });
  const wrong = await browser.open(other, own.redirect_uri);
  assert.equal(wrong.url.searchParams.get("error"), "invalid_request");

  // Beta is an issuer of its own: other keys, other clients, another iss.
  const beta = await discover(site, "/beta/oidc", "tournaments-beta");
  const betaRequest = { ...request, redirect_uri: "https://beta.tournaments.example.net/callback" };
  const betaTokens = await signIn(beta, browser, { ...betaRequest, center_uuid: NORTH });
  assert.equal(betaTokens.claims().iss, `${site.base}/beta/oidc`);
  await assert.rejects(oidc.fetchUserInfo(config, betaTokens.access_token, claims.sub));

  // End of the session: id_token_hint and an allowed post_logout_redirect_uri.
  const home = "https://tournaments.example.net/";
  const bye = oidc.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: home,
  });
  const done = await browser.open(bye, home);
  assert.ok(done.url.href.startsWith(home));
});

test("organization dashboard: /oauth at the root, the tenant scope, logout by POST and by GET", async () => {
  const site = await start("organization-dashboard", [ada("--tenant", "acme", "--email-verified")]);
  const config = await discover(site, "", "app");
  const meta = config.serverMetadata();
  assert.equal(meta.issuer, site.base);
  assert.equal(meta.authorization_endpoint, `${site.base}/oauth/authorize`);
  assert.equal(meta.token_endpoint, `${site.base}/oauth/token`);
  assert.equal(meta.userinfo_endpoint, `${site.base}/oauth/userinfo`);
  assert.equal(meta.end_session_endpoint, `${site.base}/oauth/logout`);
  for (const grant of ["authorization_code", "implicit", "refresh_token"]) {
    assert.ok(meta.grant_types_supported.includes(grant), grant);
  }
  const request = {
    redirect_uri: "https://app.example.net/callback",
    scope: "openid profile email tenant",
  };
  const browser = new Browser();
  const tokens = await signIn(config, browser, request);
  const claims = tokens.claims();
  assert.equal(claims.tenant_name, "Organization Name");
  assert.equal(claims.tenant_sub, ACME);
  const told = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(typeof told.sub, "string", "a number in the guide; the specification says text");
  assert.equal(told.email, ADA.username);
  assert.equal(told.email_verified, true);
  assert.equal(told.tenant_name, "Organization Name");
  assert.equal(told.tenant_sub, ACME);
  // Without the scope, without the organization.
  const plain = await signIn(config, browser, { ...request, scope: "openid profile" });
  assert.equal(plain.claims().tenant_name, undefined);
  // Logout as the guide has it, by POST, and as the specification has it.
  const form = new URLSearchParams({ id_token_hint: tokens.id_token });
  const done = await browser.open(meta.end_session_endpoint, undefined, { method: "POST", body: form });
  assert.match(done.body, /id="logged-out"/);
});

test("Klubero: the lifetimes, PKCE for public clients, and granular scopes of an API", async () => {
  const site = await start("klubero", [ada()]);
  const web = await discover(site, "", "web");
  const request = {
    redirect_uri: "https://booking.example.net/callback",
    scope: "openid email offline_access booking:read booking:write",
    resource: "https://api.example.com",
  };
  const browser = new Browser();
  const tokens = await signIn(web, browser, request, true);
  assert.equal(tokens.expires_in, 30 * 60);
  const access = payload(tokens.access_token);
  assert.equal(access.exp - access.iat, 30 * 60);
  assert.deepEqual([access.aud].flat(), ["https://api.example.com"]);
  assert.deepEqual(access.scope.split(" ").sort(), ["booking:read", "booking:write"]);
  const fresh = await oidc.refreshTokenGrant(web, tokens.refresh_token);
  assert.ok(fresh.refresh_token);
  // The API checks the token with nothing but the published keys.
  const { keys } = await (await fetch(web.serverMetadata().jwks_uri)).json();
  const header = JSON.parse(Buffer.from(tokens.access_token.split(".")[0], "base64url"));
  assert.equal(header.typ, "at+jwt");
  assert.ok(createPublicKey({ key: keys.find(({ kid }) => kid === header.kid), format: "jwk" }));

  const spa = await oidc.discovery(new URL(site.base), "spa", undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
  });
  const own = { redirect_uri: "https://app.booking.example.net/callback", scope: "openid email" };
  assert.equal((await signIn(spa, new Browser(), own, true)).claims().email, ADA.username);
  const bare = await new Browser().open(
    oidc.buildAuthorizationUrl(spa, { ...own, state: "s" }),
    own.redirect_uri,
  );
  assert.equal(bare.url.searchParams.get("error"), "invalid_request");
  assert.match(bare.url.searchParams.get("error_description"), /PKCE/);
});

test("Permiso: the root's discovery, groups, custom claims and refresh tokens", async () => {
  const site = await start("permiso", [
    ada("--group", "engineering", "--name", "Ada", "--attr", "department=Research"),
  ]);
  const config = await discover(site, "", "notes");
  for (const scope of ["openid", "profile", "email", "groups"]) {
    assert.ok(config.serverMetadata().scopes_supported.includes(scope), scope);
  }
  const request = {
    redirect_uri: "https://notes.example.net/callback",
    scope: "openid profile email groups",
  };
  const tokens = await signIn(config, new Browser(), request, true);
  const claims = tokens.claims();
  assert.equal(claims.name, "Ada");
  assert.equal(claims.email, ADA.username);
  assert.equal(typeof claims.email_verified, "boolean");
  assert.deepEqual(claims.groups, ["engineering"]);
  assert.equal(claims.department, "Research");
  const told = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(told.department, "Research");
  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(fresh.claims().department, "Research");
});

test("PerfectGym: the portal's discovery, the code flow, and a permission that is taken back", async () => {
  const site = await start("perfectgym", [ada("--group", "api-client-creators,openid-member-login")]);
  const made = site.run("client", "add", "partner", "--owner", "ada", "--name", "Partner",
    "--redirect-uri", "https://partner.example.net/callback", "--json");
  const { secret } = JSON.parse(made);
  const path = "/ClientPortal2/openid";
  const config = await discover(site, path, "partner", secret);
  const meta = config.serverMetadata();
  assert.equal(meta.issuer, `${site.base}${path}`);
  assert.ok(meta.response_types_supported.includes("code"));
  const request = { redirect_uri: "https://partner.example.net/callback", scope: "openid email" };
  const browser = new Browser();
  const tokens = await signIn(config, browser, request, true);
  const claims = tokens.claims();
  assert.equal(claims.email, ADA.username, "the ID token says who the member is");

  // "Taking back this permission makes all already created clients unusable."
  site.run("user", "group", "remove", "ada", "api-client-creators");
  // Another process said so: this one hears of it within a second.
  const url = oidc.buildAuthorizationUrl(config, { ...request, state: "s" });
  const open = () => browser.open(url, request.redirect_uri);
  await until("the client's end", async () => (await open()).status === 400);
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, claims.sub));
  site.run("user", "group", "add", "ada", "api-client-creators");
  await until("the client's return", async () => (await open()).status !== 400);
  assert.ok((await signIn(config, browser, request, true)).claims());
});

function payload(jwt) {
  return JSON.parse(Buffer.from(jwt.split(".")[1], "base64url"));
}
