// nginx and Caddy in front of an app, asking Doorward: by the files in examples/forward-auth.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, openSync } from "node:fs";
import { createServer, request } from "node:http";
import { createServer as createProbe } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const examples = join(here, "../../../examples/forward-auth");
const binary = process.env.DOORWARD_BIN ?? join(here, "../../../target/debug/doorward");
const ADA = { login: "ada", email: "ada@example.com", groups: "admin,staff", password: "velvet-otter-42" };
const BOB = { login: "bob", email: "bob@example.com", groups: "staff", password: "quiet-maple-17" };

const cleaning = [];
after(async () => {
  for (const clean of cleaning.reverse()) await clean();
});

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createProbe().on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function until(what, check) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    if (await check()) return;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

/** One exchange with `host` by the proxy's port. */
function ask(port, host, path, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: "127.0.0.1", port, path, method, agent: false, headers: { host: `${host}:${port}`, ...headers } },
      (answer) => {
        let text = "";
        answer.on("data", (part) => (text += part));
        answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}

function run(command, args, options) {
  const child = spawn(command, args, options);
  const ended = new Promise((resolve) => child.on("exit", resolve));
  cleaning.push(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return child;
}

/** Doorward by its example, an app that says what it was sent, and a place for the proxy. */
async function house() {
  const dir = mkdtempSync(join(tmpdir(), "doorward-neighbours-"));
  cleaning.push(() => rmSync(dir, { recursive: true, force: true }));
  const [proxy, doorward] = [await freePort(), await freePort()];
  const app = createServer((asked, answer) => {
    answer.setHeader("content-type", "application/json");
    answer.end(JSON.stringify({ url: asked.url, method: asked.method, headers: asked.headers }));
  });
  await new Promise((next) => app.listen(0, "127.0.0.1", next));
  cleaning.push(() => app.close());
  const ours = (text) =>
    text
      .replaceAll(":8000", `:${proxy}`)
      .replaceAll(":8080", `:${doorward}`)
      .replaceAll(":3000", `:${app.address().port}`);
  const example = (name) => ours(readFileSync(join(examples, name), "utf8"));
  writeFileSync(join(dir, "doorward.toml"), example("doorward.toml"));
  for (const { login, email, groups, password } of [ADA, BOB]) {
    const args = ["user", "add", login, "--email", email, "--groups", groups, "--password-stdin"];
    const added = spawnSync(binary, [...args, "-c", "doorward.toml"], { cwd: dir, input: `${password}\n`, encoding: "utf8" });
    assert.equal(added.status, 0, added.stdout + added.stderr);
  }
  const log = openSync(join(dir, "doorward.log"), "a");
  run(binary, ["run", "-c", "doorward.toml"], { cwd: dir, stdio: ["ignore", log, log] });
  await until("doorward", () => answers(doorward, "localhost"));
  return { dir, proxy, doorward, example };
}

async function answers(port, host) {
  try {
    return (await ask(port, host, "/login")).status < 500;
  } catch {
    return false;
  }
}

/** A browser without a screen that goes through the proxy: a jar of cookies per host. */
class Visitor {
  constructor(port) {
    this.port = port;
    this.jars = new Map();
  }

  async open(host, path, options = {}) {
    for (let hops = 0; hops < 12; hops += 1) {
      const answer = await this.once(host, path, options);
      const { location } = answer.headers;
      if (!location) return { ...answer, host, path };
      const next = new URL(location, `http://${host}:${this.port}${path}`);
      assert.equal(next.port, String(this.port), location);
      [host, path, options] = [next.hostname, next.pathname + next.search, {}];
    }
    throw new Error(`redirects without end at ${host}${path}`);
  }

  async once(host, path, options = {}) {
    const jar = this.jars.get(host) ?? new Map();
    this.jars.set(host, jar);
    const cookie = [...jar].map((pair) => pair.join("=")).join("; ");
    const headers = { accept: "text/html", ...(cookie && { cookie }), ...options.headers };
    const answer = await ask(this.port, host, path, { ...options, headers });
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [pair, ...rest] = line.split(";");
      const at = pair.indexOf("=");
      if (rest.some((part) => part.trim() === "Max-Age=0")) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  async signIn(page, { email, password }) {
    const [form] = page.text.match(/<form[^>]*>[\s\S]*?<\/form>/) ?? [];
    assert.ok(form, `no form: ${page.status} ${page.host}${page.path} ${page.text}`);
    const fields = new URLSearchParams();
    for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
      const said = (name) => tag.match(new RegExp(`\\s${name}="([^"]*)"`))?.[1];
      if (said("type") === "hidden") fields.set(said("name"), said("value") ?? "");
    }
    fields.set("username", email);
    fields.set("password", password);
    const action = form.match(/action="([^"]*)"/)?.[1]?.replaceAll("&amp;", "&") ?? page.path;
    const origin = `http://${page.host}:${this.port}`;
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      origin,
      "sec-fetch-site": "same-origin",
    };
    const target = new URL(action, origin + page.path);
    return this.open(page.host, target.pathname + target.search, { method: "POST", body: String(fields), headers });
  }
}

const PROXIES = {
  nginx(house) {
    const at = (name) => join(house.dir, name);
    for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(at(name));
    writeFileSync(
      at("nginx.conf"),
      `daemon off;
worker_processes 1;
pid ${at("nginx.pid")};
error_log ${at("nginx.log")};
events {}
http {
  access_log off;
  client_body_temp_path ${at("body")};
  proxy_temp_path ${at("proxy")};
  fastcgi_temp_path ${at("fastcgi")};
  uwsgi_temp_path ${at("uwsgi")};
  scgi_temp_path ${at("scgi")};
${house.example("nginx.conf")}
}
`,
    );
    run("/usr/sbin/nginx", ["-p", house.dir, "-c", at("nginx.conf")], { stdio: "inherit" });
  },
  caddy(house) {
    const file = join(house.dir, "Caddyfile");
    writeFileSync(file, house.example("Caddyfile"));
    const env = { ...process.env, HOME: house.dir, XDG_DATA_HOME: house.dir, XDG_CONFIG_HOME: house.dir };
    run("caddy", ["run", "--adapter", "caddyfile", "--config", file], { stdio: ["ignore", "ignore", "ignore"], env });
  },
};

for (const [name, start] of Object.entries(PROXIES)) {
  test(`${name} asks, signs people in, and tells the app who they are`, async () => {
    const rooms = await house();
    start(rooms);
    await until(name, () => answers(rooms.proxy, "localhost"));
    const wiki = "wiki.localhost";

    // A browser that navigates is sent to sign in and comes back; everything else gets 401.
    const bob = new Visitor(rooms.proxy);
    const page = await bob.open(wiki, "/page?x=1");
    assert.equal(page.host, "localhost", page.text);
    const forged = { "remote-user": "ada", "Doorward-Assertion": "x", "X-Original-URL": `http://${wiki}/` };
    const script = await ask(rooms.proxy, wiki, "/page", { headers: forged });
    assert.equal(script.status, 401);
    assert.equal(script.headers.location, undefined);

    const back = await bob.signIn(page, BOB);
    assert.equal(back.status, 200, back.text);
    const seen = JSON.parse(back.text);
    assert.equal(seen.url, "/page?x=1");
    assert.equal(seen.headers["remote-user"], "bob");
    assert.equal(seen.headers["remote-groups"], "staff");
    assert.match(seen.headers["doorward-assertion"], /^eyJ/);
    assert.doesNotMatch(seen.headers.cookie ?? "", /doorward/i);

    // What the client says of itself is not what the app reads.
    const told = await bob.once(wiki, "/other", { headers: { ...forged, cookie: cookies(bob, wiki, "mine=1") } });
    assert.equal(told.status, 200, told.text);
    const other = JSON.parse(told.text).headers;
    assert.equal(other["remote-user"], "bob");
    assert.notEqual(other["doorward-assertion"], "x");
    assert.match(other.cookie, /mine=1/);
    assert.doesNotMatch(other.cookie, /doorward/i);

    // The rule of the path that is asked for counts, and the method with it.
    assert.equal((await bob.once(wiki, "/admin/x")).status, 403);
    assert.equal((await bob.once(wiki, "/admin/x", { method: "POST", body: "a=1" })).status, 403);
    const posted = await bob.once(wiki, "/form", { method: "POST", body: "a=1" });
    assert.equal(JSON.parse(posted.text).method, "POST");
    for (const path of ["/x/../admin/x", "/x/%2e%2e/admin/x", "//admin/x", "/admin%2fx"]) {
      const answer = await bob.once(wiki, path);
      const url = answer.status === 200 ? JSON.parse(answer.text).url : "";
      assert.ok(!url.includes("admin"), `${path}: ${answer.status} ${answer.text}`);
    }
    const ada = new Visitor(rooms.proxy);
    const entered = await ada.signIn(await ada.open(wiki, "/admin/x"), ADA);
    assert.equal(JSON.parse(entered.text).headers["remote-user"], "ada");

    // Nobody asks from outside.
    for (const host of [wiki, "localhost"]) {
      const asked = await ask(rooms.proxy, host, "/_doorward/authz/auth-request", { headers: forged });
      assert.equal(asked.status, 404, host);
    }
  });
}

function cookies(visitor, host, more) {
  const jar = [...visitor.jars.get(host)].map((pair) => pair.join("="));
  return [...jar, more].join("; ");
}
