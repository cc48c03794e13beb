#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the transcripts of the manual and the README against the daemon.

Each literal block with lines such as 'A> {...}' and 'A< {...}' is one story,
and each story gets a daemon and a socket of its own. Requests are sent as
they stand there; answers are compared as JSON, member for member. Only what
cannot be known beforehand may differ: tokens are variables, bound where they
first come and the same from then on; ages, times, versions and sessions
must have the right type; pid and uid of a holder are ours. An answer that
the story does not show is a failure too. Every operation of the manual must
occur in a story, and every error code but the few that a page cannot show;
members that a story leaves out with dots must be explained.

Usage: MSYNCD=... test-protocol-examples.py [FILE...]
"""
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

LIMIT_S = 60  # nothing here takes long; who waits so long has failed
TOP = os.path.normpath(os.path.join(os.path.abspath(__file__), "../../.."))
MANUAL = os.path.join(TOP, "man", "msyncd-protocol.7")
README = os.path.join(TOP, "README.md")
# A line of a megabyte, a hundred thousand waits, and a second user.
NOT_SHOWN = {"too_long", "quota", "denied"}
# Members whose value is the daemon's own affair; the type must be right.
FREE = {"age_ms", "held_ms", "waited_ms", "lease_left_ms", "uptime_ms",
        "session", "epoch", "version", "command"}
TOKEN = re.compile(r"(?<!\d)\d{16}(?!\d)")
LINE = re.compile(r"([A-Z]| )([<>]) (.*)")


class Failed(Exception):
    """The daemon did not do what the page says."""


class Step:
    """One line of a story: who, in which direction, what."""

    def __init__(self, where, who, way, text):
        self.where, self.who, self.way, self.text = where, who, way, text


# Reading the pages

def roff_text(line):
    for escape, plain in ((r"\(dq", '"'), (r"\-", "-"), (r"\&", ""),
                          (r"\e", "\\")):
        line = line.replace(escape, plain)
    return line


def literal_blocks(path):
    """Yields each literal block as a list of (line number, text)."""
    roff = not path.endswith(".md")
    begin, end = (".Bd -literal", ".Ed") if roff else ("```", "```")
    block = None
    with open(path, encoding="utf-8") as page:
        for number, line in enumerate(page, 1):
            line = line.rstrip("\n")
            if block is None:
                block = [] if line.startswith(begin) else None
            elif line.startswith(end):
                yield block
                block = None
            else:
                block.append((number, roff_text(line) if roff else line))


def story_of(path, block):
    """The steps of a block, or none where it is no transcript."""
    steps = []
    if not any(LINE.fullmatch(text) for _, text in block):
        return steps
    for number, text in block:
        where = f"{os.path.basename(path)}:{number}"
        found = LINE.fullmatch(text)
        if found:
            steps.append(Step(where, *found.groups()))
        elif text == "(msyncd gets SIGTERM)":
            steps.append(Step(where, "", "!", text))
        elif text[:1].isspace() and steps:
            steps[-1].text += " " + text.strip()
        else:
            raise Failed(f"{where}: not a line of a transcript: {text}")
    return steps


class Number(str):
    """A number as its text, so that 0.10 differs from 0.1."""


def parse(text):
    """JSON with its numbers as they were written."""
    return json.loads(text, parse_int=Number, parse_float=Number)


def written(value):
    """The JSON text of what parse made, for people."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{%s}" % ", ".join(f"{json.dumps(name)}: {written(member)}"
                                  for name, member in value.items())
    if isinstance(value, list):
        return "[%s]" % ", ".join(map(written, value))
    return json.dumps(value, ensure_ascii=False)


def parse_expected(text):
    text = re.sub(r"([,{])\s*\.\.\.\s*\}",
                  lambda m: ("," if m[1] == "," else "{") + '"...":0}', text)
    return parse(text)


@functools.cache
def manual_words():
    """The words that the manual marks as names of members."""
    with open(MANUAL, encoding="utf-8") as page:
        lines = re.findall(r"^\.(?:It |Op )?Va (.*)$", page.read(), re.M)
    return {word for line in lines for word in re.findall(r"\w+", line)}


# Comparing

class Tokens:
    """Which token of the daemon stands for which token of the page."""

    def __init__(self):
        self.real = {}

    def bind(self, shown, real):
        if shown in self.real:
            return self.real[shown] == real
        if real in self.real.values():
            return False
        self.real[shown] = real
        return True

    def put_in(self, text):
        return TOKEN.sub(lambda m: self.real.get(m[0], m[0]), text)


def plain_message(text):
    """A message without what differs from run to run."""
    text = re.sub(r"\d+(\.\d+)? ?(ms|s|min|m|h|d)\b", "<time>", text)
    text = re.sub(r"pid \d+( \([^)]*\))?", "<pid>", text)
    return TOKEN.sub("<token>", text)


def same_names(shown, real):
    """Whether the members are those shown; dots stand for others, which the
    manual must at least mention."""
    more = set(real) - set(shown)
    if "..." not in shown:
        return set(shown) == set(real)
    return set(shown) - {"..."} <= set(real) and more <= manual_words()


def same(shown, real, tokens, name=""):
    """Whether the answer is the one on the page."""
    if type(shown) is not type(real):
        return False
    if isinstance(shown, dict):
        return same_names(shown, real) and all(
            same(shown[n], real[n], tokens, n) for n in shown if n != "...")
    if isinstance(shown, list):
        return len(shown) == len(real) and all(
            same(s, r, tokens) for s, r in zip(shown, real))
    if name == "token":
        return tokens.bind(shown, real)
    if name == "message":
        return plain_message(shown) == plain_message(real)
    if name == "pid":
        return real == str(os.getpid())
    if name == "uid":
        return real == str(os.getuid())
    return name in FREE or shown == real


# Talking

class Connection:
    """A client of the story and the lines it has been sent."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(LIMIT_S)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.unread = []
        self.n_syncs = 0
        self.ended = False

    def send(self, text):
        self.socket.sendall(text.encode() + b"\n")

    def read(self):
        line = self.lines.readline()
        return parse(line) if line else None

    def sync(self):
        """Comes back when every line sent so far has taken effect."""
        self.n_syncs += 1
        name = f"sync {self.n_syncs}"
        self.send(json.dumps({"id": name, "op": "ping"}))
        while True:
            answer = self.read()
            if answer is None:
                raise Failed("the daemon closed the connection")
            if answer.get("id") == name:
                return
            self.unread.append(answer)

    def next(self, shown):
        """The line that the page shows here: by its id, else in order."""
        while True:
            for place, answer in enumerate(self.unread):
                if answer.get("id") == shown.get("id"):
                    return self.unread.pop(place)
            answer = self.read()
            if answer is None:
                raise Failed("the daemon closed the connection")
            self.unread.append(answer)

    def expect_end(self):
        answer = self.unread.pop(0) if self.unread else self.read()
        if answer is not None:
            raise Failed(f"not on the page: {written(answer)}")

    def end_input(self):
        self.socket.shutdown(socket.SHUT_WR)
        self.ended = True

    def close(self):
        self.lines.close()
        self.socket.close()


class Daemon:
    """A daemon on a socket of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="msyncd-")
        self.path = os.path.join(self.folder, "s")
        self.conf = os.path.join(self.folder, "conf")
        with open(self.conf, "w", encoding="ascii") as conf:
            conf.write(f"admin {{ uid = {os.geteuid()} }}\n")
        self.log = []
        self.was_told_to_end = False
        self.process = subprocess.Popen(
            [os.environ["MSYNCD"], "-c", self.conf, "-s", self.path],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace")
        self.is_ready, self.told = False, threading.Event()
        self.reader = threading.Thread(target=self.keep_log, daemon=True)
        self.reader.start()
        self.told.wait(LIMIT_S)
        if not self.is_ready:
            self.stop()
            raise Failed("the daemon did not start: " + "".join(self.log))

    def keep_log(self):
        """Reads the log to its end; tells when the daemon is ready."""
        for line in self.process.stderr:
            self.log.append(line)
            if "event=ready" in line:
                self.is_ready = True
                self.told.set()
        self.told.set()

    def terminate(self):
        """Asks the daemon to end, once: a second signal might kill it."""
        if not self.was_told_to_end:
            self.was_told_to_end = True
            self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Ends the daemon and says how it ended."""
        if self.process.poll() is None:
            self.terminate()
        try:
            status = self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.reader.join(LIMIT_S)
        shutil.rmtree(self.folder, ignore_errors=True)
        return status


class Stage:
    """A story while it is played."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.clients = {}
        self.tokens = Tokens()

    def client(self, name):
        if name not in self.clients:
            self.clients[name] = Connection(self.daemon.path)
        return self.clients[name]

    def play(self, step):
        if step.way == "!":
            self.daemon.terminate()
        elif step.way == ">":
            self.play_request(step)
        elif step.text == "(end of file)":
            self.leave(step.who)
        else:
            self.play_answer(step)

    def play_request(self, step):
        if step.who == " ":
            self.leave(" ")
        if step.text == "(closes)":
            self.clients.pop(step.who).close()
            return
        client = self.client(step.who)
        if step.text == "(ends its input)":
            client.end_input()
            return
        client.send(self.tokens.put_in(step.text))
        if step.who == " ":
            client.end_input()
        else:
            client.sync()

    def play_answer(self, step):
        shown = parse_expected(step.text)
        real = self.client(step.who).next(shown)
        if not same(shown, real, self.tokens):
            raise Failed(f"\n  the page: {written(shown)}"
                         f"\n  msyncd:   {written(real)}")

    def leave(self, name):
        """Reads a connection to its end; nothing unknown may come."""
        client = self.clients.pop(name, None)
        if client:
            client.expect_end()
            client.close()

    def finish(self):
        """Nobody may have been sent a line that the page does not show."""
        for name in list(self.clients):
            client = self.clients[name]
            if client.ended:
                self.leave(name)
                continue
            client.sync()
            if client.unread:
                raise Failed(f"not on the page: {name}< "
                             + ", ".join(map(written, client.unread)))


def play(story):
    daemon = Daemon()
    stage = Stage(daemon)
    step = story[0]
    try:
        for step in story:
            stage.play(step)
        stage.finish()
    except (Failed, OSError, ValueError) as fault:
        raise Failed(f"{step.where}: {step.who}{step.way} {step.text}: "
                     f"{fault}") from fault
    finally:
        for client in stage.clients.values():
            client.close()
        status = daemon.stop()
    if status != 0:
        raise Failed(f"{story[0].where}: msyncd ended with status {status}: "
                     + "".join(daemon.log))


# What must occur

def listed(path, macro):
    """The words that an item of the manual explains with this macro."""
    with open(path, encoding="utf-8") as page:
        return set(re.findall(rf"^\.It {macro} ([a-z_.]+)$", page.read(),
                              re.M))


def shown_words(stories, member):
    return {word for story in stories for step in story
            for word in re.findall(rf'"{member}":"([a-z_.]+)"', step.text)}


def missing_words(stories):
    operations = listed(MANUAL, "Ic") - shown_words(stories, "op")
    codes = listed(MANUAL, "Er") - shown_words(stories, "error") - NOT_SHOWN
    if len(listed(MANUAL, "Ic")) < 25 or len(listed(MANUAL, "Er")) < 19:
        return ["the manual lists too few operations or codes"]
    return [f"no transcript shows {word}" for word in
            sorted(operations | codes)]


def main(paths):
    if "MSYNCD" not in os.environ:
        sys.exit(__doc__)
    stories, faults = [], []
    for path in paths:
        found = [story for story in (story_of(path, block) for block in
                                     literal_blocks(path)) if story]
        if len(found) < 4:
            faults.append(f"{path}: only {len(found)} transcripts")
        stories += found
    if MANUAL in paths:
        faults += missing_words(stories)
    for story in stories:
        try:
            play(story)
        except Failed as fault:
            faults.append(str(fault))
    for fault in faults:
        print("FAILED", fault)
    print(f"{len(stories)} transcripts, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main([os.path.abspath(p) for p in sys.argv[1:]]
                  or [MANUAL, README]))
