# SPDX-License-Identifier: MIT
"""What the clients do while calls of the daemon fail: some two hundred
requests in scenes. A scene goes as it always does, or a connection was closed
in it and it ends there.
"""
import os
import signal

from client import Client, Failed, Gone, Ledger

_scenes = []

# What an answer is compared by; the rest is different in each run.
_MEMBERS = ("ok", "error", "event", "reason", "leader", "value", "followers",
            "borrowed", "in_use", "capacity", "create", "destroy", "cancelled",
            "forgotten", "size", "available", "waiting", "abandoned",
            "attempt", "ignored")


def scene(function):
    """Marks a scene."""
    _scenes.append(function)
    return function


class Stage:
    """What a scene has: its clients."""

    def __init__(self, folder, watch, ledger):
        self._path = os.path.join(folder, "s")
        self.folder, self.watch, self._ledger = folder, watch, ledger
        self.clients = []

    def stranger(self):
        """One whom the daemon may not have noticed yet."""
        client = Client(self._path, self.watch, self._ledger, self.is_cut)
        self.clients.append(client)
        return client

    def client(self):
        """One that is served, also where newcomers have to wait."""
        client = self.stranger()
        client.ask("ping")
        return client

    def is_cut(self):
        """Whether the daemon has closed a connection of the scene."""
        return any(client.is_gone() and not client.is_closed
                   for client in self.clients)

    def pair(self):
        return self.client(), self.client()

    def configure(self, *text):
        """Has the daemon read another configuration."""
        write_conf(self.folder, *text)
        self.watch.idle()
        os.kill(self.watch.pid, signal.SIGHUP)
        self.watch.idle()


def write_conf(folder, more="log_level = error\n"):
    with open(os.path.join(folder, "c"), "w", encoding="ascii") as stream:
        stream.write("max_line = 64K\nmax_connections = 8\n"
                     f'state_directory = "{folder}/state"\n{more}')


@scene
def locks_pass_on(stage):
    a, b = stage.pair()
    c = stage.client()
    for _ in range(4):
        a.ask("lock.acquire", key="l")
        b.send("lock.acquire", key="l")
        c.send("lock.acquire", key="l")
        a.ask("lock.release", key="l")
        b.hear()
        b.ask("lock.release", key="l")
        c.hear()
        c.ask("lock.release", key="l")


@scene
def a_holder_and_a_waiter_hang_up(stage):
    a, b = stage.pair()
    c, d = stage.pair()
    a.ask("lock.acquire", key="gone")
    b.send("lock.acquire", key="gone")
    c.send("lock.acquire", key="gone")
    b.close()
    a.close()
    c.hear()
    d.send("lock.acquire", key="gone")
    c.close()
    d.hear()
    d.ask("lock.release", key="gone")


@scene
def refusals(stage):
    a, b = stage.pair()
    a.ask("lock.acquire", key="r1")
    b.ask("lock.acquire", key="r2")
    b.ask("lock.acquire", key="r1", wait_ms=0)
    b.ask("lock.acquire", key="r1", max_waiters=0)
    b.ask("lock.acquire", key="r1", wait_ms=5)
    target = b.send("lock.acquire", key="r1")
    a.ask("lock.acquire", key="r2")
    b.send("cancel", target=target)
    b.hear()
    b.hear()
    b.ask("lock.release", key="r2")
    b.ask("lock.release", key="r2")
    b.ask("lock.release", key="r1")
    b.ask("limit.info", key="no")
    b.ask("pool.info", key="no")
    b.ask("no.such.op")
    a.ask("lock.release", key="r1")


@scene
def leases_and_renewals(stage):
    a, b = stage.pair()
    a.ask("hello", client="faults", events=["lost"])
    token = a.ask("lock.acquire", key="e", lease_ms=60000)["token"]
    a.ask("renew", token=token, lease_ms=60000)
    b.send("lock.acquire", key="e")
    a.expires("lock", "e")
    a.send("renew", token=token, lease_ms=5)
    a.hear()
    b.hear()
    a.hear()
    a.ask("lock.release", key="e", token=token)
    b.ask("lock.release", key="e")


@scene
def detached_holds(stage):
    a, b = stage.pair()
    token = a.ask("lock.acquire", key="d", detached=True,
                  lease_ms=60000).get("token")
    a.close()
    b.ask("lock.acquire", key="d", wait_ms=0)
    b.ask("lock.release", key="d", token=token)
    b.ask("lock.acquire", key="d")
    b.ask("reset")


@scene
def limits(stage):
    a, b = stage.pair()
    for _ in range(3):
        a.ask("limit.borrow", key="m", capacity=2)
        a.ask("limit.try_borrow", key="m", capacity=2)
        b.ask("limit.try_borrow", key="m")
        b.send("limit.borrow", key="m")
        b.ask("limit.info", key="m")
        a.ask("limit.return", key="m")
        b.hear()
        a.ask("limit.return", key="m")
        b.ask("limit.return", key="m")
    b.ask("limit.set", key="m", capacity=2)
    a.ask("limit.borrow", key="m", capacity=3)
    a.ask("limit.borrow", key="m", permits=2)
    b.send("limit.borrow", key="m", permits=2)
    a.close()
    b.hear()
    b.ask("limit.return", key="m")
    b.ask("limit.delete", key="m")


@scene
def pools(stage):
    a, b = stage.pair()
    for value in ("x", {"n": 1}):
        a.ask("pool.get", key="p", capacity=2)
        a.ask("pool.put", key="p", value=value)
        a.ask("pool.get", key="p")
        b.ask("pool.get", key="p")
        b.ask("pool.drop", key="p")
        b.ask("pool.size", key="p")
        b.ask("pool.available", key="p")
        a.ask("pool.put", key="p")
        a.ask("pool.put", key="p")
        b.ask("pool.clear", key="p")
    b.ask("pool.set", key="p2", items=["one"])
    a.ask("pool.get", key="p2")
    b.send("pool.get", key="p2")
    a.close()
    b.hear()
    b.ask("pool.put", key="p2")
    b.ask("pool.clear", key="p2")
    b.ask("pool.delete", key="p2")


@scene
def flights(stage):
    a, b = stage.pair()
    c = stage.client()
    for end in ("flight.finish", "flight.fail"):
        a.ask("flight.begin", key="f")
        b.send("flight.begin", key="f")
        c.send("flight.begin", key="f")
        a.ask(end, key="f", value=[1, "two"])
        b.hear()
        c.hear()
    a.ask("flight.begin", key="f")
    b.send("flight.begin", key="f")
    a.ask("flight.abandon", key="f")
    b.hear()
    c.send("flight.begin", key="f")
    b.close()
    c.hear()
    c.ask("flight.finish", key="f", value="kept", keep_ms=60000)
    a.ask("flight.begin", key="f")
    a.ask("flight.forget", key="f")


@scene
def a_leader_finishes_and_exits(stage):
    a, b = stage.pair()
    c = stage.client()
    a.ask("flight.begin", key="x")
    b.send("flight.begin", key="x")
    c.send("flight.begin", key="x")
    # Both at once, and the daemon sees them in one turn.
    os.kill(stage.watch.pid, signal.SIGSTOP)
    a.blurt(a.line("flight.finish", key="x", value="last words"))
    os.kill(stage.watch.pid, signal.SIGCONT)
    if b.hear().get("leader"):
        # They were lost; so it is as if the daemon had cut the leader.
        a.was_cut = True
        raise Gone
    c.hear()


@scene
def half_closes(stage):
    a, b = stage.pair()
    c, d = stage.pair()
    a.ask("lock.acquire", key="h")
    b.send("lock.acquire", key="h")
    b.half_close()
    c.send("lock.acquire", key="h")
    c.half_close()
    c.close()
    a.ask("lock.release", key="h")
    b.end(2)
    d.write(d.line("lock.acquire", key="h")[:-1])
    d.half_close()
    d.end(2)
    a.write(b'{"op":')
    a.half_close()
    a.end(1)


@scene
def lists_and_statistics(stage):
    a, b = stage.pair()
    for key in "123":
        a.ask("lock.acquire", key="s" + key)
        b.send("lock.acquire", key="s" + key)
    c = stage.client()
    after = c.ask("list", waiting=True, max=2).get("next")
    c.ask("list", after=after)
    c.ask("list", kind="lock", key="s1")
    c.ask("stats")
    c.ask("hello", client="faults")
    b.send("reset")
    for _ in range(4):
        b.hear()
    a.ask("reset")


@scene
def lines_of_all_sorts(stage):
    a = stage.client()
    line = a.line("ping")
    a.write(line[:5])
    a.write(line[5:12])
    a.write(line[12:])
    a.hear()
    a.write(b"\n \n{}\n[1\n")
    for _ in range(3):
        a.hear()
    a.write(b'{"op":"ping","x_":"' + 70000 * b"x" + b'"}\n')
    a.hear()
    a.write(b"".join(a.line("ping") for _ in range(70)))
    a.drain(70)


@scene
def answers_pile_up(stage):
    a, b = stage.pair()
    a.write(b"".join(a.line("stats") for _ in range(100)))
    b.ask("ping")
    a.drain(100)
    a.ask("ping")


@scene
def the_house_is_full(stage):
    clients = [stage.client() for _ in range(7)]
    clients[0].ask("ping")
    last = stage.stranger()
    last.end(1)
    clients[6].ask("ping")


@scene
def reload(stage):
    a = stage.client()
    a.ask("limit.info", key="from.conf")
    stage.configure('limit "from.conf" {\ncapacity = 3\n}\nlog_level = debug\n')
    a.ask("limit.info", key="from.conf")
    stage.client().ask("ping")
    stage.configure("nonsense = 1\n")
    a.ask("limit.info", key="from.conf")
    stage.configure()
    a.ask("limit.info", key="from.conf")


def tidy(client):
    """Takes away what a scene that was cut may have left, and what is
    remembered of those that were not."""
    for key in client.ask("list", kind="lock", key="d")["keys"]:
        for holder in key.get("holders", ()):
            client.ask("lock.release", key="d", token=holder["token"])
    keys = ("l", "gone", "r1", "r2", "e", "d", "h", "s1", "s2", "s3")
    for key in keys:
        client.ask("lock.acquire", key=key)
        client.ask("lock.release", key=key)
    client.ask("limit.delete", key="m")
    for key in ("p", "p2"):
        client.ask("pool.clear", key=key)
        client.ask("pool.delete", key=key)
    for key in ("f", "x"):
        client.ask("flight.forget", key=key)


def _told(client):
    return [{name: answer[name] for name in _MEMBERS if name in answer}
            for answer in client.heard]


class Told:
    """What came of a play."""

    def __init__(self):
        self.scenes = {}  # what was heard in it; None: it was cut
        self.n_requests = 0
        self.n_cut = 0  # connections


def _one_scene(function, stage):
    try:
        function(stage)
    except Gone:
        pass
    for client in stage.clients:
        client.close()


def play(folder, watch, witness):
    """Plays all scenes; the witness is a client that asks between them, and
    is replaced where it was cut."""
    told = Told()
    ledger = Ledger()
    for function in _scenes:
        stage = Stage(folder, watch, ledger)
        _one_scene(function, stage)
        n_cut = sum(client.was_cut for client in stage.clients)
        told.n_cut += n_cut
        told.n_requests += sum(client.n_asked for client in stage.clients)
        told.scenes[function.__name__] = None if n_cut else [
            _told(client) for client in stage.clients]
        try:
            if witness.ask("ping") != {"id": witness.n_asked, "ok": True}:
                raise Failed("ping is not answered ok")
        except Gone:
            told.n_cut += 1
            witness = Stage(folder, watch, ledger).client()
    stage.configure()
    witness.close()
    return told
