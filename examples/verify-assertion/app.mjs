// An app that believes no header but the signed one: it verifies `Doorward-Assertion` on every
// request, so that somebody who reaches it past Doorward is nobody. Run it with
//
//   npm ci && ISSUER=http://localhost:8080 JWKS=... ROUTE=wiki node app.mjs
//
// ISSUER is Doorward's public_url, ROUTE the id of the route that leads here, and JWKS the address
// of the key set (docs/protect-an-app.md).

import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";

const { ISSUER, JWKS, ROUTE, PORT = "3000" } = process.env;
const keys = createRemoteJWKSet(new URL(JWKS));

export async function whoIs(assertion) {
  const { payload } = await jwtVerify(assertion, keys, {
    algorithms: ["ES256"],
    typ: "identity+jwt",
    issuer: ISSUER,
    audience: ROUTE,
    requiredClaims: ["exp", "sub"],
    clockTolerance: 5,
  });
  return payload;
}

createServer(async (request, answer) => {
  answer.setHeader("content-type", "application/json");
  try {
    const claims = await whoIs(request.headers["doorward-assertion"] ?? "");
    answer.end(JSON.stringify(claims, null, 2));
  } catch (error) {
    answer.statusCode = 401;
    answer.end(JSON.stringify({ error: error.message }));
  }
}).listen(Number(PORT), "127.0.0.1", () => console.log(`app on http://127.0.0.1:${PORT}/`));
