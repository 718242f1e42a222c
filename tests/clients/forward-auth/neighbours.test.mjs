// Proxies in front of an app, asking Doorward: by the files in examples/forward-auth.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createServer, request } from "node:http";
import { ADA, BOB, JIRI, ask, cleanUp, leave, python, settle } from "../house.mjs";
import { Visitor } from "../visitor.mjs";

after(leave);

/** Doorward by its example, an app that says what it was sent, and a place for the proxy. */
async function house() {
  const house = await settle("forward-auth", [8000, 8080, 9090]);
  const app = createServer((asked, answer) => {
    answer.setHeader("content-type", "application/json");
    answer.end(JSON.stringify({ url: asked.url, method: asked.method, headers: asked.headers }));
  });
  // A WebSocket is accepted (RFC 6455, 4.2.2), and greets the person in one frame.
  app.on("upgrade", (asked, socket) => {
    const key = `${asked.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    const name = asked.headers["remote-user"] ?? "";
    const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`;
    socket.end(`${head}Sec-WebSocket-Accept: ${accept}\r\n\r\n\x81${String.fromCharCode(name.length)}${name}`, "latin1");
  });
  await new Promise((next) => app.listen(0, "127.0.0.1", next));
  cleanUp(() => app.close());
  house.ports.set(3000, app.address().port);
  await house.doorwardWith([ADA, BOB, JIRI]);
  return house;
}

/** What a WebSocket's first frame says, or the status that refuses it. */
function greeting(port, host, headers) {
  return new Promise((resolve, reject) => {
    const upgrade = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": randomBytes(16).toString("base64"),
      "sec-fetch-mode": "websocket",
      host: `${host}:${port}`,
      origin: `http://${host}:${port}`,
    };
    const asked = request({ host: "127.0.0.1", port, path: "/socket", headers: { ...upgrade, ...headers } });
    asked.on("error", reject);
    asked.on("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on("upgrade", (_answer, socket, head) => {
      let frame = head;
      socket.on("data", (more) => (frame = Buffer.concat([frame, more])));
      socket.on("error", reject);
      socket.on("close", () => resolve(frame.subarray(2).toString()));
    });
    asked.end();
  });
}

/** How each is started. */
const PROXIES = {
  nginx(house) {
    for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(house.at(name));
    const around = (text) => `daemon off;
worker_processes 1;
pid ${house.at("nginx.pid")};
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path ${house.at("body")};
  proxy_temp_path ${house.at("proxy")};
  fastcgi_temp_path ${house.at("fastcgi")};
  uwsgi_temp_path ${house.at("uwsgi")};
  scgi_temp_path ${house.at("scgi")};
${text}
}
`;
    return ["/usr/sbin/nginx", ["-p", house.dir, "-c", house.put("nginx.conf", around)]];
  },
  caddy(house) {
    const env = { ...process.env, HOME: house.dir, XDG_DATA_HOME: house.dir, XDG_CONFIG_HOME: house.dir };
    return ["caddy", ["run", "--adapter", "caddyfile", "--config", house.put("Caddyfile")], { env }];
  },
  haproxy(house) {
    house.put("doorward.lua");
    return ["/usr/sbin/haproxy", ["-db", "-f", house.put("haproxy.cfg")]];
  },
  envoy(house) {
    const args = ["--use-dynamic-base-id", "--concurrency", "1", "-l", "warning"];
    return [python("forward-auth", "envoy"), ["-c", house.put("envoy.yaml"), ...args]];
  },
};

for (const [name, start] of Object.entries(PROXIES)) {
  test(`${name} asks, signs people in, and tells the app who they are`, async () => {
    const rooms = await house();
    const proxy = rooms.port(8000);
    await rooms.serve(name, proxy, "localhost", ...start(rooms));
    const wiki = "wiki.localhost";

    // A browser that navigates is sent to sign in and comes back; everything else gets 401.
    const bob = new Visitor(proxy);
    const page = await bob.open(wiki, "/page?x=1");
    assert.equal(page.host, "localhost", page.text);
    const forged = { "remote-user": "ada", "Doorward-Assertion": "x", "X-Original-URL": `http://${wiki}/` };
    const script = await ask(proxy, wiki, "/page", { headers: forged });
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

    const cookie = bob.cookies(wiki);

    // What the client says of itself is not what the app reads.
    const spelled = { ...forged, Remote_User: "ada", "Doorward_Assertion": "x", "Remote-Name": "forged" };
    const told = await bob.once(wiki, "/other", { headers: { ...spelled, cookie: `${cookie}; mine=1` } });
    assert.equal(told.status, 200, told.text);
    const other = JSON.parse(told.text).headers;
    assert.equal(other["remote-user"], "bob");
    assert.notEqual(other["doorward-assertion"], "x");
    const claims = Object.keys(other).filter((name) => /^(remote|doorward)/.test(name));
    const ours = ["doorward-assertion", "remote-email", "remote-groups", "remote-name", "remote-user"];
    for (const name of claims) assert.ok(ours.includes(name), name);
    assert.notEqual(other["remote-name"], "forged");
    assert.match(other.cookie, /mine=1/);
    assert.doesNotMatch(other.cookie, /doorward/i);

    // So it is for WebSockets.
    assert.equal(await greeting(proxy, wiki, { cookie, "remote-user": "ada" }), "bob");
    assert.equal(await greeting(proxy, wiki, forged), 401);

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
    const ada = new Visitor(proxy);
    const entered = await ada.signIn(await ada.open(wiki, "/admin/x"), ADA);
    assert.equal(JSON.parse(entered.text).headers["remote-user"], "ada");
    const jiri = new Visitor(proxy);
    const named = JSON.parse((await jiri.signIn(await jiri.open(wiki, "/page"), JIRI)).text).headers;
    assert.equal(Buffer.from(named["remote-name"], "latin1").toString(), JIRI.name);

    // Nobody asks from outside.
    for (const host of [wiki, "localhost"]) {
      const asked = await ask(proxy, host, "/_doorward/authz/auth-request", { headers: forged });
      assert.equal(asked.status, 404, host);
    }

    // A session that ended does so here, too.
    const question = await bob.open(wiki, "/_doorward/logout");
    await bob.submit(question);
    const gone = await bob.open(wiki, "/page");
    assert.equal(gone.host, "localhost", gone.text);
    assert.equal((await ask(proxy, wiki, "/page", { headers: { cookie } })).status, 401);
  });
}
