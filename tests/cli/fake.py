# SPDX-License-Identifier: MIT
"""A server in place of msyncd, which answers what a test tells it to, and
remembers what it was asked."""
import contextlib
import json
import os
import socket
import threading


class Fake:
    """answer(request) gives the line for a request (a dict, or bytes to be sent
    as they are); None hangs up. hello is answered as msyncd does, unless
    greets is False."""

    def __init__(self, scene, answer, greets=True):
        self.path = scene.file("fake")
        self.env = {**scene.env, "MSYNC_SOCKET": self.path}
        self.requests = []
        self._answer, self._greets = answer, greets
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.path)
        self._socket.listen(8)
        scene.stack.callback(self._end)
        self._client = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _end(self):
        """The thread ends first: otherwise it might wait, under the number of
        a socket that is closed, on that of the next test."""
        while self._thread.is_alive():
            for connected in (self._socket, self._client):
                with contextlib.suppress(AttributeError, OSError):
                    connected.shutdown(socket.SHUT_RDWR)
            self._thread.join(0.1)
        self._socket.close()
        os.unlink(self.path)

    def _serve(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self._client = client
            with client, client.makefile("rb") as lines, \
                    contextlib.suppress(OSError):
                for line in lines:
                    if not self._take(client, json.loads(line)):
                        break

    def _take(self, client, request):
        if request["op"] == "hello" and self._greets:
            answer = {"ok": True, "server": "msyncd", "version": "9",
                      "protocol": 1, "limits": {}}
        else:
            self.requests.append(request)
            answer = self._answer(request)
        if answer is None:
            return False
        if isinstance(answer, dict):
            answer = json.dumps({"id": request["id"], **answer}).encode()
            answer += b"\n"
        client.sendall(answer)
        return True
