#!/usr/bin/env python3
"""Runs the recipes of the end-to-end benchmark and compares them with what the reference reached.

    Scripts/e2e.py PROGRAM [--goldens DIR] [--output FILE] [--store DIR] [--pipeline NAME]... [--seed N] [--smoke]

DIR (default $HIDE_GOLDENS, else ../shared/goldens) holds e2e/ with datasets.tar, one .safetensors backbone and
reference.json: recipe -> seed -> {after: [a record a task], before_recovery: [from task 2]}. Sizes are taken from these
files. Every cell of the table (recipe, figure, task) has a verdict:

    d = mean(ours) - mean(reference), s = standard deviation pooled over tasks >= 2 of the recipe and figure,
    ours and reference;  |d| <= 3 s sqrt(1/n + 1/m) + 100 / (test pictures seen)

in at least 95 % of the cells, in none more than twice that, and the mean of d over the cells of a recipe at most
3 points; that of each figure is shown. In task 1 the first stage is at least 20 points ahead of the second. Exit status 1 when any of
this does not hold, 77 without the folder. --smoke runs and prints without judging; one seed has no spread.
"""

import argparse
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tarfile
import tempfile

PETS = ("lora", "adapter", "prompt")
# Recipe of the reference -> (pipeline, stage with its scores).
STAGES = {f"{stage}{pet}": (pet, scores) for pet in PETS
          for stage, scores in (("continual_", "shared-scores"), ("hide", "scores"))}
# Figure -> (list of records, key in a record, our matrix).
FIGURES = {
    "accuracy after recovery": ("after", "acc1", "accuracy-matrix"),
    "accuracy before recovery": ("before_recovery", "acc1", "accuracy-matrix-before"),
    "task identity": ("after", "task_identity", "task-identity-matrix"),
}


def model_sizes(path):
    """The variables of a ViT, from the header of its checkpoint."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    width, _, patch, _ = header["patch_embed.proj.weight"]["shape"]
    side = math.isqrt(header["pos_embed"]["shape"][1] - 1)
    depth = sum(name.endswith(".norm1.weight") for name in header)
    return {"width": width, "patch-size": patch, "image-size": side * patch, "depth": depth,
            "heads": width // 64, "blocks": list(range(depth))}


def test_labels(data):
    """The labels of the test pictures, from the list that the dataset stage reads."""
    lines = (data / "imagenet-r_test.yaml").read_text().splitlines()
    start = lines.index("targets:")
    labels = []
    for line in lines[start + 1:]:
        if not line.startswith("- "):
            break
        labels.append(int(line[2:]))
    return labels


def pictures_seen(labels, tasks):
    """Test pictures of tasks 1 to t, for every t."""
    classes = max(labels) + 1
    per_task = math.ceil(classes / tasks)
    return [sum(label < (t + 1) * per_task for label in labels) for t in range(tasks)]


def average(matrix, t):
    """The mean over the tasks seen after task t, in percent."""
    return sum(matrix[i][t] for i in range(t + 1)) / (t + 1)


def ours(entries, stage, metric, tasks):
    """Seed -> the average after every task."""
    found = {}
    for entry in entries:
        if entry["stage"] == stage and entry["metric"] == metric:
            seed = entry["cell"].get("seed", "-")
            found[seed] = [average(entry["value"], t) for t in range(tasks)]
    return found


def reference(runs, records, key, tasks):
    """Seed -> the average after every task; nothing where none was recorded."""
    found = {}
    for seed, run in runs.items():
        values = [record[key] for record in run[records]]
        found[seed] = [None] * (tasks - len(values)) + values
    return found


def mean(values):
    return sum(values) / len(values)


def squares(values):
    return sum((value - mean(values)) ** 2 for value in values)


def compare(mine, theirs, seen):
    """The cells of a recipe and figure: (task, reference, ours, d, bound)."""
    tasks = [t for t in range(len(seen)) if all(run[t] is not None for run in theirs.values())]
    column = lambda runs, t: [run[t] for run in runs.values()]
    spread, freedom = 0.0, 0
    for t in tasks:
        for runs in (mine, theirs):
            if t > 0 and len(runs) > 1:
                spread += squares(column(runs, t))
                freedom += len(runs) - 1
    s = math.sqrt(spread / freedom) if freedom else math.nan
    cells = []
    for t in tasks:
        a, b = mean(column(theirs, t)), mean(column(mine, t))
        bound = 3 * s * math.sqrt(1 / len(mine) + 1 / len(theirs)) + 100 / seen[t]
        cells.append((t, a, b, b - a, bound))
    return cells


def run(program, arguments, **options):
    return subprocess.run([program, *arguments], check=True, **options)


def settings(sizes):
    return [part for name, value in sizes.items() for part in ("--set", f"{name}={json.dumps(value)}")]


def measure(program, root, golden, options, tasks, store):
    """Pipeline -> its results."""
    weights = sorted(golden.glob("*.safetensors"))
    if len(weights) != 1:
        sys.exit(f"{golden}: expected one .safetensors file, found {len(weights)}")
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(golden / "datasets.tar") as archive:
            # Python before 3.11.4 has no filter.
            archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
        data = pathlib.Path(folder) / "datasets"
        seen = pictures_seen(test_labels(data), tasks)
        sizes = {"data": str(data), "weights": str(weights[0]), "tasks": tasks, **model_sizes(weights[0])}
        if options.seed is not None:
            sizes["seed"] = options.seed
        for name in options.pipeline:
            file = str(root / "pipelines" / "e2e" / f"{name}.yaml")
            common = [file, "--store", store, *settings(sizes)]
            run(program, ["run", *common, "--quiet"], stdout=subprocess.DEVNULL)
            shown = run(program, ["results", *common, "--format", "json"], stdout=subprocess.PIPE)
            results[name] = json.loads(shown.stdout)
    return results, seen


def table(results, golden, seen, smoke):
    """The lines of the table, and what does not hold."""
    tasks = len(seen)
    lines, faults, cells, outside = [], [], 0, 0
    late, differences = {}, {}
    for recipe, runs in sorted(golden.items()):
        if recipe not in STAGES:
            sys.exit(f"reference.json: recipe '{recipe}' has no pipeline here")
        pipeline, stage = STAGES[recipe]
        if pipeline not in results:
            continue
        for figure, (records, key, metric) in FIGURES.items():
            theirs = reference(runs, records, key, tasks)
            mine = ours(results[pipeline], stage, metric, tasks)
            if not mine:
                faults.append(f"{recipe}: no '{metric}' of stage '{stage}' in the results")
                continue
            found = compare(mine, theirs, seen)
            shown = []
            for t, a, b, d, bound in found:
                cells += 1
                mark = ""
                if abs(d) > bound:
                    outside, mark = outside + 1, " !"
                    if abs(d) > 2 * bound:
                        mark = " !!"
                        faults.append(f"{recipe}, {figure}, task {t + 1}: d = {d:.1f}, bound {bound:.1f}")
                shown.append(f"{a:.1f} / {b:.1f} ({d:+.1f}, ±{bound:.1f}){mark}")
                if figure == "accuracy after recovery" and t == 0:
                    late[recipe] = (b, a)
            own = [d for _, _, _, d, _ in found]
            differences.setdefault(recipe, []).extend(own)
            blank = [""] * (tasks - len(shown))
            lines.append(f"| {recipe} | {figure} | " + " | ".join(blank + shown) + f" | {mean(own):+.1f} |")
    biases = {recipe: mean(own) for recipe, own in differences.items()}
    faults += [f"{recipe}: the mean of d over its cells is {bias:+.1f}"
               for recipe, bias in biases.items() if abs(bias) > 3]
    lines.append("\nMean of d over the cells of a recipe (at most 3): "
                 + ", ".join(f"{recipe} {bias:+.1f}" for recipe, bias in biases.items()) + ".")
    for pet in results:
        first, second = late[f"continual_{pet}"], late[f"hide{pet}"]
        gap = first[0] - second[0]
        lines.append(f"\nTask 1, {pet}: first stage − second stage = {gap:.1f} points (reference "
                     f"{first[1] - second[1]:.1f}); at least 20 shows the late schedule.")
        if gap < 20:
            faults.append(f"task 1, {pet}: the first stage is only {gap:.1f} points ahead")
    if cells and outside > 0.05 * cells:
        faults.append(f"{outside} of {cells} cells are outside their bound")
    lines.append(f"\n{cells - outside} of {cells} cells are inside their bound.")
    return lines, [] if smoke else faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--goldens", default=os.environ.get("HIDE_GOLDENS", root / "../shared/goldens"))
    parser.add_argument("--output", help="the file that the table is written to, besides being printed")
    parser.add_argument("--store", help="a store to keep; default: a temporary one")
    parser.add_argument("--pipeline", action="append", choices=PETS)
    parser.add_argument("--seed", type=int, help="one seed instead of those of the pipeline files")
    parser.add_argument("--smoke", action="store_true", help="run and show, judge nothing")
    options = parser.parse_args()
    options.pipeline = options.pipeline or list(PETS)
    golden = pathlib.Path(options.goldens) / "e2e"
    if not (golden / "reference.json").exists():
        print(f"skipped: {golden} holds no reference.json")
        return 77
    recorded = json.loads((golden / "reference.json").read_text())
    tasks = max(len(run["after"]) for runs in recorded.values() for run in runs.values())
    with tempfile.TemporaryDirectory() as folder:
        results, seen = measure(
            options.program, root, golden, options, tasks, options.store or folder)
    lines, faults = table(results, recorded, seen, options.smoke)
    seeds = sorted({entry["cell"].get("seed") for entry in next(iter(results.values()))})
    counts = sorted({len(runs) for runs in recorded.values()})
    head = [f"Reference / ours (difference, bound), percent, averages over the tasks seen; ours: {len(seeds)} seeds "
            f"({seeds[0]} to {seeds[-1]}), reference: {', '.join(map(str, counts))}. `!` is outside the bound, `!!` "
            "more than twice.", "",
            "| recipe | figure | " + " | ".join(f"task {t + 1}" for t in range(tasks)) + " | mean of d |",
            "|---" * (tasks + 3) + "|"]
    verdict = ["", "Does not hold:", *[f"- {fault}" for fault in faults]] if faults else []
    if not faults and not options.smoke:
        verdict = ["", "All conditions hold."]
    text = "\n".join(head + lines + verdict) + "\n"
    print(text, end="")
    if options.output:
        pathlib.Path(options.output).write_text("# End to end against the reference\n\n" + HEADING + text)
    return 1 if faults else 0


HEADING = """`make e2e`: the six recipes of the end-to-end benchmark, from `pipelines/e2e/*.yaml`, against what the reference
implementation reached on it. The benchmark is small (a random backbone, 20 generated classes, 200 test pictures): it shows
equality, not quality. Bound: 3 s √(1/n + 1/m) + 100 / (test pictures seen), where s is pooled over tasks from the second
on, ours and the reference's.

"""

if __name__ == "__main__":
    sys.exit(main())
