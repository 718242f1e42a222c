"""Authlib, a client library that nobody here wrote, against the real binary."""

import html
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from authlib.common.urls import add_params_to_uri
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

# The server is on loopback, without TLS.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

ROOT = Path(__file__).resolve().parents[3]
BINARY = os.environ.get("DOORWARD_BIN", ROOT / "target/debug/doorward")
SECRET = "K7pW3n5xQ0mZ8vT2yR6uB1cD4eF9gH"
CALLBACK = "https://app.test/cb"
GOODBYE = "https://app.test/bye"
PERSON = {"username": "ada@example.com", "password": "velvet-otter-42"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The binary, on ports and with a database of its own."""

    def __init__(self, clients):
        self.folder = tempfile.TemporaryDirectory(prefix="doorward-authlib-")
        port, ops = free_port(), free_port()
        self.base = f"http://localhost:{port}"
        config = f"""public_url = "{self.base}"
[listen]
http = "127.0.0.1:{port}"
ops = "127.0.0.1:{ops}"
[storage]
url = "sqlite:{self.folder.name}/doorward.db"
key = {{ file = "{self.folder.name}/master.key" }}
[[users]]
kind = "local"
{clients}"""
        Path(self.folder.name, "doorward.toml").write_text(config)
        add = ["user", "add", "ada", "--email", PERSON["username"], "--group", "staff"]
        subprocess.run(
            [BINARY, *add, "--password-stdin", "-c", "doorward.toml"],
            cwd=self.folder.name,
            input=PERSON["password"] + "\n",
            text=True,
            check=True,
            capture_output=True,
        )
        self.log = open(Path(self.folder.name, "log"), "w")
        self.process = subprocess.Popen(
            [BINARY, "run", "-c", "doorward.toml"],
            cwd=self.folder.name,
            stdout=self.log,
            stderr=self.log,
        )
        self.wait_for(f"http://127.0.0.1:{ops}/readyz")

    def wait_for(self, url):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(url) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(Path(self.log.name).read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()
        self.folder.cleanup()


class Browser:
    """Keeps cookies as browsers do on localhost, where Secure ones are sent without TLS as well."""

    def __init__(self):
        self.cookies = {}

    def send(self, method, url, **more):
        headers = {
            "accept": "text/html",
            "cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **more.pop("headers", {}),
        }
        answer = requests.request(method, url, headers=headers, allow_redirects=False, **more)
        for line in answer.raw.headers.getlist("set-cookie"):
            pair, *attributes = line.split(";")
            name, _, value = pair.partition("=")
            if any(one.strip() == "Max-Age=0" for one in attributes):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer


def sign_in(url, browser=None):
    """Follows an authorization as a browser would; where it ends at the app."""
    browser = browser or Browser()
    answer = browser.send("GET", url)
    for _ in range(20):
        if answer.is_redirect:
            url = urljoin(answer.url, answer.headers["location"])
            if url.startswith(CALLBACK):
                return url
            answer = browser.send("GET", url)
            continue
        form = re.search(r"<form.*?</form>", answer.text, re.S)
        assert form, answer.text
        action = html.unescape(re.search(r'action="([^"]*)"', form.group()).group(1))
        fields = {}
        for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', form.group()):
            name = re.search(r'name="([^"]*)"', tag).group(1)
            value = re.search(r'value="([^"]*)"', tag)
            fields[name] = html.unescape(value.group(1)) if value else ""
        fields.update(PERSON if "login-page" in answer.text else {"decision": "allow"})
        target = urljoin(answer.url, action)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(target))
        headers = {"origin": origin, "sec-fetch-site": "same-origin"}
        answer = browser.send("POST", target, data=fields, headers=headers)
    raise AssertionError("redirects without end")


class Authlib(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = cls.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        cls.pem = pem.decode()
        public = RSAKey.import_key(pem).as_dict(private=False)
        jwk = '{{ kty = "RSA", n = "{n}", e = "{e}", alg = "RS256" }}'.format(**public)
        shared = f'redirect_uris = ["{CALLBACK}"]\nscopes = ["openid", "profile", "email", "groups"]\n'
        cls.server = Server(
            f"""[issuer.main]
[client.secretive]
secret = "{SECRET}"
post_logout_redirect_uris = ["{GOODBYE}"]
{shared}
[client.signing]
auth = "private_key_jwt"
assertion_for_token_endpoint = true
jwks = {{ keys = [{jwk}] }}
{shared}"""
        )
        cls.addClassCleanup(cls.server.stop)
        with urllib.request.urlopen(f"{cls.server.base}/.well-known/openid-configuration") as answer:
            cls.meta = json.load(answer)

    def session(self, client, **more):
        return OAuth2Session(
            client,
            scope="openid email groups",
            redirect_uri=CALLBACK,
            code_challenge_method="S256",
            token_endpoint=self.meta["token_endpoint"],
            **more,
        )

    def flow(self, session, browser=None):
        """The code flow with PKCE; the tokens and the verified claims of the ID token."""
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        url, state = session.create_authorization_url(
            self.meta["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        landed = sign_in(url, browser)
        self.assertEqual(parse_qs(urlsplit(landed).query)["state"], [state])
        tokens = session.fetch_token(
            self.meta["token_endpoint"], authorization_response=landed, code_verifier=verifier
        )
        with urllib.request.urlopen(self.meta["jwks_uri"]) as answer:
            keys = KeySet.import_key_set(json.load(answer))
        claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
        self.assertEqual(claims["iss"], self.meta["issuer"])
        self.assertEqual(claims["aud"], session.client_id)
        self.assertEqual(claims["nonce"], nonce)
        return tokens, claims

    def test_a_confidential_client_signs_in_asks_refreshes_and_revokes(self):
        session = self.session("secretive", client_secret=SECRET)
        tokens, claims = self.flow(session)
        self.assertEqual(claims["email"], PERSON["username"])
        told = session.get(self.meta["userinfo_endpoint"]).json()
        self.assertEqual((told["sub"], told["groups"]), (claims["sub"], ["staff"]))
        fresh = session.refresh_token(
            self.meta["token_endpoint"], refresh_token=tokens["refresh_token"]
        )
        self.assertNotEqual(fresh["refresh_token"], tokens["refresh_token"])
        answer = session.revoke_token(
            self.meta["revocation_endpoint"], token=fresh["refresh_token"]
        )
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(session.get(self.meta["userinfo_endpoint"]).status_code, 401)

    def test_signing_out_ends_the_session_and_what_came_of_it(self):
        session, browser = self.session("secretive", client_secret=SECRET), Browser()
        tokens, _ = self.flow(session, browser)
        parameters = [
            ("id_token_hint", tokens["id_token"]),
            ("post_logout_redirect_uri", GOODBYE),
            ("state", "bye"),
        ]
        url = add_params_to_uri(self.meta["end_session_endpoint"], parameters)
        answer = browser.send("GET", url)
        self.assertEqual(answer.headers["location"], f"{GOODBYE}?state=bye")
        silent, _ = session.create_authorization_url(
            self.meta["authorization_endpoint"],
            code_verifier=secrets.token_urlsafe(48),
            prompt="none",
        )
        landed = parse_qs(urlsplit(sign_in(silent, browser)).query)
        self.assertEqual(landed["error"], ["login_required"])
        with self.assertRaisesRegex(Exception, "invalid_grant"):
            session.refresh_token(
                self.meta["token_endpoint"], refresh_token=tokens["refresh_token"]
            )
        self.assertEqual(session.get(self.meta["userinfo_endpoint"]).status_code, 401)

    def test_a_client_proves_itself_with_its_key(self):
        session = self.session(
            "signing", client_secret=self.pem, token_endpoint_auth_method="private_key_jwt"
        )
        session.register_client_auth_method(
            PrivateKeyJWT(self.meta["token_endpoint"])
        )
        _, claims = self.flow(session)
        self.assertEqual(claims["email"], PERSON["username"])

    def test_a_wrong_secret_is_refused_as_the_library_expects(self):
        session = self.session("secretive", client_secret=SECRET[::-1])
        with self.assertRaisesRegex(Exception, "invalid_client"):
            self.flow(session)


if __name__ == "__main__":
    outcome = unittest.main(exit=False, verbosity=2).result
    broken = len(outcome.failures) + len(outcome.errors)
    print(f"# pass {outcome.testsRun - broken}")
    print(f"# fail {broken}")
    raise SystemExit(1 if broken else 0)
