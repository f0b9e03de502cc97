import Data
import Engine

/// Decoding of photographs of 500 × 375 pixels and their random resized crop to 224, on one thread:
/// speeds by time on the processor, which other programs disturb less, and one by the clock.
func benchDecoding(repetitions: Int) throws {
    let files = (0..<16).map { JPEGEncoder.photograph(width: 500, height: 375, index: $0) }
    let transform = TrainTransform(size: 224)
    func speed(_ work: (Int) throws -> Void) rethrows -> (processor: Double, wall: Double) {
        let count = 200
        try work(0)
        let durations = try (0..<repetitions).map { _ in
            try Duration { for index in 0..<count { try work(index) } }
        }
        return (
            Double(count) / median(durations.map(\.processor)),
            Double(count) / median(durations.map(\.wall))
        )
    }
    let pictures = try files.map { try Picture.decode($0, name: "made") }
    let decoding = try speed { _ = try Picture.decode(files[$0 % files.count], name: "made") }
    let cropping = speed {
        var stream = RandomStream(seed: UInt64($0), name: "crop")
        _ = transform.values(of: pictures[$0 % files.count], stream: &stream)
    }
    let both = try speed {
        var stream = RandomStream(seed: UInt64($0), name: "crop")
        let picture = try Picture.decode(files[$0 % files.count], name: "made")
        _ = transform.values(of: picture, stream: &stream)
    }
    report(
        "decode-500x375-crop-224",
        [
            ("picturesPerSecondAndCore", both.processor), ("byTheClock", both.wall),
            ("decodingAlone", decoding.processor), ("croppingAlone", cropping.processor),
            ("meanFileBytes", Double(files.reduce(0) { $0 + $1.count }) / Double(files.count)),
        ])
}
