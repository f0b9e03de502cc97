public import Engine
public import Pipeline

/// The deterministic transform of evaluation and of class statistics: the shorter side resampled
/// to `resizedSide`, then the centre square of `size`.
public struct EvaluationTransform: Sendable, Hashable, Codable {
    /// The side of the result, in pixels.
    public let size: Int
    /// The filter of the resampling.
    public let interpolation: Interpolation
    /// How pixels become numbers.
    public let encoding: PixelEncoding
    /// The shorter side before the crop.
    public let resizedSide: Int
    /// The transforms of a sequence of datasets, this one being the first; nil: the same for all.
    public private(set) var parts: [EvaluationTransform]?

    /// Creates a transform.
    ///
    /// - Parameter resizedSide: the shorter side before the crop; nil: 256 for 224, in proportion
    ///   for others, rounded down.
    /// - Precondition: `size` is positive and `resizedSide` not below it.
    public init(
        size: Int, interpolation: Interpolation = .bilinear, encoding: PixelEncoding = .unit(),
        resizedSide: Int? = nil
    ) {
        precondition(size > 0, "size \(size)")
        self.size = size
        self.interpolation = interpolation
        self.encoding = encoding
        self.resizedSide = resizedSide ?? Int(256.0 / 224.0 * Double(size))
        precondition(self.resizedSide >= size, "side \(self.resizedSide) for size \(size)")
    }

    /// Joins the transforms of the datasets of a sequence.
    ///
    /// - Precondition: there is one, and all have the same size and channels.
    public static func sequence(_ transforms: [EvaluationTransform]) -> EvaluationTransform {
        precondition(Set(transforms.map { [$0.size, $0.encoding.channels] }).count == 1)
        var first = transforms[0]
        if Set(transforms).count > 1 { first.parts = transforms }
        return first
    }

    /// Returns the model's input for a picture of one dataset of a sequence.
    ///
    /// - Returns: `[channels, size, size]`, row-major.
    /// - Precondition: `part` is one of `parts`, where there are any.
    public func values(of picture: Picture, part: Int) -> [Float] {
        guard let transform = parts?[part] else { return values(of: picture) }
        return transform.values(of: picture)
    }

    /// Returns the 8-bit picture that is encoded.
    public func picture(from picture: Picture) -> Picture {
        picture.resizedShorterSide(to: resizedSide, interpolation: interpolation)
            .centerCropped(to: size)
    }

    /// Returns the model's input.
    ///
    /// - Returns: `[channels, size, size]`, row-major.
    /// - Precondition: this is not the transform of a sequence.
    public func values(of picture: Picture) -> [Float] {
        precondition(parts == nil, "a picture of which dataset?")
        return encoding.values(of: self.picture(from: picture))
    }

    /// The transform as it enters a key document.
    public var value: Value {
        .object([
            "size": .integer(size), "interpolation": .string(interpolation.rawValue),
            "resized-side": .integer(resizedSide), "encoding": encoding.value,
        ])
    }
}

/// The random transform of training: a random resized crop, a mirror image half of the time and,
/// where asked for, another brightness.
public struct TrainTransform: Sendable, Hashable, Codable {
    /// The side of the result, in pixels.
    public let size: Int
    /// The filter of the resampling.
    public let interpolation: Interpolation
    /// How a part of the picture is drawn.
    public let crop: RandomResizedCrop
    /// The greatest deviation of the brightness factor from 1; 0 leaves brightness alone.
    public let brightness: Double
    /// How pixels become numbers.
    public let encoding: PixelEncoding

    /// Creates a transform.
    ///
    /// - Precondition: `size` is positive and `brightness` in `0...1`.
    public init(
        size: Int, interpolation: Interpolation = .bilinear,
        crop: RandomResizedCrop = RandomResizedCrop(), brightness: Double = 0,
        encoding: PixelEncoding = .unit()
    ) {
        precondition(size > 0, "size \(size)")
        precondition((0...1).contains(brightness), "brightness \(brightness)")
        self.size = size
        self.interpolation = interpolation
        self.crop = crop
        self.brightness = brightness
        self.encoding = encoding
    }

    /// Returns the 8-bit picture that is encoded. Draws, in this order: crop, mirror, brightness.
    public func picture(from picture: Picture, stream: inout RandomStream) -> Picture {
        let region = crop.region(width: picture.width, height: picture.height, stream: &stream)
        var result = picture.resized(
            region, width: size, height: size, interpolation: interpolation)
        if stream.uniformDouble() < 0.5 { result = result.flippedHorizontally() }
        if brightness > 0 {
            result = result.brightened(
                by: 1 - brightness + 2 * brightness * stream.uniformDouble())
        }
        return result
    }

    /// Returns the model's input.
    ///
    /// - Returns: `[channels, size, size]`, row-major.
    public func values(of picture: Picture, stream: inout RandomStream) -> [Float] {
        encoding.values(of: self.picture(from: picture, stream: &stream))
    }

    /// The transform as it enters a key document.
    public var value: Value {
        .object([
            "size": .integer(size), "interpolation": .string(interpolation.rawValue),
            "minimum-area": .real(crop.minimumArea), "maximum-area": .real(crop.maximumArea),
            "minimum-aspect": .real(crop.minimumAspect),
            "maximum-aspect": .real(crop.maximumAspect),
            "brightness": .real(brightness), "encoding": encoding.value,
        ])
    }
}

/// The two transforms of a dataset family, as the reference pairs them.
public struct PictureTransforms: Sendable, Hashable, Codable {
    public let train: TrainTransform
    public let evaluation: EvaluationTransform

    /// Creates a pair.
    public init(train: TrainTransform, evaluation: EvaluationTransform) {
        self.train = train
        self.evaluation = evaluation
    }

    /// All datasets but CIFAR: bilinear, no jitter.
    public static func standard(size: Int, encoding: PixelEncoding = .unit()) -> Self {
        Self(
            train: TrainTransform(size: size, encoding: encoding),
            evaluation: EvaluationTransform(size: size, encoding: encoding))
    }

    /// CIFAR: bicubic, brightness factor within 63/255 of 1, CIFAR statistics.
    public static func cifar(size: Int) -> Self {
        Self(
            train: TrainTransform(
                size: size, interpolation: .bicubic, brightness: 63.0 / 255, encoding: .cifar),
            evaluation: EvaluationTransform(
                size: size, interpolation: .bicubic, encoding: .cifar))
    }
}
