// Certificates from Pebble, the authority that Let's Encrypt tests clients with: accounts bound to an
// external one, nonces that it refuses at random, hosts that it cannot find.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { createServer as createProbe } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const binary = process.env.DOORWARD_BIN ?? join(here, "../../../target/debug/doorward");
const HMAC = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
const dir = mkdtempSync(join(tmpdir(), "doorward-acme-"));
const ports = {};
const children = [];

after(async () => {
  for (const child of children.reverse()) await stop(child);
  rmSync(dir, { recursive: true, force: true });
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
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}\n${logs()}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

function start(name, command, args, env = {}) {
  const log = openSync(join(dir, `${name}.log`), "a");
  const child = spawn(command, args, { cwd: dir, env: { ...process.env, ...env }, stdio: ["ignore", log, log] });
  child.ended = new Promise((resolve) => child.on("exit", resolve));
  children.push(child);
  return child;
}

async function stop(child) {
  child.kill("SIGTERM");
  await child.ended;
}

function logs() {
  const files = readdirSync(dir).filter((name) => name.endsWith(".log"));
  return files.map((name) => `--- ${name}\n${readFileSync(join(dir, name), "utf8")}`).join("\n");
}

const said = () => readFileSync(join(dir, "doorward.log"), "utf8");

function exchange(ask, options, body) {
  return new Promise((resolve) => {
    const asked = ask({ host: "127.0.0.1", agent: false, ...options }, (answer) => {
      let text = "";
      answer.on("data", (part) => (text += part));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    asked.on("error", () => resolve({ status: 0, headers: {}, text: "" }));
    asked.end(body);
  });
}

/** The certificate that somebody gets who asks for `host`, believed or not. */
function leaf(host, ca) {
  return new Promise((resolve) => {
    const options = { host: "127.0.0.1", port: ports.https, servername: host, ca, rejectUnauthorized: false };
    const socket = connect(options, () => {
      const certificate = socket.getPeerCertificate();
      const { authorized } = socket;
      socket.destroy();
      resolve({ serial: certificate.serialNumber, names: certificate.subjectaltname, authorized });
    });
    socket.on("error", () => resolve(undefined));
  });
}

function route(host) {
  return `[[route]]\nid = "${host}"\nmatch = { host = "${host}" }\nallow = ["authenticated"]\n` +
    `upstream = ["http://127.0.0.1:1"]\n`;
}

function openssl(...args) {
  const made = spawnSync("openssl", args, { cwd: dir, encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
}

const metrics = async () => (await exchange(plain, { port: ports.ops, path: "/metrics" })).text;
let doorward;

async function startDoorward() {
  doorward = start("doorward", binary, ["run", "-c", "doorward.toml"]);
  await until("doorward", async () => (await exchange(plain, { port: ports.ops, path: "/readyz" })).status === 200);
}

before(async () => {
  for (const name of ["directory", "management", "dns", "names", "http", "https", "ops"]) ports[name] = await freePort();
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "pebble.key"];
  // No authority by itself: a verifier takes no leaf that says that it may sign others.
  openssl("req", "-x509", ...key, "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority");
  openssl("req", "-new", "-key", "pebble.key", "-out", "pebble.csr", ...subject);
  writeFileSync(join(dir, "pebble.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
  openssl("x509", "-req", "-in", "pebble.csr", "-CA", "ca.pem", "-CAkey", "pebble.key", "-CAcreateserial",
    "-out", "pebble.pem", "-days", "2", "-extfile", "pebble.ext");
  writeFileSync(join(dir, "pebble.json"), JSON.stringify({
    pebble: {
      listenAddress: `127.0.0.1:${ports.directory}`,
      managementListenAddress: `127.0.0.1:${ports.management}`,
      certificate: "pebble.pem",
      privateKey: "pebble.key",
      httpPort: ports.http,
      tlsPort: ports.https,
      ocspResponderURL: "",
      externalAccountBindingRequired: true,
      externalAccountMACKeys: { "kid-1": HMAC },
    },
  }));
  writeFileSync(join(dir, "acme.hmac"), HMAC);
  start("names", "pebble-challtestsrv", ["-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "",
    "-dns01", `127.0.0.1:${ports.dns}`, "-management", `127.0.0.1:${ports.names}`]);
  start("pebble", "pebble", ["-config", "pebble.json", "-dnsserver", `127.0.0.1:${ports.dns}`],
    { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "3" });
  await until("pebble", async () =>
    (await exchange(secure, { port: ports.directory, path: "/dir", rejectUnauthorized: false })).status === 200);
  // Where the authority looks for this one, nobody is.
  const elsewhere = JSON.stringify({ host: "lost.acme.test", addresses: ["127.0.0.9"] });
  const set = { port: ports.names, path: "/add-a", method: "POST" };
  await until("the names", async () => (await exchange(plain, set, elsewhere)).status === 200);
  writeFileSync(join(dir, "doorward.toml"), `public_url = "https://auth.acme.test:${ports.https}"
[listen]
https = "127.0.0.1:${ports.https}"
http = "127.0.0.1:${ports.http}"
ops = "127.0.0.1:${ports.ops}"
[acme]
directory = "https://localhost:${ports.directory}/dir"
contact = "ops@example.com"
agree_to_terms = true
ca = "ca.pem"
external_account = { kid = "kid-1", hmac = { file = "acme.hmac" } }
${route("wiki.acme.test")}${route("lost.acme.test")}`);
  await startDoorward();
});

test("a certificate that signs itself is there until the authority has given one", async () => {
  assert.match(said(), /certificates are being ordered/);
  // Whoever asks for a host that cannot be had still gets it.
  const stand = await leaf("lost.acme.test");
  assert.equal(stand.authorized, false);
});

const first = {};

test("every host that the authority finds here gets its certificate", async () => {
  const root = await until("the authority's root", async () => {
    const path = "/roots/0";
    const answer = await exchange(secure, { port: ports.management, path, rejectUnauthorized: false });
    return answer.status === 200 && answer.text;
  });
  for (const host of ["auth.acme.test", "wiki.acme.test"]) {
    const given = await until(host, async () => {
      const one = await leaf(host, root);
      return one?.authorized && one;
    });
    assert.equal(given.names, `DNS:${host}`);
    first[host] = given.serial;
  }
  assert.notEqual(first["auth.acme.test"], first["wiki.acme.test"]);
  const told = await metrics();
  assert.match(told, /doorward_acme_orders_total\{outcome="ok"\} 2/);
  assert.match(told, /doorward_certificate_not_after_timestamp_seconds\{name="wiki\.acme\.test"\} \d+/);
});

test("a host that the authority does not find is told of, and waits its turn", async () => {
  await until("the failure", async () => /doorward_acme_orders_total\{outcome="failed"\} 1/.test(await metrics()));
  const line = said().split("\n").find((line) => line.includes("no certificate could be had"));
  assert.match(line, /lost\.acme\.test/);
  assert.match(line, /urn:ietf:params:acme:error:connection/);
});

test("everything else at the plain listener is redirected", async () => {
  const ask = (path, host) => exchange(plain, { port: ports.http, path, headers: { host } });
  const there = `https://wiki.acme.test:${ports.https}`;
  for (const path of ["/x", "/.well-known/acme-challenge/unknown", "/.well-known/acme-challenge/a.b"]) {
    const answer = await ask(path, "wiki.acme.test");
    assert.equal(answer.status, 301, path);
    assert.equal(answer.headers.location, there + path);
  }
  assert.equal((await ask("/.well-known/acme-challenge/unknown", "evil.test")).status, 421);
});

test("keys are sealed in the database", () => {
  const files = readdirSync(dir).filter((name) => name.startsWith("doorward.db"));
  assert.ok(files.length > 0);
  for (const name of files) assert.ok(!readFileSync(join(dir, name)).includes("PRIVATE KEY"), name);
});

test("a new start uses what is kept and orders nothing again", async () => {
  await stop(doorward);
  const before = said().length;
  await startDoorward();
  for (const host of ["auth.acme.test", "wiki.acme.test"]) {
    assert.equal((await leaf(host)).serial, first[host], host);
  }
  assert.doesNotMatch(said().slice(before), /ordering a certificate/);
});
