import Pipeline

// Values of MATLAB files in the answers of the process that reads them.

extension SealedWriter {
    mutating func append(shape: [Int]) { append(shape.map(Int64.init)) }

    mutating func append(_ value: MATValue) {
        switch value {
        case .numbers(let shape, let numbers):
            append(UInt8(0))
            append(shape: shape)
            append(numbers)
        case .bytes(let shape, let bytes):
            append(UInt8(1))
            append(shape: shape)
            append(bytes)
        case .text(let text):
            append(UInt8(2))
            append(text)
        case .cells(let shape, let cells):
            append(UInt8(3))
            append(shape: shape)
            for cell in cells { append(cell) }
        case .structures(let shape, let fields, let rows):
            append(UInt8(4))
            append(shape: shape)
            append(UInt32(fields.count))
            for field in fields { append(field) }
            for row in rows {
                for field in fields { append(row[field] ?? .other) }
            }
        case .other: append(UInt8(5))
        }
    }
}

extension SealedReader {
    /// The extents of an array and its number of elements.
    mutating func shape() -> (shape: [Int], count: Int)? {
        guard let shape = numbers(Int64.self)?.map(Int.init), shape.allSatisfy({ $0 >= 0 })
        else { return nil }
        var count = 1
        for extent in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: extent)
            guard !overflows else { return nil }
            count = product
        }
        return (shape, count)
    }

    mutating func value(depth: Int) -> MATValue? {
        guard depth <= MATFile.maximumDepth + 1, let tag = number(UInt8.self) else { return nil }
        switch tag {
        case 0:
            guard let (shape, count) = shape(), let values = numbers(Double.self),
                values.count == count
            else { return nil }
            return .numbers(shape: shape, values)
        case 1:
            guard let (shape, count) = shape(), let values = numbers(UInt8.self),
                values.count == count
            else { return nil }
            return .bytes(shape: shape, values)
        case 2: return text().map { .text($0) }
        case 3:
            guard let (shape, count) = shape(), let cells = values(count, depth: depth)
            else { return nil }
            return .cells(shape: shape, cells)
        case 4: return structures(depth: depth)
        case 5: return .other
        default: return nil
        }
    }

    private mutating func values(_ count: Int, depth: Int) -> [MATValue]? {
        guard count <= MATFile.maximumValueCount else { return nil }
        var values: [MATValue] = []
        for _ in 0..<count {
            guard let value = value(depth: depth + 1) else { return nil }
            values.append(value)
        }
        return values
    }

    private mutating func structures(depth: Int) -> MATValue? {
        guard let (shape, count) = shape(), count <= MATFile.maximumValueCount,
            let fieldCount = number(UInt32.self).map(Int.init),
            fieldCount <= MATFile.maximumValueCount
        else { return nil }
        var fields: [String] = []
        for _ in 0..<fieldCount {
            guard let field = text() else { return nil }
            fields.append(field)
        }
        var rows: [[String: MATValue]] = []
        for _ in 0..<count {
            guard let values = values(fieldCount, depth: depth) else { return nil }
            rows.append(Dictionary(zip(fields, values)) { first, _ in first })
        }
        return .structures(shape: shape, fields: fields, rows)
    }
}
