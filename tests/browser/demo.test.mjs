// The demo as a visitor sees it: every button, as ada and as bob.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { ADA, BOB, accessible, browser, complaints, demo, everyWay, profile, signIn } from "./harness.mjs";

let chrome, site;
before(async () => {
  chrome = await browser();
  site = await demo();
});
after(async () => {
  await chrome?.close();
  await site?.stop();
});

async function visitor(who, options) {
  const context = await profile(chrome, options);
  const page = await context.newPage();
  await page.goto(`${site.base}/`);
  await signIn(page, who);
  await page.locator("#demo-home").waitFor();
  return page;
}

test("from the start of the process to hello ada takes less than ten seconds", async () => {
  const began = Date.now();
  const fresh = await demo();
  const context = await profile(chrome);
  const page = await context.newPage();
  await page.goto(`${fresh.base}/`);
  await signIn(page, ADA);
  assert.equal(await page.textContent("#hello"), "Hello ada");
  const took = Date.now() - began;
  assert.ok(took < 10_000, `it took ${took} ms`);
  await context.close();
  await fresh.stop();
});

test("the banner says what to open and who may sign in", () => {
  const said = site.log();
  for (const part of [site.base, ADA.username, ADA.password, BOB.username, BOB.password]) {
    assert.ok(said.includes(part), `${part} is not in:\n${said}`);
  }
});

test("the app shows who is here, the rule, the time and a verified assertion", async () => {
  const page = await visitor(ADA);
  assert.equal(await page.textContent("#hello"), "Hello ada");
  assert.match(await page.textContent("#rule"), /authenticated/);
  assert.match(await page.textContent("#took"), /^\d+/);
  const headers = await page.textContent("#headers");
  assert.match(headers, /Remote-User/);
  assert.match(headers, /admin,staff/);
  assert.doesNotMatch(headers, /__Host-doorward/, "a cookie of the sign-in reached the app");
  await page.locator("#assertion-verified").waitFor();
  const claims = JSON.parse(await page.textContent("#assertion"));
  assert.equal(claims.aud, "app");
  assert.ok(claims.exp - claims.iat <= 60);
  await page.context().close();
});

test("ada opens the page for administrators, bob is told kindly why he may not", async () => {
  const ada = await visitor(ADA);
  await ada.click("#open-admin");
  await ada.locator("#demo-admin").waitFor();
  await ada.context().close();
  const bob = await visitor(BOB);
  const [answer] = await Promise.all([
    bob.waitForResponse((response) => response.url().endsWith("/admin/")),
    bob.click("#open-admin"),
  ]);
  assert.equal(answer.status(), 403);
  await bob.locator("#denied-page").waitFor();
  assert.match(await bob.textContent("#denied-page"), /bob/);
  await bob.context().close();
});

test("forged headers sent with ada's own session do not arrive", async () => {
  const page = await visitor(BOB);
  await page.click("#forge-submit");
  await page.locator("#forged li").first().waitFor();
  const shown = await page.locator("#forged li").allTextContents();
  assert.equal(shown.length, 5);
  assert.ok(!shown.some((line) => /arrived as.*root/.test(line)), shown.join("\n"));
  assert.match(shown[0], /Remote-User: root was sent, arrived as bob/);
  assert.match(shown[2], /Remote_User: root was sent, did not arrive/);
  await page.context().close();
});

test("without script the app sends the forged headers as a stranger, and none arrives", async () => {
  const page = await visitor(ADA, { script: false });
  await page.click("#forge-submit");
  await page.locator("#demo-forged").waitFor();
  const arrived = await page.locator("#forged-result td").allTextContents();
  assert.equal(arrived.length, 6);
  assert.deepEqual(new Set(arrived), new Set(["nothing"]));
  await page.context().close();
});

test("the third-party app signs ada in, refreshes, and signs her out everywhere", async () => {
  const page = await visitor(ADA);
  const heard = complaints(page);
  await page.click("#open-client");
  await page.click("#client-sign-in");
  await page.locator("#consent-page").waitFor();
  await page.click("#consent-allow");
  await page.locator("#client-done").waitFor();
  assert.match(await page.textContent("#client-hello"), /ada/);
  const token = JSON.parse(await page.textContent("#id-token"));
  assert.equal(token.iss, `${site.base}/production/oidc`);
  assert.equal(token.aud, "demo");
  const userinfo = JSON.parse(await page.textContent("#userinfo"));
  assert.equal(userinfo.sub, token.sub);
  await page.click("#client-refresh");
  await page.locator("#client-refreshed").waitFor();

  await page.goto(`${site.base}/_demo/client`);
  await page.click("#client-sign-in");
  await page.locator("#client-done").waitFor(); // the consent was remembered

  await page.click("#client-sign-out");
  if (await page.locator("#logout-confirm").count()) await page.click("#logout-confirm");
  await page.locator("#client-start").waitFor();
  await page.goto(`${site.base}/`);
  await page.locator("#login-page").waitFor();
  assert.deepEqual(heard, []);
  await page.context().close();
});

test("saying no to the third-party app tells it so", async () => {
  const page = await visitor(BOB);
  await page.goto(`${site.base}/_demo/client`);
  await page.click("#client-sign-in");
  await page.locator("#consent-page").waitFor();
  await page.click("#consent-deny");
  await page.locator("#client-failed").waitFor();
  assert.match(await page.textContent("#client-reason"), /access_denied/);
  await page.context().close();
});

test("signing out from the app ends the session", async () => {
  const page = await visitor(ADA);
  await page.click("#sign-out");
  await page.locator("#logout-confirm-page").waitFor();
  await page.click("#logout-confirm");
  await page.locator("#logged-out").waitFor();
  await page.goto(`${site.base}/`);
  await page.locator("#login-page").waitFor();
  await page.context().close();
});

test("the apps' pages are accessible in both schemes, wide and narrow", async () => {
  await everyWay(chrome, "demo", async (page, look) => {
    await page.goto(`${site.base}/`);
    await signIn(page, ADA);
    await page.locator("#demo-home").waitFor();
    await look("home");
    await page.click("#forge-submit");
    await page.locator("#forged li").first().waitFor();
    await look("forged");
    await page.goto(`${site.base}/admin/`);
    await look("admin");
    await page.goto(`${site.base}/_demo/client`);
    await look("client");
  });
});

test("the third-party app's pages are accessible", async () => {
  const page = await visitor(ADA);
  await page.goto(`${site.base}/_demo/client/signed-in`);
  await page.locator("#client-failed").waitFor();
  await accessible(page, "client-failed");
  await page.goto(`${site.base}/_demo/client`);
  await page.click("#client-sign-in");
  if (await page.locator("#consent-page").count()) await page.click("#consent-allow");
  await page.locator("#client-done").waitFor();
  await accessible(page, "client-done");
  await page.context().close();
});
