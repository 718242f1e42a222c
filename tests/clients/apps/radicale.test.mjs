// Radicale behind Doorward, by the files in examples/radicale: a person's pages, and calendar programs.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { browser, profile, signIn as typeIn } from "../../browser/harness.mjs";
import { ADA, BOB, EVE, JIRI, ask, finish, leave, python, root, settle, until } from "../house.mjs";
import { Visitor, signedIn } from "../visitor.mjs";

const HOST = "radicale.localhost";
const PROPFIND = { method: "PROPFIND", headers: { depth: "0", accept: "*/*" } };
let house, port;

before(async () => {
  house = await settle("radicale", [8080, 9090, 5232]);
  port = house.port(8080);
  const config = house.put("radicale.conf");
  await house.serve("radicale", house.port(5232), HOST, python("apps", "radicale"), ["--config", config]);
  await house.doorwardWith([ADA, BOB, EVE, JIRI]);
});
after(leave);

const enter = (person) => signedIn(port, HOST, "/.web/", person);

/** What the CalDAV client made and saw. */
function calendar(name, summary, headers, env = {}) {
  const args = [join(root, "tests/clients/apps/calendar_client.py"), String(port), HOST, name, summary];
  const options = { input: JSON.stringify(headers), env: { ...process.env, ...env } };
  return JSON.parse(finish(python("apps"), args, options));
}

/** The principal that Radicale takes the request to come from. */
function principal(text) {
  return text.match(/current-user-principal><href>([^<]*)/)?.[1];
}

test("a stranger's browser is sent to sign in, a calendar program gets 401", async () => {
  const page = await new Visitor(port).open(HOST, "/.web/");
  assert.equal(page.host, "localhost");
  assert.match(page.text, /name="password"/);
  const program = await ask(port, HOST, "/", PROPFIND);
  assert.equal(program.status, 401);
  assert.match(program.headers["www-authenticate"], /Basic/);
  assert.equal(program.headers.location, undefined);
  // Who forges a name is as much a stranger.
  const headers = { ...PROPFIND.headers, "X-Remote-User": "ada", X_Remote_User: "ada" };
  assert.equal((await ask(port, HOST, "/", { ...PROPFIND, headers })).status, 401);
});

test("who is signed in is that person to Radicale, whatever name the request claims", async () => {
  const { visitor, page } = await enter(BOB);
  assert.equal(page.status, 200);
  assert.match(page.text, /Radicale/);
  const plain = await visitor.once(HOST, "/", PROPFIND);
  assert.equal(principal(plain.text), "/bob/", plain.text);
  for (const name of ["X-Remote-User", "x_remote_user", "X-Remote_User", "Remote-User", "REMOTE_USER"]) {
    const forged = { ...PROPFIND, headers: { ...PROPFIND.headers, [name]: "ada" } };
    const answer = await visitor.once(HOST, "/", forged);
    assert.equal(principal(answer.text), "/bob/", name);
  }
});

test("Radicale's page greets them without a form of its own", async () => {
  const chrome = await browser();
  try {
    const page = await (await profile(chrome)).newPage();
    await page.goto(`http://${HOST}:${port}/`);
    await typeIn(page, { username: BOB.email, password: BOB.password });
    await page.getByText("bob's Collections").waitFor();
    assert.equal(await page.locator("#loginscene").isVisible(), false);
  } finally {
    await chrome.close();
  }
});

test("a CalDAV client with the cookie of a session keeps its person's calendars", async () => {
  const { visitor } = await enter(BOB);
  const said = calendar("Rounds", "Feed the heron", { Cookie: visitor.cookies(HOST), "X-Remote-User": "ada" });
  assert.deepEqual(said, { person: "/bob/", calendars: { Rounds: ["Feed the heron"] } });
  // Nobody else may look into them.
  const { visitor: ada } = await enter(ADA);
  assert.equal((await ada.once(HOST, "/bob/", PROPFIND)).status, 403);
});

test("a CalDAV client with an access token is its person, and nobody when that is revoked", async () => {
  const token = await accessToken(ADA);
  const headers = { Authorization: `Bearer ${token}` };
  const said = calendar("Council", "Count the votes", headers);
  assert.deepEqual(said, { person: "/ada/", calendars: { Council: ["Count the votes"] } });
  const body = new URLSearchParams({ token, client_id: "planner" });
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const revoked = await ask(port, "localhost", "/connect/revoke", { method: "POST", headers: form, body: String(body) });
  assert.equal(revoked.status, 200, revoked.text);
  const late = { ...PROPFIND, headers: { ...PROPFIND.headers, ...headers } };
  assert.equal((await ask(port, HOST, "/", late)).status, 401);
});

test("a CalDAV client that knows passwords alone gets in with a personal token, until it is revoked", async () => {
  const made = house.doorward(["token", "add", "--user", "bob", "--name", "phone", "--scope", "calendars"]);
  const [token] = made.match(/dw_pat_[\w-]+/);
  const headers = { "X-Remote-User": "ada" };
  const said = calendar("Pond", "Mend the net", headers, { LOGIN: "ada", PASSWORD: token });
  assert.equal(said.person, "/bob/");
  assert.deepEqual(said.calendars.Pond, ["Mend the net"]);
  const basic = (password) => `Basic ${Buffer.from(`bob:${password}`).toString("base64")}`;
  const shown = (password) => ({ ...PROPFIND, headers: { ...PROPFIND.headers, authorization: basic(password) } });
  assert.equal((await ask(port, HOST, "/", shown(BOB.password))).status, 401);
  const [id] = house.doorward(["token", "list"]).match(/\S+(?=.*phone)/);
  house.doorward(["token", "revoke", id]);
  await until("the revocation", async () => (await ask(port, HOST, "/", shown(token))).status === 401);
});

test("a name beyond ASCII stays what it is", async () => {
  const { visitor } = await enter(JIRI);
  const answer = await visitor.once(HOST, "/", PROPFIND);
  assert.equal(principal(answer.text), "/ji%C5%99%C3%AD/", answer.text);
});

test("who is not in the group of the rule gets a page that says so", async () => {
  const { page } = await enter(EVE);
  assert.equal(page.status, 403);
  assert.match(page.text, /eve/);
});

test("signing out ends it for the page and for what had its cookie", async () => {
  const { visitor } = await enter(BOB);
  const cookie = visitor.cookies(HOST);
  await visitor.submit(await visitor.open(HOST, "/_doorward/logout"));
  const headers = { ...PROPFIND.headers, cookie };
  assert.equal((await ask(port, HOST, "/", { ...PROPFIND, headers })).status, 401);
  assert.equal((await visitor.open(HOST, "/.web/")).host, "localhost");
});

/** A token for the calendars, as an app with a browser gets it (RFC 8252, RFC 7636). */
async function accessToken(person) {
  const proof = randomBytes(32).toString("base64url");
  const redirect = "http://127.0.0.1:1/signed-in";
  const request = new URLSearchParams({
    response_type: "code",
    client_id: "planner",
    redirect_uri: redirect,
    scope: "calendars",
    code_challenge_method: "S256",
    code_challenge: createHash("sha256").update(proof).digest("base64url"),
    state: "s",
  });
  const { visitor } = await enter(person);
  const question = await visitor.open("localhost", `/connect/authorize?${request}`);
  const { away } = await visitor.submit(question, { decision: "allow" }, /consent/);
  const code = away.searchParams.get("code");
  assert.ok(code, away.href);
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const fields = { grant_type: "authorization_code", client_id: "planner", code, redirect_uri: redirect, code_verifier: proof };
  const options = { method: "POST", headers: form, body: String(new URLSearchParams(fields)) };
  const answer = await ask(port, "localhost", "/connect/token", options);
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text).access_token;
}
