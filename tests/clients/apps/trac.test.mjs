// Trac behind Doorward, by the files in examples/trac.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { ADA, BOB, EVE, JIRI, ask, finish, leave, python, settle } from "../house.mjs";
import { Visitor, signedIn } from "../visitor.mjs";

const HOST = "trac.localhost";
let house, port;

before(async () => {
  house = await settle("trac", [8080, 9090, 8000]);
  port = house.port(8080);
  const works = house.at("works");
  finish(python("apps", "trac-admin"), [works, "initenv", "Works", "sqlite:db/trac.db"]);
  house.put("trac_wsgi.py");
  const listen = `--listen=127.0.0.1:${house.port(8000)}`;
  const proxy = ["--trusted-proxy=127.0.0.1", "--trusted-proxy-headers=x-forwarded-proto"];
  const args = [listen, ...proxy, "trac_wsgi:application"];
  const password = house.at("trac.password");
  writeFileSync(password, `${randomBytes(24).toString("hex")}\n`);
  const env = { ...process.env, TRAC_ENV: works, TRAC_PASSWORD: password };
  await house.serve("trac", house.port(8000), HOST, python("apps", "waitress-serve"), args, { env });
  await house.doorwardWith([ADA, BOB, EVE, JIRI]);
});
after(leave);

const enter = (person) => signedIn(port, HOST, "/wiki", person);

/** Whom Trac says it talks to. */
function greeted(page) {
  return page.text.match(/logged in as\s*<span[^>]*>([^<]*)/)?.[1];
}

test("a stranger is sent to sign in, and comes back to the page that was asked for", async () => {
  const visitor = new Visitor(port);
  const asked = await visitor.open(HOST, "/wiki/TracGuide?version=1");
  assert.equal(asked.host, "localhost");
  const page = await visitor.signIn(asked, BOB);
  assert.equal(page.status, 200, page.text);
  assert.equal(page.path, "/wiki/TracGuide?version=1");
  assert.equal(greeted(page), "bob");
});

test("a name that the request claims is nobody's", async () => {
  const forged = { "Remote-User": "ada", Remote_User: "ada", "X-Remote-User": "ada", Authorization: "Basic YWRhOng=" };
  assert.equal((await ask(port, HOST, "/wiki", { headers: forged })).status, 401);
  const { visitor } = await enter(BOB);
  assert.equal(greeted(await visitor.once(HOST, "/wiki", { headers: forged })), "bob");
});

test("Trac hears nobody who comes past Doorward", async () => {
  for (const given of [undefined, "Basic YWRhOng=", "Basic ???", "Bearer x"]) {
    const headers = { "Remote-User": "ada", ...(given && { authorization: given }) };
    const answer = await ask(house.port(8000), HOST, "/wiki", { headers });
    assert.equal(answer.status, 403, given);
    assert.match(answer.text, /Doorward/);
  }
});

test("Trac's login link works, and a ticket is its person's", async () => {
  const { visitor } = await enter(BOB);
  const back = await visitor.open(HOST, "/login");
  assert.equal(greeted(back), "bob");
  assert.ok(visitor.jar(HOST).has("trac_auth"));
  const form = await visitor.open(HOST, "/newticket");
  const ticket = { field_summary: "The gate squeaks", submit: "Create ticket" };
  const made = await visitor.submit(form, ticket, /propertyform/);
  assert.match(made.path, /^\/ticket\/\d+/);
  assert.match(made.text, /The gate squeaks/);
  assert.match(made.text, /headers="h_reporter"[^>]*>\s*(<[^>]*>\s*)*bob/);
});

test("Trac's cookie of somebody else does not outlive the change of person", async () => {
  const { visitor } = await enter(ADA);
  await visitor.open(HOST, "/login");
  const trace = visitor.jar(HOST).get("trac_auth");
  const { visitor: bob } = await enter(BOB);
  bob.jar(HOST).set("trac_auth", trace);
  assert.equal(greeted(await bob.once(HOST, "/wiki")), "bob");
});

test("a name beyond ASCII stays what it is", async () => {
  const { page } = await enter(JIRI);
  assert.equal(greeted(page), "jiří");
});

test("who is not in the group of the rule gets a page that says so", async () => {
  const { page } = await enter(EVE);
  assert.equal(page.status, 403);
  assert.match(page.text, /eve/);
});

test("Trac's own logout ends the session", async () => {
  const { visitor, page } = await enter(BOB);
  const cookie = visitor.cookies(HOST);
  // A page of another site cannot press the button.
  const elsewhere = { method: "POST", headers: { "sec-fetch-site": "cross-site" } };
  await visitor.once(HOST, "/logout", elsewhere);
  assert.equal((await ask(port, HOST, "/wiki", { headers: { cookie } })).status, 200);
  const after = await visitor.submit(page, {}, /id="logout"/);
  assert.equal(after.host, "localhost", after.text);
  assert.match(after.text, /name="password"/);
  assert.equal((await ask(port, HOST, "/wiki", { headers: { cookie } })).status, 401);
  assert.equal(visitor.jar(HOST).has("__Host-doorward"), false);
});
