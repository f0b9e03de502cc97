/// A pool of prompts (Reference 11) with what each picture of a batch chose of it.
///
/// `e_prompt.prompt_key` `[size, D]`; `e_prompt.prompt` `[size, blocks, 2, length, A]`, of each block
/// keys then values, or, as tokens, `[size, length, D]`; `g_prompt` `[blocks, 2, length, A]`.
struct PlainPool {
    /// Keys or values.
    enum Half: Int {
        case keys = 0
        case values = 1
    }

    /// Entries of the pool.
    let size: Int
    /// Rows of an entry.
    let length: Int
    /// The blocks with a prefix from the pool.
    var blocks: [Int] = []
    /// The block that tokens of the pool join.
    var tokenBlock: Int?
    /// What every picture reads.
    var general: (length: Int, blocks: [Int])?
    /// For each picture the entries, in order of rank.
    let selection: [[Int]]
    /// Whether the reference's reshape deals keys and values of all pictures out in pairs.
    var isDealtInPairs = false
    /// The term that pulls keys to queries.
    var pull: PlainKeyPull?

    /// What stands before the keys, or values, of a picture.
    func rows(_ half: Half, in block: Int, of picture: Int) -> [PlainRows] {
        guard let place = blocks.firstIndex(of: block) else { return [] }
        let (source, sourceHalf) = isDealtInPairs ? dealt(half, picture) : (picture, half)
        return selection[source].map { entry in
            let row = 2 * (entry * blocks.count + place) + sourceHalf.rawValue
            return PlainRows(name: "e_prompt.prompt", first: row * length, count: length)
        }
    }

    /// The list K₀ K₁ … V₀ V₁ … is dealt out in pairs: picture b gets the items 2b and 2b + 1.
    private func dealt(_ half: Half, _ picture: Int) -> (picture: Int, half: Half) {
        let list = [Half.keys, .values].flatMap { half in
            selection.indices.map { (picture: $0, half: half) }
        }
        return list[2 * picture + half.rawValue]
    }

    /// What joins the tokens of a picture.
    func tokens(in block: Int, of picture: Int) -> [PlainRows] {
        guard block == tokenBlock else { return [] }
        return selection[picture].map {
            PlainRows(name: "e_prompt.prompt", first: $0 * length, count: length)
        }
    }
}

/// `-weight / B · Σ over pictures b and their entries j of cos(q_b, k_j)` (Reference 11).
struct PlainKeyPull {
    let weight: Double
    /// `[B, D]`.
    let queries: PlainMatrix

    private static func norm(_ row: [Double]) -> Double {
        max(row.reduce(0) { $0 + $1 * $1 }, 1e-12).squareRoot()
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }

    func forward(keys: PlainMatrix, _ selection: [[Int]]) -> Double {
        var sum = 0.0
        for (picture, entries) in selection.enumerated() {
            let query = queries.rows(picture..<picture + 1).values
            for entry in entries {
                let key = keys.rows(entry..<entry + 1).values
                sum += Self.dot(query, key) / (Self.norm(query) * Self.norm(key))
            }
        }
        return -weight / Double(selection.count) * sum
    }

    /// ∂cos(q, k) / ∂k = (q / ‖q‖ - cos(q, k) k / ‖k‖) / ‖k‖.
    func backward(keys: PlainMatrix, _ selection: [[Int]]) -> PlainMatrix {
        var dKeys = PlainMatrix(zeros: keys.rows, keys.columns)
        for (picture, entries) in selection.enumerated() {
            let query = queries.rows(picture..<picture + 1).values
            for entry in entries {
                let key = keys.rows(entry..<entry + 1).values
                let (q, k) = (Self.norm(query), Self.norm(key))
                let cosine = Self.dot(query, key) / (q * k)
                for c in key.indices {
                    dKeys[entry, c] -=
                        weight / Double(selection.count) * (query[c] / q - cosine * key[c] / k) / k
                }
            }
        }
        return dKeys
    }
}
