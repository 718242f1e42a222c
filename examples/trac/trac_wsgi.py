"""Trac, told by Doorward who comes, and by nobody else.

The environment is the folder in TRAC_ENV; the password that only Doorward knows is in the file that
TRAC_PASSWORD names.
"""

import base64
import hmac
import os
from pathlib import Path

from trac.web.main import dispatch_request

PASSWORD = Path(os.environ["TRAC_PASSWORD"]).read_bytes().rstrip(b"\r\n")


def person(environ):
    """The user name of HTTP Basic, when the password is Doorward's."""
    scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    try:
        name, _, password = base64.b64decode(given, validate=True).partition(b":")
    except ValueError:
        return None
    known = scheme.lower() == "basic" and hmac.compare_digest(password, PASSWORD)
    return name.decode("utf-8") if known else None


def application(environ, start_response):
    name = person(environ)
    if not name:
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"Come by way of Doorward.\n"]
    environ["REMOTE_USER"] = name
    return dispatch_request(environ, start_response)
