// The wider protocol by the same library: hybrid and implicit, signed answers, pushed and signed
// requests, keys instead of secrets, tokens bound to a key.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import * as oidc from "openid-client";
import { ADA, server } from "../../browser/harness.mjs";
import { Browser } from "./browser.mjs";

const SECRET = "K7pW3n5xQ0mZ8vT2yR6uB1cD4eF9gH";
// Never reached: the browser here stops before it.
const CALLBACK = "https://app.test/cb";
let site, keys;

before(async () => {
  keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", keys.publicKey);
  const jwks = `jwks = { keys = [{ kty = "${kty}", crv = "${crv}", x = "${x}", y = "${y}", kid = "k1", alg = "ES256", use = "sig" }] }`;
  const registered = `redirect_uris = ["${CALLBACK}"]
scopes = ["openid", "profile", "email", "offline_access"]
consent = "skip"`;
  site = await server(
    `
[[users]]
kind = "local"
[issuer.main]
algs = ["RS256", "ES256", "PS256"]
[client.hybrid]
secret = "${SECRET}"
flows = ["code", "implicit", "hybrid"]
${registered}
[client.signed]
auth = "private_key_jwt"
${jwks}
${registered}
[client.fapi]
auth = "private_key_jwt"
profile = "fapi2"
require_dpop = true
id_token_alg = "PS256"
${jwks}
${registered}
`,
    [{ login: "ada", email: ADA.username, groups: "staff", password: ADA.password }],
  );
});
after(() => site?.stop());

const signingKey = () => ({ key: keys.privateKey, kid: "k1" });

function discover(id, auth, ...execute) {
  return oidc.discovery(new URL(site.base), id, undefined, auth, {
    execute: [oidc.allowInsecureRequests, ...execute],
  });
}

/** Signs Ada in and follows the request to the app's callback. */
async function arrive(url, browser = new Browser()) {
  let page = await browser.open(url, CALLBACK);
  if (page.body?.includes('id="login-page"')) page = await browser.submit(page, ADA, CALLBACK);
  assert.ok(page.url.href.startsWith(CALLBACK), `${page.url} ${page.status} ${page.body}`);
  return page.url;
}

async function request(config, more = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const expectedNonce = oidc.randomNonce();
  const parameters = {
    redirect_uri: CALLBACK,
    scope: "openid email",
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    ...more,
  };
  return { parameters, checks: { pkceCodeVerifier, expectedState, expectedNonce } };
}

test("a hybrid client checks the ID token of the front channel, its c_hash and the code", async () => {
  const config = await discover("hybrid", oidc.ClientSecretPost(SECRET), oidc.useCodeIdTokenResponseType);
  const { parameters, checks } = await request(config);
  const url = await arrive(oidc.buildAuthorizationUrl(config, parameters));
  const tokens = await oidc.authorizationCodeGrant(config, url, { ...checks, idTokenExpected: true });
  assert.equal(tokens.claims().email, ADA.username);
});

test("an implicit client gets an ID token and nothing else", async () => {
  const config = await discover("hybrid", oidc.ClientSecretPost(SECRET), oidc.useIdTokenResponseType);
  const { parameters, checks } = await request(config, { code_challenge: undefined });
  delete parameters.code_challenge;
  delete parameters.code_challenge_method;
  const url = await arrive(oidc.buildAuthorizationUrl(config, parameters));
  const claims = await oidc.implicitAuthentication(config, url, checks.expectedNonce, {
    expectedState: checks.expectedState,
  });
  assert.equal(claims.email, ADA.username);
});

test("a client with keys signs its assertion and its request, and reads a signed answer", async () => {
  const config = await discover("signed", oidc.PrivateKeyJwt(signingKey()), oidc.useJwtResponseMode);
  const { parameters, checks } = await request(config);
  const signed = await oidc.buildAuthorizationUrlWithJAR(config, parameters, signingKey());
  assert.deepEqual([...signed.searchParams.keys()].sort(), ["client_id", "request"]);
  const answer = await arrive(signed);
  assert.deepEqual([...answer.searchParams.keys()], ["response"]);
  const tokens = await oidc.authorizationCodeGrant(config, answer, checks);
  assert.equal(tokens.claims().email, ADA.username);
});

test("pushed requests work for every client", async () => {
  const config = await discover("signed", oidc.PrivateKeyJwt(signingKey()));
  const { parameters, checks } = await request(config);
  const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters);
  assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
  const tokens = await oidc.authorizationCodeGrant(config, await arrive(url), checks);
  assert.ok(tokens.claims());
});

test("FAPI 2.0: a key for the client, a pushed and signed request, tokens bound to another key", async () => {
  const config = await discover("fapi", oidc.PrivateKeyJwt(signingKey()), oidc.useJwtResponseMode);
  const proof = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
  const { parameters, checks } = await request(config, { scope: "openid email offline_access" });
  const signed = await oidc.buildAuthorizationUrlWithJAR(config, parameters, signingKey());
  const pushed = await oidc.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP: proof });
  const browser = new Browser();
  const tokens = await oidc.authorizationCodeGrant(config, await arrive(pushed, browser), checks, undefined, {
    DPoP: proof,
  });
  assert.equal(tokens.token_type, "dpop");
  const { sub } = tokens.claims();
  const told = await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP: proof });
  assert.equal(told.email, ADA.username);
  // Without the key the token opens nothing.
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, sub));
  const other = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP: other }));
  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: proof });
  assert.equal(fresh.claims().sub, sub);
  // Neither is a request that was not pushed taken.
  const plain = oidc.buildAuthorizationUrl(config, parameters);
  plain.searchParams.delete("response_mode");
  const refused = await browser.open(plain, CALLBACK);
  assert.equal(refused.url.searchParams.get("error"), "invalid_request");
});
