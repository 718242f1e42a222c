// DokuWiki behind Doorward, by the files in examples/dokuwiki: a wiki in PHP, as Debian packs it.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ADA, BOB, EVE, JIRI, ask, leave, settle } from "../house.mjs";
import { Visitor, signedIn } from "../visitor.mjs";

const HOST = "dokuwiki.localhost";
const STORES = "attic cache index locks log media media_attic media_meta meta pages tmp";
let house, port;

/** The installed wiki with a configuration and pages of its own. */
function install() {
  const wiki = house.at("wiki");
  const plain = { recursive: true, dereference: true };
  cpSync("/usr/share/dokuwiki", wiki, { ...plain, filter: (path) => !path.endsWith("/testing") });
  const settings = (path) => !/\/(acl|users)\.auth\.php$/.test(path);
  cpSync("/etc/dokuwiki", join(wiki, "conf"), { ...plain, filter: settings });
  writeFileSync(join(wiki, "inc/preload.php"), `<?php define('DOKU_CONF', '${wiki}/conf/');\n`);
  const data = house.at("data");
  for (const store of STORES.split(" ")) mkdirSync(join(data, store), { recursive: true });
  writeFileSync(join(wiki, "conf/local.php"), `<?php $conf['savedir'] = '${data}';\n`);
  writeFileSync(join(wiki, "conf/local.protected.php"), house.text("local.protected.php"));
  writeFileSync(join(wiki, "conf/acl.auth.php"), house.text("acl.auth.php"));
  house.copy("authproxy", join(wiki, "lib/plugins/authproxy"));
  return wiki;
}

before(async () => {
  house = await settle("dokuwiki", [8080, 9090, 8090]);
  port = house.port(8080);
  const args = ["-S", `127.0.0.1:${house.port(8090)}`, "-t", install()];
  await house.serve("php", house.port(8090), HOST, "php", args);
  await house.doorwardWith([ADA, BOB, EVE, JIRI]);
});
after(leave);

const enter = (person) => signedIn(port, HOST, "/doku.php", person);

/** Whom the wiki says it talks to. */
function greeted(page) {
  return page.text.match(/class="user">Logged in as:[\s\S]*?\(<bdi>([^<]*)/)?.[1];
}

test("a stranger is sent to sign in, and comes back to the page that was asked for", async () => {
  const visitor = new Visitor(port);
  const asked = await visitor.open(HOST, "/doku.php?id=wiki:syntax");
  assert.equal(asked.host, "localhost");
  const page = await visitor.signIn(asked, BOB);
  assert.equal(page.status, 200, page.text);
  assert.equal(page.path, "/doku.php?id=wiki:syntax");
  assert.equal(greeted(page), "bob");
});

test("a name that the request claims is nobody's", async () => {
  const basic = `Basic ${Buffer.from("ada:x").toString("base64")}`;
  for (const name of ["Remote-User", "Remote_User", "REMOTE-USER"]) {
    const headers = { [name]: "ada", "Remote-Groups": "admin", Remote_Groups: "admin" };
    assert.equal((await ask(port, HOST, "/doku.php", { headers })).status, 401);
    const { visitor } = await enter(BOB);
    assert.equal(greeted(await visitor.once(HOST, "/doku.php", { headers })), "bob");
    const typed = await visitor.once(HOST, "/doku.php?u=ada&p=x", { headers: { authorization: basic } });
    assert.equal(greeted(typed), "bob");
  }
});

test("the wiki's own rules know the groups", async () => {
  const { visitor: bob } = await enter(BOB);
  const form = await bob.open(HOST, "/doku.php?id=garden&do=edit");
  const page = await bob.submit(form, { wikitext: "The heron is back.", "do[save]": "1" }, /wikitext/);
  assert.equal(page.status, 200, page.text);
  assert.match(page.text, /The heron is back\./);
  const changes = await bob.open(HOST, "/doku.php?id=garden&do=revisions");
  assert.match(changes.text, /<bdi>bob<\/bdi>/);
  const closed = await bob.open(HOST, "/doku.php?do=admin");
  assert.doesNotMatch(closed.text, /page=acl/);
  const { visitor: ada } = await enter(ADA);
  assert.match((await ada.open(HOST, "/doku.php?do=admin")).text, /page=acl/);
});

test("a name beyond ASCII stays what it is", async () => {
  const { page } = await enter(JIRI);
  assert.match(page.text, /Logged in as:[\s\S]*?<bdi>Jiří Novák<\/bdi>/);
  assert.equal(greeted(page), "jiří");
});

test("who is not in the group of the rule gets a page that says so", async () => {
  const { page } = await enter(EVE);
  assert.equal(page.status, 403);
  assert.match(page.text, /eve/);
});

test("the wiki's own logout ends the session", async () => {
  const { visitor, page } = await enter(BOB);
  const cookie = visitor.cookies(HOST);
  // Not when a page of another site names the address.
  await visitor.once(HOST, "/signed-out", { headers: { "sec-fetch-site": "cross-site" } });
  assert.equal((await ask(port, HOST, "/doku.php", { headers: { cookie } })).status, 200);
  const link = page.text.match(/href="([^"]*do=logout[^"]*)"/)?.[1].replaceAll("&amp;", "&");
  const asked = await visitor.open(HOST, link);
  assert.equal(asked.host, "localhost", asked.text);
  assert.equal((await ask(port, HOST, "/doku.php", { headers: { cookie } })).status, 401);
  // Whoever comes next is themself, though the wiki's own cookies are still there.
  assert.equal(greeted(await visitor.signIn(asked, ADA)), "ada");
});
