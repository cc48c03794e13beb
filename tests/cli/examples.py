# SPDX-License-Identifier: MIT
"""Examples of the documents, as they stand there, with programs to run.

An example of msync(1) is the literal block behind a line .\\" example: NAME, one
of README.md the fenced block behind <!-- example: NAME -->. The programs that
they run (deploy-site, make-report) are made by the tests, and tell in the file
"ran" how they were called. Only times are ever changed in an example, so that
nobody has to wait for them.
"""
import os
import re
import sys

from harness import check, read_line, same

TOP = os.environ["srcdir"]
MANUAL = os.path.join(TOP, "man", "msync.1")
README = os.path.join(TOP, "README.md")
UNITS = r"(?:ms|[smhd])"


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def roff_text(text):
    """What the page shows of a literal block."""
    for escape, plain in ((r"\(dq", '"'), (r"\-", "-"), (r"\&", ""),
                          (r"\(aq", "'"), (r"\e", "\\")):
        text = text.replace(escape, plain)
    return text


def manual_examples():
    """{name: text} of msync(1), in the order of the page."""
    blocks = re.findall(r'^\.\\" example: (\S+)\n\.Bd -literal.*\n'
                        r"((?:(?!\.E).*\n)*)\.Ed$", read(MANUAL), re.M)
    return {name: roff_text(text) for name, text in blocks}


def readme_examples():
    """The same of README.md."""
    blocks = re.findall(r"^<!-- example: (\S+) -->\n```.*\n((?:(?!```).*\n)*)",
                        read(README), re.M)
    return dict(blocks)


def with_times(text, times):
    """The text with these durations in place of its own."""
    for old, new in times.items():
        check(f"{old!r} and {new!r} are times",
              all(re.fullmatch(rf"(?:.* )?\d+{UNITS}", time)
                  for time in (old, new)))
        check(f"{old!r} stands in {text!r}", old in text)
        text = text.replace(old, new)
    return text


class Stage:
    """Where an example is played: its programs, and what they did."""

    def __init__(self, scene):
        self.scene = scene
        os.mkdir(scene.file("bin"))
        scene.env["PATH"] = os.pathsep.join(
            [scene.file("bin"), os.environ["builddir"], os.environ["PATH"]])
        for name in ("go", "begun"):
            os.mkfifo(scene.file(name))
        # Open here at both ends, so that nobody waits for the other one.
        self._go, self._begun = (
            os.open(scene.file(name), os.O_RDWR) for name in ("go", "begun"))
        for fd in (self._go, self._begun):
            scene.stack.callback(os.close, fd)

    # Programs

    def program(self, name, body="", is_held=False):
        """A program that notes how it was called. One that is held tells when
        it has begun, and goes on when release() says so."""
        path = os.path.join(self.scene.file("bin"), name)
        hold = f"echo {name} >>begun\nread -r line <go\n" if is_held else ""
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>ran\n'
                         f"{hold}{body}\n")
        os.chmod(path, 0o755)

    def until_begun(self, *names):
        for name in names:
            same("what begins", name, read_line(self._begun))

    def release(self, count=1):
        os.write(self._go, b"\n" * count)

    def ran(self):
        """How the programs were called, in this order."""
        return self.scene.read("ran").splitlines() \
            if os.path.exists(self.scene.file("ran")) else []

    # The example

    def start(self, text, **how):
        """The text as a script; does not wait for it."""
        words = how.pop("shell", ["/bin/sh"])
        return self.scene.start(*words[1:], "-c", text, program=words[0],
                                **how)

    def play(self, text, **how):
        """The text as a script, to its end."""
        return self.start(text, **how).result()


if __name__ == "__main__":
    print(manual_examples()[sys.argv[1]], end="")
