// The Config, Dynamic and third-party-initiated-login plans: clients that register themselves, with
// their own keys, sector document and request objects behind TLS. Names are those of the modules.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import * as jose from "jose";
import { Browser, CALLBACK, HOME, call, check, keyPair, random, start } from "./suite.mjs";
import { until } from "../../browser/harness.mjs";

let op;
before(async () => {
  op = await start(`
[issuer.op]
path = "/op"
algs = ["RS256", "ES256", "PS256", "EdDSA"]
id_token_claims = "minimal"
registration = { mode = "open", pkce = "optional", per_ip = "1000/1m" }
`);
});
after(() => op?.stop());

/** A client of the Dynamic plan: it proves itself by a key, and names the token endpoint as audience. */
const make = (more = {}, type = "code") => op.register({ token_endpoint_auth_method: "private_key_jwt", ...more }, type);
const REDIRECTS = [CALLBACK, `${HOME}other`];
const LOGO = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

/** An authorization request that has to end on a page of ours. */
async function stays(client, more, ...codes) {
  const browser = new Browser(HOME);
  const page = await op.visit(browser, await op.url(op.request(client, more)));
  check.errorPage(page, ...codes);
}

test("oidcc-discovery-endpoint-verification", async () => {
  const answer = await call(`${op.issuer}/.well-known/openid-configuration`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers["content-type"], /^application\/json\b/);
  const meta = answer.json();
  assert.equal(meta.issuer, op.issuer);
  assert.doesNotMatch(meta.issuer, /[?#]/);
  const has = (member, ...values) => {
    assert.ok(Array.isArray(meta[member]), member);
    assert.equal(new Set(meta[member]).size, meta[member].length, `${member} names one twice`);
    for (const value of values) assert.ok(meta[member].includes(value), `${member} lacks ${value}`);
  };
  has("response_types_supported", "code", "id_token", "id_token token", "code id_token", "code token", "code id_token token");
  has("grant_types_supported", "authorization_code", "implicit", "refresh_token");
  has("subject_types_supported", "public", "pairwise");
  has("id_token_signing_alg_values_supported", "RS256");
  has("userinfo_signing_alg_values_supported", "RS256");
  has("request_object_signing_alg_values_supported", "RS256");
  has("claims_supported", "sub", "iss", "auth_time", "acr", ...Object.values(check.SCOPE_CLAIMS).flat());
  has("scopes_supported", "openid", "profile", "email", "address", "phone", "offline_access");
  has("code_challenge_methods_supported", "S256");
  has("response_modes_supported", "query", "fragment", "form_post");
  has("token_endpoint_auth_methods_supported", "client_secret_basic", "client_secret_post", "private_key_jwt", "none");
  has("token_endpoint_auth_signing_alg_values_supported", "RS256");
  has("acr_values_supported");
  for (const scope of meta.scopes_supported) assert.match(scope, /^[\x21\x23-\x5b\x5d-\x7e]+$/);
  for (const member of ["claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported"]) {
    assert.equal(meta[member], true, member);
  }
  for (const member of ["ui_locales_supported", "claims_locales_supported"]) {
    for (const tag of meta[member] ?? []) assert.equal(new Intl.Locale(tag).toString(), tag);
  }
  for (const [name, value] of Object.entries(meta)) {
    if (name.endsWith("_endpoint") || name === "jwks_uri") assert.match(value, /^https:\/\//, name);
    assert.ok(value !== null && (!Array.isArray(value) || value.length), `${name} is empty`);
  }
  const jwks = await call(meta.jwks_uri);
  assert.equal(jwks.status, 200);
  assert.match(jwks.headers["content-type"], /^application\/(jwk-set\+)?json\b/);
  const { keys } = jwks.json();
  assert.equal(new Set(keys.map((key) => key.kid)).size, keys.length);
  for (const key of keys) {
    assert.ok(key.kid && key.kty && key.alg && key.use === "sig");
    for (const part of ["d", "p", "q", "dp", "dq", "qi", "k"]) assert.ok(!(part in key), part);
    for (const part of ["n", "e", "x", "y"]) if (part in key) assert.match(key[part], /^[A-Za-z0-9_-]+$/);
    if (key.kty === "RSA") assert.ok(Buffer.from(key.n, "base64url").length >= 256);
    await jose.importJWK(key);
  }
});

test("oidcc-server with a key, oidcc-ensure-client-assertion-with-iss-aud-succeeds", async () => {
  const client = await make();
  assert.ok(!("client_secret" in client));
  await op.flow(client);
  await op.flow(client, { redeem: { claims: { aud: op.issuer } } });
  await op.unregister(client);
});

test("oidcc-idtoken-rs256, oidcc-idtoken-unsigned, oidcc-userinfo-rs256", async () => {
  await op.flow(await make({ id_token_signed_response_alg: "RS256" }));
  const { answer } = await op.tryRegister({ redirect_uris: [CALLBACK], id_token_signed_response_alg: "none" });
  check.jsonError(answer, 400, "invalid_client_metadata");
  const client = await make({ userinfo_signed_response_alg: "RS256" });
  const { signed, id } = await op.flow(client, { params: { scope: "openid profile" } });
  assert.match(signed.headers["content-type"], /^application\/jwt\b/);
  assert.equal(check.header(signed.text).alg, "RS256");
  const keys = jose.createLocalJWKSet(await op.jwks());
  const { payload } = await jose.jwtVerify(signed.text, keys, { issuer: op.issuer, audience: client.client_id });
  assert.equal(payload.sub, id.sub);
  assert.ok(!("nonce" in payload));
  assert.ok(check.SCOPE_CLAIMS.profile.every((claim) => claim in payload));
});

for (const alg of ["ES256", "PS256", "EdDSA"]) {
  test(`an ID token by ${alg} when the client registers it`, async () => {
    await op.flow(await make({ id_token_signed_response_alg: alg }), { checks: { alg } });
  });
}

test("oidcc-ensure-redirect-uri-in-authorization-request", async () => {
  await stays(await make({ redirect_uris: REDIRECTS }), { redirect_uri: undefined }, "invalid_request", "invalid_redirect_uri");
});

test("oidcc-redirect-uri-query-OK, -mismatch, -added", async () => {
  const client = await make({ redirect_uris: [`${CALLBACK}?foo=bar`] });
  const { back } = await op.flow(client);
  assert.equal(back.query.get("foo"), "bar");
  for (const uri of [`${CALLBACK}?foo=baz`, CALLBACK, `${CALLBACK}?foo=bar&more=1`, `${CALLBACK}?bar=foo`]) {
    await stays(client, { redirect_uri: uri }, "invalid_request", "invalid_redirect_uri");
  }
  await stays(await make(), { redirect_uri: `${CALLBACK}?foo=bar` }, "invalid_request", "invalid_redirect_uri");
});

test("oidcc-redirect-uri-regfrag", async () => {
  const { answer } = await op.tryRegister({ redirect_uris: [`${CALLBACK}#foobar`] });
  check.jsonError(answer, 400, "invalid_redirect_uri");
});

test("oidcc-registration-logo-uri, -policy-uri, -tos-uri", async () => {
  op.rp.pages.set("/logo.png", ["image/png", LOGO]);
  const logo = await make({ logo_uri: `${op.rp.base}/logo.png` });
  const other = await make({ policy_uri: `${op.rp.base}/policy`, tos_uri: `${op.rp.base}/tos` });
  const browser = new Browser(HOME);
  const page = await browser.open(await op.url(op.request(logo)));
  assert.ok(page.has("login-page"));
  const picture = await call(new URL(page.element("client-logo").src, page.url));
  assert.equal(picture.status, 200);
  assert.match(picture.headers["content-type"], /^image\/png\b/);
  const links = await browser.open(await op.url(op.request(other)));
  assert.equal(links.element("client-policy").href, other.policy_uri);
  assert.equal(links.element("client-tos").href, other.tos_uri);
});

test("oidcc-registration-jwks-uri, oidcc-refresh-token-rp-key-rotation", async () => {
  const first = await keyPair("RS256", "first");
  const jwks_uri = op.rp.json("/client1_jwks", { keys: [first.pub] });
  const client = await make({ jwks: undefined, jwks_uri, grant_types: ["authorization_code", "refresh_token"] });
  client.keys = first;
  const { tokens, id } = await op.flow(client, { params: { scope: "openid offline_access", prompt: "consent" } });
  const second = await keyPair("RS256", "second");
  op.rp.json("/client1_jwks", { keys: [second.pub] });
  client.keys = second;
  // The suite waits a minute, so that nobody is asked for keys too often.
  const form = { grant_type: "refresh_token", refresh_token: tokens.refresh_token, scope: "openid offline_access" };
  const fresh = await until("the new key", async () => {
    const answer = await op.token(client, form);
    return answer.status === 200 && check.tokenAnswer(answer);
  });
  assert.equal(check.claims(fresh.id_token).sub, id.sub);
});

test("oidcc-registration-sector-uri, -sector-bad", async () => {
  const good = op.rp.json("/redirect_uris.json", [CALLBACK]);
  const client = await make({ subject_type: "pairwise", sector_identifier_uri: good });
  const { id } = await op.flow(client);
  const plain = await op.flow(await make());
  assert.notEqual(id.sub, plain.id.sub);
  const bad = op.rp.json("/bad_redirect_uris.json", [`${CALLBACK}/else`]);
  const refused = await op.tryRegister({ redirect_uris: [CALLBACK], subject_type: "pairwise", sector_identifier_uri: bad });
  check.jsonError(refused.answer, 400, "invalid_client_metadata");
});

test("oidcc-server-rotate-keys", async () => {
  const before = await op.jwks();
  op.site.run("key", "rotate");
  const now = await until("a new key in the key set", async () => {
    const jwks = await op.jwks();
    return jwks.keys.length > before.keys.length && jwks;
  });
  const kids = now.keys.map((key) => key.kid);
  for (const { kid } of before.keys) assert.ok(kids.includes(kid), "the old keys are still there");
  const fresh = now.keys.filter((key) => !before.keys.some((old) => old.kid === key.kid));
  assert.ok(fresh.some((key) => key.alg === "RS256" && key.use === "sig"));
  await op.flow(await make());
});

test("oidcc-request-uri-unsigned, -signed-rs256", async () => {
  for (const alg of ["none", "RS256"]) {
    for (const registered of [undefined, alg]) {
      if (alg === "none" && !registered) continue; // skipped by discovery
      const path = `/requests/${random()}`;
      const uri = `${op.rp.base}${path}#${random(40)}`;
      const client = await make({ request_uris: [uri], request_object_signing_alg: registered });
      const all = op.request(client);
      const signed = new jose.SignJWT({ ...all, iss: client.client_id, aud: op.issuer }).setProtectedHeader({ alg: "RS256" });
      const object = alg === "none" ? new jose.UnsecuredJWT(all).encode() : await signed.sign(client.keys.priv);
      op.rp.pages.set(path, ["application/jwt", object]);
      const { client_id, scope, response_type } = all;
      const url = await op.url({ client_id, scope, response_type, request_uri: uri });
      await op.flow(client, { params: all, url });
    }
  }
});

test("a request object by value, signed, and one that is not the client's", async () => {
  const client = await make();
  const all = op.request(client);
  const signed = (key) => new jose.SignJWT({ ...all, iss: client.client_id, aud: op.issuer })
    .setProtectedHeader({ alg: "RS256" }).sign(key);
  const { client_id, scope, response_type } = all;
  const url = await op.url({ client_id, scope, response_type, request: await signed(client.keys.priv) });
  await op.flow(client, { params: all, url });
  const foreign = await signed((await keyPair()).priv);
  const request = op.request(client, { request: foreign });
  const back = await op.visit(new Browser(HOME), await op.url(request));
  check.redirectError(op, back, request.state, "invalid_request_object");
});

test("oidcc-refresh-token without the refresh_token grant gives none", async () => {
  const { tokens } = await op.flow(await make());
  assert.ok(!("refresh_token" in tokens));
});

test("oidcc-3rd_party-init-login, -nohttps", async () => {
  const client = await make({ initiate_login_uri: `${HOME}login` });
  assert.equal(client.initiate_login_uri, `${HOME}login`);
  const read = await call(client.registration_client_uri, {
    headers: { authorization: `Bearer ${client.registration_access_token}` },
  });
  assert.equal(read.status, 200);
  assert.match(read.headers["content-type"], /^application\/json\b/);
  assert.equal(read.json().initiate_login_uri, `${HOME}login`);
  const { answer } = await op.tryRegister({ redirect_uris: [CALLBACK], initiate_login_uri: "http://suite.test/login" });
  check.jsonError(answer, 400, "invalid_client_metadata");
});

test("a registration that is gone opens nothing any more", async () => {
  const client = await make();
  await op.unregister(client);
  const page = await op.visit(new Browser(HOME), await op.url(op.request(client)));
  check.errorPage(page, "invalid_client", "unauthorized_client", "invalid_request");
  const again = await call(client.registration_client_uri, {
    headers: { authorization: `Bearer ${client.registration_access_token}` },
  });
  assert.equal(again.status, 401);
  assert.match(again.headers["www-authenticate"], /^Bearer\b/);
});

test("client authentication that fails is 401 with a challenge, and a bad request 400", async () => {
  const client = await op.register();
  const wrong = { ...client, client_secret: "wrong-secret-wrong-secret" };
  const answer = await op.token(wrong, { grant_type: "authorization_code", code: "x", redirect_uri: CALLBACK });
  check.jsonError(answer, 401, "invalid_client");
  assert.match(answer.headers["www-authenticate"], /^Basic\b/);
  assert.match(answer.headers["cache-control"], /no-store/);
  check.jsonError(await op.token(client, { grant_type: "else" }), 400, "unsupported_grant_type");
  check.jsonError(await op.token(client, {}), 400, "invalid_request");
  check.jsonError(await op.token(client, { grant_type: "authorization_code", code: "x", redirect_uri: CALLBACK }), 400, "invalid_grant");
});

test("userinfo without a token, with a wrong one, and with one that is no sign-in", async () => {
  const { userinfo_endpoint: url } = await op.meta();
  const bare = await call(url);
  assert.equal(bare.status, 401);
  assert.match(bare.headers["www-authenticate"], /^Bearer\b/);
  assert.doesNotMatch(bare.headers["www-authenticate"], /error=/);
  const wrong = await op.userinfo("wrong");
  assert.equal(wrong.status, 401);
  assert.match(wrong.headers["www-authenticate"], /error="invalid_token"/);
});
