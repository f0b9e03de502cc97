#!/usr/bin/env python3
"""Lists key and digest of every unit of the bundled pipelines, and compares lists.

    Scripts/digests.py PROGRAM [--threads N]... [--only NAME]... [--goldens DIR] [--list FILE] [--against FILE]

Runs the quickstart as it is, the other quickstarts with small settings, every recipe in the smoke setting, and the
end-to-end pipelines with one seed where DIR (default $HIDE_GOLDENS, else ../shared/goldens) has e2e/, each into an empty
store, once for every --threads (default 2). All numbers of threads must give the same list. --list writes it, --against
compares with one that was written by an earlier program on this kind of processor: digests depend on the kernels of the
matrix library. Exit status 1 when anything differs.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time

import e2e

ROOT = pathlib.Path(__file__).resolve().parent.parent
SMALL = {
    "quickstart": [],
    "quickstart_identities": ["epochs=1", "pictures=3", "tasks=2"],
    "quickstart_pretrain": ["epochs=1", "pictures=2"],
    "quickstart_probes": ["seed=1", "pictures=2"],
    "quickstart_prompts": ["seed=1", "epochs=1", "pictures=3", "tasks=2"],
    "photo_folder": None,
}


def pipelines(goldens, scratch):
    """Name, file and settings of everything that is run."""
    smoke = f"@{ROOT}/pipelines/common/smoke.yaml"
    for path in sorted((ROOT / "pipelines").glob("*.yaml")):
        small = SMALL.get(path.stem, [smoke])
        if small is not None:
            yield path.stem, path, small
    golden = goldens / "e2e"
    if not golden.exists():
        print(f"no end-to-end pipelines: {golden} does not exist", file=sys.stderr)
        return
    with tarfile.open(golden / "datasets.tar") as archive:
        archive.extractall(scratch, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (weights,) = sorted(golden.glob("*.safetensors"))
    tasks = len(next(iter(next(iter(json.loads((golden / "reference.json").read_text()).values())).values()))["after"])
    sizes = {"data": str(scratch / "datasets"), "weights": str(weights), "tasks": tasks, "seed": 42,
             **e2e.model_sizes(weights)}
    for path in sorted((ROOT / "pipelines" / "e2e").glob("*.yaml")):
        if "\npipeline:" not in "\n" + path.read_text():
            continue  # what the others include
        yield f"e2e/{path.stem}", path, [f"{name}={json.dumps(value)}" for name, value in sizes.items()]


def units(program, path, settings, threads):
    """The lines `unit key digest` of a run into an empty store."""
    with tempfile.TemporaryDirectory() as store:
        arguments = [part for setting in settings for part in ("--set", setting)]
        done = subprocess.run(
            [program, "run", str(path), *arguments, "--store", store, "--quiet", "--threads", str(threads)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"{path}, {threads} threads: exit {done.returncode}\n{done.stderr}")
        listed = subprocess.run(
            [program, "store", "list", "--json", "--store", store], check=True, stdout=subprocess.PIPE)
        return sorted(f"{entry['unit']} {entry['key']} {entry['digest']}" for entry in json.loads(listed.stdout))


def differences(name, expected, found):
    """Prints up to five units of a pipeline that differ; returns how many do."""
    old, new = ({line.split(" ")[0]: line for line in lines} for lines in (expected, found))
    changed = [unit for unit in sorted(old.keys() | new.keys()) if old.get(unit) != new.get(unit)]
    for unit in changed[:5]:
        print(f"  {name}: {unit}: {old.get(unit, 'absent')} -> {new.get(unit, 'absent')}")
    return len(changed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--threads", type=int, action="append")
    parser.add_argument("--only", action="append")
    parser.add_argument("--goldens", default=os.environ.get("HIDE_GOLDENS", ROOT.parent / "shared" / "goldens"))
    parser.add_argument("--list")
    parser.add_argument("--against")
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    before = json.loads(pathlib.Path(options.against).read_text()) if options.against else {}
    lists, changed = {}, 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, path, settings in pipelines(pathlib.Path(options.goldens), pathlib.Path(scratch)):
            if options.only and name not in options.only:
                continue
            started = time.monotonic()
            runs = [units(program, path, settings, threads) for threads in options.threads or [2]]
            lists[name] = runs[0]
            for other in runs[1:]:
                changed += differences(f"{name}, by threads", runs[0], other)
            if name in before:
                changed += differences(name, before[name], runs[0])
            elif before:
                print(f"  {name}: not in {options.against}")
            whole = hashlib.sha256("\n".join(runs[0]).encode()).hexdigest()[:12]
            print(f"{name}: {len(runs[0])} units, {whole}, {time.monotonic() - started:.0f} s", flush=True)
            if options.list:
                pathlib.Path(options.list).write_text(json.dumps(lists, indent=0))
    print(f"{sum(map(len, lists.values()))} units of {len(lists)} pipelines, {changed} differences")
    sys.exit(1 if changed or not lists else 0)


if __name__ == "__main__":
    main()
