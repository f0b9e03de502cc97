extension Picture {
    /// Returns the picture with its shorter side resampled to `side` and the longer in proportion,
    /// rounded down; unchanged when the shorter side is already that long.
    public func resizedShorterSide(to side: Int, interpolation: Interpolation) -> Picture {
        let (shorter, longer) = (min(width, height), max(width, height))
        if shorter == side { return self }
        let other = Int(Double(side * longer) / Double(shorter))
        return resized(
            width: width <= height ? side : other, height: width <= height ? other : side,
            interpolation: interpolation)
    }

    /// Returns the centre square of the picture; where the picture is smaller it is surrounded by
    /// black first. An odd remainder puts the offset at the even neighbour, as Python rounds.
    public func centerCropped(to side: Int) -> Picture {
        let padded = padded(toAtLeast: side)
        return padded.cropped(
            PictureRegion(
                top: Self.centeredOffset(padded.height - side),
                left: Self.centeredOffset(padded.width - side), height: side, width: side))
    }

    private static func centeredOffset(_ remainder: Int) -> Int {
        Int((Double(remainder) / 2).rounded(.toNearestOrEven))
    }

    private func padded(toAtLeast side: Int) -> Picture {
        if width >= side && height >= side { return self }
        let (newWidth, newHeight) = (max(width, side), max(height, side))
        let (left, top) = ((newWidth - width) / 2, (newHeight - height) / 2)
        var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
        for row in 0..<height {
            let target = ((top + row) * newWidth + left) * 3
            result.replaceSubrange(
                target..<target + width * 3, with: pixels[row * width * 3..<(row + 1) * width * 3])
        }
        return Picture(width: newWidth, height: newHeight, pixels: result)
    }

    /// Returns the mirror image, left and right exchanged.
    public func flippedHorizontally() -> Picture {
        var result = pixels
        for row in 0..<height {
            for column in 0..<width {
                let from = (row * width + column) * 3
                let to = (row * width + width - 1 - column) * 3
                result[to] = pixels[from]
                result[to + 1] = pixels[from + 1]
                result[to + 2] = pixels[from + 2]
            }
        }
        return Picture(width: width, height: height, pixels: result)
    }

    /// Returns the picture with every sample multiplied by `factor`, cut to whole numbers and
    /// clipped at 255: Pillow's `ImageEnhance.Brightness`, in single precision.
    public func brightened(by factor: Double) -> Picture {
        let scale = Float(factor)
        let table = (0...255).map { UInt8(max(0, min(255, scale * Float($0)))) }
        return Picture(width: width, height: height, pixels: pixels.map { table[Int($0)] })
    }
}
