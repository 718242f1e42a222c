// FAPI 2.0 Security Profile and Message Signing (final): the modules of both plans, for clients that
// prove themselves by a key or by a certificate, and tokens bound to a key or to a certificate.

import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { connect } from "node:tls";
import { Browser, CALLBACK, HOME, Op, call, check, keyPair, random, start } from "./suite.mjs";
import { Fapi, dpopKey, proof, thumbprint } from "./fapi.mjs";

const QUERY = `${HOME}callback?dummy1=lorem&dummy2=ipsum`;
const MINUTE = 60;
const seconds = () => Math.floor(Date.now() / 1000);
const keys = {};
let op, brief, tls;

const toml = (jwk) => `jwks = { keys = [{ ${Object.entries(jwk).map(([name, value]) => `${name} = "${value}"`).join(", ")} }] }`;

before(async () => {
  for (const name of ["one", "two"]) keys[name] = await keyPair(name === "one" ? "PS256" : "ES256", name);
  op = await start(({ tls }) => {
    const made = { one: tls.client("one"), two: tls.client("two") };
    Object.assign(tls, { made });
    const clients = [];
    const add = (id, lines) => clients.push(`[client.${id}]\nissuer = "op"\nprofile = "fapi2"\nflows = ["code"]\nscopes = ["openid", "profile", "email", "offline_access"]\n${lines}`);
    for (const who of ["one", "two"]) {
      const redirect = `redirect_uris = ["${who === "one" ? CALLBACK : QUERY}"]`;
      const byKey = `auth = "private_key_jwt"\n${toml(keys[who].pub)}\n${redirect}`;
      add(`key-dpop-${who}`, `${byKey}\nrequire_dpop = true`);
      add(`key-mtls-${who}`, `${byKey}\ncertificate_bound_tokens = true`);
      add(`key-dpop-jar-${who}`, `${byKey}\nrequire_dpop = true\nrequire_signed_request = true`);
      const byCertificate = `auth = "tls_client_auth"\ntls = { subject_dn = "CN=${who}" }\n${toml(keys[who].pub)}\n${redirect}`;
      add(`mtls-mtls-${who}`, `${byCertificate}\ncertificate_bound_tokens = true`);
      add(`mtls-dpop-${who}`, `${byCertificate}\nrequire_dpop = true`);
    }
    clients.push(`[client.brief]\nissuer = "brief"\nprofile = "fapi2"\nauth = "private_key_jwt"\nrequire_dpop = true\n${toml(keys.one.pub)}\nredirect_uris = ["${CALLBACK}"]`);
    return `
[issuer.op]
path = "/op"
algs = ["PS256", "ES256", "RS256"]
id_token_claims = "minimal"
[issuer.brief]
path = "/brief"
algs = ["PS256", "ES256"]
code = "1s"
${clients.join("\n")}
`;
  }, `client_certificates = { trust = ["@CA@"] }`);
  tls = op.tls.made;
  brief = new Op(op.site, op.rp, op.tls, "/brief");
});
after(() => op?.stop());

/** A party of the plan: `who` is the first or the second client. */
function party(plan, who = "one", more = {}) {
  const { auth, binding, jar = false, jarm = false } = plan;
  const client_id = `${auth}-${binding}${jar ? "-jar" : ""}-${who}`;
  const method = auth === "key" ? "private_key_jwt" : "tls_client_auth";
  const client = {
    client_id,
    token_endpoint_auth_method: method,
    keys: keys[who],
    redirect_uris: [who === "one" ? CALLBACK : QUERY],
  };
  const shown = auth === "mtls" || binding === "mtls" ? tls[who] : undefined;
  return new Fapi(op, client, { binding, jar, jarm, tls: shown, ...more });
}

const refused = (answer, ...codes) => check.jsonError(answer, 400, ...codes);

for (const plan of [
  { name: "private_key_jwt + DPoP", auth: "key", binding: "dpop" },
  { name: "private_key_jwt + MTLS", auth: "key", binding: "mtls" },
  { name: "MTLS + MTLS", auth: "mtls", binding: "mtls" },
  { name: "MTLS + DPoP", auth: "mtls", binding: "dpop" },
  { name: "JAR", auth: "key", binding: "dpop", jar: true },
  { name: "JARM", auth: "key", binding: "dpop", jarm: true },
  { name: "JAR and JARM", auth: "key", binding: "dpop", jar: true, jarm: true },
]) {
  const { auth, binding, jar } = plan;
  const one = (more) => party(plan, "one", more);
  const two = () => party(plan, "two");

  describe(`FAPI 2.0 ${plan.name}`, () => {
    test("discovery-end-point-verification", async () => {
      const meta = await op.meta();
      const has = (member, ...values) => values.forEach((value) => assert.ok(meta[member].includes(value), `${member}: ${value}`));
      const fapi = ["PS256", "ES256", "EdDSA"];
      has("response_types_supported", "code");
      has("response_modes_supported", "jwt");
      has("code_challenge_methods_supported", "S256");
      has("token_endpoint_auth_methods_supported", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth");
      for (const member of ["id_token", "userinfo", "request_object", "authorization", "dpop", "token_endpoint_auth"]) {
        assert.ok(meta[`${member}_signing_alg_values_supported`].some((alg) => fapi.includes(alg)), member);
      }
      assert.ok(!meta.dpop_signing_alg_values_supported.some((alg) => alg === "none" || alg.startsWith("HS")));
      assert.equal(meta.authorization_response_iss_parameter_supported, true);
      assert.equal(meta.tls_client_certificate_bound_access_tokens, true);
      assert.equal(typeof meta.require_pushed_authorization_requests, "boolean");
      assert.match(meta.pushed_authorization_request_endpoint, /^https:/);
      for (const url of Object.values(meta.mtls_endpoint_aliases ?? {})) assert.match(url, /^https:/);
    });

    test("happy-flow with two clients, par-without-duplicate-parameters", async () => {
      const first = one();
      const a = await first.flow();
      for (const claim of Object.keys(a.id)) {
        assert.ok(["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "s_hash"].includes(claim), claim);
      }
      await first.opens(a.tokens.access_token);
      await first.opens(a.tokens.access_token, { headers: { accept: "application/json;charset=utf-8" } });
      await first.opens(a.tokens.access_token, { headers: { accept: "application/json, application/*, */*" } });
      // In the query it is no token.
      const url = new URL(await first.endpoint("userinfo_endpoint"));
      url.searchParams.set("access_token", a.tokens.access_token);
      const query = await call(url, first.tls && { cert: first.tls.cert, key: first.tls.key });
      assert.ok([400, 401].includes(query.status));
      const second = two();
      const jkt = binding === "dpop" ? { dpop_jkt: await thumbprint((second.known = await dpopKey())) } : {};
      const beside = { scope: "openid", response_type: "code" };
      const b = await second.flow({ state: random(128), nonce: random(43), ...jkt }, { beside, key: second.known });
      assert.equal(b.back.query.get("dummy1"), "lorem");
      assert.equal(b.back.query.get("dummy2"), "ipsum");
      await second.opens(b.tokens.access_token);
      // Client 1's key or certificate does not open client 2's token.
      await first.refuses(b.tokens.access_token);
      if (binding === "dpop") {
        const bearer = await first.resource(b.tokens.access_token, { scheme: "Bearer" });
        assert.equal(bearer.status, 401);
      } else {
        const bare = await second.resource(b.tokens.access_token, { tls: null });
        assert.equal(bare.status, 401);
      }
    });

    test("user-rejects-authentication", async () => {
      for (const who of ["one", "two"]) {
        const client = party(plan, who);
        const parameters = await client.parameters({ state: random(128), prompt: "consent" });
        const back = await client.authorize(await client.pushed(parameters), { deny: true });
        check.redirectError(op, back, parameters.state, "access_denied");
        if (who === "two") assert.equal(back.query.get("dummy1"), "lorem");
      }
    });

    test("without state, without nonce, other scope order, 64 and 384 characters", async () => {
      const client = one();
      for (const more of [
        { state: null },
        { nonce: null },
        { scope: "email openid" },
        { nonce: random(64) },
      ]) await client.flow(more);
      for (const more of [{ nonce: random(384) }, { state: random(384) }]) {
        const parameters = await client.parameters(more);
        const answer = await client.push(parameters);
        if (answer.status === 201) await client.flow(more);
        else refused(answer, "invalid_request", "invalid_request_object");
      }
    });

    test("test-claims-parameter-identity-claims", async () => {
      const { claims_supported: known } = await op.meta();
      const standard = Object.values(check.SCOPE_CLAIMS).flat();
      const wanted = [...check.SCOPE_CLAIMS.profile, ...check.SCOPE_CLAIMS.email];
      assert.deepEqual(standard.filter((claim) => !known.includes(claim)), []);
      const ask = Object.fromEntries(wanted.map((claim, at) => [claim, [null, { essential: true }, { essential: false }][at % 3]]));
      const unknown = { [random()]: null, [random()]: { essential: true, value: "x" } };
      const claims = { id_token: { ...ask, ...unknown }, userinfo: { ...ask, ...unknown } };
      const client = one();
      const { tokens, id } = await client.flow({ claims: jar ? claims : JSON.stringify(claims) });
      const told = (await client.opens(tokens.access_token)).json();
      check.standardClaims(told);
      assert.deepEqual(wanted.filter((claim) => !(claim in told) && !(claim in id)), []);
    });

    test("access-token-type-header-case-sensitivity", async () => {
      const client = one();
      const { tokens } = await client.flow();
      for (const scheme of binding === "dpop" ? ["DPoP", "dpop", "DPOP"] : ["Bearer", "bearer", "BEARER"]) {
        await client.opens(tokens.access_token, { scheme });
      }
    });

    test("negative: redirect_uri, response_type, plain requests, request_uri inside", async () => {
      const client = one();
      const push = async (more, options) => client.push(await client.parameters(more), options);
      refused(await push({ redirect_uri: `${CALLBACK}/${random()}` }), "invalid_request", "invalid_request_object");
      refused(await push({ redirect_uri: null }), "invalid_request", "invalid_request_object");
      for (const response_type of ["code id_token", "token"]) {
        refused(await push({ response_type }), "unsupported_response_type", "invalid_request", "unauthorized_client");
      }
      const request_uri = `urn:ietf:params:oauth:request_uri:${random(40)}`;
      refused(await push({}, { form: { request_uri } }), "invalid_request", "invalid_request_object", "request_uri_not_supported");
      if (jar) refused(await push({ request_uri }), "invalid_request", "invalid_request_object");
      const plain = await client.parameters();
      const page = await op.visit(new Browser(HOME), await op.url(plain));
      if (page.status) check.errorPage(page, "invalid_request");
      else {
        const answer = page.answer.response ? await client.signed(page) : page.answer;
        check.redirectError(op, { answer }, plain.state, "invalid_request");
      }
    });

    test("negative: PKCE at the pushed request and at the token endpoint", async () => {
      const client = one();
      const push = async (more) => client.push(await client.parameters(more));
      refused(await push({ code_challenge: null, code_challenge_method: null }), "invalid_request");
      refused(await push({ code_challenge_method: "plain" }), "invalid_request");
      refused(await push({ code_challenge_method: null }), "invalid_request");
      client.key = await dpopKey();
      for (const code_verifier of [null, random(64)]) {
        const { code, parameters } = await client.code();
        refused(await client.redeem(code, parameters, { form: { code_verifier } }), "invalid_grant", "invalid_request");
      }
    });

    test("negative at the token endpoint: holder of key, another client, a code twice, an old code", async () => {
      const client = one();
      client.key = await dpopKey();
      let { code, parameters } = await client.code();
      const bare = await client.redeem(code, parameters, { bare: true });
      if (auth === "mtls" && binding === "mtls") assert.ok([400, 401].includes(bare.status));
      else refused(bare, "invalid_request", "invalid_grant");
      ({ code, parameters } = await client.code());
      const other = two();
      other.key = client.key;
      other.verifier = client.verifier;
      refused(await other.redeem(code, parameters), "invalid_grant");
      // The second client's id with the first one's proof of who it is.
      const url = await client.endpoint("token_endpoint");
      const form = { grant_type: "authorization_code", code, redirect_uri: parameters.redirect_uri, code_verifier: client.verifier };
      const { client_id } = other.client;
      const forged = { ...other.client, keys: { ...client.client.keys, kid: other.client.keys.kid } };
      const mixed = auth === "key"
        ? await client.grant(url, { ...form, client_id }, { client: forged })
        : await client.grant(url, { ...form, client_id });
      check.jsonError(mixed, mixed.status === 401 ? 401 : 400, "invalid_client", "invalid_grant");
      const tokens = check.tokenAnswer(await client.redeem(code, parameters), { type: binding === "dpop" ? "DPoP" : "Bearer" });
      await new Promise((done) => setTimeout(done, 1000)); // what the module is about
      refused(await client.redeem(code, parameters), "invalid_grant");
      await client.refuses(tokens.access_token);
    });

    test("refresh-token", async () => {
      const client = one();
      client.client.scope = "openid offline_access";
      const { tokens, id } = await client.flow({ prompt: "consent" });
      assert.ok(tokens.refresh_token);
      await new Promise((done) => setTimeout(done, 1000)); // iat counts seconds
      const renewed = await client.refresh(tokens.refresh_token, binding === "dpop" ? { dpop: (client.key = await dpopKey()) } : {});
      const fresh = check.tokenAnswer(renewed, { type: binding === "dpop" ? "DPoP" : "Bearer" });
      const claims = check.claims(fresh.id_token);
      for (const claim of ["iss", "sub", "aud", "azp", "auth_time"]) assert.deepEqual(claims[claim], id[claim], claim);
      assert.notEqual(claims.iat, id.iat);
      assert.notEqual(fresh.access_token, tokens.access_token);
      await client.opens(fresh.access_token);
      // A client that never got the answer asks again; longer than any grace for two tabs.
      await new Promise((done) => setTimeout(done, 11_000));
      check.tokenAnswer(await client.refresh(tokens.refresh_token), { type: binding === "dpop" ? "DPoP" : "Bearer" });
      const bare = await client.refresh(fresh.refresh_token, { bare: true });
      assert.ok([400, 401].includes(bare.status));
      assert.ok(["invalid_request", "invalid_grant", "invalid_client"].includes(bare.json().error), bare.text);
      const url = await client.endpoint("token_endpoint");
      const nobody = await call(url, { form: { grant_type: "refresh_token", refresh_token: fresh.refresh_token, client_id: client.client.client_id } });
      assert.ok([400, 401].includes(nobody.status));
      const other = two();
      other.client.scope = client.client.scope;
      const theirs = await other.flow({ prompt: "consent" });
      refused(await client.refresh(theirs.tokens.refresh_token), "invalid_grant");
    });

    test("par: request_uri twice, before and after the login; another client's; a wrong method", async () => {
      const client = one();
      const parameters = await client.parameters();
      const uri = await client.pushed(parameters);
      const browser = new Browser(HOME);
      const login = await browser.open(await op.url({ client_id: client.client.client_id, request_uri: uri }));
      assert.ok(login.has("login-page"));
      const again = await client.authorize(uri, { browser });
      assert.ok(again.answer.code, "before the login it may be opened twice");
      const late = await client.authorize(uri, { browser });
      check.errorPage(late, "invalid_request_uri", "invalid_request");
      const bound = await client.pushed(await client.parameters());
      const stolen = await client.authorize(bound, { client_id: two().client.client_id, browser: new Browser(HOME) });
      check.errorPage(stolen, "invalid_request_uri", "invalid_request");
      const url = await client.endpoint("pushed_authorization_request_endpoint");
      const put = await client.post(url, parameters, { method: "PUT" });
      assert.equal(put.status, 405);
      assert.match(put.headers.allow, /POST/);
    });

    if (auth === "key") {
      test("client assertions: algorithms, times, audiences, subjects", async () => {
        const client = one();
        client.key = await dpopKey();
        const push = async (claims, assertion) => client.push(await client.parameters(), { claims, assertion });
        const redeem = async (claims, assertion) => {
          const { code, parameters } = await client.code();
          return client.redeem(code, parameters, { claims, assertion });
        };
        const meta = await op.meta();
        const now = seconds();
        const par = meta.pushed_authorization_request_endpoint;
        const failed = (answer) => check.jsonError(answer, answer.status === 401 ? 401 : 400, "invalid_client", "invalid_request");
        const rsa = await keyPair("RS256", "one");
        const rs256 = () => op.assertion(client.client, {}, { ...rsa, kid: "one" }, "RS256");
        for (const how of [push, redeem]) {
          failed(await how({}, await rs256()));
          failed(await how({ exp: now - 5 * MINUTE, iat: now - 6 * MINUTE }));
          failed(await how({ aud: "https://www.example.com/" }));
          failed(await how({ sub: null }));
          failed(await how({ aud: meta.token_endpoint }));
        }
        failed(await push({ aud: [op.issuer, meta.token_endpoint, par] }));
        failed(await push({ aud: par }));
        failed(await push({ iat: now + 65, nbf: now + 65, exp: now + 125 }));
        assert.equal((await push({ iat: now + 8, nbf: now + 8, exp: now + 68 })).status, 201);
        // Nobody at all.
        const { code, parameters } = await client.code();
        const form = { grant_type: "authorization_code", code, redirect_uri: parameters.redirect_uri, code_verifier: client.verifier };
        failed(await call(meta.token_endpoint, { form: { ...form, client_id: client.client.client_id } }));
      });
    }

    if (binding === "dpop") {
      test("DPoP: dpop_jkt and proofs at the pushed request bind the code", async () => {
        const client = one();
        const [key, other] = [await dpopKey(), await dpopKey()];
        const jkt = await thumbprint(key);
        client.key = key;
        const mismatched = await client.push(await client.parameters({ dpop_jkt: jkt }), { dpop: other });
        refused(mismatched, "invalid_request", "invalid_dpop_proof");
        for (const [more, options] of [[{ dpop_jkt: jkt }, {}], [{}, { push: { dpop: key } }], [{ dpop_jkt: jkt }, { push: { dpop: key } }]]) {
          await client.flow(more, { ...options, key });
          const { code, parameters } = await client.code(more, options);
          const failed = await client.redeem(code, parameters, { dpop: other });
          refused(failed, "invalid_request", "invalid_grant", "invalid_dpop_proof");
        }
      });

      test("DPoP proofs that are good: nbf and exp, ten seconds off, extra members, query in htu", async () => {
        const client = one();
        const { tokens } = await client.flow();
        const token = tokens.access_token;
        const url = await client.endpoint("userinfo_endpoint");
        const now = seconds();
        for (const prove of [
          { claims: { nbf: now - 5, exp: now + 60 } },
          { claims: { iat: now - 10 } },
          { claims: { iat: now + 10 } },
          { claims: { htu: `${url}?a=b#c` } },
          { claims: { extra: "x" }, head: { extra: "x" } },
        ]) await client.opens(token, { prove });
        await client.opens(token, { name: "DPOP" });
        await client.opens(token, { url: `${url}?a=b`, prove: { claims: { htu: url } } });
        await client.opens(token, { prove: { claims: { htu: url.replace("https://localhost", "HTTPS://LOCALHOST") } } });
        for (const iat of [now - 10, now + 10]) {
          const { code, parameters } = await client.code();
          const endpoint = await client.endpoint("token_endpoint");
          const dpop = await proof(client.key, "POST", endpoint, { claims: { iat } });
          check.tokenAnswer(await client.redeem(code, parameters, { bare: true, headers: { dpop } }), { type: "DPoP" });
        }
      });

      test("dpop-negative-tests", async () => {
        const client = one();
        const { tokens } = await client.flow();
        const token = tokens.access_token;
        const url = await client.endpoint("userinfo_endpoint");
        const now = seconds();
        const good = await proof(client.key, "GET", url, { token });
        const broken = good.slice(0, -6) + (good.endsWith("AAAAAA") ? "BBBBBB" : "AAAAAA");
        const head = JSON.parse(Buffer.from(good.split(".")[0], "base64url"));
        const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
        const reheaded = (more) => [encode({ ...head, ...more }), ...good.split(".").slice(1)].join(".");
        const none = [encode({ ...head, alg: "none" }), good.split(".")[1], ""].join(".");
        const { priv } = client.key;
        const secret = await crypto.subtle.exportKey("jwk", priv);
        for (const how of [
          { dpop: [good, await proof(client.key, "GET", url, { token })] },
          { dpop: "not.a.jwt" },
          { dpop: good.split(".").slice(0, 2).join(".") },
          { prove: { head: { typ: null } } },
          { dpop: reheaded({ alg: undefined }) },
          { prove: { head: { jwk: null } } },
          ...["jti", "htm", "htu", "iat", "ath"].map((claim) => ({ prove: { claims: { [claim]: null } } })),
          { prove: { head: { typ: "jwt" } } },
          { dpop: none },
          { dpop: broken },
          { prove: { head: { jwk: secret } } },
          { prove: { claims: { htm: "PUT" } } },
          { prove: { claims: { htu: `${url}/else` } } },
          { prove: { claims: { htu: "https://www.example.com/userinfo" } } },
          { prove: { claims: { iat: now + 3600 } } },
          { prove: { claims: { iat: now - 3600 } } },
          { prove: { claims: { ath: "x".repeat(43) } } },
          { key: await dpopKey() },
          { prove: { signer: (await dpopKey()).priv } },
          { key: await dpopKey("RS256") },
          { scheme: "Bearer" },
        ]) await client.refuses(token, how);
        const once = { prove: { claims: { jti: random(20) } } };
        await client.opens(token, once);
        await client.refuses(token, once);
        const rsa = await dpopKey("RS256");
        const { code, parameters } = await client.code();
        refused(await client.redeem(code, parameters, { dpop: rsa }), "invalid_dpop_proof");
      });
    }

    if (jar) {
      test("signed requests that are good: several audiences, nbf eight seconds ahead, a type", async () => {
        const client = one();
        for (const object of [
          { claims: { aud: [op.issuer, "https://other1.example.com", "invalid"] } },
          { claims: { nbf: seconds() + 8, exp: seconds() + 300 } },
          { claims: { iat: seconds() }, head: { typ: "oauth-authz-req+jwt" } },
        ]) await client.flow({}, { push: { object } });
        // What stands beside the request object is not used.
        for (const beside of [{ nonce: random() }, { state: random() }]) await client.flow({}, { beside });
        const parameters = await client.parameters({ state: null });
        const back = await client.authorize(await client.pushed(parameters), { beside: { state: "outside" } });
        assert.ok(back.answer.code && !("state" in back.answer));
      });

      test("signed requests that are refused", async () => {
        const client = one();
        const now = seconds();
        const push = async (object) => client.push(await client.parameters(), { object });
        const rsa = await keyPair("RS256", "one");
        for (const object of [
          { claims: { exp: null } },
          { claims: { nbf: null } },
          { claims: { aud: null } },
          { claims: { exp: now - 5 * MINUTE, nbf: now - 6 * MINUTE } },
          { claims: { aud: "https://www.example.com/" } },
          { claims: { exp: now + 70 * MINUTE } },
          { claims: { nbf: now - 70 * MINUTE, exp: now + 5 * MINUTE } },
          { claims: { nbf: now - 61 * MINUTE, exp: now - 1 + 5 * MINUTE } },
          { alg: "RS256", key: rsa.priv },
          { alg: "none" },
          { key: (await keyPair("PS256")).priv },
          { alg: "ES256", key: keys.two.priv, head: { kid: "two" } },
        ]) refused(await push(object), "invalid_request_object", "invalid_request");
        client.jar = false;
        refused(await client.push(await client.parameters()), "invalid_request");
      });
    }
  });
}

test("plain OAuth: without openid there is no ID token, and the token still opens what it may", async () => {
  const client = party({ auth: "key", binding: "dpop" }, "one", { openid: false });
  client.client.scope = "email";
  await client.flow();
});

test("ensure-token-endpoint-fails-with-expired-auth-code", async () => {
  const client = { client_id: "brief", token_endpoint_auth_method: "private_key_jwt", keys: keys.one, redirect_uris: [CALLBACK] };
  const fapi = new Fapi(brief, client);
  fapi.key = await dpopKey();
  const { code, parameters } = await fapi.code();
  await new Promise((done) => setTimeout(done, 2000)); // the code lives a second
  refused(await fapi.redeem(code, parameters), "invalid_grant");
});

test("TLS: 1.2 and 1.3, and of 1.2 only what BCP 195 recommends", async () => {
  const { hostname, port } = new URL(op.issuer);
  const shake = (options) => new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", servername: hostname, port, ca: op.tls.ca.cert, ...options }, () => {
      resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().name });
      socket.destroy();
    });
    socket.on("error", (error) => resolve({ error }));
  });
  assert.equal((await shake({})).protocol, "TLSv1.3");
  const only = (ciphers, version = "TLSv1.2") => shake({ ciphers, minVersion: version, maxVersion: version });
  for (const name of ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"]) {
    assert.equal((await only(name)).cipher, name);
  }
  for (const name of ["ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256"]) {
    assert.ok((await only(name)).error, name);
  }
  for (const version of ["TLSv1", "TLSv1.1"]) assert.ok((await only("ALL:@SECLEVEL=0", version)).error, version);
});
