# SPDX-License-Identifier: MIT
"""A hold of msyncd and, with the same face, the absence of one.

So each part runs the very same work with and without msyncd.
"""


class Hold:
    """One key of one kind, asked for and given back again and again."""

    def __init__(self, client, take, give, **members):
        self._client = client
        self._take, self._give = take, give
        self._members = members
        self._number = None
        self._grant = None

    def ask(self, key):
        """Ask and return when the server knows; True if it is ours by then.

        All processes can so be sure to have asked before anyone goes on.
        """
        self._key = key
        self._number = self._client.place(
            self._take, key=key, **self._members)
        if self._client.answered(self._number):
            self.wait()
        return self._grant is not None

    def wait(self):
        """Wait for what was asked for; return the grant."""
        if self._grant is None:
            self._grant = self._client.answer(self._number)
        return self._grant

    def take(self, key):
        """Ask and wait."""
        self._key = key
        self._number = self._client.send(
            self._take, key=key, **self._members)
        return self.wait()

    def give(self):
        """Let go."""
        token, self._grant = self._grant["token"], None
        self._client.call(self._give, key=self._key, token=token)


class Nothing:
    """No msyncd: whoever asks may go on at once."""

    def __init__(self, grant=None):
        self._grant = grant

    def ask(self, _key):
        """Granted."""
        return True

    def wait(self):
        """What there is to take, if anything."""
        return self._grant

    def take(self, _key):
        """Granted."""
        return self._grant

    def give(self):
        """Nothing to let go."""


class Everything:
    """No msyncd: one lock in shared memory for all keys together."""

    def __init__(self, lock):
        self._lock = lock

    def ask(self, _key):
        """Not yet: this lock cannot be asked for ahead of time."""
        return False

    def wait(self):
        """Wait for the one lock."""
        self._lock.acquire()

    def take(self, _key):
        """Wait for the one lock."""
        self._lock.acquire()

    def give(self):
        """Let go of it."""
        self._lock.release()
