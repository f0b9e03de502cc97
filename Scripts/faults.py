#!/usr/bin/env python3
"""Fails single calls of the system below the store, the pictures and the weights of a small pipeline.

For each command, kind of call and error the N-th call fails, in a fresh copy of everything. Allowed is
what the program promises: exit 66 or 74 with one message that names a path, or success with the very
results of an undisturbed run; and after a failure the next run reaches those results. Never a signal,
another exit code, a hang, or a smaller result.

    Scripts/faults.py                        all of it: more than 2,000 injections
    Scripts/faults.py --short                a sample, in less than a minute
    Scripts/faults.py --commands run,plan --kinds read,readdir --limit 20

Needs Linux, a C compiler and Python 3.8; nothing else.
"""

import argparse
import collections
import concurrent.futures
import errno
import functools
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "faults"))
import fixture  # noqa: E402

# What can fail with what. "short" is a transfer of half of the bytes, "lasting" a disk that stays full.
ERRORS = {
    "open": ["EIO", "EMFILE", "EINTR", "EACCES", "ENOSPC"],
    "read": ["EIO", "EINTR", "short"],
    "write": ["EIO", "ENOSPC", "EINTR", "short", "lasting"],
    "sync": ["EIO", "ENOSPC", "EINTR"],
    "rename": ["EIO", "ENOSPC", "EACCES", "EINTR"],
    "close": ["EIO", "EINTR", "ENOSPC"],
    "lock": ["EIO", "EINTR", "ENOLCK"],
    "mkdir": ["EIO", "ENOSPC", "EINTR", "EACCES"],
    "opendir": ["EIO", "EMFILE", "EINTR", "EACCES"],
    "readdir": ["EIO", "EINTR"],
    "stat": ["EIO", "EINTR", "EACCES"],
    "unlink": ["EIO", "EINTR", "EACCES"],
    "truncate": ["EIO", "EINTR", "ENOSPC"],
    "times": ["EIO", "EINTR", "EACCES"],
    "map": ["EIO", "ENOMEM"],
}

# Name: arguments, whether the store is full before, and whether the units are compared after.
COMMANDS = {
    "run": (["run", "f.yaml", "--store", "store", "--quiet"], False, True),
    "run again": (["run", "f.yaml", "--store", "store", "--quiet"], True, True),
    "run deep": (["run", "f.yaml", "--store", "touched", "--quiet"], True, False),
    "plan": (["plan", "f.yaml", "--store", "store"], False, False),
    "plan again": (["plan", "f.yaml", "--store", "store"], True, False),
    "status": (["status", "f.yaml", "--store", "store"], True, False),
    "results": (["results", "f.yaml", "--store", "store", "--format", "json"], True, False),
    "list": (["store", "list", "--store", "store", "--json"], True, False),
    "verify": (["store", "verify", "--deep", "--store", "store"], True, False),
    "inspect pictures": (["inspect", "pictures"], False, False),
    "inspect weights": (["inspect", "weights/tiny.safetensors"], False, False),
    "inspect artifact": (["inspect", "ARTIFACT"], True, False),
    "fetch": (["fetch", "ADDRESS", "--root", "store", "--retries", "0", "--json"], False, False),
}
# Folders below which calls are counted, for each command.
ROOTS = ["store", "touched", "pictures", "weights"]


class Lab:
    """The program, the injector, and an undisturbed run to compare with."""

    def __init__(self, program, work, roots):
        self.program, self.work, self.roots = str(program), pathlib.Path(work), roots
        self.injector = self.work / "inject.so"
        compiler = next((c for c in ["cc", "gcc", "clang"] if shutil.which(c)), None)
        if compiler is None:
            sys.exit("faults.py: needs a C compiler: cc, gcc or clang")
        source = HERE / "faults/inject.c"
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-o", self.injector, source, "-ldl"], check=True)
        fixture.write(self.work / "empty")
        shutil.copytree(self.work / "empty", self.work / "full")
        self.check_call(self.work / "full", COMMANDS["run"][0])
        # The same store, whose files look touched: every artifact is hashed before it is used.
        shutil.copytree(self.work / "full/store", self.work / "full/touched")
        for path in (self.work / "full/touched/v1/artifacts").iterdir():
            os.utime(path)
        self.units = self.digests(self.work / "full")
        self.artifact = str(next((self.work / "full/store/v1/artifacts").iterdir()).relative_to(
            self.work / "full"))
        self.address = self.serve()

    def serve(self):
        handler = functools.partial(Silent, directory=str(self.work / "empty/weights"))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/tiny.safetensors"

    def call(self, folder, arguments, **variables):
        arguments = [self.artifact if a == "ARTIFACT" else a for a in arguments]
        arguments = [self.address if a == "ADDRESS" else a for a in arguments]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HIDE_")}
        environment.update({k: str(v) for k, v in variables.items()}, no_proxy="*")
        return subprocess.run(
            [self.program] + arguments, cwd=folder, env=environment, capture_output=True,
            timeout=120)

    def check_call(self, folder, arguments):
        done = self.call(folder, arguments)
        if done.returncode != 0:
            sys.exit(f"faults.py: undisturbed {arguments} ends with {done.returncode}:\n"
                     + done.stderr.decode(errors="replace"))
        return done

    def digests(self, folder, store="store"):
        done = self.check_call(folder, ["store", "list", "--json", "--store", store])
        return {(row["unit"], row["key"]): row["digest"] for row in json.loads(done.stdout)}

    def copy(self, name, number):
        folder = self.work / f"{number}"
        shutil.copytree(self.work / ("full" if COMMANDS[name][1] else "empty"), folder)
        return folder

    def injection(self, folder, log, kind="", position=0, error="EIO"):
        lasting = {"INJECT_LASTS": "1"} if error == "lasting" else {}
        code = {"short": 0, "lasting": errno.ENOSPC}.get(error) if error in (
            "short", "lasting") else getattr(errno, error)
        return dict(
            LD_PRELOAD=self.injector, INJECT_ROOTS=":".join(f"{folder}/{r}" for r in self.roots),
            INJECT_LOG=log, INJECT_KIND=kind, INJECT_AT=position, INJECT_ERROR=code, **lasting)

    def counts(self, name):
        """How many calls of each kind a command makes, and what it prints undisturbed."""
        folder = self.copy(name, f"count-{name}".replace(" ", "-"))
        log = folder / "log"
        done = self.call(folder, COMMANDS[name][0], **self.injection(folder, log))
        if done.returncode != 0:
            sys.exit(f"faults.py: undisturbed '{name}' ends with {done.returncode}:\n"
                     + done.stderr.decode(errors="replace"))
        counts = collections.Counter()
        for line in log.read_text().splitlines():
            _, kind, count = line.split()
            counts[kind] += int(count)
        shutil.rmtree(folder)
        return counts, printed(done)


class Silent(http.server.SimpleHTTPRequestHandler):
    """Serves one folder and says nothing."""

    def log_message(self, *arguments):
        pass


def printed(done):
    """What a command says, without what differs from run to run."""
    text = done.stdout.decode(errors="replace")
    text = re.sub(r"roughly .*", "", text)
    return re.sub(r"http://[0-9.:]+", "ADDRESS", text)


class Injection:
    """One call that fails in one run of one command."""

    def __init__(self, lab, number, name, kind, position, error, expected):
        self.lab, self.number, self.name, self.kind = lab, number, name, kind
        self.position, self.error, self.expected = position, error, expected
        self.problems = []

    def __str__(self):
        return f"{self.name}: {self.kind} {self.position} {self.error}"

    def run(self):
        """Returns the exit code, 'unused' when no such call came, 'late' when time is over."""
        if time.monotonic() > self.lab.deadline:
            return "late"
        folder = self.lab.copy(self.name, self.number)
        log = folder / "log"
        try:
            return self.judge(folder, log)
        except subprocess.TimeoutExpired:
            self.problems.append("hangs")
            return "hang"
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def judge(self, folder, log):
        arguments, _, isCompared = COMMANDS[self.name]
        variables = self.lab.injection(folder, log, self.kind, self.position, self.error)
        done = self.lab.call(folder, arguments, **variables)
        isHit = log.exists() and "hit" in log.read_text().split()
        code, text = done.returncode, done.stderr.decode(errors="replace")
        if code not in (0, 66, 74):
            self.problems.append(f"ends with {code}: {text or done.stdout.decode()}")
        elif code == 0 and printed(done) != self.expected:
            self.problems.append("prints something else and exit 0:\n" + printed(done))
        elif code != 0 and self.name not in ("verify", "fetch"):
            self.judge_message(folder, text, done.stdout.decode(errors="replace"))
        if self.error in ("EINTR", "short") and code != 0:
            self.problems.append(f"does not bear {self.error}: exit {code}: {text}")
        if isCompared:
            self.judge_units(folder, code)
        return code if isHit else "unused"

    def judge_message(self, folder, text, output):
        # `plan` and `inspect` say it where they say everything else.
        if not any(name in text + output for name in ROOTS + [str(folder)]):
            self.problems.append(f"the message names no path: {text!r}")
        if "Fatal error" in text or len(text.splitlines()) > 12:
            self.problems.append(f"the message is long: {text}")

    def judge_units(self, folder, code):
        if code == 0 and self.lab.digests(folder) != self.lab.units:
            self.problems.append("exit 0 with other results")
        again = self.lab.call(folder, COMMANDS["run"][0])
        if again.returncode != 0:
            self.problems.append(f"the next run ends with {again.returncode}: "
                                 + again.stderr.decode(errors="replace"))
        elif self.lab.digests(folder) != self.lab.units:
            self.problems.append("the next run has other results")
        sound = self.lab.call(folder, ["store", "verify", "--deep", "--store", "store"])
        if sound.returncode != 0:
            self.problems.append("the store is not sound: " + sound.stdout.decode())


def sample(count, limit):
    """At most `limit` numbers from 1 to `count`, evenly, with both ends."""
    if limit == 0 or count <= limit:
        return list(range(1, count + 1))
    if limit == 1:
        return [(count + 1) // 2]
    return sorted({1 + index * (count - 1) // (limit - 1) for index in range(limit)})


def injections(lab, options):
    found = []
    for name in options.commands:
        counts, expected = lab.counts(name)
        for kind in options.kinds:
            for index, error in enumerate(ERRORS[kind]):
                if options.errors and error not in options.errors:
                    continue
                # A short run tries each kind with another of its errors at each place.
                numbers = sample(counts[kind], options.limit)
                if options.short:
                    numbers = numbers[index % max(len(numbers), 1):][:1]
                for position in numbers:
                    found.append(Injection(
                        lab, len(found), name, kind, position, error, expected))
    return found


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=HERE.parent / ".build/release/hide-pipeline")
    parser.add_argument("--short", action="store_true", help="a sample of a minute")
    parser.add_argument("--limit", type=int, default=0, help="calls of a kind; 0: all")
    parser.add_argument("--commands", type=lambda t: t.split(","), default=list(COMMANDS))
    parser.add_argument("--kinds", type=lambda t: t.split(","), default=list(ERRORS))
    parser.add_argument("--errors", type=lambda t: t.split(","), default=[])
    parser.add_argument("--seconds", type=float, default=float("inf"), help="ends after so long")
    parser.add_argument("--roots", type=lambda t: t.split(","), default=ROOTS)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--work", help="a folder for the copies; a disk in memory is faster")
    options = parser.parse_args()
    if options.short:
        options.limit = options.limit or 5
        options.commands = [n for n in options.commands if n in ("run", "plan", "inspect pictures")]
    return options


def main():
    options = arguments()
    program = pathlib.Path(options.program).resolve()
    if not program.exists():
        sys.exit(f"faults.py: no program '{program}': name it with --program")
    with tempfile.TemporaryDirectory(prefix="faults-", dir=options.work) as work:
        lab = Lab(program, pathlib.Path(work).resolve(), options.roots)
        todo = injections(lab, options)
        # In any order, so that what is left out when time is over is of all kinds.
        random.Random(1).shuffle(todo)
        lab.deadline = time.monotonic() + options.seconds
        outcomes = collections.Counter()
        wrong = []
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for injection, outcome in zip(todo, pool.map(Injection.run, todo)):
                outcomes[str(outcome)] += 1
                if injection.problems:
                    wrong.append(injection)
                    print(f"{injection}: " + "; ".join(injection.problems), flush=True)
    hits = sum(count for outcome, count in outcomes.items() if outcome not in ("unused", "late"))
    words = ", ".join(f"{count} × {outcome}" for outcome, count in sorted(outcomes.items()))
    print(f"{hits} injections ({words}), {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
