#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What bash, zsh and fish complete of a line of msync, each by itself.

The commands, their options (those of `msync help`, which has to have all that
the program takes), the keys, which a real daemon is asked for, and whatever
stands behind --. Then each shell in a terminal: a key is completed with TAB,
and msync gets that key, whatever is in it.
"""
import os
import re
import signal
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from harness import check, main, read_line, rows, same, test
from shells import SHELLS, BareBash

CLIENT = os.path.join(os.environ["srcdir"], "client")
COMMANDS = ["call", "doctor", "flight", "help", "latency", "limit", "lock",
            "ls", "metrics", "monitor", "ping", "pool", "release", "renew",
            "show", "stats", "top"]
EVENTS = ["expired", "granted", "lost", "refused", "released", "shared",
          "waiting"]
ACTIONS = ["clear", "drop", "fill", "get", "put", "run"]


def each_shell(function):
    """Marks a test of each shell, which must say nothing besides."""
    def run(scene, name):
        shell = SHELLS[name](scene)
        function(scene, shell)
        same(f"what {name} says besides", "", shell.noise())
    run.__name__ = function.__name__
    rows(*[(name,) for name in SHELLS])(run)


# What there is: the tables of the sources, the words of msync help

def options_in(name):
    """{long option: letter or None} of the tables in a source file."""
    with open(os.path.join(CLIENT, name), encoding="utf-8") as stream:
        text = stream.read()
    found = re.findall(r'\{[\s\\]*"([a-z-]+)", \w+_argument, NULL, \'(.)\'',
                       text)
    letters = "".join(re.findall(
        r'"\+?([A-Za-z:]+)"', "".join(re.findall(
            r"getopt_long\(\s*argc, argv, (.*?), options", text))))
    if name == "cli_turn.h":
        letters = re.search(r'TURN_LETTERS "(.*)"', text)[1]
    options = {long: letter if letter in letters else None
               for long, letter in found}
    if "TURN_LONG_OPTIONS," in text or "TURN_LETTERS, options" in text:
        shared = options_in("cli_turn.h")
        if "TURN_LONG_OPTIONS," in text:
            options.update(shared)
        options = {long: letter or shared.get(long)
                   for long, letter in options.items()}
    return options


def forms(scene, command):
    """The forms of a command: (words it begins with, the rest)."""
    out = scene.run("help", command).out
    usage = out.split("usage: ", 1)[1].split("\n\n", 1)[0]
    usage = re.sub(r"\n +(?! |msync )", " ", usage)
    for line in usage.splitlines():
        words = line.split()[1:]
        count = 2 if command == "pool" else 1
        yield " ".join(words[:count]), " ".join(words[count:])


def options_of_form(rest, table):
    """What a form of the usage takes, each option under all its names."""
    names = set()
    for word in re.findall(r"(?<![\w-])--?[A-Za-z-]+", rest):
        for long, letter in table.items():
            if word in (f"--{long}", f"-{letter}"):
                names.add(f"--{long}")
                if letter:
                    names.add(f"-{letter}")
    return names


def table_of(command):
    path = f"cmd_{command}.c"
    return options_in(path) if os.path.exists(os.path.join(CLIENT, path)) \
        else {}


def options_of(scene):
    """{words: the options} for each form that there is."""
    known = {}
    for command in COMMANDS:
        for words, rest in forms(scene, command):
            names = options_of_form(rest, table_of(command))
            known[words] = known.get(words, set()) | names
    return known


@test
def help_has_each_option_that_a_command_takes(scene):
    known = options_of(scene)
    looked = 0
    for command in ("lock", "limit", "flight", "pool", "metrics", "top"):
        said = set().union(*[names for words, names in known.items()
                             if words.split()[0] == command])
        for long in table_of(command):
            looked += 1
            if f"--{long}" in said:
                continue
            # Or it is in the table only to be refused.
            words = [command] + ["run"] * (command == "pool")
            result = scene.run(*words, f"--{long}", "k", "--", "true")
            same(f"status of {command} --{long}, which help does not have",
                 64, result.status)
    check(f"only {looked} options found", looked > 35)


@test
def commands_are_those_that_help_lists(scene):
    listed = re.findall(r"^  ([a-z]+) ", scene.run("help").out, re.M)
    same("commands", COMMANDS, sorted(listed))


# What the shells offer

@each_shell
def commands_are_completed(scene, shell):
    same("msync", COMMANDS, shell.candidates("msync "))
    same("msync l", ["latency", "limit", "lock", "ls"],
         shell.candidates("msync l"))
    same("msync -q --json r", ["release", "renew"],
         shell.candidates("msync -q --json r"))
    same("msync nothing-begins-so", [], shell.candidates("msync nothing"))
    same("msync help re", ["release", "renew"],
         shell.candidates("msync help re"))
    same("msync pool", ACTIONS, shell.candidates("msync pool "))
    same("msync pool f", ["fill"], shell.candidates("msync pool f"))
    same("msync release", ["limit", "lock", "pool"],
         shell.candidates("msync release "))
    for line in ("msync show ", "msync ls -k ", "msync ls --kind ",
                 "msync monitor -k "):
        same(line, sorted(KEYS), shell.candidates(line))


@each_shell
def options_are_those_that_each_command_takes(scene, shell):
    known = options_of(scene)
    known[""] = {f"--{long}" for long in options_in("msync.c")} | {
        "-s", "-q", "-v"}
    check("there are forms with options", len(known) > 13)
    for words, names in known.items():
        line = f"msync {words} -".replace("  ", " ")
        offered = set(shell.candidates(line) + shell.candidates(line + "-"))
        # What msync takes anywhere, but is of no use here.
        same(line, sorted(names), sorted(offered - {"--help"} if words
                                         else offered))


@each_shell
def words_of_options_are_completed(scene, shell):
    acts = ["ignore", "kill", "term"]
    for words in ("lock", "limit -c 2", "pool run"):
        same(words, acts, shell.candidates(f"msync {words} --on-lost "))
    same("--on-lost k", ["kill"],
         shell.candidates("msync lock --on-lost k"))
    for line in ("msync monitor -e ", "msync monitor --events "):
        same(line, EVENTS, shell.candidates(line))
    # The argument of an option is no key, and no key stands before it.
    scene.conn.grant("lock.acquire", key="a-key", wait_ms=0)
    same("-w", [], shell.candidates("msync lock -w a"))
    same("-w 5", ["a-key"], shell.candidates("msync lock -w 5 a"))
    same("--lease 5 -n", ["a-key"],
         shell.candidates("msync lock --lease 5 -n a"))


KEYS = {"lock": ("lock.acquire", {"wait_ms": 0}),
        "limit": ("limit.borrow", {"capacity": 2, "wait_ms": 0}),
        "flight": ("flight.begin", {}),
        "pool": ("pool.set", {"items": [1]})}


def make_keys(scene, names):
    """A key of each kind for each name: KIND-NAME."""
    for kind, (op, members) in KEYS.items():
        for name in names:
            answer = scene.conn.ask(op, key=f"{kind}-{name}", **members)
            check(f"{op}: {answer}", answer["ok"])


@each_shell
def keys_are_those_of_the_daemon(scene, shell):
    make_keys(scene, ("one", "two"))
    for kind in KEYS:
        both = [f"{kind}-one", f"{kind}-two"]
        words = {"pool": "pool run"}.get(kind, kind)
        same(words, both, shell.candidates(f"msync {words} "))
        same(words, both[1:], shell.candidates(f"msync {words} {kind}-t"))
        same(words, [], shell.candidates(f"msync {words} x"))
    for action in ACTIONS:
        same(action, ["pool-one", "pool-two"],
             shell.candidates(f"msync pool {action} pool-"))
    for kind in ("lock", "limit", "pool"):
        same(f"release {kind}", [f"{kind}-one", f"{kind}-two"],
             shell.candidates(f"msync release {kind} "))
    for kind in KEYS:
        same(f"show {kind}", [f"{kind}-one", f"{kind}-two"],
             shell.candidates(f"msync show {kind} "))
    same("ls", sorted(f"{kind}-one" for kind in KEYS),
         [key for key in shell.candidates("msync ls ") if "one" in key])
    same("monitor", ["lock-one", "lock-two"],
         shell.candidates("msync monitor -e lost lo"))
    same("ls -w -k", ["limit-one", "limit-two"],
         shell.candidates("msync ls -w -k limit li"))
    # One key only; then a token.
    same("release lock KEY", [],
         shell.candidates("msync release lock lock-one lo"))
    same("pool put KEY", [], shell.candidates("msync pool put pool-one po"))


@each_shell
def keys_are_of_the_daemon_that_the_line_names(scene, shell):
    scene.conn.grant("lock.acquire", key="here", wait_ms=0)
    here, scene.path = scene.path, scene.file("an other")
    scene.start_daemon()
    scene.conn.grant("lock.acquire", key="there", wait_ms=0)
    other = scene.path.replace(" ", "\\ ")
    same("no -s", ["here"], shell.candidates("msync lock "))
    same("-s", ["there"], shell.candidates(f"msync -s {other} lock "))
    same("--socket", ["there"],
         shell.candidates(f"msync --json --socket {other} lock "))
    same("-s", ["here"], shell.candidates(f"msync -q -s {here} lock h"))


@each_shell
def other_command_is_completed_behind_two_dashes(scene, shell):
    make_keys(scene, ("one",))
    path = os.path.join(scene.file("bin"), "deploy-the-site")
    os.symlink("/bin/true", path)
    for words in ("lock k", "limit -c 3 k", "flight k", "pool run k",
                  "-q lock -n -w 5 --lease 5 k"):
        line = f"msync {words} -- "
        same(line + "deploy-th", ["deploy-the-site"],
             shell.candidates(line + "deploy-th"))
        # msync itself is another command as good as any.
        same(line + "msync ren", ["renew"],
             shell.candidates(line + "msync ren"))
        same(line + "msync lock", ["lock-one"],
             shell.candidates(line + "msync lock l"))
        same(line + "true --on", [], shell.candidates(line + "true --on-l"))


@test
def bash_alone_completes_commands_and_files_behind_dashes(scene):
    shell = BareBash(scene)
    path = os.path.join(scene.file("bin"), "deploy-the-site")
    os.symlink("/bin/true", path)
    same("a command", ["deploy-the-site"],
         shell.candidates("msync lock k -- deploy-th"))
    same("a file", [path],
         shell.candidates(f"msync lock k -- deploy-the-site {path[:-4]}"))
    same("what bash says besides", "", shell.noise())


@each_shell
def no_daemon_means_no_keys_and_no_noise(scene, shell):
    scene.end_daemon()
    for words in ("lock", "limit", "flight", "pool run", "release lock"):
        same(words, [], shell.candidates(f"msync {words} "))
    same("commands", ["ping", "pool"], shell.candidates("msync p"))


@each_shell
def daemon_that_does_not_answer_is_not_waited_for(scene, shell):
    scene.conn.grant("lock.acquire", key="a-key", wait_ms=0)
    same("before", ["a-key"], shell.candidates("msync lock "))
    scene.daemon.send_signal(signal.SIGSTOP)
    # It never will; who waits for it fails the test by not ending.
    same("while it is stopped", [], shell.candidates("msync lock "))
    scene.daemon.send_signal(signal.SIGCONT)
    same("after", ["a-key"], shell.candidates("msync lock "))


# With the keys of a keyboard

# A key, and what is typed of it before TAB.
ODD_KEYS = (("plain-key", "pla"), ("col:on:end", "col:o"), ("col:on:end", "c"),
            ("sla/sh/end", "sla/s"), ("spa ce end", "spa\\ c"),
            ("spa ce end", "sp"), ("quo'te \"$HOME\" `x`", "quo"),
            ("eq=u@l", "eq=u"), ("mix:ed a/b:c", "mix:ed\\ a/b:"),
            ("~tilde*", "\\~t"), ("umläut", "uml"))


@each_shell
def tab_gives_msync_the_key_itself(scene, shell):
    for key in {key for key, _ in ODD_KEYS}:
        scene.conn.grant("limit.borrow", key=key, capacity=2, wait_ms=0)
    os.mkfifo(scene.file("key"))
    fd = os.open(scene.file("key"), os.O_RDWR)
    scene.stack.callback(os.close, fd)
    path = os.path.join(scene.file("bin"), "tell-key")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("#!/bin/sh\nprintf '%s\\n' \"$MSYNC_KEY\" >key\n")
    os.chmod(path, 0o755)
    terminal = shell.terminal()
    for key, typed in ODD_KEYS:
        terminal.type(f"msync limit -c 2 {typed}\t-- tell-key || echo >key\r")
        same(f"key of msync limit {typed}<TAB>", key, read_line(fd))
        terminal.until("ready> ")


main()
