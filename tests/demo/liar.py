#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A liar: speaks the protocol and grants everything to everybody at once.

The demonstration must not believe it.  Prints "ready" when it listens, and
ends when its standard input does.
"""

import asyncio
import itertools
import json
import sys

TOKENS = itertools.count(1)
ITEMS = {}


def lie(request):
    """The members of the answer to a request."""
    operation, key = request["op"], request.get("key")
    token = next(TOKENS)
    if operation == "flight.begin":
        return {"leader": True, "token": token}
    if operation in ("flight.finish", "flight.fail"):
        return {"followers": 0}
    if operation == "lock.acquire":
        return {"token": token}
    if operation == "limit.borrow":
        return {"token": token, "in_use": 1, "capacity": request["capacity"]}
    if operation == "limit.return":
        return {"in_use": 0}
    if operation == "pool.set":
        ITEMS[key] = request["items"]
    if operation == "pool.get":
        ITEMS[key].append(ITEMS[key].pop(0))
        return {"token": token, "create": False, "value": ITEMS[key][-1]}
    if operation == "pool.available":
        return {"available": len(ITEMS[key])}
    return {}


async def serve(reader, writer):
    """Answer one connection until it ends."""
    try:
        while line := await reader.readline():
            request = json.loads(line)
            answer = {"id": request["id"], "ok": True, **lie(request)}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
    except ConnectionError:
        pass                # the demonstration ends its processes at any time
    writer.close()


async def main(path):
    """Serve until standard input ends."""
    server = await asyncio.start_unix_server(serve, path, backlog=1000,
                                             limit=1 << 20)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
