// Radicale that keeps passwords of its own, behind Doorward, by the files in examples/radicale-passwords.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { ADA, BOB, EVE, leave, python, settle, until } from "../house.mjs";
import { signedIn } from "../visitor.mjs";

const HOST = "radicale.localhost";
const PROPFIND = { method: "PROPFIND", headers: { depth: "0", accept: "*/*" } };
let house, port;

before(async () => {
  house = await settle("radicale-passwords", [8080, 9090, 5232]);
  port = house.port(8080);
  writeFileSync(house.at("users"), "robert:old-mill-pond\nadelaide:tall-reed-bed\n");
  const config = house.put("radicale.conf");
  await house.serve("radicale", house.port(5232), HOST, python("apps", "radicale"), ["--config", config]);
  await house.doorwardWith([ADA, BOB, EVE]);
});
after(leave);

const enter = (person) => signedIn(port, HOST, "/.web/", person);

/** Whom Radicale takes the request to come from. */
async function principal(visitor, headers = {}) {
  const answer = await visitor.once(HOST, "/", { ...PROPFIND, headers: { ...PROPFIND.headers, ...headers } });
  return answer.text.match(/current-user-principal><href>([^<]*)/)?.[1] ?? answer.status;
}

test("a person says the app's password once, and is signed in with it from then on", async () => {
  const { visitor, page } = await enter(BOB);
  assert.match(page.path, /^\/_doorward\/credentials/);
  assert.equal(await principal(visitor), 403);
  const saved = { name: "robert", password: "old-mill-pond" };
  const opened = await visitor.submit(page, saved, /name-radicale/);
  assert.equal(opened.path, "/.web/");
  assert.match(opened.text, /Radicale/);
  assert.equal(await principal(visitor), "/robert/");
  // In the next session, too, and whatever the request says.
  const { visitor: again } = await enter(BOB);
  assert.equal(await principal(again, { authorization: `Basic ${btoa("adelaide:tall-reed-bed")}` }), "/robert/");
  // Nobody else is.
  const { page: asked, visitor: ada } = await enter(ADA);
  assert.match(asked.path, /^\/_doorward\/credentials/);
  assert.equal(await principal(ada), 403);
});

test("an operator may say it for them", async () => {
  const args = ["credential", "set", "--user", "ada", "--route", "radicale", "--name", "adelaide", "--password-stdin"];
  house.doorward(args, "tall-reed-bed\n");
  // What a command changes reaches a running server within a second.
  const { visitor } = await until("what the operator said", async () => {
    const entered = await enter(ADA);
    return entered.page.path === "/.web/" && entered;
  });
  assert.equal(await principal(visitor), "/adelaide/");
});

test("who is not in the group of the rule is not even asked", async () => {
  const { page } = await enter(EVE);
  assert.equal(page.status, 403);
  assert.match(page.text, /eve/);
});
