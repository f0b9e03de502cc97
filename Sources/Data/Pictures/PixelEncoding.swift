public import Pipeline

/// How 8-bit pixels become the numbers a model reads: divided by 255, then mean subtracted and
/// deviation divided out for each channel, all in single precision as torchvision does.
///
/// ```swift
/// let orange = Picture(width: 1, height: 1, pixels: [255, 51, 0])
/// PixelEncoding.unit().values(of: orange)  // [1, 0.2, 0]
/// PixelEncoding.symmetric().values(of: orange)[2]  // -1
/// ```
public struct PixelEncoding: Sendable, Hashable, Codable {
    /// 3 for colour, 1 for luminance.
    public let channels: Int
    /// Subtracted from each channel, on the scale of 0 to 1.
    public let mean: [Float]
    /// Divides each channel, positive.
    public let deviation: [Float]

    /// Creates an encoding.
    ///
    /// - Precondition: `channels` is 1 or 3, with as many means and positive deviations.
    public init(channels: Int, mean: [Float], deviation: [Float]) {
        precondition(channels == 1 || channels == 3, "\(channels) channels")
        precondition(
            mean.count == channels && deviation.count == channels
                && deviation.allSatisfy { $0 > 0 },
            "mean \(mean) and deviation \(deviation) for \(channels) channels")
        self.channels = channels
        self.mean = mean
        self.deviation = deviation
    }

    /// Pixels in `[0, 1]`, which the reference feeds to all but CIFAR models.
    public static func unit(channels: Int = 3) -> PixelEncoding {
        uniform(channels: channels, mean: 0, deviation: 1)
    }

    /// Pixels in `[-1, 1]`, with which the ImageNet-21k checkpoints were trained.
    public static func symmetric(channels: Int = 3) -> PixelEncoding {
        uniform(channels: channels, mean: 0.5, deviation: 0.5)
    }

    /// The statistics of ImageNet, with which weights of the ImageNet-1k families were trained.
    public static let imageNet = PixelEncoding(
        channels: 3, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])

    /// The CIFAR statistics of the reference.
    public static let cifar = PixelEncoding(
        channels: 3, mean: [0.5071, 0.4867, 0.4408], deviation: [0.2675, 0.2565, 0.2761])

    /// The CIFAR statistics for `channels`. Luminance gets the mean that the statistics imply, and the
    /// deviation it would have if the colours of a pixel rose and fell together.
    public static func cifar(channels: Int) -> PixelEncoding {
        guard channels == 1 else { return cifar }
        func luminance(_ colours: [Float]) -> Float {
            zip(colours, [0.299, 0.587, 0.114] as [Float]).reduce(0) { $0 + $1.0 * $1.1 }
        }
        return uniform(
            channels: 1, mean: luminance(cifar.mean), deviation: luminance(cifar.deviation))
    }

    public static func uniform(channels: Int, mean: Float, deviation: Float) -> PixelEncoding {
        PixelEncoding(
            channels: channels, mean: [Float](repeating: mean, count: channels),
            deviation: [Float](repeating: deviation, count: channels))
    }

    /// Returns the picture's values.
    ///
    /// - Returns: `[channels, height, width]`, row-major.
    public func values(of picture: Picture) -> [Float] {
        let tables = (0..<channels).map { channel in
            (0...255).map { (Float($0) / 255 - mean[channel]) / deviation[channel] }
        }
        let count = picture.width * picture.height
        return [Float](unsafeUninitializedCapacity: channels * count) { output, initializedCount in
            picture.pixels.withUnsafeBufferPointer { pixels in
                for (channel, table) in tables.enumerated() {
                    table.withUnsafeBufferPointer { table in
                        for index in 0..<count {
                            let sample =
                                channels == 1
                                ? luminance(pixels, at: index * 3) : pixels[index * 3 + channel]
                            output[channel * count + index] = table[Int(sample)]
                        }
                    }
                }
            }
            initializedCount = channels * count
        }
    }

    /// The encoding as it enters a key document.
    public var value: Value {
        .object([
            "channels": .integer(channels),
            "mean": .array(mean.map { .real(Double($0)) }),
            "deviation": .array(deviation.map { .real(Double($0)) }),
        ])
    }
}

/// ITU-R 601-2 luma in 16-bit fixed point, as Pillow's conversion to gray.
@inline(__always)
private func luminance(_ pixels: UnsafeBufferPointer<UInt8>, at position: Int) -> UInt8 {
    let sum =
        19595 &* UInt32(pixels[position]) &+ 38470 &* UInt32(pixels[position + 1])
        &+ 7471 &* UInt32(pixels[position + 2]) &+ 0x8000
    return UInt8(truncatingIfNeeded: sum >> 16)
}
