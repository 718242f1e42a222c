// Pages in a look of their own: a tenant's name, logo and accent on each page of its requests, in
// both schemes, wide and narrow, judged by axe; and a tenant that takes one-time links only.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { ADA, BOB, browser, complaints, everyWay, profile, server, signIn } from "./harness.mjs";

const ACME = "6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111";
const CLUB = "0d7f4a52-52d1-4f6c-8a34-1f9f2f6f7c22";
const logo = (colour) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 32">
<rect width="96" height="32" rx="8" fill="${colour}"/>
<path d="M12 24 22 8l10 16zM44 8h8v16h-8zM64 8h20v6H72v10h-8z" fill="#fff"/></svg>`;
let chrome, site;

before(async () => {
  chrome = await browser();
  site = await server(
    `
[[users]]
kind = "local"
[login]
throttle = { per_ip = "1000/1m", per_account = "1000/1m" }
[issuer.production]
path = "/production/oidc"
brand = { name = "Example Sports", accent = "#1d4ed8" }
[tenant.acme]
uuid = "${ACME}"
name = "Acme Fitness and Swimming"
login = ["password"]
[tenant.acme.brand]
logo = { light = "acme.svg", dark = "acme-dark.svg" }
accent = "#a21caf"
[tenant.club]
uuid = "${CLUB}"
name = "The Club"
login = ["one_time_link"]
[client.shop]
name = "Partner Shop"
redirect_uris = ["http://127.0.0.1:1/cb"]
tenants = ["acme", "club"]
`,
    [
      { login: "ada", email: ADA.username, groups: "staff", password: ADA.password, more: ["--tenant", "acme"] },
      { login: "bob", email: BOB.username, groups: "staff", password: BOB.password },
    ],
    undefined,
    { "acme.svg": logo("#a21caf"), "acme-dark.svg": logo("#c026d3") },
  );
});
after(async () => {
  await chrome?.close();
  await site?.stop();
});

function authorize(more = {}) {
  const url = new URL(`${site.base}/production/oidc/connect/authorize`);
  url.search = new URLSearchParams({
    client_id: "shop",
    response_type: "code",
    redirect_uri: "http://127.0.0.1:1/cb",
    scope: "openid profile email",
    tenant: ACME,
    prompt: "consent",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
    ...more,
  }).toString();
  return url.href;
}

/** The name, whether the logo was drawn, and the colour of a button. */
const look = (page, button) =>
  page.evaluate((button) => {
    const logo = document.querySelector("#brand-logo");
    return {
      name: document.querySelector("#brand-name").textContent,
      // Loaded, and not squeezed to nothing.
      logo: logo?.complete && logo.getBoundingClientRect().width > 24 && logo.currentSrc,
      accent: getComputedStyle(document.querySelector(button)).backgroundColor,
    };
  }, button);

test("every page of a tenant's request has its look, and is accessible in it", async () => {
  const logos = new Set();
  await everyWay(chrome, "brand", async (page, judge) => {
    await page.goto(authorize());
    await page.locator("#login-page").waitFor();
    const login = await look(page, "#login-submit");
    assert.equal(login.name, "Acme Fitness and Swimming");
    assert.match(login.logo, /\/assets\/logo\.[0-9a-f]{16}\.svg$/);
    logos.add(login.logo);
    const dark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
    if (!dark) assert.equal(login.accent, "rgb(162, 28, 175)");
    else assert.notEqual(login.accent, "rgb(92, 200, 160)", "not the site's own");
    await judge("login");
    await signIn(page, { ...ADA, password: "not it" });
    await page.locator("#login-error").waitFor();
    await judge("login-wrong");
    await signIn(page, BOB);
    await page.locator("#outsider-page").waitFor();
    assert.equal((await look(page, "body")).name, "Acme Fitness and Swimming");
    await judge("outsider");
    await page.click("#switch-account");
    await signIn(page, ADA);
    await page.locator("#consent-page").waitFor();
    assert.deepEqual(await look(page, "#consent-allow"), login);
    await judge("consent");
    // What belongs to no tenant has the issuer's look, and no logo.
    await page.goto(authorize({ redirect_uri: "http://127.0.0.1:1/other" }));
    await page.locator("#error-page").waitFor();
    assert.deepEqual([(await look(page, "body")).name, await page.locator("#brand-logo").count()], ["Example Sports", 0]);
    await judge("error");
  });
  assert.equal(logos.size, 2, "a logo for each scheme");
});

test("a tenant that takes one-time links only shows no password form", async () => {
  await everyWay(chrome, "brand", async (page, judge) => {
    await page.goto(authorize({ tenant: CLUB }));
    await page.locator("#login-link-only").waitFor();
    assert.equal(await page.locator("input").count(), 0);
    await judge("link-only");
  });
});

test("a look needs no script, and breaks no policy", async () => {
  const context = await profile(chrome, { script: false });
  const page = await context.newPage();
  const heard = complaints(page);
  await page.goto(authorize());
  assert.match(await page.locator("#brand-name").textContent(), /Acme/);
  await page.goto(`${site.base}/production/oidc/connect/device`);
  await page.locator("#login-page").waitFor();
  assert.equal(await page.locator("#brand-name").textContent(), "Example Sports");
  assert.deepEqual(heard, []);
  await context.close();
});
