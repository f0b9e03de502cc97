import Engine
package import Pipeline

extension CheckpointFile {
    /// Checks that the numbers of an array are finite, as they are read.
    ///
    /// - Throws: `UnreadableInput` with the array, how many are not, and the first of them.
    package func checkFinite(
        _ floats: [Float], of array: StoredArray, named name: String
    ) throws(UnreadableInput) {
        guard let found = NonFiniteValues(in: floats) else { return }
        let fault =
            array.overflows(at: floats) ? Fault.overflow : Fault.notFinite(array.elementType)
        throw UnreadableInput(
            path: path,
            problem: "holds \(fault.text(found)), in '\(Printable.quoted(name, limit: 120))'",
            hint: fault.hint)
    }

    /// Why numbers are not finite.
    private enum Fault {
        /// They are finite in the file, and beyond single precision.
        case overflow
        /// The file itself has them so.
        case notFinite(ElementType)

        func text(_ values: NonFiniteValues) -> String {
            switch self {
            case .notFinite: "\(values)"
            case .overflow:
                values.count == 1
                    ? "1 value beyond the range of float32, at index \(values.firstIndex)"
                    : "\(values.count) values beyond the range of float32, the first at index "
                        + "\(values.firstIndex)"
            }
        }

        var hint: String {
            switch self {
            case .overflow: "weights are computed with in float32, which ends at 3.4e38"
            case .notFinite(.float16):
                "float16 ends at 65504, and what is larger becomes infinite when it is saved; save "
                    + "the weights as float32"
            case .notFinite:
                "the training that wrote the file diverged, or the file is damaged; an earlier "
                    + "checkpoint may be sound"
            }
        }
    }
}

extension StoredArray {
    /// Whether all numbers that are not finite as float32 are finite in the file.
    fileprivate func overflows(at floats: [Float]) -> Bool {
        guard elementType == .float64 else { return false }
        return floats.indices.allSatisfy { floats[$0].isFinite || double(at: $0).isFinite }
    }

    /// An element of a float64 array.
    private func double(at index: Int) -> Double {
        let size = MemoryLayout<UInt64>.size
        let start = bytes.startIndex + index * size
        let bits = bytes[start..<start + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Double(bitPattern: bits)
    }
}
