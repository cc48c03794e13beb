# SPDX-License-Identifier: MIT
"""bash, zsh and fish, asked what they would complete a line to.

Each has the completion file of the sources where a user's shell looks for it.
candidates(line) is what the shell offers for the last word of the line; a
Terminal is the same shell as a person has it, with keys pressed.
"""
import fcntl
import os
import pty
import re
import select
import shutil
import subprocess
import termios

from harness import LIMIT_S, Failed, read_line

SOURCES = os.path.join(os.environ["srcdir"], "client", "completion")
END = "=end="


def words_of_bash(line):
    """The line as bash cuts it: at blanks, and around : and = and @."""
    words = []
    for word in re.findall(r"(?:\\.|[^ \\])+", line):
        words += re.findall(r"[:=@]+|(?:\\.|[^:=@\\])+", word)
    if line.endswith((" ", ":", "=", "@")) and not line.endswith("\\ "):
        words.append("")
    return words


class Shell:
    """A shell that has loaded the completion of msync. What it complains
    about is in the file "noise" of the scene."""

    def __init__(self, scene):
        self.scene = scene
        home = scene.file(self.name + "-home")
        os.makedirs(home)
        self.env = {
            **scene.env, "HOME": home, "ZDOTDIR": home,
            "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home,
            "XDG_DATA_DIRS": "/usr/share", "XDG_CACHE_HOME": home,
            "LC_ALL": "C.UTF-8", "TERM": "xterm", "HISTFILE": "",
            "PATH": os.pathsep.join([scene.file("bin"),
                                     os.environ["builddir"],
                                     os.environ["PATH"]])}
        os.makedirs(scene.file("bin"), exist_ok=True)
        folder, name = self.place
        os.makedirs(os.path.join(home, folder))
        shutil.copy(os.path.join(SOURCES, self.file),
                    os.path.join(home, folder, name))
        self.home = home
        self.running = None

    def rc(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def noise(self):
        path = self.scene.file("noise")
        return self.scene.read("noise") if os.path.exists(path) else ""

    def start_loop(self, *argv):
        """A program that reads a line, and answers with lines and END."""
        with open(self.scene.file("noise"), "ab") as noise:
            self.running = self.scene.start(
                *argv, program=shutil.which(self.name), env=self.env,
                stdin=subprocess.PIPE, stderr=noise, bufsize=0)

    def answer(self, fd):
        lines = []
        while True:
            line = read_line(fd)
            if line == END:
                return lines
            lines.append(line)

    def candidates(self, line):
        """What is offered for the last word, sorted."""
        if self.running is None:
            self.prepare()
        return sorted(set(self.ask(line)))


class Bash(Shell):
    """Calls the function of the completion as bash does."""
    name = "bash"
    file = "msync.bash"
    place = ("bash-completion/completions", "msync")
    LOOP = r"""
        [[ -z $1 ]] || source "$1"
        source "$XDG_DATA_HOME/bash-completion/completions/msync"
        # It is for a function that readline has called.
        compopt() { :; }
        while IFS= read -r COMP_LINE && read -r n; do
            COMP_WORDS=()
            while ((n-- > 0)) && IFS= read -r word; do
                COMP_WORDS+=("$word")
            done
            COMP_POINT=${#COMP_LINE} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            COMPREPLY=()
            _msync msync "${COMP_WORDS[COMP_CWORD]}" "" </dev/null
            ((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
            echo =end=
        done"""

    common = "/usr/share/bash-completion/bash_completion"

    def prepare(self):
        self.start_loop("--norc", "--noprofile", "-c", self.LOOP, "bash",
                        self.common)

    def ask(self, line):
        words = words_of_bash(line)
        text = "\n".join([line, str(len(words)), *words, ""])
        self.running.stdin.write(text.encode())
        return self.answer(self.running.stdout.fileno())

    def terminal(self):
        rc = self.rc("bashrc", f"source {self.common}\nPS1='ready> '\n"
                               "bind 'set bell-style none'\n"
                               "bind 'set enable-bracketed-paste off'\n")
        return Terminal(self, ["--noprofile", "--rcfile", rc, "-i"])


class BareBash(Bash):
    """One without the package bash-completion."""
    common = ""


class Zsh(Shell):
    """Completes in a terminal of its own, and writes down each match as it is
    added."""
    name = "zsh"
    file = "_msync"
    place = ("functions", "_msync")
    RC = r"""
        fpath=($HOME/functions $fpath)
        autoload -Uz compinit && compinit -u -D
        PS1='ready> '
        unsetopt beep
        zstyle ':completion:*' list-prompt ''
    """
    CAPTURE = r"""
        compadd() {
            if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
                local -a hits
                builtin compadd -A hits "$@"
                ((!$#hits)) || print -rl -- $hits >>$HOME/hits
            fi
            builtin compadd "$@"
        }
        capture() { _main_complete; compstate[insert]= compstate[list]= }
        zle -C capture complete-word capture
        answer() {
            BUFFER=$(<$HOME/line)
            BUFFER=${BUFFER%.} CURSOR=$#BUFFER
            : >$HOME/hits
            zle capture 2>>$HOME/../noise
            { cat $HOME/hits; print '=end=' } >$HOME/answers
            BUFFER=
        }
        zle -N answer
        bindkey '^T' answer
    """

    def prepare(self):
        answers = os.path.join(self.home, "answers")
        os.mkfifo(answers)
        self.fd = os.open(answers, os.O_RDWR)
        self.scene.stack.callback(os.close, self.fd)
        self.rc(".zshrc", self.RC + self.CAPTURE)
        self.running = Terminal(self, ["-i"])

    def ask(self, line):
        self.rc("line", line + ".")
        self.running.type("\x14")
        return self.answer(self.fd)

    def terminal(self):
        self.rc(".zshrc", self.RC)
        return Terminal(self, ["-i"])


class Fish(Shell):
    """Has a command for it."""
    name = "fish"
    file = "msync.fish"
    place = ("fish/completions", "msync.fish")
    LOOP = """
        while read -l line
            complete -C $line
            echo =end=
        end"""

    def prepare(self):
        self.start_loop("-c", self.LOOP)

    def ask(self, line):
        self.running.stdin.write((line + "\n").encode())
        return [candidate.split("\t")[0]
                for candidate in self.answer(self.running.stdout.fileno())]

    def terminal(self):
        self.rc("fish/config.fish",
                "function fish_prompt; echo 'ready> '; end\n"
                "set -g fish_greeting\n"
                "set -g fish_autosuggestion_enabled 0\n")
        return Terminal(self, ["-i"])


class Terminal:
    """The shell with a terminal."""

    def __init__(self, shell, argv):
        self.ours, theirs = pty.openpty()
        shell.scene.stack.callback(os.close, self.ours)
        termios.tcsetwinsize(theirs, (50, 200))
        self.running = shell.scene.start(
            *argv, program=shutil.which(shell.name), env=shell.env,
            stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        self.seen = ""
        self.until("ready> ")

    def type(self, text):
        os.write(self.ours, text.encode())

    def until(self, text):
        """Reads until it has been shown."""
        while text not in self.seen:
            if not select.select([self.ours], [], [], LIMIT_S)[0]:
                raise Failed(f"not shown: {text!r}; seen {self.seen!r}")
            self.seen += os.read(self.ours, 4096).decode(errors="replace")
        self.seen = self.seen.split(text, 1)[1]


SHELLS = {shell.name: shell for shell in (Bash, Zsh, Fish)}
