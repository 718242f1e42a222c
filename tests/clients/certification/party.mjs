// The relying party's own web server: keys, sector document, request objects, logout addresses.

import { createServer } from "node:https";

/** Serves what is put into `pages` by path, and keeps what was asked. */
export function party({ cert, key }) {
  const pages = new Map();
  const asked = [];
  const web = createServer({ cert, key }, async (request, answer) => {
    let body = "";
    for await (const part of request) body += part;
    const path = request.url.split("?")[0];
    const { method, headers, socket } = request;
    asked.push({ method, url: request.url, path, headers, body, protocol: socket.getProtocol() });
    const page = pages.get(path);
    const [kind, text] = typeof page === "function" ? page() : (page ?? ["text/plain", "nothing here"]);
    answer.writeHead(page ? 200 : 404, { "content-type": kind, "cache-control": "no-store" });
    answer.end(text);
  });
  return new Promise((resolve) => {
    web.listen(0, "127.0.0.1", () => {
      const base = `https://localhost:${web.address().port}`;
      const json = (path, value) => pages.set(path, ["application/json", JSON.stringify(value)]) && base + path;
      resolve({ base, pages, asked, json, close: () => web.close() });
    });
  });
}
