// What the browser tests share: the real binary, Debian's Chromium, axe, screenshots.
// Nothing sleeps for a fixed time; whatever waits polls a condition until a deadline.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { AxeBuilder } from "@axe-core/playwright";

const here = dirname(fileURLToPath(import.meta.url));
export const output = join(here, "output");
const binary = process.env.DOORWARD_BIN ?? join(here, "../../target/debug/doorward");
const PATIENCE = 30_000;

export const ADA = { username: "ada@example.com", password: "velvet-otter-42" };
export const BOB = { username: "bob@example.com", password: "quiet-maple-17" };

/** A loopback port that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Polls `check` until it gives something true. */
export async function until(what, check) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

function answers(url) {
  return new Promise((resolve) => {
    const request = get(url, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    request.on("error", () => resolve(undefined));
  });
}

/** Starts `doorward ARGS` and waits until `url` is answered with `status`. */
async function start(args, dir, url, status, more = {}) {
  const log = join(dir, "doorward.log");
  const file = openSync(log, "a");
  const env = Object.fromEntries(
    Object.entries({ ...process.env, ...more }).filter(([name]) => !name.startsWith("DOORWARD")),
  );
  const child = spawn(binary, args, { cwd: dir, env, stdio: ["ignore", file, file] });
  let ended = false;
  child.on("exit", () => (ended = true));
  // A test that fails before it stops its server neither waits for it nor leaves it behind.
  child.unref();
  process.on("exit", () => child.kill("SIGKILL"));
  await until(`doorward ${args.join(" ")}`, async () => {
    if (ended) throw new Error(`doorward ended:\n${readFileSync(log, "utf8")}`);
    return (await answers(url)) === status;
  });
  return {
    dir,
    log: () => readFileSync(log, "utf8"),
    async stop() {
      if (!ended) child.kill("SIGTERM");
      await until("doorward to end", () => ended);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The demo, on a free port. */
export async function demo(...args) {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), "doorward-demo-"));
  const base = `http://localhost:${port}`;
  const url = `${base}/production/oidc/.well-known/openid-configuration`;
  const server = await start(["demo", "--port", String(port), ...args], dir, url, 200);
  return { ...server, base, port };
}

/** A server of a file in examples/issuers, on ports and with a database of its own. */
export async function example(name, env, people) {
  const [port, ops] = [await freePort(), await freePort()];
  const dir = mkdtempSync(join(tmpdir(), `doorward-${name}-`));
  const file = readFileSync(join(here, `../../examples/issuers/${name}.toml`), "utf8");
  const toml = file.replaceAll(":8080", `:${port}`).replaceAll(":9090", `:${ops}`);
  writeFileSync(join(dir, "doorward.toml"), toml);
  const run = (args, input) => {
    const ran = spawnSync(binary, [...args, "-c", "doorward.toml"], {
      cwd: dir,
      env: { ...process.env, ...env },
      input,
      encoding: "utf8",
    });
    if (ran.status !== 0) throw new Error(`${args.join(" ")}: ${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  for (const { login, email, password, more } of people) {
    run(["user", "add", login, "--email", email, "--password-stdin", ...more], `${password}\n`);
  }
  const ready = `http://127.0.0.1:${ops}/readyz`;
  const running = await start(["run", "-c", "doorward.toml"], dir, ready, 200, env);
  return { ...running, base: `http://localhost:${port}`, port, run: (...args) => run(args) };
}

/**
 * A server of its own configuration; `@BASE@` and `@DIR@` are filled in. `listen` says how TLS is done,
 * `files` are written beside the configuration.
 */
export async function server(toml, people = [], listen = undefined, files = {}) {
  const [port, ops] = [await freePort(), await freePort()];
  const dir = mkdtempSync(join(tmpdir(), "doorward-browser-"));
  const base = `${listen ? "https" : "http"}://localhost:${port}`;
  const head = `public_url = "${base}"
[listen]
${listen ? "https" : "http"} = "127.0.0.1:${port}"
ops = "127.0.0.1:${ops}"
${listen ?? ""}
[storage]
url = "sqlite:${dir}/doorward.db"
key = { file = "${dir}/master.key" }
`;
  writeFileSync(
    join(dir, "doorward.toml"),
    head + toml.replaceAll("@BASE@", base).replaceAll("@DIR@", dir),
  );
  for (const [name, body] of Object.entries(files)) writeFileSync(join(dir, name), body);
  const run = (args, input) => {
    const ran = spawnSync(binary, [...args, "-c", "doorward.toml"], { cwd: dir, input, encoding: "utf8" });
    if (ran.status !== 0) throw new Error(`${args.join(" ")}: ${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  for (const { login, email, groups, password, more = [] } of people) {
    const args = ["user", "add", login, "--email", email, "--groups", groups, ...more];
    run([...args, "--password-stdin"], `${password}\n`);
  }
  const ready = `http://127.0.0.1:${ops}/readyz`;
  const running = await start(["run", "-c", "doorward.toml"], dir, ready, 200);
  return { ...running, base, port, run: (...args) => run(args) };
}

/** Debian's Chromium; the flags keep it from looking for its maker's hosts. */
const CHROMIUM = {
  executablePath: process.env.DOORWARD_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export function browser() {
  return chromium.launch(CHROMIUM);
}

/** A browser of its own that allows third-party cookies: by default frames of other sites see none. */
export async function lenient() {
  const dir = mkdtempSync(join(tmpdir(), "doorward-profile-"));
  mkdirSync(join(dir, "Default"));
  const allowed = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };
  writeFileSync(join(dir, "Default", "Preferences"), JSON.stringify(allowed));
  const context = await chromium.launchPersistentContext(dir, CHROMIUM);
  context.setDefaultTimeout(PATIENCE);
  // The browser still writes to it while it ends.
  process.on("exit", () => rmSync(dir, { recursive: true, force: true, maxRetries: 20 }));
  return context;
}

/** A fresh profile: `{ dark, width, script }`. */
export async function profile(chrome, { dark = false, width = 1280, script = true } = {}) {
  const context = await chrome.newContext({
    colorScheme: dark ? "dark" : "light",
    viewport: { width, height: 900 },
    javaScriptEnabled: script,
    locale: "en-GB",
  });
  context.setDefaultTimeout(PATIENCE);
  return context;
}

/** Runs `visit(page, name)` in both schemes, wide and narrow; each in a fresh profile. */
export async function everyWay(chrome, name, visit) {
  for (const dark of [false, true]) {
    for (const width of [1280, 320]) {
      const context = await profile(chrome, { dark, width });
      const page = await context.newPage();
      const heard = complaints(page);
      const way = `${name}-${dark ? "dark" : "light"}-${width}`;
      await visit(page, async (part) => {
        await accessible(page, `${way} ${part}`);
        await reflows(page, `${way} ${part}`);
        await picture(page, `${way}-${part}`);
      });
      if (heard.length) throw new Error(`${way}: the browser complained: ${heard.join("\n")}`);
      await context.close();
    }
  }
}

/** Fills the sign-in form in and sends it. */
export async function signIn(page, { username, password }) {
  await page.locator("#login-page").waitFor();
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.click("#login-submit");
}

/** Throws unless axe finds nothing to complain about on `page`. */
export async function accessible(page, name) {
  const found = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const told = found.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((n) => n.html).join("\n    ")}`,
  );
  if (told.length) throw new Error(`axe on ${name} (${page.url()}):\n  ${told.join("\n  ")}`);
}

/** Throws unless the page fits its window's width (WCAG 1.4.10). */
export async function reflows(page, name) {
  const [wide, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  if (wide > window) throw new Error(`${name} is ${wide} px wide in a window of ${window} px`);
}

/** Keeps a picture of the page for people to look at. */
export async function picture(page, name) {
  mkdirSync(output, { recursive: true });
  await page.screenshot({ path: join(output, `${name}.png`), fullPage: true });
}

/** Console errors and refused resources of a page; an empty list when all is well. */
export function complaints(page) {
  const heard = [];
  page.on("console", (message) => {
    // A page with an error status is logged by the browser itself; that is no fault of the page.
    const expected = /the server responded with a status of 4\d\d/.test(message.text());
    if (message.type() === "error" && !expected) heard.push(message.text());
  });
  page.on("pageerror", (error) => heard.push(String(error)));
  return heard;
}
