// How apps on other sites learn of a logout through the browser: frames that are loaded before it
// goes on, and a frame that is asked whether anything has changed.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { ADA, browser, complaints, lenient, profile, server, signIn, until } from "./harness.mjs";

const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const people = [
  { login: "ada", email: ADA.username, groups: "staff", password: ADA.password },
];
let chrome, shop, wiki, site;

// Keeps a frame of the site's and asks it whatever a test wants to know.
const WATCH = `<!doctype html><html lang="en"><title>watch</title><iframe title="op"></iframe><script>
const frame = document.querySelector("iframe");
const loaded = new Promise((done) => (frame.onload = done));
frame.src = new URLSearchParams(location.search).get("frame");
window.ask = async (what) => {
  await loaded;
  return new Promise((done) => {
    addEventListener("message", (event) => done([event.data, event.origin]), { once: true });
    frame.contentWindow.postMessage(what, new URL(frame.src).origin);
  });
};
</script>`;

/** An app: its pages, and what was asked of its logout address. */
function party() {
  return new Promise((resolve) => {
    const told = [];
    const web = createServer((request, answer) => {
      const url = new URL(request.url, "http://x");
      if (url.pathname === "/out") told.push(url.searchParams);
      answer.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      answer.end(url.pathname === "/watch" ? WATCH : `<!doctype html><p id="party">${url.pathname}`);
    });
    web.told = told;
    web.listen(0, "127.0.0.1", () => resolve(web));
  });
}

const origin = (web) => `http://127.0.0.1:${web.address().port}`;
const issuer = () => `${site.base}/production/oidc`;

before(async () => {
  [shop, wiki] = [await party(), await party()];
  chrome = await browser();
  const client = (name, web) => `
[client.${name}]
redirect_uris = ["${origin(web)}/cb"]
post_logout_redirect_uris = ["${origin(web)}/bye"]
frontchannel_logout_uri = "${origin(web)}/out?x=1"
scopes = ["openid"]
consent = "skip"
`;
  site = await server(
    `
[[users]]
kind = "local"
[login]
throttle = { per_ip = "1000/1m", per_account = "1000/1m" }
[issuer.production]
path = "/production/oidc"
session_management = true
${client("shop", shop)}${client("wiki", wiki)}`,
    people,
  );
});
after(async () => {
  await chrome?.close();
  await site?.stop();
  shop?.close();
  wiki?.close();
});

/** Opens an app; gives what came back to it. */
async function open(page, name, web) {
  const url = new URL(`${issuer()}/connect/authorize`);
  url.search = new URLSearchParams({
    client_id: name,
    response_type: "code",
    redirect_uri: `${origin(web)}/cb`,
    scope: "openid",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
  });
  await page.goto(url.href);
  if (page.url().startsWith(site.base)) await signIn(page, ADA);
  await page.locator("#party").waitFor();
  return new URL(page.url()).searchParams;
}

async function idToken(name, web, answer) {
  const told = await fetch(`${issuer()}/connect/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: name,
      code: answer.get("code"),
      redirect_uri: `${origin(web)}/cb`,
      code_verifier: VERIFIER,
    }),
  });
  return (await told.json()).id_token;
}

const claims = (jwt) => JSON.parse(Buffer.from(jwt.split(".")[1], "base64url").toString());

for (const script of [true, false]) {
  test(`${script ? "with" : "without"} script: each app is told in a frame, then the browser goes on`, async () => {
    const context = await profile(chrome, { script });
    const page = await context.newPage();
    const heard = complaints(page);
    const hint = await idToken("shop", shop, await open(page, "shop", shop));
    await idToken("wiki", wiki, await open(page, "wiki", wiki));
    for (const web of [shop, wiki]) web.told.length = 0;
    const url = new URL(`${issuer()}/connect/logout`);
    url.search = new URLSearchParams({
      id_token_hint: hint,
      post_logout_redirect_uri: `${origin(shop)}/bye`,
      state: "s".repeat(128),
    });
    await page.goto(url.href);
    await page.waitForURL(`${origin(shop)}/bye?state=${"s".repeat(128)}`);
    const { iss, sid } = claims(hint);
    for (const web of [shop, wiki]) {
      assert.deepEqual(web.told.map((query) => query.toString()), [
        new URLSearchParams({ x: "1", iss, sid }).toString(),
      ]);
    }
    assert.deepEqual(heard, []);
    await context.close();
  });
}

test("the page that signs somebody out here tells the apps as well, and stays", async () => {
  const context = await profile(chrome);
  const page = await context.newPage();
  await idToken("wiki", wiki, await open(page, "wiki", wiki));
  wiki.told.length = 0;
  await page.goto(`${site.base}/logout`);
  await page.click("#logout-confirm");
  await page.locator("#logged-out").waitFor();
  await until("the app to be told", () => wiki.told.length === 1);
  assert.equal(page.url(), `${site.base}/logout`);
  await context.close();
});

test("an app that watches sees that nothing has changed, and then that it has", async () => {
  const context = await lenient();
  const page = await context.newPage();
  const heard = complaints(page);
  const state = (await open(page, "shop", shop)).get("session_state");
  const frame = encodeURIComponent(`${issuer()}/connect/check_session`);
  await page.goto(`${origin(shop)}/watch?frame=${frame}`);
  const ask = (what) => page.evaluate((text) => window.ask(text), what);
  assert.deepEqual(await ask(`shop ${state}`), ["unchanged", site.base]);
  // Another app, and something that was made up, do not fit.
  assert.deepEqual(await ask(`wiki ${state}`), ["changed", site.base]);
  assert.deepEqual(await ask(`shop ${"0".repeat(64)}.salt`), ["changed", site.base]);
  for (const nonsense of ["shop", "", "shop nodot", `shop ${"x".repeat(2000)}.y`]) {
    assert.deepEqual(await ask(nonsense), ["error", site.base], nonsense);
  }
  const other = await context.newPage();
  await other.goto(`${site.base}/logout`);
  await other.click("#logout-confirm");
  await other.locator("#logged-out").waitFor();
  assert.deepEqual(await ask(`shop ${state}`), ["changed", site.base]);
  // Signed in again, the old state stays gone and the new one fits.
  const again = (await open(other, "shop", shop)).get("session_state");
  assert.deepEqual(await ask(`shop ${state}`), ["changed", site.base]);
  assert.deepEqual(await ask(`shop ${again}`), ["unchanged", site.base]);
  assert.deepEqual(heard, []);
  await context.close();
});

test("what an app saw on one site does not fit on another", async () => {
  const context = await lenient();
  const page = await context.newPage();
  const state = (await open(page, "shop", shop)).get("session_state");
  const frame = encodeURIComponent(`${issuer()}/connect/check_session`);
  await page.goto(`${origin(wiki)}/watch?frame=${frame}`);
  const answer = await page.evaluate((text) => window.ask(text), `shop ${state}`);
  assert.deepEqual(answer, ["changed", site.base]);
  await context.close();
});

test("where frames of other sites see no cookies, nobody can say", async () => {
  const context = await profile(chrome);
  const page = await context.newPage();
  const state = (await open(page, "shop", shop)).get("session_state");
  const frame = encodeURIComponent(`${issuer()}/connect/check_session`);
  await page.goto(`${origin(shop)}/watch?frame=${frame}`);
  const answer = await page.evaluate((text) => window.ask(text), `shop ${state}`);
  assert.deepEqual(answer, ["error", site.base]);
  await context.close();
});
