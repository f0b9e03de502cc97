/// Finds what the user probably meant.
package enum NearestName {
    /// Longer names, in bytes, are not compared: nobody mistypes them.
    private static let lengthLimit = 100
    /// Of more candidates the first are compared.
    private static let candidateLimit = 1000

    /// Returns the candidate with the smallest edit distance to `name`, when at most a third of the
    /// longer name differs (but one letter always may); ties go to the first in alphabetical order.
    package static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        guard name.utf8.count <= lengthLimit else { return nil }
        let letters = Array(name.lowercased())
        var best: (distance: Int, name: String)?
        for candidate in candidates.sorted().prefix(candidateLimit)
        where candidate.utf8.count <= lengthLimit {
            let other = Array(candidate.lowercased())
            let distance = editDistance(letters, other)
            guard distance <= max(1, max(letters.count, other.count) / 3) else { continue }
            if distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.name
    }

    /// Returns "did you mean 'x'?", or nil when no candidate is near.
    package static func hint(_ name: String, among candidates: some Sequence<String>) -> String? {
        of(name, among: candidates).map { "did you mean '\($0)'?" }
    }

    /// Returns the hint of `hint(_:among:)`, or else lists the candidates.
    package static func hintOrList(
        _ name: String, among candidates: some Sequence<String>
    ) -> String? {
        let names = candidates.sorted()
        if let hint = hint(name, among: names) { return hint }
        return names.isEmpty ? nil : "one of " + Printable.list(names, limit: 40)
    }

    /// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
    static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row] + [Int](repeating: 0, count: right.count)
            for column in 1...right.count {
                let isSame = left[row - 1] == right[column - 1]
                current[column] = min(
                    last[column] + 1, current[column - 1] + 1,
                    last[column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2],
                    left[row - 2] == right[column - 1]
                {
                    current[column] = min(current[column], beforeLast[column - 2] + 1)
                }
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
