// The programs in examples/, run as their own words say, against the real binary.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ADA, browser, freePort, profile, server, signIn, until } from "../../browser/harness.mjs";

const examples = join(dirname(fileURLToPath(import.meta.url)), "../../../examples");
const children = [];
let chrome, site, ports;

/** Starts an example and waits for the line that says it listens. */
async function example(command, args, dir, env = {}) {
  const child = spawn(command, args, {
    cwd: join(examples, dir),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let said = "";
  child.stdout.on("data", (text) => (said += text));
  await until(`${dir} to listen`, () => said.includes("http://"));
}

function install(dir) {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const done = spawnSync("npm", args, { cwd: join(examples, dir), encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
}

before(async () => {
  ports = { legacy: await freePort(), party: await freePort(), verifier: await freePort() };
  chrome = await browser();
  site = await server(
    `
[[users]]
kind = "local"
[issuer.production]
path = "/production/oidc"
[client.shop]
name = "Shop"
redirect_uris = ["http://localhost:${ports.party}/cb"]
post_logout_redirect_uris = ["http://localhost:${ports.party}/"]
[[route]]
id = "wiki"
match = { host = "localhost", path = "/wiki/" }
allow = ["authenticated"]
upstream = ["http://127.0.0.1:${ports.legacy}"]
[[route]]
id = "verified"
match = { host = "localhost", path = "/verified/" }
allow = ["authenticated"]
upstream = ["http://127.0.0.1:${ports.verifier}"]
identity = { assertion = true }
`,
    [{ login: "ada", email: ADA.username, groups: "admin,staff", password: ADA.password }],
  );
});
after(async () => {
  for (const child of children) child.kill();
  await chrome?.close();
  await site?.stop();
});

async function visitor() {
  const context = await profile(chrome);
  return context.newPage();
}

test("the legacy app greets who signed in", async () => {
  await example("python3", ["app.py", String(ports.legacy)], "legacy-app");
  const page = await visitor();
  await page.goto(`${site.base}/wiki/`);
  await signIn(page, ADA);
  await page.getByText("Hello").waitFor();
  assert.match(await page.textContent("body"), /ada.*admin, staff/s);
  await page.context().close();
});

test("the legacy app's configuration is one that check accepts", () => {
  const binary = process.env.DOORWARD_BIN;
  const file = join(examples, "legacy-app/doorward.toml");
  const said = spawnSync(binary, ["check", "-c", file], { encoding: "utf8" });
  assert.equal(said.status, 0, said.stdout + said.stderr);
  assert.ok(readFileSync(file, "utf8").length < 700);
});

test("the relying party signs ada in and out", async () => {
  install("relying-party");
  await example("node", ["app.mjs"], "relying-party", {
    ISSUER: `${site.base}/production/oidc`,
    CLIENT_ID: "shop",
    PORT: String(ports.party),
  });
  const page = await visitor();
  await page.goto(`http://localhost:${ports.party}/`);
  await page.click("#sign-in");
  await signIn(page, ADA);
  await page.locator("#consent-page").waitFor();
  await page.click("#consent-allow");
  await page.locator("#sign-out").waitFor();
  assert.equal(await page.textContent("#hello"), "Hello ada");
  await page.click("#sign-out");
  if (await page.locator("#logout-confirm").count()) await page.click("#logout-confirm");
  await page.locator("#sign-in").waitFor();
  assert.equal(await page.textContent("#hello"), "Hello stranger");
  await page.context().close();
});

test("the verifier believes the assertion, and nobody who comes past Doorward", async () => {
  install("verify-assertion");
  await example("node", ["app.mjs"], "verify-assertion", {
    ISSUER: site.base,
    JWKS: `${site.base}/_doorward/jwks`,
    ROUTE: "verified",
    PORT: String(ports.verifier),
  });
  const page = await visitor();
  await page.goto(`${site.base}/verified/`);
  await signIn(page, ADA);
  await page.getByText("preferred_username").waitFor();
  const claims = JSON.parse(await page.textContent("body"));
  assert.equal(claims.aud, "verified");
  assert.equal(claims.preferred_username, "ada");
  const past = await fetch(`http://127.0.0.1:${ports.verifier}/`, {
    headers: { "Remote-User": "ada", "Doorward-Assertion": "eyJhbGciOiJub25lIn0.e30." },
  });
  assert.equal(past.status, 401);
  await page.context().close();
});
