"""A terminal over a WebSocket: types what comes on standard input, prints what the shell says.

    terminal_client.py PORT HOST PATH HEADERS

One JSON object a line: {"open": true}, {"said": "..."}, {"closed": code}, {"refused": status}.
"""

import asyncio
import json
import sys

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect


def tell(**what):
    print(json.dumps(what), flush=True)


async def typed(socket):
    """Each line of standard input goes to the shell."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        await socket.write_message(json.dumps(["stdin", line]))


async def main(port, host, path, headers):
    headers = {"Host": f"{host}:{port}", "Origin": f"http://{host}:{port}", **json.loads(headers)}
    try:
        socket = await websocket_connect(HTTPRequest(f"ws://127.0.0.1:{port}{path}", headers=headers))
    except HTTPClientError as refused:
        return tell(refused=refused.code)
    tell(open=True)
    typing = asyncio.ensure_future(typed(socket))
    while (message := await socket.read_message()) is not None:
        kind, *rest = json.loads(message)
        if kind == "stdout":
            tell(said=rest[0])
    tell(closed=socket.close_code)
    typing.cancel()


asyncio.run(main(*sys.argv[1:]))
