import Data

/// The samples of a gray PNG of 16 bits, not interlaced: what a `Picture` of 8 bits cannot hold.
struct GrayPNG16 {
    let width: Int
    let height: Int
    /// `[height, width]`, row-major.
    let samples: [UInt16]

    /// Reads a file; nil when it is no such PNG.
    init?(_ file: [UInt8]) {
        guard file.count > 33, file.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return nil }
        func number(at offset: Int) -> Int {
            file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        (width, height) = (number(at: 16), number(at: 20))
        guard file[24...28].elementsEqual([16, 0, 0, 0, 0]) else { return nil }
        var data: [UInt8] = []
        var offset = 8
        while offset + 12 <= file.count {
            let count = number(at: offset)
            if file[offset + 4..<offset + 8].elementsEqual("IDAT".utf8) {
                data += file[offset + 8..<offset + 8 + count]
            }
            offset += 12 + count
        }
        // Two bytes of header in front of the deflated rows, each with its filter in front.
        let rowCount = width * 2 + 1
        guard
            let rows = Inflation.inflate(
                Array(data.dropFirst(2)), count: rowCount * height, format: .raw)
        else { return nil }
        samples = Self.unfiltered(rows, rowCount: rowCount, height: height)
    }

    /// Undoes the filters of PNG (clause 9 of its specification), two bytes a pixel.
    private static func unfiltered(_ rows: [UInt8], rowCount: Int, height: Int) -> [UInt16] {
        var above = [UInt8](repeating: 0, count: rowCount - 1)
        var samples: [UInt16] = []
        for row in 0..<height {
            let filter = rows[row * rowCount]
            var line = Array(rows[row * rowCount + 1..<(row + 1) * rowCount])
            for index in line.indices {
                let left = index < 2 ? 0 : Int(line[index - 2])
                let corner = index < 2 ? 0 : Int(above[index - 2])
                line[index] &+= prediction(filter, left, Int(above[index]), corner)
            }
            for index in stride(from: 0, to: line.count, by: 2) {
                samples.append(UInt16(line[index]) << 8 | UInt16(line[index + 1]))
            }
            above = line
        }
        return samples
    }

    private static func prediction(_ filter: UInt8, _ a: Int, _ b: Int, _ c: Int) -> UInt8 {
        switch filter {
        case 1: return UInt8(a)
        case 2: return UInt8(b)
        case 3: return UInt8((a + b) / 2)
        case 4:
            let (pa, pb, pc) = (abs(b - c), abs(a - c), abs(a + b - 2 * c))
            return UInt8(pa <= pb && pa <= pc ? a : pb <= pc ? b : c)
        default: return 0
        }
    }
}
