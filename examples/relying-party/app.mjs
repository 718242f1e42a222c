// A third-party app that signs people in with Doorward: discovery, authorization code, PKCE,
// state, nonce, userinfo, sign-out. Run it with
//
//   npm ci && ISSUER=http://localhost:8080/production/oidc CLIENT_ID=shop node app.mjs
//
// A client secret goes into CLIENT_SECRET; without one the app is a public client.

import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import * as oidc from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT = "4000" } = process.env;
const own = `http://localhost:${PORT}`;
const config = await oidc.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  CLIENT_SECRET,
  CLIENT_SECRET ? undefined : oidc.None(),
  // Plain http is for this example on one machine; leave the line out for https.
  { execute: ISSUER.startsWith("http:") ? [oidc.allowInsecureRequests] : [] },
);
const visits = new Map(); // by the value of this app's own cookie

async function handle(request, answer) {
  const url = new URL(request.url, own);
  const key = /\bvisit=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
  const visit = visits.get(key);

  if (url.pathname === "/") {
    const who = visit?.claims?.preferred_username ?? visit?.claims?.sub;
    answer.setHeader("content-type", "text/html; charset=utf-8");
    return answer.end(
      `<!doctype html><html lang="en"><title>Shop</title><h1 id="hello">Hello ${who ?? "stranger"}</h1>` +
        (who ? `<a id="sign-out" href="/sign-out">Sign out</a>` : `<a id="sign-in" href="/sign-in">Sign in</a>`),
    );
  }
  if (url.pathname === "/sign-in") {
    const fresh = {
      verifier: oidc.randomPKCECodeVerifier(),
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
    };
    const id = randomUUID();
    visits.set(id, fresh);
    answer.setHeader("set-cookie", `visit=${id}; Path=/; HttpOnly; SameSite=Lax`);
    return redirect(
      answer,
      oidc.buildAuthorizationUrl(config, {
        redirect_uri: `${own}/cb`,
        scope: "openid profile email",
        code_challenge: await oidc.calculatePKCECodeChallenge(fresh.verifier),
        code_challenge_method: "S256",
        state: fresh.state,
        nonce: fresh.nonce,
      }),
    );
  }
  if (url.pathname === "/cb" && visit?.verifier) {
    const tokens = await oidc.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: visit.verifier,
      expectedState: visit.state,
      expectedNonce: visit.nonce,
    });
    const claims = tokens.claims();
    const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
    visits.set(key, { claims: { ...claims, ...userinfo }, idToken: tokens.id_token });
    return redirect(answer, "/");
  }
  if (url.pathname === "/sign-out") {
    visits.delete(key);
    return redirect(
      answer,
      oidc.buildEndSessionUrl(config, {
        post_logout_redirect_uri: `${own}/`,
        ...(visit?.idToken && { id_token_hint: visit.idToken }),
      }),
    );
  }
  answer.statusCode = 404;
  answer.end("not found");
}

function redirect(answer, to) {
  answer.writeHead(303, { location: String(to) }).end();
}

createServer((request, answer) => {
  handle(request, answer).catch((error) => {
    console.error(error);
    answer.statusCode = 500;
    answer.end(`sign-in failed: ${error.message}`);
  });
}).listen(Number(PORT), "127.0.0.1", () => console.log(`relying party on ${own}/`));
