#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Servers that do not do what msyncd does, for the tests of shell examples.

Listens on a socket for each way of failing, named after it, in the folder
that is its argument. Prints a line when all of them are there, and ends with
its standard input. A script that takes any of them for a grant is wrong.
"""
import os
import socket
import sys
import threading

GRANT = (b'{"ok":true,"token":1763860000000001,"borrowed":true,'
         b'"leader":true,"in_use":1,"capacity":10}')
LOST = b'{"event":"lost","reason":"eof","kind":"lock","key":"k","token":1}'


def close_at_once(_client):
    """Hangs up before it has heard anything."""


def deaf(client):
    """Takes the request and hangs up without a word."""
    client.recv(65536)


def half(client):
    """Begins to answer and dies."""
    client.recv(65536)
    client.sendall(GRANT[:25])


def unended(client):
    """Answers, but for the line feed, and dies."""
    client.recv(65536)
    client.sendall(GRANT)


def blank(client):
    """Answers with an empty line."""
    client.recv(65536)
    client.sendall(b"\n")


def refuse(client):
    """Says no in a way that nobody has heard of yet."""
    client.recv(65536)
    client.sendall(b'{"ok":false,"error":"new_code","message":"no"}\n')


def take_back(client):
    """Grants, and takes it back in the same breath."""
    client.recv(65536)
    client.sendall(GRANT + b"\n" + LOST + b"\n")


def mute(client):
    """Listens for ever and says nothing, also at the end of the input."""
    while client.recv(65536):
        pass
    threading.Event().wait()


def answer(way, client):
    with client:
        try:
            way(client)
        except OSError:
            pass  # the script has gone first


def serve(way, listener):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=answer, args=(way, client),
                         daemon=True).start()


def main(folder):
    for way in (close_at_once, deaf, half, unended, blank, refuse, take_back,
                mute):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.path.join(folder, way.__name__))
        listener.listen(64)
        threading.Thread(target=serve, args=(way, listener),
                         daemon=True).start()
    print("listening", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
