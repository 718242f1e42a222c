// HTTP as it is on the wire: no redirects, no cache, header names as given, a certificate when asked.

import { request } from "node:https";

/** Asks `url`; `form` or `json` is the body; gives status, headers and text. */
export function call(url, { method, headers = {}, form, json, body, cert, key, ca = trust.ca } = {}) {
  if (form) {
    body = String(new URLSearchParams(form));
    headers = { "content-type": "application/x-www-form-urlencoded", ...headers };
  }
  if (json) {
    body = JSON.stringify(json);
    headers = { "content-type": "application/json", ...headers };
  }
  method ??= body === undefined ? "GET" : "POST";
  if (body !== undefined) headers = { ...headers, "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, cert, key, ca, agent: false }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString();
        const { statusCode: status } = answer;
        resolve({ status, headers: answer.headers, raw: answer.rawHeaders, text, json: () => JSON.parse(text) });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** The authority that signed every server here. */
export const trust = { ca: undefined };
