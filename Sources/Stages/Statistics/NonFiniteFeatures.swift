import Data
import Engine
import Pipeline

/// Features, or logits, of a picture that are not finite: no figure may be made of them.
struct NonFiniteFeatures: Error, CustomStringConvertible {
    /// What is not finite: `features`.
    let subject: String
    /// The first picture at fault, by its name in the dataset.
    let picture: String
    /// How many pictures of those looked at are.
    let pictures: Int
    let values: NonFiniteValues

    var description: String {
        let others = pictures > 1 ? ", and so do those of \(pictures - 1) more pictures" : ""
        return """
            the \(subject) of the picture '\(Printable.quoted(picture, limit: 120))' hold \
            \(values)\(others)
              hint: weights and pixels are finite, so numbers between them grew too large: see \
            'normalize' of the dataset, and whether the training before diverged
            """
    }

    /// Checks features, `[entries.count, width]`.
    static func check(
        _ values: [Float], of entries: [DatasetManifest.Entry], width: Int
    ) throws {
        // One pass over all; which picture it is matters only where there is something.
        guard NonFiniteValues(in: values) != nil else { return }
        try fail("features", entries) { row in
            NonFiniteValues(in: Array(values[row * width..<(row + 1) * width]))
        }
    }

    /// Checks that the largest logit of every picture among some columns is a number: others may be
    /// minus infinity, where a class takes no part.
    static func check(
        logits: Tensor, of entries: [DatasetManifest.Entry], among columns: [Int]
    ) throws {
        let width = logits.shape[1]
        func isFit(_ row: Int) -> Bool {
            var largest = -Float.infinity
            for column in columns {
                let value = logits.values[row * width + column]
                if value.isNaN { return false }
                largest = max(largest, value)
            }
            return largest.isFinite
        }
        guard let first = entries.indices.first(where: { !isFit($0) }) else { return }
        try fail("logits", entries) { row in
            row < first || isFit(row)
                ? nil
                : NonFiniteValues(in: columns.map { logits.values[row * width + $0] })
        }
    }

    private static func fail(
        _ subject: String, _ entries: [DatasetManifest.Entry],
        _ values: (Int) -> NonFiniteValues?
    ) throws {
        let found = entries.indices.compactMap { row in values(row).map { (row, $0) } }
        guard let (row, values) = found.first else { return }
        throw NonFiniteFeatures(
            subject: subject, picture: entries[row].path, pictures: found.count, values: values)
    }
}
