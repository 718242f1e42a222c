// oauth4webapi, the library beneath openid-client, used directly: the strictest flow there is, with
// nothing in between that could be lenient. Pushed request, key for the client, DPoP, signed answer.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { ADA, server } from "../../browser/harness.mjs";
import { Browser } from "./browser.mjs";

// Never reached: the browser here stops before it.
const CALLBACK = "https://app.test/cb";
const insecure = { [oauth.allowInsecureRequests]: true };
let site, keys, as;

before(async () => {
  keys = await oauth.generateKeyPair("ES256", { extractable: true });
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", keys.publicKey);
  site = await server(
    `
[[users]]
kind = "local"
[issuer.main]
algs = ["ES256", "RS256"]
[client.strict]
auth = "private_key_jwt"
profile = "fapi2"
require_dpop = true
response_alg = "ES256"
jwks = { keys = [{ kty = "${kty}", crv = "${crv}", x = "${x}", y = "${y}", kid = "k1", alg = "ES256", use = "sig" }] }
redirect_uris = ["${CALLBACK}"]
scopes = ["openid", "email", "offline_access"]
consent = "skip"
`,
    [{ login: "ada", email: ADA.username, groups: "staff", password: ADA.password }],
  );
  const issuer = new URL(site.base);
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
});
after(() => site?.stop());

const client = { client_id: "strict", authorization_signed_response_alg: "ES256", require_auth_time: true };
const proven = () => oauth.PrivateKeyJwt({ key: keys.privateKey, kid: "k1" });

/** Pushes a request, signs Ada in and reads the signed answer; with it the means to redeem it. */
async function authorized(DPoP, scope) {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = new URLSearchParams({
    redirect_uri: CALLBACK,
    response_type: "code",
    response_mode: "jwt",
    scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const options = { DPoP, ...insecure };
  const pushing = await oauth.pushedAuthorizationRequest(as, client, proven(), parameters, options);
  const { request_uri } = await oauth.processPushedAuthorizationResponse(as, client, pushing);
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({ client_id: client.client_id, request_uri });
  const browser = new Browser();
  const page = await browser.submit(await browser.open(url, CALLBACK), ADA, CALLBACK);
  assert.ok(page.url.href.startsWith(CALLBACK), `${page.url} ${page.status} ${page.body}`);
  const other = oauth.generateRandomState();
  await assert.rejects(oauth.validateJwtAuthResponse(as, client, page.url, other, insecure));
  const answer = await oauth.validateJwtAuthResponse(as, client, page.url, state, insecure);
  const redeem = () =>
    oauth.authorizationCodeGrantRequest(as, client, proven(), answer, CALLBACK, verifier, options);
  return { nonce, redeem };
}

test("DPoP, a pushed request, private_key_jwt and a signed answer, by the strict library alone", async () => {
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
  const { nonce, redeem } = await authorized(DPoP, "openid email");
  const checks = { expectedNonce: nonce, requireIdToken: true, maxAge: 300 };
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, await redeem(), checks);
  assert.equal(tokens.token_type, "dpop");
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);
  const ask = async (options) => {
    const told = await oauth.userInfoRequest(as, client, tokens.access_token, { ...options, ...insecure });
    return oauth.processUserInfoResponse(as, client, sub, told);
  };
  assert.equal((await ask({ DPoP })).email, ADA.username);
  await assert.rejects(ask({}));
  const twice = oauth.processAuthorizationCodeResponse(as, client, await redeem());
  await assert.rejects(twice, { error: "invalid_grant" });
});

test("a refresh by another key of the same client, and revocation", async () => {
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
  const { nonce, redeem } = await authorized(DPoP, "openid offline_access");
  const checks = { expectedNonce: nonce };
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, await redeem(), checks);
  const { refresh_token } = tokens;
  const other = { DPoP: oauth.DPoP(client, await oauth.generateKeyPair("ES256")), ...insecure };
  const refresh = async () => {
    const answer = await oauth.refreshTokenGrantRequest(as, client, proven(), refresh_token, other);
    return oauth.processRefreshTokenResponse(as, client, answer);
  };
  assert.equal((await refresh()).token_type, "dpop");
  const revoked = await oauth.revocationRequest(as, client, proven(), refresh_token, insecure);
  await oauth.processRevocationResponse(revoked);
  await assert.rejects(refresh(), { error: "invalid_grant" });
});
