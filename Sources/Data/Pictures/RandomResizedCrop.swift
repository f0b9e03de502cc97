public import Engine
import Foundation

/// The random part of a picture that training sees: area and aspect drawn at most ten times until
/// they fit, else the centre with the aspect clamped (torchvision's `RandomResizedCrop`).
public struct RandomResizedCrop: Sendable, Hashable, Codable {
    /// Bounds of the area, as a share of the picture's.
    public let minimumArea, maximumArea: Double
    /// Bounds of width over height; the drawing is uniform in the logarithm.
    public let minimumAspect, maximumAspect: Double

    /// Creates a crop.
    ///
    /// - Precondition: `0 < minimumArea ≤ maximumArea ≤ 1` and `0 < minimumAspect ≤ maximumAspect`.
    public init(
        minimumArea: Double = 0.08, maximumArea: Double = 1, minimumAspect: Double = 3.0 / 4,
        maximumAspect: Double = 4.0 / 3
    ) {
        precondition(0 < minimumArea && minimumArea <= maximumArea && maximumArea <= 1)
        precondition(0 < minimumAspect && minimumAspect <= maximumAspect)
        self.minimumArea = minimumArea
        self.maximumArea = maximumArea
        self.minimumAspect = minimumAspect
        self.maximumAspect = maximumAspect
    }

    /// Draws a region of a picture of `width` × `height`.
    public func region(width: Int, height: Int, stream: inout RandomStream) -> PictureRegion {
        let area = Double(width * height)
        let (low, high) = (log(minimumAspect), log(maximumAspect))
        for _ in 0..<10 {
            let share = minimumArea + (maximumArea - minimumArea) * stream.uniformDouble()
            let aspect = exp(low + (high - low) * stream.uniformDouble())
            let regionWidth = rounded((area * share * aspect).squareRoot())
            let regionHeight = rounded((area * share / aspect).squareRoot())
            if (1...width).contains(regionWidth) && (1...height).contains(regionHeight) {
                let top = stream.integer(below: height - regionHeight + 1)
                let left = stream.integer(below: width - regionWidth + 1)
                return PictureRegion(
                    top: top, left: left, height: regionHeight, width: regionWidth)
            }
        }
        return centered(width: width, height: height)
    }

    private func centered(width: Int, height: Int) -> PictureRegion {
        var (regionWidth, regionHeight) = (width, height)
        let aspect = Double(width) / Double(height)
        if aspect < minimumAspect {
            regionHeight = rounded(Double(width) / minimumAspect)
        } else if aspect > maximumAspect {
            regionWidth = rounded(Double(height) * maximumAspect)
        }
        return PictureRegion(
            top: (height - regionHeight) / 2, left: (width - regionWidth) / 2,
            height: max(regionHeight, 1), width: max(regionWidth, 1))
    }

    private func rounded(_ value: Double) -> Int { Int(value.rounded(.toNearestOrEven)) }
}
