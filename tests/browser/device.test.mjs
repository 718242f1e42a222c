// A device without a browser is let in from another one: the code typed by hand or found in the
// address, allowed, refused, wrong and too late; with and without script, by keyboard, in both schemes,
// wide and narrow, judged by axe.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { ADA, browser, complaints, everyWay, profile, server, signIn, until } from "./harness.mjs";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";
let chrome, site;

const begin = () =>
  server(
    `
[[users]]
kind = "local"
[login]
throttle = { per_ip = "1000/1m", per_account = "1000/1m" }
[[resource]]
id = "https://api.example.com"
name = "Bookings"
scopes = { "booking:read" = "See your bookings", "booking:write" = "Change your bookings" }
[client.tv]
name = "Living-room television"
flows = ["device"]
scopes = ["openid", "profile", "booking:read", "booking:write"]
resources = ["https://api.example.com"]
`,
    [{ login: "ada", email: ADA.username, groups: "staff", password: ADA.password }],
  );
before(async () => {
  chrome = await browser();
  site = await begin();
});
after(async () => {
  await chrome?.close();
  await site?.stop();
});

/** Posts a form as the device does. */
async function post(path, form) {
  const answer = await fetch(`${site.base}/connect/${path}`, {
    method: "POST",
    body: new URLSearchParams({ client_id: "tv", ...form }),
  });
  return answer.json();
}

const start = (scope = "openid profile booking:read booking:write") =>
  post("device_authorization", { scope });

/** What the device hears when it asks; the pace is the server's. */
async function outcome(started) {
  return until("an answer for the device", async () => {
    const heard = await post("token", { grant_type: GRANT, device_code: started.device_code });
    return ["authorization_pending", "slow_down"].includes(heard.error) ? undefined : heard;
  });
}

/** Makes a request as old as it may become, as its ten minutes would. */
function expire() {
  const sql = "UPDATE device_codes SET expires = 1 WHERE pending = 1;";
  const ran = spawnSync("python3", [
    "-c",
    "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=10); db.execute(sys.argv[2]); db.commit()",
    `${site.dir}/doorward.db`,
    sql,
  ]);
  if (ran.status !== 0) throw new Error(String(ran.stderr));
}

async function fresh(options) {
  const context = await profile(chrome, options);
  return context.newPage();
}

async function type(page, code) {
  await page.fill("#user_code", code);
  await page.click("#device-submit");
}

for (const script of [true, false]) {
  const way = script ? "with script" : "without script";

  test(`${way}: a code typed by hand, however it is written, lets the device in`, async () => {
    const started = await start();
    const page = await fresh({ script });
    const heard = complaints(page);
    await page.goto(started.verification_uri);
    await signIn(page, ADA);
    await page.locator("#device-submit").waitFor();
    await type(page, "BBBB-BBBB");
    await page.locator("#device-error").waitFor();
    // In lower case, with a blank where the hyphen was.
    await type(page, started.user_code.toLowerCase().replace("-", " "));
    await page.locator("#device-allow").waitFor();
    assert.equal(await page.textContent("#device-code"), started.user_code);
    assert.match(await page.textContent("#device-app"), /Living-room television/);
    assert.match(await page.textContent("#device-warning"), /in front of you/);
    // One thing that the device may do is taken away from it.
    await page.uncheck("input[value='booking:write']");
    await page.click("#device-allow");
    await page.locator("#device-done").waitFor();
    assert.match(await page.textContent("h1"), /connected/);
    const tokens = await outcome(started);
    assert.deepEqual(tokens.scope.split(" ").sort(), ["booking:read", "openid", "profile"]);
    assert.deepEqual(heard, []);
    await page.context().close();
  });

  test(`${way}: a code in the address is only filled in, and no is no`, async () => {
    const started = await start();
    const page = await fresh({ script });
    await page.goto(started.verification_uri_complete);
    await signIn(page, ADA);
    await page.locator("#device-allow").waitFor();
    assert.equal(await page.textContent("#device-code"), started.user_code);
    const waiting = await post("token", { grant_type: GRANT, device_code: started.device_code });
    assert.equal(waiting.error, "authorization_pending", "looking allows nothing");
    await page.click("#device-deny");
    await page.locator("#device-done").waitFor();
    assert.match(await page.textContent("h1"), /not let in/);
    assert.equal((await outcome(started)).error, "access_denied");
    // Back, and again: it was answered.
    await page.goto(started.verification_uri_complete);
    await page.locator("#device-error").waitFor();
    await page.context().close();
  });

  test(`${way}: a code that is too old says so to both`, async () => {
    const started = await start();
    const page = await fresh({ script });
    await page.goto(started.verification_uri_complete);
    await signIn(page, ADA);
    await page.locator("#device-allow").waitFor();
    expire();
    await page.click("#device-allow");
    await page.locator("#device-error").waitFor();
    assert.equal((await outcome(started)).error, "expired_token");
    await page.context().close();
  });
}

test("the keyboard alone lets a device in", async () => {
  const started = await start();
  const page = await fresh();
  await page.goto(started.verification_uri);
  await signIn(page, ADA);
  await page.locator("#device-submit").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "user_code");
  await page.keyboard.type(started.user_code);
  await page.keyboard.press("Enter");
  await page.locator("#device-allow").waitFor();
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement.id)) === "device-allow") break;
  }
  await page.keyboard.press("Enter");
  await page.locator("#device-done").waitFor();
  assert.ok((await outcome(started)).access_token);
  await page.context().close();
});

test("every state of the page is accessible in both schemes, wide and narrow", async () => {
  // A network that has typed ten wrong codes waits: the tests before this one were it, too.
  await site.stop();
  site = await begin();
  await everyWay(chrome, "device", async (page, look) => {
    const [allowed, denied] = [await start(), await start()];
    await page.goto(allowed.verification_uri);
    await signIn(page, ADA);
    await page.locator("#device-submit").waitFor();
    await look("enter");
    await type(page, "BBBB-BBBB");
    await page.locator("#device-error").waitFor();
    await look("wrong");
    await page.goto(allowed.verification_uri_complete);
    await page.locator("#device-allow").waitFor();
    await look("ask");
    await page.click("#device-allow");
    await page.locator("#device-done").waitFor();
    await look("allowed");
    await page.goto(denied.verification_uri_complete);
    await page.click("#device-deny");
    await page.locator("#device-done").waitFor();
    await look("denied");
  });
});
