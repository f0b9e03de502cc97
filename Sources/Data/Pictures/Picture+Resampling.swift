extension Picture {
    /// Returns the picture resampled to another size: a horizontal pass, rounded to 8 bits, then a
    /// vertical one. A pass that would change nothing is left out. Equal to Pillow's `resize`.
    ///
    /// - Parameters:
    ///   - region: the part to take, or nil for all; nothing outside it is looked at, as if it had
    ///     been cut out first.
    ///   - width: columns of the result, at least 1.
    ///   - height: rows of the result, at least 1.
    /// - Precondition: the region lies inside the picture.
    public func resized(
        _ region: PictureRegion? = nil, width: Int, height: Int, interpolation: Interpolation
    ) -> Picture {
        let region =
            region ?? PictureRegion(top: 0, left: 0, height: self.height, width: self.width)
        requireInside(region)
        var result = self
        var rows = region
        if region.width != width {
            result = resampledHorizontally(region, width: width, interpolation: interpolation)
            rows = PictureRegion(top: 0, left: 0, height: region.height, width: width)
        }
        if region.height != height {
            return result.resampledVertically(rows, height: height, interpolation: interpolation)
        }
        return result.cropped(rows)
    }

    /// Returns the part of the picture in `region`.
    ///
    /// - Precondition: the region lies inside the picture.
    public func cropped(_ region: PictureRegion) -> Picture {
        requireInside(region)
        if region.width == width && region.height == height { return self }
        var rows: [UInt8] = []
        rows.reserveCapacity(region.width * region.height * 3)
        for row in region.top..<region.top + region.height {
            let start = (row * width + region.left) * 3
            rows.append(contentsOf: pixels[start..<start + region.width * 3])
        }
        return Picture(width: region.width, height: region.height, pixels: rows)
    }

    private func requireInside(_ region: PictureRegion) {
        precondition(
            region.top >= 0 && region.left >= 0 && region.height > 0 && region.width > 0
                && region.top + region.height <= height && region.left + region.width <= width,
            "\(region) in a picture of \(width) × \(height)")
    }

    private func resampledHorizontally(
        _ region: PictureRegion, width outputWidth: Int, interpolation: Interpolation
    ) -> Picture {
        let axis = ResamplingWeights(
            from: region.width, to: outputWidth, interpolation: interpolation)
        let count = outputWidth * region.height * 3
        let result = [UInt8](unsafeUninitializedCapacity: count) { output, initializedCount in
            pixels.withUnsafeBufferPointer { input in
                for row in 0..<region.height {
                    let start = ((region.top + row) * width + region.left) * 3
                    resampleRow(
                        UnsafeBufferPointer(rebasing: input[start..<start + region.width * 3]),
                        axis,
                        into: UnsafeMutableBufferPointer(
                            rebasing: output[row * outputWidth * 3..<(row + 1) * outputWidth * 3]))
                }
            }
            initializedCount = count
        }
        return Picture(width: outputWidth, height: region.height, pixels: result)
    }

    private func resampledVertically(
        _ region: PictureRegion, height outputHeight: Int, interpolation: Interpolation
    ) -> Picture {
        let axis = ResamplingWeights(
            from: region.height, to: outputHeight, interpolation: interpolation)
        let rowCount = region.width * 3
        let result = [UInt8](unsafeUninitializedCapacity: outputHeight * rowCount) {
            output, initializedCount in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: rowCount) { sums in
                pixels.withUnsafeBufferPointer { input in
                    for row in 0..<outputHeight {
                        let start = (region.top + axis.first[row]) * width + region.left
                        sumRows(
                            input, from: start * 3, rowStride: width * 3, axis, output: row,
                            into: sums)
                        for column in 0..<rowCount {
                            output[row * rowCount + column] = clippedSample(sums[column])
                        }
                    }
                }
            }
            initializedCount = outputHeight * rowCount
        }
        return Picture(width: region.width, height: outputHeight, pixels: result)
    }
}

private let half: Int32 = 1 << (ResamplingWeights.precisionBits - 1)

/// The sample of a fixed-point sum, clipped to a byte.
@inline(__always)
private func clippedSample(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: max(0, min(255, sum >> ResamplingWeights.precisionBits)))
}

/// One row of the horizontal pass: three channels side by side.
private func resampleRow(
    _ input: UnsafeBufferPointer<UInt8>, _ axis: ResamplingWeights,
    into output: UnsafeMutableBufferPointer<UInt8>
) {
    axis.weights.withUnsafeBufferPointer { weights in
        for column in 0..<axis.first.count {
            var (red, green, blue) = (half, half, half)
            var position = axis.first[column] * 3
            let start = column * axis.stride
            for index in start..<start + axis.count[column] {
                let weight = weights[index]
                red &+= Int32(input[position]) &* weight
                green &+= Int32(input[position + 1]) &* weight
                blue &+= Int32(input[position + 2]) &* weight
                position += 3
            }
            output[column * 3] = clippedSample(red)
            output[column * 3 + 1] = clippedSample(green)
            output[column * 3 + 2] = clippedSample(blue)
        }
    }
}

/// The weighted sum of the input rows of one output row, with the rounding half.
private func sumRows(
    _ input: UnsafeBufferPointer<UInt8>, from start: Int, rowStride: Int, _ axis: ResamplingWeights,
    output row: Int, into sums: UnsafeMutableBufferPointer<Int32>
) {
    sums.update(repeating: half)
    for index in 0..<axis.count[row] {
        let weight = axis.weights[row * axis.stride + index]
        let base = start + index * rowStride
        for column in 0..<sums.count {
            sums[column] &+= Int32(input[base + column]) &* weight
        }
    }
}
