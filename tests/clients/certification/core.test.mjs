// Basic, Implicit, Hybrid and Form Post: the modules of the OpenID Foundation's plans for OpenID
// Connect Core, one after the other, for every response type. Names are those of the modules.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import * as jose from "jose";
import { ADA, Browser, CALLBACK, HOME, check, random, start } from "./suite.mjs";

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

const PLANS = [
  ["Basic", "code", "form_post"],
  ["Implicit", "id_token"],
  ["Implicit", "id_token token", "form_post"],
  ["Hybrid", "code id_token"],
  ["Hybrid", "code token"],
  ["Hybrid", "code id_token token", "form_post"],
];

for (const [plan, type, ...modes] of PLANS) {
  for (const mode of [undefined, ...modes]) {
    const parts = type.split(" ");
    const has = (part) => parts.includes(part);
    const codeFlow = type === "code";
    const carrier = mode ? "form" : codeFlow ? "query" : "fragment";
    const usesToken = has("code") || has("token");
    const name = `${plan} ${type}${mode ? " by form_post" : ""}`;
    const make = (more) => op.register(more, type);
    const params = (more = {}) => ({ ...(mode && { response_mode: mode }), ...more });
    const flow = (client, { params: more, ...rest } = {}) => op.flow(client, { params: params(more), ...rest });
    const visit = async (client, more, browser = new Browser(HOME), rest) => {
      const request = op.request(client, params(more));
      return { request, back: await op.visit(browser, await op.url(request), rest) };
    };

    test(`${name}: oidcc-server`, async () => {
      const client = await make();
      await flow(client, { expect: mode ? ["login", "consent", "form"] : ["login", "consent"] });
      await op.unregister(client);
    });

    test(`${name}: oidcc-response-type-missing`, async () => {
      const client = await make();
      const { request, back } = await visit(client, { response_type: undefined });
      assert.equal(back.status, 0, back.body);
      check.redirectError(op, back, request.state, "unsupported_response_type", "invalid_request");
      if (!mode) assert.equal(back.carrier, "query");
    });

    if (has("code") && !mode) {
      test(`${name}: oidcc-server-client-secret-post`, async () => {
        await flow(await make({ token_endpoint_auth_method: "client_secret_post" }));
      });
    }

    test(`${name}: oidcc-idtoken-signature`, async () => {
      const { id, front } = await flow(await make());
      if (has("id_token") || has("code")) assert.ok(id ?? front);
    });

    if (codeFlow) {
      test(`${name}: oidcc-idtoken-unsigned is not offered`, async () => {
        const { id_token_signing_alg_values_supported: algs } = await op.meta();
        assert.ok(!algs.includes("none"));
      });
    }

    if (usesToken) {
      test(`${name}: oidcc-userinfo-get, -post-header, -post-body`, async () => {
        const out = await flow(await make());
        const token = out.tokens?.access_token ?? out.back.answer.access_token;
        const bearer = { authorization: `Bearer ${token}` };
        const post = await op.userinfo(token, { method: "POST", headers: { ...bearer, "content-length": "0" } });
        const typed = await op.userinfo(token, { form: {}, headers: bearer });
        const body = await op.userinfo(token, { headers: {}, form: { access_token: token } });
        for (const told of [post, typed, body]) {
          assert.equal(told.status, 200, told.text);
          assert.match(told.headers["content-type"], /^application\/json\b/);
          assert.equal(told.json().sub, out.userinfo.sub);
        }
      });
    }

    if (has("id_token")) {
      test(`${name}: oidcc-ensure-request-without-nonce-fails`, async () => {
        const { request, back } = await visit(await make(), { nonce: undefined });
        check.redirectError(op, back, request.state, "invalid_request");
        assert.equal(back.carrier, carrier);
      });
    } else if (has("code")) {
      test(`${name}: oidcc-ensure-request-without-nonce-succeeds-for-code-flow`, async () => {
        const { id } = await flow(await make(), { params: { nonce: undefined } });
        assert.ok(!("nonce" in id));
      });
    }

    for (const scope of ["profile", "email", "address", "phone", "all"]) {
      test(`${name}: oidcc-scope-${scope}`, async () => {
        const asked = scope === "all" ? "openid email phone address profile" : `openid ${scope}`;
        const { scopes_supported: supported } = await op.meta();
        for (const one of asked.split(" ")) assert.ok(supported.includes(one), one);
        const out = await flow(await make(), { params: { scope: asked } });
        const told = usesToken ? out.userinfo : out.front;
        const expected = asked.split(" ").flatMap((one) => check.SCOPE_CLAIMS[one]);
        assert.deepEqual(expected.filter((claim) => !(claim in told)), []);
        if (scope === "email") {
          assert.ok(!("name" in told));
          for (const id of [out.id, out.front].filter(Boolean)) {
            assert.ok(!("name" in id));
            if (usesToken) assert.ok(!("email" in id) && !("email_verified" in id));
          }
        }
      });
    }

    test(`${name}: oidcc-alternate-happy-flow`, async () => {
      const client = await make();
      const request = op.request(client, params({ scope: "email openid profile" }));
      const url = new URL((await op.meta()).authorization_endpoint);
      for (const key of Object.keys(request).reverse()) url.searchParams.set(key, request[key]);
      await op.flow(client, { params: request, url });
    });

    test(`${name}: oidcc-display-page, -popup, -ui-locales, -claims-locales, -login-hint, -unknown-parameter, -acr-values`, async () => {
      const client = await make();
      const browser = new Browser(HOME);
      const { acr_values_supported: acrs } = await op.meta();
      for (const more of [
        { display: "page" },
        { display: "popup" },
        { ui_locales: "se" },
        { claims_locales: "se" },
        { login_hint: "buffy@suite.test" },
        { extra: "foobar" },
        { acr_values: acrs[0] },
        { acr_values: "1 2" },
      ]) {
        const out = await flow(client, { params: more, browser });
        if (more.acr_values === acrs[0]) assert.equal((out.id ?? out.front)?.acr ?? acrs[0], acrs[0]);
      }
    });

    test(`${name}: oidcc-prompt-login and oidcc-max-age-1`, async () => {
      for (const more of [{ prompt: "login" }, { max_age: "1" }]) {
        const client = await make();
        const browser = new Browser(HOME);
        const first = await flow(client, { browser, params: more.max_age ? { max_age: "15000" } : {} });
        await new Promise((done) => setTimeout(done, 2000)); // what max_age is about
        const second = await flow(client, { browser, params: more, checks: more.max_age ? { maxAge: 1 } : {} });
        assert.ok(second.back.seen.includes("login"));
        if (second.id ?? second.front) {
          const [before, now] = [first, second].map((out) => out.id ?? out.front);
          assert.ok(now.auth_time > (before.auth_time ?? 0));
          assert.equal(now.sub, before.sub);
        }
      }
    });

    test(`${name}: oidcc-prompt-none-not-logged-in`, async () => {
      const { request, back } = await visit(await make(), { prompt: "none", state: random(128) });
      assert.equal(back.carrier, carrier);
      check.redirectError(op, back, request.state, "login_required", "interaction_required");
    });

    test(`${name}: oidcc-prompt-none-logged-in, oidcc-id-token-hint, oidcc-max-age-10000`, async () => {
      const client = await make();
      const first = await flow(client, { params: { max_age: "15000" } });
      const silent = mode ? ["form"] : [];
      const { browser } = first;
      const hint = first.tokens?.id_token ?? first.back.answer.id_token;
      for (const more of [{ prompt: "none" }, { prompt: "none", id_token_hint: hint }, { max_age: "10000" }]) {
        if ("id_token_hint" in more && !hint) continue;
        const next = await flow(client, { browser, params: more, expect: silent, checks: more.max_age ? { maxAge: 10000 } : {} });
        const [one, two] = [first, next].map((out) => out.id ?? out.front);
        if (!one) continue;
        assert.equal(one.sub, two.sub);
        assert.ok(one.auth_time);
        if (two.auth_time !== undefined) assert.equal(one.auth_time, two.auth_time);
        if (more.max_age) assert.ok(two.auth_time);
      }
    });

    if (has("code")) {
      test(`${name}: oidcc-codereuse, oidcc-codereuse-30seconds`, async () => {
        const out = await flow(await make());
        const again = await op.redeem(out.client, out.back.answer.code, out.request);
        check.jsonError(again, 400, "invalid_grant");
        const dead = await op.userinfo(out.tokens.access_token);
        assert.equal(dead.status, 401, "what the code gave is taken back");
        assert.match(dead.headers["www-authenticate"], /^Bearer\b.*error="invalid_token"/);
      });

      test(`${name}: oidcc-refresh-token`, async () => {
        const more = { grant_types: ["authorization_code", "refresh_token", ...(codeFlow ? [] : ["implicit"])] };
        const [one, two] = [await make(more), await make(more)];
        const asked = { scope: "openid offline_access", prompt: "consent" };
        const first = await flow(one, { params: asked });
        assert.ok(first.tokens.refresh_token);
        await new Promise((done) => setTimeout(done, 1000)); // iat counts seconds
        const form = { grant_type: "refresh_token", refresh_token: first.tokens.refresh_token, scope: asked.scope };
        const fresh = check.tokenAnswer(await op.token(one, form));
        assert.notEqual(fresh.access_token, first.tokens.access_token);
        const id = await check.idToken(op, fresh.id_token, { client: one.client_id, nonce: check.claims(fresh.id_token).nonce });
        for (const claim of ["iss", "sub", "aud", "azp", "auth_time"]) assert.deepEqual(id[claim], first.id[claim], claim);
        assert.notEqual(id.iat, first.id.iat);
        assert.equal((await op.userinfo(fresh.access_token)).status, 200);
        const second = await flow(two, { params: asked });
        const stolen = { grant_type: "refresh_token", refresh_token: second.tokens.refresh_token, scope: asked.scope };
        check.jsonError(await op.token(one, stolen), 400, "invalid_grant");
        const { grant_types_supported: grants } = await op.meta();
        assert.ok(grants.includes("refresh_token"));
      });

      test(`${name}: oidcc-ensure-request-with-valid-pkce-succeeds`, async () => {
        const verifier = random(64);
        const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
        const challenge = jose.base64url.encode(new Uint8Array(digest));
        await flow(await make(), {
          params: { code_challenge: challenge, code_challenge_method: "S256" },
          redeem: { form: { code_verifier: verifier } },
        });
      });
    }

    test(`${name}: oidcc-ensure-registered-redirect-uri`, async () => {
      const client = await make();
      const { back } = await visit(client, { redirect_uri: `${CALLBACK}/${random()}` });
      check.errorPage(back, "invalid_request", "invalid_redirect_uri");
    });

    test(`${name}: oidcc-ensure-post-request-succeeds`, async () => {
      await flow(await make(), { post: true });
    });

    test(`${name}: oidcc-claims-essential`, async () => {
      const where = usesToken ? "userinfo" : "id_token";
      const wanted = JSON.stringify({ [where]: { name: { essential: true } } });
      const out = await flow(await make(), { params: { claims: wanted } });
      assert.equal((usesToken ? out.userinfo : out.front).name, "Ada Lovelace");
      assert.equal((await op.meta()).claims_parameter_supported, true);
    });

    test(`${name}: oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported, oidcc-ensure-request-object-with-redirect-uri`, async () => {
      // Skipped by discovery; a client that registers to send such is served all the same.
      const { request_object_signing_alg_values_supported: algs } = await op.meta();
      assert.ok(algs.includes("RS256") && !algs.includes("none"));
      const client = await make({ request_object_signing_alg: "none" });
      const all = op.request(client, params());
      const object = new jose.UnsecuredJWT(all).encode();
      const outer = { client_id: all.client_id, response_type: type, scope: all.scope, request: object };
      for (const redirect_uri of [all.redirect_uri, `${CALLBACK}/${random()}`]) {
        await op.flow(client, { params: all, url: await op.url({ ...outer, redirect_uri }) });
      }
      const { back } = await visit(await make(), { request: object });
      check.redirectError(op, back, back.answer.state, "invalid_request_object");
    });
  }
}

test("what a person refuses comes back as access_denied, and cancelling too", async () => {
  const client = await op.register();
  const request = op.request(client);
  const back = await op.visit(new Browser(HOME), await op.url(request), { deny: true });
  check.redirectError(op, back, request.state, "access_denied");
  const browser = new Browser(HOME);
  const page = await browser.open(await op.url(request));
  const { href } = page.element("login-cancel");
  // Nobody has signed in, and nobody invited the app: the person is shown the way and not sent.
  const shown = await browser.open(new URL(href, page.url));
  assert.ok(shown.has("held-page"), shown.body);
  const told = new URL(shown.element("held-continue").href).searchParams;
  assert.equal(told.get("error"), "access_denied");
  assert.equal(told.get("state"), request.state);
});

test("a wrong password stays on the page, which says so", async () => {
  const client = await op.register();
  const browser = new Browser(HOME);
  let page = await browser.open(await op.url(op.request(client)));
  page = await browser.press(page, "login-submit", { username: ADA.username, password: "wrong-password" });
  assert.ok(page.has("login-page") && page.has("login-error"), page.body);
  page = await browser.press(page, "login-submit", ADA);
  assert.ok(page.has("consent-page"));
});
