// A page without a server of its own: oidc-client-ts in a real browser, as a public client on another
// origin. Code flow with PKCE, userinfo and refresh across origins, sign-out.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { ADA, browser, profile, server, signIn } from "./harness.mjs";

const library = readFileSync(
  new URL("node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js", import.meta.url),
);
let chrome, web, site;

/** The page: says on itself what it knows, and does what its buttons say. */
const page = (authority, own) => `<!doctype html><html lang="en"><title>spa</title>
<script src="/oidc.js"></script>
<button id="in">in</button><button id="renew">renew</button><button id="out">out</button>
<pre id="told">nothing yet</pre>
<script>
  const manager = new oidc.UserManager({
    authority: "${authority}", client_id: "spa", redirect_uri: "${own}/cb",
    post_logout_redirect_uri: "${own}/bye", scope: "openid profile email", loadUserInfo: true,
    automaticSilentRenew: false,
  });
  const tell = (what) => { document.querySelector("#told").textContent = JSON.stringify(what); };
  const fault = (error) => tell({ error: String(error) });
  document.querySelector("#in").onclick = () => manager.signinRedirect().catch(fault);
  document.querySelector("#out").onclick = () => manager.signoutRedirect().catch(fault);
  document.querySelector("#renew").onclick = async () => {
    const before = (await manager.getUser()).access_token;
    const user = await manager.signinSilent().catch(fault);
    if (user) tell({ renewed: user.access_token !== before, sub: user.profile.sub });
  };
  if (location.pathname === "/cb") {
    manager.signinRedirectCallback().then((user) => tell(user.profile), fault);
  } else if (location.pathname === "/bye") {
    manager.signoutRedirectCallback().then(() => tell({ out: true }), fault);
  }
</script>`;

before(async () => {
  let authority = "";
  web = createServer((request, answer) => {
    const script = request.url === "/oidc.js";
    answer.writeHead(200, { "content-type": script ? "text/javascript" : "text/html; charset=utf-8" });
    answer.end(script ? library : page(authority, own));
  });
  await new Promise((ready) => web.listen(0, "127.0.0.1", ready));
  const own = `http://127.0.0.1:${web.address().port}`;
  site = await server(
    `
[[users]]
kind = "local"
[issuer.main]
path = "/main/oidc"
[client.spa]
name = "A page"
consent = "skip"
redirect_uris = ["${own}/cb"]
post_logout_redirect_uris = ["${own}/bye"]
scopes = ["openid", "profile", "email"]
`,
    [{ login: "ada", email: ADA.username, groups: "staff", password: ADA.password }],
  );
  authority = `${site.base}/main/oidc`;
  chrome = await browser();
  web.own = own;
});
after(async () => {
  await chrome?.close();
  await site?.stop();
  web?.close();
});

test("a page signs somebody in, asks userinfo, renews and signs out, all across origins", async () => {
  const context = await profile(chrome);
  const tab = await context.newPage();
  const told = async (part) => {
    await tab.locator("#told", { hasText: part }).waitFor();
    return JSON.parse(await tab.locator("#told").textContent());
  };
  await tab.goto(web.own);
  await tab.click("#in");
  await signIn(tab, ADA);
  const claims = await told("sub");
  assert.equal(claims.email, ADA.username);
  await tab.click("#renew");
  assert.deepEqual(await told("renewed"), { renewed: true, sub: claims.sub });
  await tab.click("#out");
  assert.deepEqual(await told("out"), { out: true });
  // Signed out here as well: the page must ask again.
  await tab.click("#in");
  await tab.locator("#login-page").waitFor();
  await context.close();
});
