# SPDX-License-Identifier: MIT
"""msync top on a terminal of tmux, with keys pressed and the screen read.

A test waits for what the screen shows, and looks only when something has been
drawn; what is drawn is told by a pipe.
"""
import os
import select
import subprocess
import time
import unicodedata

from harness import LIMIT_S, MSYNC, Failed, check, children_of

CONF = """
set -g status off
set -g default-terminal screen
set -g history-limit 0
set -g remain-on-exit on
"""


def cells_of(line):
    """The line as a list of cells; of a wide letter, the second is ""."""
    cells = []
    for letter in line:
        if unicodedata.combining(letter):
            cells[-1] += letter
            continue
        cells.append(letter)
        if unicodedata.east_asian_width(letter) in "WF":
            cells.append("")
    return cells


RIGHT = ("KEYS", "HOLDS", "WAITS", "LONGEST", "GRANTS/S", "GRANTED", "USE",
         "PID", "HELD", "RATE")


def row_of(head, line):
    """{title: text} of a row of a table: of its first columns, and of those
    that end where their titles end."""
    cells = cells_of(line.ljust(len(head)))
    row = {"KIND": "".join(cells[:7]).strip()}
    if " KEY " in head:
        row["KEY"] = "".join(cells[7:]).split("  ")[0].strip()
    for title in RIGHT:
        end = f" {head} ".find(f" {title} ") + len(title)
        if end < len(title):
            continue
        check(f"{title} of {line!r} goes beyond its title",
              end >= len(cells) or cells[end] in (" ", ""))
        row[title] = "".join(cells[:end]).rpartition(" ")[2]
    return row


class Screen:
    """A terminal with a shell, in which msync top is started."""

    def __init__(self, scene, width=80, height=24, **env):
        self.scene, self.width, self.height = scene, width, height
        self._socket = scene.file("tmux")
        # tmux starts commands with SHELL, or else with the user's shell, and
        # that of nobody lets nobody in.
        self._env = {**scene.env, "LC_ALL": "C.UTF-8", "ENV": scene.file("rc"),
                     "SHELL": "/bin/sh",
                     "PATH": os.pathsep.join([os.path.dirname(MSYNC),
                                              os.environ["PATH"]]), **env}
        self._env.pop("TMUX", None)
        with open(scene.file("rc"), "w", encoding="utf-8") as shell:
            shell.write("PS1='ready> '\n")
        with open(scene.file("tmux.conf"), "w", encoding="utf-8") as conf:
            conf.write(CONF)
        os.mkfifo(scene.file("drawn"))
        self._drawn = os.open(scene.file("drawn"), os.O_RDWR | os.O_NONBLOCK)
        scene.stack.callback(os.close, self._drawn)
        scene.stack.callback(self._end)
        self._tmux("new-session", "-d", "-x", str(width), "-y", str(height),
                   "-c", scene.folder, "exec sh -i")
        self._tmux("pipe-pane", "-O", f"exec cat >'{scene.file('drawn')}'")
        self.shell = int(self._tmux("display", "-p", "#{pane_pid}"))
        self.until("a prompt", lambda: self.lines()[0].startswith("ready>"))

    def _tmux(self, *words, may_fail=False):
        done = subprocess.run(
            ["tmux", "-u", "-S", self._socket, "-f",
             self.scene.file("tmux.conf"), *words],
            env=self._env, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=LIMIT_S, check=False)
        if done.returncode != 0 and not may_fail:
            raise Failed(f"tmux {words}: {done.stderr.decode()}")
        return done.stdout.decode()

    def _end(self):
        self._tmux("kill-server", may_fail=True)

    # The screen

    def lines(self):
        """What is on the screen, without blanks at the ends of lines."""
        lines = self._tmux("capture-pane", "-p").split("\n")[:self.height]
        return [line.rstrip() for line in lines]

    def until(self, what, is_so):
        """Waits until is_so() is true, and returns what it is."""
        end = time.monotonic() + LIMIT_S
        while True:
            value = is_so()
            if value:
                return value
            if time.monotonic() > end:
                raise Failed(f"not seen in {LIMIT_S} s: {what}; there is:\n" +
                             "\n".join(self.lines()))
            # A moment more, for what was drawn while we looked.
            if select.select([self._drawn], [], [], 1)[0]:
                os.read(self._drawn, 65536)

    def until_line(self, *parts):
        """Until there is a line with all these parts; returns it."""
        return self.until(parts, lambda: next(
            (line for line in self.lines()
             if all(part in line for part in parts)), None))

    def until_row(self, key, **expected):
        """Until the table has such a row of a key; returns it."""
        def look():
            row = self.rows().get(key)
            return row if row is not None and all(
                row.get(name) == value
                for name, value in expected.items()) else None
        return self.until(f"{key}: {expected}", look)

    def until_keys(self, *keys):
        """Until the table has just these keys, in this order."""
        self.until(keys, lambda: list(self.rows()) == list(keys))

    def until_all(self, *keys):
        """Until it has these, in any order."""
        self.until(keys, lambda: set(self.rows()) == set(keys))

    def rows(self, head="KIND   KEY"):
        """The rows of the table with this head, by their keys; those of
        kinds, which have none, by their kinds."""
        lines = self.lines()
        rows = {}
        at = next((y for y, line in enumerate(lines)
                   if line.startswith(head)), len(lines))
        for line in lines[at + 1:-1]:
            if line.split(" ")[0] not in ("lock", "limit", "flight", "pool"):
                break
            row = row_of(lines[at], line)
            rows[row.get("KEY", row["KIND"])] = row
        return rows

    def is_whole(self):
        """Each line is in its place, none is too wide, none was wrapped."""
        lines = self.lines()
        for line in lines:
            check(f"{line!r} is wider than {self.width} cells",
                  len(cells_of(line)) <= self.width)
        check(f"first line: {lines[0]}", lines[0].startswith("msyncd "))
        check(f"last line: {lines[-1]}", "shown, " in lines[-1])
        check(f"second line: {lines[1]}", lines[1].startswith("KIND    KEYS"))
        check(f"seventh line: {lines[6]}", lines[6].startswith("KIND   KEY"))

    # The terminal

    def press(self, *keys):
        """Presses keys, as tmux(1) calls them; else they are letters."""
        self._tmux("send-keys", *keys)

    def resize(self, width, height):
        self.width, self.height = width, height
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def state(self):
        """What a program can leave behind: modes of the screen."""
        return self._tmux("display", "-p", "#{alternate_on} #{cursor_flag} "
                          "#{keypad_cursor_flag} #{wrap_flag}").strip()

    def top(self, *words):
        """Starts msync top, and returns when it shows the daemon."""
        self.press(" ".join(["msync", "top", *words]), "Enter")
        self.until_line("msyncd ", " up ")

    def top_pid(self):
        """Its screen: msync has become it."""
        return self.until("msync-top runs", lambda: next(
            iter(children_of(self.shell)), None))
