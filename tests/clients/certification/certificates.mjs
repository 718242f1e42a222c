// An authority, a certificate for this machine's servers, and one for a client: made by openssl.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const openssl = (...args) => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "pipe"] });

/** `{ dir, ca, server, clients }`; the folder goes when the process ends. */
export function certificates() {
  const dir = mkdtempSync(join(tmpdir(), "doorward-certificates-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  const at = (name) => join(dir, name);
  const made = (name, subject, days, ...more) => {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    openssl("req", "-x509", ...key, "-keyout", at(`${name}.key`), "-out", at(`${name}.pem`),
      "-subj", subject, "-days", String(days), ...more);
    return { cert: readFileSync(at(`${name}.pem`), "utf8"), key: readFileSync(at(`${name}.key`), "utf8"), path: at(name) };
  };
  const ca = made("ca", "/CN=Test authority", 30, "-addext", "keyUsage=critical,keyCertSign");
  const issued = (name, subject, ...more) => {
    const signed = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-addext", "basicConstraints=critical,CA:FALSE"];
    return made(name, subject, 20, ...signed, ...more);
  };
  const server = issued("server", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
    "-addext", "extendedKeyUsage=serverAuth");
  const client = (name) => issued(name, `/CN=${name}`, "-addext", "extendedKeyUsage=clientAuth");
  return { dir, ca, server, client, write: (name, text) => writeFileSync(at(name), text) };
}
