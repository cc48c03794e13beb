# SPDX-License-Identifier: MIT
"""What growth.py, memory.py and speed.py share: a daemon of their own, the
clients that fill it, a connection to ask it something, and tables."""

import functools
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_S = 60
FIRST_UID = 40001  # of the clients that fill the daemon; nobody has it


def die(text):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {text}")


def daemon_command():
    path = os.environ.get("MSYNCD", "./msyncd")
    if not shutil.which(path):
        die(f"{path} is not there; say MSYNCD=/path/to/msyncd")
    return os.path.abspath(path)


def client_command():
    path = os.environ.get("GROWTH_CLIENT", "tests/bench/growth_client")
    if not os.path.exists(path):
        die(f"{path} is not there; build it, or say GROWTH_CLIENT=/path")
    return os.path.abspath(path)


def is_root():
    return os.geteuid() == 0


@functools.cache
def cpus():
    """One for the daemon and one for the load, or all of them for both."""
    mine = sorted(os.sched_getaffinity(0))
    return ({mine[0]}, {mine[1]}) if len(mine) > 1 else (set(mine), set(mine))


def allow_files(n):
    """For the daemon and the clients; only root goes above the hard limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(n, hard) if is_root() else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (OSError, ValueError):
        pass
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Daemon:
    """msyncd on a socket in a folder of its own. settings: the text of its
    configuration, with {dir} for that folder."""

    def __init__(self, wrapper=(), pin=True, settings=""):
        self.dir = tempfile.mkdtemp(prefix="msyncd-bench-")
        os.chmod(self.dir, 0o750)  # clients of other uids have our group
        self.socket = os.path.join(self.dir, "s")
        conf = os.path.join(self.dir, "conf")
        with open(conf, "w", encoding="utf-8") as out:
            out.write(settings.replace("{dir}", self.dir))
        self.process = subprocess.Popen(
            [*wrapper, daemon_command(), "-c", conf, "-s", self.socket],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        if pin:
            os.sched_setaffinity(self.pid, cpus()[0])
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            if "event=ready" in line:
                return
        die(f"the daemon does not start: {self.said}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        _, rest = self.process.communicate(timeout=LIMIT_S)
        self.said += rest
        shutil.rmtree(self.dir)
        if self.process.returncode != 0:
            die(f"the daemon ended with {self.process.returncode}: "
                f"{self.said}")

    def cpu_ns(self):
        """What it has used of the processor, in user and kernel mode."""
        # The clock id of another process's processor time.
        return time.clock_gettime_ns(~self.pid << 3 | 2)

    def status(self, name):
        """A size from its /proc/PID/status, in bytes."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) * 1024
        die(f"/proc/{self.pid}/status has no {name}")


class Client:
    """A growth_client, told what to do; many can work at once."""

    def __init__(self, daemon, uid=None):
        command = [client_command(), daemon.socket]
        if uid is not None:
            command.append(str(uid))
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            bufsize=1)
        os.sched_setaffinity(self.process.pid, cpus()[1])

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.process.kill()
        self.process.stdin.close()
        if self.process.wait(LIMIT_S) != 0 and kind is None:
            die("a client failed")
        self.process.stdout.close()

    def begin(self, command):
        self.process.stdin.write(command + "\n")

    def end(self):
        """The figures of the command that was begun."""
        line = self.process.stdout.readline()
        if not line:
            die("a client failed")
        return {name: float(value) for name, value in
                (word.split("=") for word in line.split())}

    def do(self, command):
        self.begin(command)
        return self.end()


def open_crew(daemon, n, uid=None, multiplexed=False):
    """A client with n connections."""
    client = Client(daemon, uid)
    client.do(f"open_multiplexed {n}" if multiplexed else f"open {n}")
    return client


def other_uid():
    """Another one than that of those who measure, where we may choose."""
    return FIRST_UID if is_root() else None


class Probe(Client):
    """Pings all the time, and tells the longest answer time. It comes before
    the other clients on their processor, so that it measures the daemon."""

    def __init__(self, daemon):
        super().__init__(daemon)
        self.do("open 1")
        try:
            os.sched_setscheduler(self.process.pid, os.SCHED_FIFO,
                                  os.sched_param(1))
        except PermissionError:
            pass

    def start(self):
        self.begin("probe")

    def stop(self):
        """The longest answer time since start, and the most that the daemon
        worked for one answer, in ms."""
        self.process.stdin.write("\n")
        figures = self.end()
        return figures["max_us"] / 1000, figures["most_cpu_us"] / 1000


class Control:
    """A connection for single requests."""

    def __init__(self, daemon):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(LIMIT_S)
        self.socket.connect(daemon.socket)
        self.file = self.socket.makefile("rw", encoding="utf-8", newline="\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def tell(self, op, **members):
        self.file.write(json.dumps({"op": op, **members}) + "\n")
        self.file.flush()

    def ask(self, op, **members):
        self.tell(op, **members)
        answer = json.loads(self.file.readline())
        if not answer["ok"]:
            die(f"{op}: {answer}")
        return answer

    def tell_many(self, requests):
        """For a list of (op, members)."""
        self.file.write("".join(json.dumps({"op": op, **members}) + "\n"
                                for op, members in requests))
        self.file.flush()

    def hear_many(self, n):
        answers = [json.loads(self.file.readline()) for _ in range(n)]
        if not all(answer["ok"] for answer in answers):
            die("a request was refused")
        return answers

    def ask_many(self, requests, at_once=200):
        """tell_many, hear_many; at_once answers fit into the socket."""
        answers = []
        for i in range(0, len(requests), at_once):
            part = requests[i:i + at_once]
            self.tell_many(part)
            answers += self.hear_many(len(part))
        return answers

    def await_gauge(self, kind, name, value):
        """Until the daemon counts so many."""
        end = time.monotonic() + LIMIT_S
        while self.ask("stats")["kinds"][kind][name] != value:
            if time.monotonic() > end:
                die(f"{kind} {name} does not become {value}")

    def await_connections(self, n):
        end = time.monotonic() + LIMIT_S
        while self.ask("stats")["connections"] != n:
            if time.monotonic() > end:
                die(f"there are not {n} connections")


class Uids:
    """Who fills the daemon: a fixed share of it is the most that one uid may
    use. Who is not root has one uid only."""

    def __init__(self, daemon, share):
        with Control(daemon) as control:
            self.share = control.ask("hello")["limits"][share]

    def split(self, n):
        """[(uid, how many)]; None where one uid cannot have so many. Root's
        own share is left to those who measure."""
        if not is_root():
            return [(None, n)] if n <= self.share * 9 // 10 else None
        n_uids = -(-n // self.share)
        return [(FIRST_UID + i, n * (i + 1) // n_uids - n * i // n_uids)
                for i in range(n_uids)]


class Rows:
    """All figures of all rounds: (axis, n, measure) to a list."""

    def __init__(self):
        self.rows = {}

    def add(self, axis, n, measure, value):
        self.rows.setdefault((axis, n, measure), []).append(value)

    def add_stall(self, axis, n, name, stall):
        """What Probe.stop says."""
        self.add(axis, n, f"{name}_stall_ms", stall[0])
        self.add(axis, n, f"{name}_stall_cpu_ms", stall[1])

    def median(self, axis, n, measure):
        values = self.rows.get((axis, n, measure))
        return statistics.median(values) if values else None

    def counts(self, axis):
        """The n of an axis, ascending."""
        return sorted({n for a, n, _ in self.rows if a == axis})

    def write(self, path):
        with open(path, "w", encoding="utf-8") as out:
            out.write("axis\tn\tmeasure\tround\tvalue\n")
            for (axis, n, measure), values in self.rows.items():
                for i, value in enumerate(values):
                    out.write(f"{axis}\t{n}\t{measure}\t{i + 1}\t"
                              f"{value:.6g}\n")


def print_table(heads, lines):
    """The first column to the left, the rest to the right."""
    cells = [heads] + [["–" if cell is None else cell if isinstance(cell, str)
                        else f"{cell:,.2f}" if abs(cell) < 10
                        else f"{cell:,.1f}" if abs(cell) < 1000
                        else f"{cell:,.0f}" for cell in line]
                       for line in lines]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    for row in cells:
        print("  ".join([row[0].ljust(widths[0])] +
                        [cell.rjust(width) for cell, width in
                         zip(row[1:], widths[1:])]).rstrip())
    print()


def machine():
    """One line that says where this was measured."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return (f"{model}, {len(os.sched_getaffinity(0))} cores, Linux "
            f"{os.uname().release}, load {os.getloadavg()[0]:.1f}")
