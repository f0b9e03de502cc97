#!/usr/bin/env python3
"""Checks that the engine's tests notice a wrong engine.

Each mutant is one mistake in Sources/Engine: a changed sign, a term left out, swapped operands, an index off by
one, a NaN in a backward pass, a sum that forgets a worker. All of them are written into one copy of the engine, each
behind a number, which is built once; the engine's tests then run once for each number (HIDE_MUTANT) and are ended at
their first failure. A mutant that no test notices has survived, and the script ends with 1.

mutants.py [--folder FOLDER] [--only N,M] [--markdown FILE] [--debug]
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Suites that fail soonest come first; a mutant that passes them all meets the slow ones.
FAST = (
    "ConformanceTests|OptimizerTests|ClassStatisticsTests|ClassifierRecoveryTests|PoolMatchingTests|"
    "ContrastiveTermTests|DenseNetworkTests|LinearHeadTests|LearningRateScheduleTests|KernelTests|"
    "AccuracyMatrixTests|ClassMeansTests|TokenPromptTests|FeatureNormTests"
)
SLOW = (
    "EngineGradientTests|PromptPoolTests|TrainerTests|VisionTransformerTests|BatchEquivalenceTests|"
    "MappedTrainerTests|PETMethodTests|WorkerCountTests|WorkersTests|ReplayTests"
)


# (file, what is wrong, original, mutated): statements; where the original ends in a value, see EXPRESSION.
STATEMENTS = [
    ("Layers/Linear", "gradient of the bias dropped", "bias?.addColumnSums(of: dy)", ""),
    ("Layers/Linear", "gradient of the weight dropped",
     "multiply(transposed: dy, x, into: weight, beta: 1)", ""),
    ("Layers/Linear", "gradient of the weight replaces the sum",
     "multiply(transposed: dy, x, into: weight, beta: 1)",
     "multiply(transposed: dy, x, into: weight, beta: 0)"),
    ("Layers/Linear", "gradient of the input has the wrong sign",
     "multiply(dy, weight, into: dx, beta: beta)",
     "multiply(dy, weight, into: dx, alpha: -1, beta: beta)"),
    ("Layers/Linear", "NaN in the gradient of the input",
     "multiply(dy, weight, into: dx, beta: beta)",
     "multiply(dy, weight, into: dx, beta: beta); if dx.rows > 0 { dx[0, 0] = .nan }"),
    ("Layers/Linear", "NaN in the gradient of the weight",
     "multiply(transposed: dy, x, into: weight, beta: 1)",
     "multiply(transposed: dy, x, into: weight, beta: 1); weight[0, 0] = .nan"),
    ("Layers/Attention", "scores without their scale",
     "multiply(q, transposed: k, into: p.tokens, alpha: scale)",
     "multiply(q, transposed: k, into: p.tokens, alpha: 1)"),
    ("Layers/Attention", "gradient through the softmax dropped", "d.all.backThroughSoftmax(p.all)", ""),
    ("Layers/Attention", "gradient of the keys with another sign",
     "if wanted != .prefix { multiply(transposed: d.tokens, q, into: dk, alpha: scale) }",
     "if wanted != .prefix { multiply(transposed: d.tokens, q, into: dk, alpha: -scale) }"),
    ("Layers/Attention", "gradient of the queries without the scale",
     "if wanted == .all { multiply(d.tokens, k, into: dq, alpha: scale) }",
     "if wanted == .all { multiply(d.tokens, k, into: dq, alpha: 1) }"),
    ("Layers/Attention", "gradient of the values of keys",
     "if wanted != .prefix { multiply(transposed: p.tokens, dHead, into: dv) }",
     "if wanted != .prefix { multiply(transposed: d.tokens, dHead, into: dv) }"),
    ("Layers/Attention", "a prefix that queries do not feel on the way back",
     "multiply(d.prefix.columns(range), keys, into: dq, alpha: scale, beta: 1)", "_ = keys"),
    ("Layers/Attention", "NaN in the gradient of the values",
     "if wanted != .prefix { multiply(transposed: p.tokens, dHead, into: dv) }",
     "if wanted != .prefix { multiply(transposed: p.tokens, dHead, into: dv); dv[0, 0] = .nan }"),
    ("Layers/PatchEmbedding", "gradient of the class token dropped", "classToken.add(rows.rows(0..<1))", ""),
    ("Layers/PatchEmbedding", "gradient of the positions dropped", "positions.add(rows)", ""),
    ("PET/LowRankDelta+Passes", "delta subtracted",
     "multiply(inner, up(parameters, outputs: y.columns), into: y, alpha: scale, beta: 1)",
     "multiply(inner, up(parameters, outputs: y.columns), into: y, alpha: -scale, beta: 1)"),
    ("PET/LowRankDelta+Passes", "gradient of A without the scale",
     "multiply(dy, transposed: up(parameters, outputs: dy.columns), into: dInner, alpha: scale)",
     "multiply(dy, transposed: up(parameters, outputs: dy.columns), into: dInner, alpha: 1)"),
    ("PET/LowRankDelta+Passes", "NaN in the gradient of A",
     "multiply(transposed: x, dInner, into: down(gradients, inputs: x.columns), beta: 1)",
     "multiply(transposed: x, dInner, into: down(gradients, inputs: x.columns), beta: 1); "
     "down(gradients, inputs: x.columns)[0, 0] = .nan"),
    ("PET/LowRankDelta+Passes", "nothing goes back through the delta",
     "multiply(dInner, transposed: down(parameters, inputs: dx.columns), into: dx, beta: 1)", ""),
    ("PET/Bottleneck+Passes", "no ReLU forward", "z.applyReLU()", ""),
    ("PET/Bottleneck+Passes", "no ReLU backward", "dz.backThroughReLU(z)", ""),
    ("PET/Bottleneck+Passes", "gradient of the upper bias dropped", "sums.upBias.addColumnSums(of: du)", ""),
    ("PET/Bottleneck+Passes", "NaN in the gradient of the lower bias",
     "sums.downBias.addColumnSums(of: dz)",
     "sums.downBias.addColumnSums(of: dz); sums.downBias[0, 0] = .nan"),
    ("Model/TransformerBlock", "GELU is left out on the way back", "dHidden.multiply(by: cache.hidden)", ""),
    ("Model/TransformerBlock", "the MLP's norm is left out on the way back",
     "norm2.backward(cache.middle, statistics: cache.statistics2, dh, addingTo: dy)", ""),
    ("Model/TransformerBlock", "the bottleneck's branch misses the residual", "da.copy(from: dm)", "da.clear()"),
    ("Training/Trainer+Gradients", "the gradient of the head is not divided by replicas",
     "for index in dLogits.values.indices { dLogits.values[index] *= weight }", ""),
    ("Training/Trainer+Gradients", "the contrastive term has no gradient",
     "dFeatures.withMatrix(rows: rows) { views.dFeatures.add($0) }", ""),
    ("Training/Trainer+Gradients", "the contrastive term is not divided by replicas",
     "for index in dFeatures.values.indices { dFeatures.values[index] *= weight }", ""),
    ("Training/Trainer+Gradients", "the partial sums are not added",
     "for other in others { total.flat(range).add(other.flat(range)) }", "_ = (others, range)"),
    ("Training/Trainer+Gradients", "the last partial sum is forgotten",
     "for other in others { total.flat(range).add(other.flat(range)) }",
     "for other in others.dropLast() { total.flat(range).add(other.flat(range)) }"),
    ("Training/Trainer+Gradients", "the pull of the keys has no gradient",
     "for index in gradient.values.indices { gradient.values[index] *= weight }",
     "for index in gradient.values.indices { gradient.values[index] = 0 }"),
    ("Training/Trainer+Gradients", "the replicas' losses are summed",
     "total.add(losses, weight: 1 / Double(replicas.count))", "total.add(losses, weight: 1)"),
    ("Training/StepMemory", "sums keep the last step's gradients", "for sum in sums { sum.clear() }", ""),
    ("Training/StepMemory", "the head keeps the last step's gradients", "headGradients.clear()", ""),
    ("Training/SeenClassHead", "the target is not subtracted",
     "logits[r * classes + label] = Float((exponentials[label] / sum - 1) * scale)", ""),
    ("Training/KMeans", "the first restart wins", "if other.inertia < best.inertia { best = other }",
     "_ = other"),
    ("Training/KMeans", "the worst restart wins", "if other.inertia < best.inertia { best = other }",
     "if other.inertia > best.inertia { best = other }"),
    ("Training/ClassStatistics", "covariances without their ridge",
     "for d in 0..<rows.columns { result.values[d * rows.columns + d] += ridge }", ""),
]

# The same for expressions, whose type both sides share.
EXPRESSIONS = [
    ("Training/ContrastiveTerm", "the diagonal is subtracted once", "(a == b ? 2 : 0)", "(a == b ? 1 : 0)"),
    ("Training/ContrastiveTerm", "the columns' share is left out",
     "exp(g - memoryLogs[i]) + exp(g - batchLogs[b])", "exp(g - memoryLogs[i])"),
    ("Training/ContrastiveTerm", "NaN in the gradient",
     "Double(weight) / (count * Self.temperature)", "Double.nan"),
    ("Training/ContrastiveTerm", "the loss misses the batch's diagonal",
     "batchLogs[b] - within.values[b * B + b]", "batchLogs[b]"),
    ("Layers/CrossEntropy", "sign of the gradient", "(probability - target) / Double(rows)",
     "(target - probability) / Double(rows)"),
    ("Layers/CrossEntropy", "gradient not divided by the rows", "(probability - target) / Double(rows)",
     "(probability - target)"),
    ("Layers/CrossEntropy", "NaN in the gradient", "(probability - target) / Double(rows)", "Double.nan"),
    ("Layers/CrossEntropy", "loss without the label's logit",
     "log(sum) - Double(logits.values[start + label] - largest)", "log(sum)"),
    ("Layers/CrossEntropy", "NaN in the loss", "(total / Double(rows), gradient)", "(Double.nan, gradient)"),
    ("Layers/DenseNetwork", "the way round is forgotten on the way back",
     "(bypass.map { Self.sum(dy, $0) } ?? dy, gradients)", "(dy, gradients)"),
    ("Layers/DenseNetwork", "GELU is left out on the way back",
     "Tensor(shape: dy.shape, zip(dy.values, kept[0].values).map(*))", "dy"),
    ("Training/Trainer+Gradients", "a partial sum takes a group too few",
     "stride(from: item, to: groups.count, by: sums.count)",
     "stride(from: item, to: max(groups.count - 1, 1), by: sums.count)"),
    ("Training/Optimizer", "bias correction one step late", "1 - pow(beta1, Double(steps))",
     "1 - pow(beta1, Double(steps + 1))"),
    ("Training/Optimizer", "clipping is not done", "coefficient < 1", "false"),
    ("Training/FeatureSampler", "draws around zero",
     "mean[d] + deviations[d] * noise.values[r * width + d]",
     "deviations[d] * noise.values[r * width + d]"),
    ("Training/FeatureSampler", "clusters are drawn without the ridge", "$0 + ClassStatistics.ridge", "$0"),
    ("Training/ClassStatistics", "covariances divide by n", "1 / Double(max(rows.rows - 1, 1))",
     "1 / Double(max(rows.rows, 1))"),
    ("PET/PoolMatching", "keys are pushed away", "-pull / Double(queries.shape[0])",
     "pull / Double(queries.shape[0])"),
    ("PET/PoolMatching", "the length of a key counts", "isFree[key] ? dot * direction : 0", "0.0"),
    ("PET/PETMethod", "merging divides by one more", "$1 / Float(previous.count)",
     "$1 / Float(previous.count + 1)"),
    ("Model/VisionTransformer", "the last group is one picture short",
     "$0..<min($0 + size, count)", "$0..<min($0 + size, max(count - 1, $0 + 1))"),
]

SWITCH = """import Foundation

/// The number of the mistake that is switched on.
private let active = Int(ProcessInfo.processInfo.environment["HIDE_MUTANT"] ?? "") ?? 0

@inline(never)
func isMutant(_ number: Int) -> Bool { active == number }
"""


def catalogue():
    """Number, file, description, original, mutated, and whether it is an expression."""
    rows = [(*row, False) for row in STATEMENTS] + [(*row, True) for row in EXPRESSIONS]
    return [(number, *row) for number, row in enumerate(rows, 1)]


def write_mutants(folder, mutants):
    """Writes all mutants into the copy; several of one place are told apart there."""
    places = {}
    for number, file, _, original, mutated, is_expression in mutants:
        places.setdefault((file, original, is_expression), []).append((number, mutated))
    for (file, original, is_expression), choices in places.items():
        path = f"{folder}/Sources/Engine/{file}.swift"
        with open(path) as source:
            text = source.read()
        flat = r"\s+".join(re.escape(word) for word in original.split())
        flat = flat.replace(r"\(", r"\(\s*").replace(r"\)", r"\s*\)")
        found = list(re.finditer(flat, text))
        if len(found) != 1:
            sys.exit(f"{file}: '{original}' is there {len(found)} times")
        place = found[0]
        if is_expression:
            new = f"({original})"
            for number, mutated in choices:
                new = f"(isMutant({number}) ? ({mutated}) : {new})"
        else:
            new = "".join(f"if isMutant({number}) {{ {mutated} }} else " for number, mutated in choices)
            new += f"{{ {place.group(0)} }}"
        with open(path, "w") as target:
            target.write(text[:place.start()] + new + text[place.end():])
    with open(f"{folder}/Sources/Engine/Mutants.swift", "w") as target:
        target.write(SWITCH)


def outcome(folder, number, suites, configuration="release"):
    """The first failed test with a mutant switched on; 'crash' or 'hang' where there is none; or None."""
    command = ["swift", "test", "-c", configuration, "--skip-build", "--disable-xctest", "--filter", suites]
    run = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "HIDE_MUTANT": str(number)}, text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    end = time.time() + 300
    try:
        for line in run.stdout:
            found = re.search(r"Test \"?(.+?)\"? (?:with \d+ test cases )?recorded an issue", line)
            if found:
                return re.sub(r"\(.*", "", found.group(1))[:60]
            if time.time() > end:
                return "a hang"
        if run.wait() == 0:
            return None
        return "a crash"
    finally:
        try:
            os.killpg(run.pid, 9)
        except ProcessLookupError:
            pass
        run.wait()


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--folder", help="where the copy is built, kept for the next time")
    options.add_argument("--only", help="numbers, with commas between them")
    options.add_argument("--markdown", help="where the table is written")
    options.add_argument("--debug", action="store_true", help="builds in a minute and runs ten times as long")
    given = options.parse_args()
    configuration = "debug" if given.debug else "release"
    mutants = catalogue()
    folder = given.folder or tempfile.mkdtemp(prefix="mutants-")
    subprocess.run(["sh", f"{ROOT}/Scripts/engine_only.sh", folder], check=True)
    write_mutants(folder, mutants)
    build = ["swift", "build", "-c", configuration, "--build-tests", "--quiet"]
    if subprocess.run(build, cwd=folder).returncode != 0:
        sys.exit("the engine with all mutants does not compile")

    def killer(number):
        return (outcome(folder, number, FAST, configuration)
                or outcome(folder, number, SLOW, configuration))

    if failure := killer(0):
        sys.exit(f"without any mutant the tests fail: {failure}")
    only = {int(number) for number in given.only.split(",")} if given.only else None
    rows, survivors = [], 0
    for number, file, what, _, _, _ in mutants:
        if only and number not in only:
            continue
        noticed = killer(number)
        survivors += noticed is None
        rows.append(f"| {number} | {file} | {what} | {noticed or '**survived**'} |")
        print(rows[-1], flush=True)
    print(f"{len(rows)} mutants, {survivors} survived")
    if given.markdown:
        with open(given.markdown, "w") as target:
            target.write("\n".join(["| | file | mistake | noticed by |", "|---|---|---|---|", *rows]) + "\n")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
