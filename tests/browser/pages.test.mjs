// Doorward's own pages: sign-in, wrong password, consent, denial, errors, sign-out; with and
// without script, by keyboard alone, in both schemes, wide and narrow, judged by axe.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { ADA, BOB, browser, complaints, everyWay, profile, server, signIn } from "./harness.mjs";

let chrome, app, party, home, site;
const people = [
  { login: "ada", email: ADA.username, groups: "admin,staff", password: ADA.password },
  { login: "bob", email: BOB.username, groups: "staff", password: BOB.password },
];

/** A little server on a free port: sends on where `onward` says so, else answers with `html`. */
function answering(html, onward = () => undefined) {
  return new Promise((resolve) => {
    const web = createServer(async (request, answer) => {
      let body = "";
      for await (const part of request) body += part;
      const location = onward(request);
      answer.writeHead(location ? 302 : 200, {
        "content-type": "text/html; charset=utf-8",
        ...(location && { location }),
      });
      answer.end(html(request, body));
    });
    web.listen(0, "127.0.0.1", () => resolve(web));
  });
}

const origin = (web) => `http://127.0.0.1:${web.address().port}`;

const shell = (id, text) =>
  `<!doctype html><html lang="en"><title>${id}</title><main id="${id}"><h1>${text}</h1></main>`;

before(async () => {
  app = await answering((request) => shell("app", `Hello ${request.headers["remote-user"]}`));
  home = await answering(() => shell("home", "The shop's other origin"));
  party = await answering(
    (request, body) => shell("party", `${new URL(request.url, "http://x").search}${body}`),
    (request) => request.url.startsWith("/hop") && `${origin(home)}/landed`,
  );
  chrome = await browser();
  site = await server(
    `
[[users]]
kind = "local"
[issuer.production]
path = "/production/oidc"
[client.shop]
name = "Partner Shop"
secret = "a-secret-of-the-shop-that-nobody-guesses"
redirect_uris = ["${origin(party)}/cb", "${origin(party)}/hop", "${origin(home)}/cb"]
scopes = ["openid", "profile", "email", "groups"]
[login]
throttle = { per_ip = "1000/1m", per_account = "1000/1m" }
[[route]]
id = "app"
match = { host = "localhost" }
allow = ["authenticated"]
upstream = ["http://127.0.0.1:${app.address().port}"]
[[route]]
id = "app-admin"
match = { host = "localhost", path = "/admin/" }
allow = ["group:admin"]
upstream = ["http://127.0.0.1:${app.address().port}"]
`,
    people,
  );
});
after(async () => {
  await chrome?.close();
  await site?.stop();
  app?.close();
  party?.close();
  home?.close();
});

/** An authorization request of the shop's. */
function authorize(more = {}) {
  const url = new URL(`${site.base}/production/oidc/connect/authorize`);
  url.search = new URLSearchParams({
    client_id: "shop",
    response_type: "code",
    redirect_uri: `${origin(party)}/cb`,
    scope: "openid profile email",
    state: "s".repeat(128),
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
    ...more,
  }).toString();
  return url.href;
}

async function fresh(options) {
  const context = await profile(chrome, options);
  return context.newPage();
}

for (const script of [true, false]) {
  const way = script ? "with script" : "without script";

  test(`${way}: signing in leads to the page that was asked for`, async () => {
    const page = await fresh({ script });
    const heard = complaints(page);
    await page.goto(`${site.base}/deep/page?with=query`);
    await signIn(page, ADA);
    await page.locator("#app").waitFor();
    assert.equal(page.url(), `${site.base}/deep/page?with=query`);
    assert.equal(await page.textContent("h1"), "Hello ada");
    assert.deepEqual(heard, []);
    await page.context().close();
  });

  test(`${way}: a wrong password says so, keeps the name, and a right one goes on`, async () => {
    const page = await fresh({ script });
    await page.goto(`${site.base}/deep`);
    await signIn(page, { ...ADA, password: "not it" });
    const alert = page.locator("#login-page [role=alert]");
    await alert.waitFor();
    assert.equal(await page.inputValue("#username"), ADA.username);
    assert.equal(await page.inputValue("#password"), "");
    await signIn(page, ADA);
    await page.locator("#app").waitFor();
    assert.equal(page.url(), `${site.base}/deep`);
    await page.context().close();
  });

  test(`${way}: a third-party app is named, consent is asked once, and no is no`, async () => {
    const page = await fresh({ script });
    const heard = complaints(page);
    await page.goto(authorize());
    assert.match(await page.textContent("#login-page"), /Partner Shop/);
    await signIn(page, script ? ADA : BOB);
    await page.locator("#consent-page").waitFor();
    assert.match(await page.textContent("#consent-page"), /Partner Shop/);
    await page.click("#consent-deny");
    await page.locator("#party").waitFor();
    const refused = new URL(page.url()).searchParams;
    assert.equal(refused.get("error"), "access_denied");
    assert.equal(refused.get("state"), "s".repeat(128));

    await page.goto(authorize());
    await page.locator("#consent-page").waitFor();
    await page.click("#consent-allow");
    await page.locator("#party").waitFor();
    assert.ok(new URL(page.url()).searchParams.get("code"));

    await page.goto(authorize());
    await page.locator("#party").waitFor(); // remembered: no question
    assert.ok(new URL(page.url()).searchParams.get("code"));
    assert.deepEqual(heard, []);
    await page.context().close();
  });

  test(`${way}: an answer in a form reaches the app, and one that leads on arrives`, async () => {
    const page = await fresh({ script });
    const heard = complaints(page);
    // From the sign-in form through the callback to another origin of the app, in one go.
    await page.goto(authorize({ redirect_uri: `${origin(party)}/hop` }));
    await signIn(page, ADA);
    await page.locator("#consent-page, #home").first().waitFor();
    if (await page.locator("#consent-page").count()) await page.click("#consent-allow");
    await page.locator("#home").waitFor();
    await page.goto(authorize({ response_mode: "form_post" }));
    if (!script) await page.click("#form-post-continue");
    await page.locator("#party").waitFor();
    const answer = new URLSearchParams(await page.textContent("h1"));
    assert.equal(answer.get("state"), "s".repeat(128));
    assert.ok(answer.get("code"));
    assert.equal(new URL(page.url()).search, "");
    assert.deepEqual(heard, []);
    await page.context().close();
  });

  test(`${way}: signing out asks, then every door is closed`, async () => {
    const page = await fresh({ script });
    await page.goto(`${site.base}/`);
    await signIn(page, ADA);
    await page.locator("#app").waitFor();
    await page.goto(`${site.base}/logout`);
    await page.locator("#logout-confirm-page").waitFor();
    await page.click("#logout-confirm");
    await page.locator("#logged-out").waitFor();
    await page.goto(`${site.base}/`);
    await page.locator("#login-page").waitFor();
    await page.context().close();
  });
}

test("the keyboard alone signs in and allows an app", async () => {
  const page = await fresh();
  await page.goto(authorize({ prompt: "consent" }));
  await page.locator("#login-page").waitFor();
  await reach(page, "username");
  await page.keyboard.type(ADA.username);
  await reach(page, "password");
  await page.keyboard.type(ADA.password);
  await page.keyboard.press("Enter");
  await page.locator("#consent-page").waitFor();
  await reach(page, "consent-allow");
  await page.keyboard.press("Enter");
  await page.locator("#party").waitFor();
  await page.context().close();
});

/** Presses Tab until the element `id` has the focus, and that focus can be seen. */
async function reach(page, id) {
  for (let presses = 0; presses < 30; presses++) {
    const at = await page.evaluate(() => document.activeElement?.id);
    if (at === id) {
      const seen = await page.evaluate(() => {
        const style = getComputedStyle(document.activeElement);
        return style.outlineStyle !== "none" || style.boxShadow !== "none";
      });
      assert.ok(seen, `the focus on #${id} cannot be seen`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  assert.fail(`#${id} cannot be reached by keyboard`);
}

test("a form from another site is refused", async () => {
  const evil = await answering(
    () => `<form method="post" action="${site.base}/logout"><input name="csrf" value="x"></form>
           <script>document.forms[0].submit()</script>`,
  );
  const page = await fresh();
  await page.goto(`${site.base}/`);
  await signIn(page, ADA);
  await page.locator("#app").waitFor();
  await page.goto(`http://127.0.0.1:${evil.address().port}/`);
  await page.locator("#error-page").waitFor();
  await page.goto(`${site.base}/`);
  await page.locator("#app").waitFor();
  await page.context().close();
  evil.close();
});

test("every page is accessible in both schemes, wide and narrow", async () => {
  await everyWay(chrome, "pages", async (page, look) => {
    await page.goto(authorize({ prompt: "consent" }));
    await page.locator("#login-page").waitFor();
    await look("login");
    await signIn(page, { ...BOB, password: "not it" });
    await page.locator("#login-page [role=alert]").waitFor();
    await look("login-wrong");
    await signIn(page, BOB);
    await page.locator("#consent-page").waitFor();
    await look("consent");
    await page.goto(`${site.base}/admin/`);
    await page.locator("#denied-page").waitFor();
    await look("denied");
    await page.goto(authorize({ redirect_uri: "http://127.0.0.1:1/nowhere" }));
    await page.locator("#error-page").waitFor();
    await look("error");
    await page.goto(`${site.base}/logout`);
    await page.locator("#logout-confirm-page").waitFor();
    await look("logout-confirm");
    await page.click("#logout-confirm");
    await page.locator("#logged-out").waitFor();
    await look("logged-out");
  });
});
