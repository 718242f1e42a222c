// What the tests of apps and of other proxies share: a folder per test with the files of an example, on
// ports of its own; the real binary; and processes that end with the test that started them.
// Nothing sleeps for a fixed time; whatever waits polls a condition until a deadline.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer as createProbe } from "node:net";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, "../..");
const binary = process.env.DOORWARD_BIN ?? join(root, "target/debug/doorward");
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const tools = process.env.DOORWARD_TOOLS ?? join(cache, "doorward-tools");
const PATIENCE = 30_000;

export const ADA = { login: "ada", email: "ada@example.com", groups: "admin,staff", password: "velvet-otter-42" };
export const BOB = { login: "bob", email: "bob@example.com", groups: "staff", password: "quiet-maple-17" };
export const EVE = { login: "eve", email: "eve@example.com", groups: "guests", password: "hollow-finch-63" };
export const JIRI = { login: "jiří", email: "jiri@example.com", groups: "staff", password: "amber-lynx-88", name: "Jiří Novák" };

const cleaning = [];

/** Ends and removes what was started since, the last first. */
export async function leave() {
  for (const clean of cleaning.splice(0).reverse()) await clean();
}

export function cleanUp(clean) {
  cleaning.push(clean);
}

/** A program of the environment that tests/setup made for the folder `tests/clients/NAME`. */
export function python(name, program = "python") {
  return join(tools, "python", name, "bin", program);
}

/** A loopback port that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createProbe().on("error", reject);
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

/** One exchange with `host` by a port of this machine. */
export function ask(port, host, path, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: "127.0.0.1", port, path, method, agent: false, headers: { host: `${host}:${port}`, ...headers } },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part) => (text += part));
        answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}

export async function answers(port, host, path = "/") {
  try {
    return (await ask(port, host, path)).status < 500;
  } catch {
    return false;
  }
}

/** Runs a command to its end, and gives what it printed. */
export function finish(command, args, options = {}) {
  const ran = spawnSync(command, args, { encoding: "utf8", ...options });
  assert.equal(ran.status, 0, `${command} ${args.join(" ")}: ${ran.error ?? ""}${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}

/** The files of `examples/EXAMPLE` in a folder of their own, each `:PORT` of `ports` a free one. */
export async function settle(example, ports) {
  const dir = mkdtempSync(join(tmpdir(), `doorward-${example}-`));
  cleanUp(() => rmSync(dir, { recursive: true, force: true }));
  const free = new Map();
  for (const port of ports) free.set(port, await freePort());
  return new House(join(root, "examples", example), dir, free);
}

class House {
  constructor(example, dir, ports) {
    Object.assign(this, { example, dir, ports });
  }

  port(standing) {
    return this.ports.get(standing);
  }

  at(...parts) {
    return join(this.dir, ...parts);
  }

  /** A file of the example, as it is but for the ports. */
  text(name) {
    const own = (text, [standing, free]) => text.replace(new RegExp(`(: ?)${standing}\\b`, "g"), `$1${free}`);
    return [...this.ports].reduce(own, readFileSync(join(this.example, name), "utf8"));
  }

  /** Writes a file of the example into the folder, and gives its path. */
  put(name, change = (text) => text) {
    writeFileSync(this.at(name), change(this.text(name)));
    return this.at(name);
  }

  /** Copies a folder of the example. */
  copy(name, to) {
    cpSync(join(this.example, name), to, { recursive: true });
  }

  /** Starts a program that serves until the test ends; what it says is in `NAME.log`. */
  run(name, command, args, options = {}) {
    const log = openSync(this.at(`${name}.log`), "a");
    const child = spawn(command, args, { cwd: this.dir, stdio: ["ignore", log, log], ...options });
    let ended = false;
    const over = new Promise((resolve) => child.on("exit", resolve)).then(() => (ended = true));
    child.on("error", () => (ended = true));
    const last = () => child.kill("SIGKILL");
    process.on("exit", last);
    cleanUp(async () => {
      if (!ended) child.kill("SIGTERM");
      await over;
      process.off("exit", last);
    });
    return { child, ended: () => ended, said: () => readFileSync(this.at(`${name}.log`), "utf8") };
  }

  /** As `run`, and waits until `port` answers for `host`. */
  async serve(name, port, host, command, args, options) {
    const running = this.run(name, command, args, options);
    await until(`${name}:\n${running.said()}`, async () => {
      if (running.ended()) throw new Error(`${name} ended:\n${running.said()}`);
      return answers(port, host);
    });
    return running;
  }

  /** A command of Doorward with this folder's configuration. */
  doorward(args, input = "") {
    return finish(binary, [...args, "-c", "doorward.toml"], { cwd: this.dir, input });
  }

  /** Doorward by the example's `doorward.toml`, with these people. */
  async doorwardWith(people) {
    this.put("doorward.toml");
    for (const { login, email, groups, password, name = "" } of people) {
      const args = ["user", "add", login, "--email", email, "--groups", groups, "--name", name, "--password-stdin"];
      this.doorward(args, `${password}\n`);
    }
    const args = ["run", "-c", "doorward.toml"];
    return this.serve("doorward", this.port(8080), "localhost", binary, args);
  }
}
