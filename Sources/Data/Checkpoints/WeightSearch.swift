import Engine
import Pipeline

/// Finds the weights of a model among all arrays of a file: the text that all their names begin with,
/// dictionaries around them included, is whatever makes the names fit.
struct WeightSearch {
    /// The greatest number of places in a file that may hold a model.
    static let maximumCount = 32
    /// The greatest number of arrays that are looked through.
    static let maximumNameCount = 100_000
    /// Parts of a name that say that weights are means over training steps.
    private static let averages: Set<String> = [
        "ema", "averaged", "average", "avg", "swa", "momentum", "shadow", "polyak",
    ]

    let file: CheckpointFile
    let configuration: ViTConfiguration
    /// The name under which the weights must lie; nil for any.
    let wanted: String?

    /// The file, with the names of the model where it holds one.
    ///
    /// A file whose names fit as they are is not searched.
    ///
    /// - Throws: `UnreadableInput` when the model lies in several places and nothing says which is
    ///   meant, and when none is under the name that is wanted.
    func found() throws(UnreadableInput) -> CheckpointFile {
        if wanted == nil, holdsNothingElse(file) { return file }
        let all = try file.unabridged()
        guard all.names.count <= Self.maximumNameCount else { return file }
        let prefixes = try Self.prefixes(all)
        let fitting = prefixes.filter { prefix in
            holds(all.below(prefix, without: deeper(prefix, prefixes)))
        }
        guard let choice = try choice(of: fitting) else { return file }
        let others = deeper(choice, fitting)
        let log = choice.isEmpty ? [] : ["names bear the prefix '\(Self.shown(choice))'; removed"]
        return all.below(
            choice, without: others, log: log + alternatives(choice, fitting))
    }

    // MARK: Candidates

    /// What the names of a model may begin with in the file, in its order.
    static func prefixes(_ all: CheckpointFile) throws(UnreadableInput) -> [String] {
        var prefixes: [String] = []
        var seen: Set<String> = []
        for name in all.names {
            for mark in WeightLayout.marks where name.hasSuffix(mark) {
                let prefix = String(name.dropLast(mark.count))
                guard prefix.isEmpty || prefix.hasSuffix(".") || prefix.hasSuffix("/"),
                    seen.insert(prefix).inserted
                else { continue }
                prefixes.append(prefix)
            }
        }
        guard prefixes.count <= maximumCount else {
            throw UnreadableInput(
                path: all.path,
                problem: "holds \(prefixes.count) models, more than are looked through",
                hint: "save the weights of one in a file of their own")
        }
        return prefixes
    }

    /// The prefixes that begin with one and go on.
    private func deeper(_ prefix: String, _ prefixes: [String]) -> [String] {
        prefixes.filter { $0.hasPrefix(prefix) && $0 != prefix }
    }

    private func holds(_ view: CheckpointFile) -> Bool {
        let given = Set(view.names)
        return WeightLayout(names: view.names).rules(for: configuration)
            .allSatisfy { $0.names.allSatisfy(given.contains) }
    }

    private func holdsNothingElse(_ view: CheckpointFile) -> Bool {
        let layout = WeightLayout(names: view.names)
        let needed = Set(layout.rules(for: configuration).flatMap(\.names))
        let others = view.names.filter { !needed.contains($0) }
        return view.names.count - others.count == needed.count
            && others.allSatisfy {
                view.mapping.reasonToDrop($0) ?? layout.reasonToSkip($0) != nil
            }
    }

    // MARK: Choice

    /// The one that is meant; nil when there is none.
    private func choice(of fitting: [String]) throws(UnreadableInput) -> String? {
        var candidates = fitting
        if let wanted {
            candidates = fitting.filter {
                Self.parts($0) == wanted || Self.words($0).contains(wanted)
            }
            if candidates.isEmpty {
                candidates = fitting.filter { prefix in
                    Self.words(prefix).contains { Self.fragments($0).contains(wanted) }
                }
            }
            guard !candidates.isEmpty else { throw nothing(under: wanted, fitting) }
        }
        let plain = candidates.filter { !Self.isAverage($0) }
        if !plain.isEmpty { candidates = plain }
        guard candidates.count > 1 else { return candidates.first }
        let ranks = Self.ranks(candidates)
        let best = ranks.min()
        guard best != Int.max, ranks.count(where: { $0 == best }) == 1,
            let index = ranks.firstIndex(where: { $0 == best })
        else { throw ambiguous(candidates) }
        return candidates[index]
    }

    /// The place of each among the keys that are opened, best first, by the words that not all of them
    /// have. Names that stand by themselves come before.
    private static func ranks(_ prefixes: [String]) -> [Int] {
        let words = prefixes.map { Set(self.words($0)) }
        let common = words.dropFirst().reduce(words.first ?? []) { $0.intersection($1) }
        let order = WeightMapping.automatic.wrappers
        return words.map { words in
            if words.isEmpty { return -1 }
            return words.subtracting(common).compactMap(order.firstIndex).min() ?? Int.max
        }
    }

    private static func isAverage(_ prefix: String) -> Bool {
        words(prefix).contains { !averages.isDisjoint(with: fragments($0)) }
    }

    /// `a.b.` is `a.b`.
    private static func parts(_ prefix: String) -> String { String(prefix.dropLast()) }

    private static func words(_ prefix: String) -> [String] {
        prefix.split { $0 == "." || $0 == "/" }.map(String.init)
    }

    private static func fragments(_ word: String) -> [String] {
        word.lowercased().split { $0 == "_" || $0 == "-" }.map(String.init)
    }

    // MARK: Words

    private static func shown(_ prefix: String) -> String { Printable.quoted(prefix, limit: 120) }

    private static func list(_ prefixes: [String]) -> String {
        prefixes.prefix(NameList.maximumCount)
            .map { $0.isEmpty ? "no prefix" : "'\(shown($0))'" }.joined(separator: ", ")
    }

    private func alternatives(_ choice: String, _ fitting: [String]) -> [String] {
        let others = fitting.filter { $0 != choice }
        guard !others.isEmpty else { return [] }
        return [
            "weights of the model are also under \(Self.list(others)); 'weights-in' chooses them"
        ]
    }

    private func ambiguous(_ candidates: [String]) -> UnreadableInput {
        let choice = candidates.first { !$0.isEmpty }.map { Self.shown(Self.parts($0)) } ?? ""
        return UnreadableInput(
            path: file.path,
            problem: "holds weights of the model in \(candidates.count) places, under "
                + Self.list(candidates),
            hint: "say which with 'weights-in: \(choice)' at the stage")
    }

    private func nothing(under wanted: String, _ fitting: [String]) -> UnreadableInput {
        UnreadableInput(
            path: file.path,
            problem: "holds no weights of the model under '\(Printable.quoted(wanted))'",
            hint: fitting.isEmpty ? nil : "there are some under \(Self.list(fitting))")
    }
}
