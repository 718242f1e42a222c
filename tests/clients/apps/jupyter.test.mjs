// Jupyter Server behind Doorward, by the files in examples/jupyter: a terminal over a WebSocket.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ADA, BOB, EVE, JIRI, ask, cleanUp, leave, python, root, settle, until } from "../house.mjs";
import { Visitor, signedIn } from "../visitor.mjs";

const HOST = "jupyter.localhost";
let house, port;

before(async () => {
  house = await settle("jupyter", [8080, 9090, 8888]);
  port = house.port(8080);
  mkdirSync(house.at("work"));
  const listen = house.port(8888);
  const config = house.put("jupyter_server_config.py");
  const folder = `--ServerApp.root_dir=${house.at("work")}`;
  const args = ["--allow-root", `--config=${config}`, `--ServerApp.port=${listen}`, folder];
  const own = { HOME: house.dir, JUPYTER_CONFIG_DIR: house.dir, JUPYTER_DATA_DIR: house.dir };
  const env = { ...process.env, ...own, JUPYTER_RUNTIME_DIR: house.dir, SHELL: "/bin/sh" };
  await house.serve("jupyter", listen, HOST, python("apps", "jupyter-server"), args, { env });
  await house.doorwardWith([ADA, BOB, EVE, JIRI]);
});
after(leave);

const enter = (person) => signedIn(port, HOST, "/api/me", person);

/** Opens a shell as Jupyter's own pages do, and gives its name. */
async function shell(visitor) {
  await visitor.once(HOST, "/");
  const token = visitor.jar(HOST).get("_xsrf");
  const headers = { "x-xsrftoken": token, "sec-fetch-site": "same-origin", "content-type": "application/json" };
  const made = await visitor.once(HOST, "/api/terminals", { method: "POST", headers, body: "{}" });
  assert.equal(made.status, 200, made.text);
  return JSON.parse(made.text).name;
}

/** A terminal program at the WebSocket of a shell. */
function terminal(name, headers) {
  const program = join(root, "tests/clients/apps/terminal_client.py");
  const path = `/terminals/websocket/${name}`;
  const child = spawn(python("apps"), [program, String(port), HOST, path, JSON.stringify(headers)]);
  cleanUp(() => child.kill());
  const told = { said: "" };
  let rest = "";
  child.stderr.pipe(process.stderr);
  child.stdout.on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines.map((one) => JSON.parse(one))) {
      told.said += line.said ?? "";
      Object.assign(told, { ...line, said: told.said });
    }
  });
  return { told, type: (line) => child.stdin.write(`${line}\n`) };
}

test("a stranger is sent to sign in; a program and a WebSocket get 401", async () => {
  assert.equal((await new Visitor(port).open(HOST, "/tree")).host, "localhost");
  const forged = { "Remote-User": "ada", Remote_User: "ada", Authorization: "token x" };
  assert.equal((await ask(port, HOST, "/api/me", { headers: forged })).status, 401);
  const { told } = terminal("1", forged);
  await until("the refusal", () => told.refused);
  assert.equal(told.refused, 401);
});

test("who is signed in is that person to Jupyter, whatever name the request claims", async () => {
  const { visitor, page } = await enter(BOB);
  assert.equal(JSON.parse(page.text).identity.username, "bob");
  for (const name of ["Remote-User", "remote_user", "REMOTE-USER"]) {
    const answer = await visitor.once(HOST, "/api/me?token=x", { headers: { [name]: "ada" } });
    assert.equal(JSON.parse(answer.text).identity.username, "bob", name);
  }
});

test("a name beyond ASCII stays what it is", async () => {
  const { page } = await enter(JIRI);
  const { username, display_name } = JSON.parse(page.text).identity;
  assert.deepEqual([username, display_name], ["jiří", "Jiří Novák"]);
});

test("who is not in the group of the rule gets neither page nor terminal", async () => {
  const { visitor, page } = await enter(EVE);
  assert.equal(page.status, 403);
  const { told } = terminal("1", { Cookie: visitor.cookies(HOST) });
  await until("the refusal", () => told.refused);
  assert.equal(told.refused, 403);
});

test("a shell answers over the WebSocket, and goes with the session of its person alone", async () => {
  const { visitor: bob } = await enter(BOB);
  const { visitor: ada } = await enter(ADA);
  const shells = [];
  for (const visitor of [bob, ada]) {
    const opened = terminal(await shell(visitor), { Cookie: visitor.cookies(HOST) });
    await until("the terminal", () => opened.told.open);
    opened.type("echo $((6 * 7))-geese");
    await until("the shell", () => opened.told.said.includes("42-geese"));
    shells.push(opened);
  }
  const [his, hers] = shells;
  await bob.submit(await bob.open(HOST, "/_doorward/logout"));
  await until("the end of his terminal", () => "closed" in his.told);
  hers.type("echo $((6 * 8))-geese");
  await until("her shell", () => hers.told.said.includes("48-geese"));
  assert.ok(!("closed" in hers.told));
});

test("Jupyter's own logout ends the session, and the terminals that it opened", async () => {
  const { visitor } = await enter(BOB);
  const cookie = visitor.cookies(HOST);
  const opened = terminal(await shell(visitor), { Cookie: cookie });
  await until("the terminal", () => opened.told.open);
  const page = await visitor.once(HOST, "/logout");
  assert.match(page.text, /Successfully logged out/);
  await until("the end of the terminal", () => "closed" in opened.told);
  assert.equal((await ask(port, HOST, "/api/me", { headers: { cookie } })).status, 401);
});
