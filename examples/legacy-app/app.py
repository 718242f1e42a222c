#!/usr/bin/env python3
"""An app without a login of its own: it reads who is there from the headers that Doorward sets.

    python3 app.py [PORT]            then open it through Doorward (see doorward.toml beside it)

It listens on loopback only. That matters: whoever reaches it directly can claim to be anybody.
"""

import html
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class App(BaseHTTPRequestHandler):
    def do_GET(self):
        user = self.headers.get("Remote-User")
        if user is None:  # a public route, or somebody who came past Doorward
            text = "<h1>Hello stranger</h1>"
        else:
            groups = self.headers.get("Remote-Groups", "").split(",")
            text = (
                f"<h1>Hello {html.escape(self.headers.get('Remote-Name') or user)}</h1>"
                f"<p>You are <b>{html.escape(user)}</b> in {html.escape(', '.join(groups))}.</p>"
            )
        body = f"<!doctype html><html lang=en><title>Wiki</title>{text}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    print(f"legacy app on http://127.0.0.1:{port}/", flush=True)
    ThreadingHTTPServer(("127.0.0.1", port), App).serve_forever()
