# SPDX-License-Identifier: MIT
"""A strict reader of the text for Prometheus, in both forms.

read() takes OpenMetrics 1.0, or with is_plain the older text 0.0.4, as msyncd
writes them: whatever is doubtful is refused (Bad), so that a page that is read
is one that every collector reads.
"""
import re

NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"
META = re.compile(rf"# (HELP|TYPE|UNIT) ({NAME}) (.+)")
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(rf'({NAME})="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?(e[+-][0-9]+)?")
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "info": ("_info",),
            "histogram": ("_bucket", "_sum", "_count")}


class Bad(Exception):
    """The page is not as it has to be."""


def check(is_so, what, line):
    if not is_so:
        raise Bad(f"{what}: {line!r}")


class Family:
    """What is declared of it, and its samples: {(name, labels): value}."""

    def __init__(self, name):
        self.name, self.meta, self.samples = name, {}, {}

    def declare(self, what, text, line):
        check(what not in self.meta, f"{what} twice", line)
        check(not self.samples, f"{what} behind samples", line)
        check(what != "TYPE" or text in SUFFIXES, "unknown type", line)
        self.meta[what] = text

    def names(self, is_plain):
        """The names that its samples may have."""
        kind = self.meta.get("TYPE")
        if is_plain and kind == "counter":
            return (self.name,)
        return tuple(self.name + suffix for suffix in SUFFIXES[kind])

    def finish(self, is_plain):
        """It is whole."""
        line = self.name
        check(set(self.meta) >= {"HELP", "TYPE"}, "not declared", line)
        check(self.samples, "no samples", line)
        if "UNIT" in self.meta:
            check(self.name.endswith("_" + self.meta["UNIT"]),
                  "unit is not in the name", line)
        else:
            check(is_plain or not self.name.endswith("_seconds"),
                  "unit is not declared", line)
        if self.meta["TYPE"] == "counter":
            check(self.name.endswith("_total") == is_plain, "_total", line)
        if self.meta["TYPE"] == "info":
            check(set(self.samples.values()) == {1}, "info is not 1", line)
        if self.meta["TYPE"] == "histogram":
            self.finish_histogram()

    def finish_histogram(self):
        """For each set of labels: buckets rise to +Inf, which is the count."""
        sets = {}
        for (name, labels), value in self.samples.items():
            rest = tuple(pair for pair in labels if pair[0] != "le")
            part = sets.setdefault(rest, {"buckets": []})
            if name.endswith("_bucket"):
                bounds = [text for label, text in labels if label == "le"]
                check(len(bounds) == 1, "one le", name)
                part["buckets"].append((bounds[0], value))
            else:
                check("le" not in dict(labels), "le", name)
                part[name[len(self.name):]] = value
        for rest, part in sets.items():
            check(set(part) == {"buckets", "_sum", "_count"}, "parts", rest)
            bounds = [float(text) for text, _ in part["buckets"]]
            counts = [value for _, value in part["buckets"]]
            for text, _ in part["buckets"]:
                check(text in ("+Inf", repr(float(text))), "le", text)
            check(bounds == sorted(set(bounds)), "bounds do not rise", rest)
            check(counts == sorted(counts), "buckets do not add up", rest)
            check(part["buckets"][-1] == ("+Inf", part["_count"]),
                  "+Inf is not the count", rest)
            check(part["_count"] > 0 or part["_sum"] == 0, "sum", rest)


def read_labels(text, line):
    """Pairs of name and value, in order."""
    pairs = []
    while text:
        match = LABEL.match(text)
        check(match, "labels", line)
        check(match[3] == "" or match.end() < len(text), "labels", line)
        value = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1],
                       match[2])
        pairs.append((match[1], value))
        text = text[match.end():]
    check(len(dict(pairs)) == len(pairs), "label twice", line)
    return tuple(pairs)


class Reader:
    """Takes the lines of a page."""

    def __init__(self, is_plain):
        self.is_plain, self.families, self.current = is_plain, {}, None

    def take(self, line):
        if line.startswith("#"):
            match = META.fullmatch(line)
            check(match, "comment", line)
            check(match[1] != "UNIT" or not self.is_plain, "UNIT", line)
            self.begin(match[2], line)
            self.current.declare(match[1], match[3], line)
            return
        match = SAMPLE.fullmatch(line)
        check(match, "sample", line)
        check(self.current and "TYPE" in self.current.meta, "no TYPE", line)
        check(match[1] in self.current.names(self.is_plain),
              "of another family", line)
        check(NUMBER.fullmatch(match[3]), "number", line)
        key = (match[1], read_labels(match[2] or "", line))
        check(key not in self.current.samples, "sample twice", line)
        self.current.samples[key] = float(match[3])

    def begin(self, name, line):
        if self.current and self.current.name == name:
            return
        check(name not in self.families, "family twice", line)
        self.finish()
        self.current = self.families[name] = Family(name)

    def finish(self):
        if self.current:
            self.current.finish(self.is_plain)


class Page:
    """The samples of a page by name and labels, and the type of each family."""

    def __init__(self, families):
        self.types = {name: family.meta["TYPE"]
                      for name, family in families.items()}
        self.samples = {}
        for family in families.values():
            for (name, labels), value in family.samples.items():
                key = (name, frozenset(labels))
                check(key not in self.samples, "sample of two families", key)
                self.samples[key] = value

    def value(self, name, **labels):
        return self.samples.get((name, frozenset(labels.items())))

    def names(self):
        return {name for name, _ in self.samples}


def read(text, is_plain=False):
    """The page; Bad where anything is wrong with it."""
    check(text.endswith("\n") or text == "", "end of line", text[-20:])
    lines = text.split("\n")[:-1]
    if not is_plain:
        check(lines and lines[-1] == "# EOF", "# EOF", lines[-1:])
        lines.pop()
    reader = Reader(is_plain)
    for line in lines:
        reader.take(line)
    reader.finish()
    return Page(reader.families)
