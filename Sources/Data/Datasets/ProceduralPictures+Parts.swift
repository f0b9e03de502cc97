/// The outline of an emblem, in a frame where it reaches about 0.9 from the origin; y points down.
enum EmblemOutline: CaseIterable, Sendable {
    case disc, triangle, square, star, quatrefoil, bar, crescent, cross
    case ring, heart, hourglass, trefoil, chevron, cog, drop, horseshoe

    /// The outlines of the base classes.
    static let basic: [EmblemOutline] = [
        .disc, .triangle, .square, .star, .quatrefoil, .bar, .crescent, .cross,
    ]
    /// The outlines that only continual classes have.
    static let advanced: [EmblemOutline] = [
        .ring, .heart, .hourglass, .trefoil, .chevron, .cog, .drop, .horseshoe,
    ]

    /// How far (x, y) lies inside the outline: roughly the distance to it, negative outside.
    func depth(_ x: Double, _ y: Double) -> Double {
        switch self {
        case .disc: 0.8 - length(x, y)
        case .triangle: min(0.5 - y, 0.5 + 0.5 * y - 0.866 * abs(x))
        case .square: 0.7 - max(abs(x), abs(y))
        case .star: lobes(5, radius: 0.68, swing: 0.26, x, y)
        case .quatrefoil: lobes(4, radius: 0.66, swing: 0.26, x, y)
        case .bar: min(0.92 - abs(x), 0.38 - abs(y))
        case .crescent: min(0.85 - length(x, y), length(x - 0.42, y) - 0.58)
        case .cross:
            min(0.9 - max(abs(x), abs(y)), 0.29 - min(abs(x), abs(y)))
        case .ring: 0.21 - abs(length(x, y) - 0.66)
        case .heart:
            max(
                0.46 - length(abs(x) - 0.38, y + 0.3),
                min(0.62 - 0.75 * abs(x) - 0.66 * y, min(y + 0.3, 0.83 - abs(x))))
        case .hourglass: min(0.82 - abs(y), (0.14 + 0.75 * abs(y) - abs(x)) * 0.8)
        case .trefoil: lobes(3, radius: 0.6, swing: 0.32, x, y)
        case .chevron: min(0.9 - abs(x), (0.34 - abs(y + 0.42 - 0.9 * abs(x))) * 0.75)
        case .cog: (0.72 - length(x, y)) + 0.12 * clamped(3 * wave(8, x, y), -1, 1)
        case .drop:
            max(0.56 - length(x, y - 0.3), min(0.42 + 0.44 * y - 0.9 * abs(x), 0.4 - y))
        case .horseshoe:
            max(
                min(0.2 - abs(length(x, y + 0.15) - 0.6), -0.15 - y),
                min(0.2 - abs(abs(x) - 0.6), min(y + 0.16, 0.85 - y)))
        }
    }

    private func lobes(
        _ count: Int, radius: Double, swing: Double, _ x: Double, _ y: Double
    ) -> Double {
        radius + swing * wave(count, x, y) - length(x, y)
    }
}

/// What fills an emblem: how the second tincture lies over the first.
enum EmblemPattern: CaseIterable, Sendable {
    case plain, pales, bars, checks, circles, border
    case spots, sectors, bends, halves, core, zigzag

    /// The patterns of the base classes.
    static let basic: [EmblemPattern] = [.plain, .pales, .bars, .checks, .circles, .border]
    /// The patterns that only continual classes have.
    static let advanced: [EmblemPattern] = [.spots, .sectors, .bends, .halves, .core, .zigzag]

    /// The share of the second tincture at (x, y), from 0 to 1.
    ///
    /// - Parameters:
    ///   - depth: How far the point lies inside the outline.
    ///   - sharpness: Steepness of edges: about the emblem's radius in pixels.
    func share(_ x: Double, _ y: Double, depth: Double, sharpness: Double) -> Double {
        let edge: Double
        switch self {
        case .plain: return 0
        case .pales: edge = 0.14 * stripe(x * 1.8)
        case .bars: edge = 0.14 * stripe(y * 1.8)
        case .checks: edge = 0.2 * stripe(x * 1.4) * stripe(y * 1.4)
        case .circles: edge = 0.14 * stripe(length(x, y) * 1.9 + 0.25)
        case .border: edge = 0.17 - depth
        case .spots:
            edge = 0.2 - length(0.3 * stripe(x * 1.5 + 0.25), 0.3 * stripe(y * 1.5 + 0.25))
        case .sectors: edge = 0.7 * wave(4, x, y) * length(x, y)
        case .bends: edge = 0.14 * stripe((x + y) * 1.3)
        case .halves: edge = y
        case .core: edge = 0.34 - length(x, y)
        case .zigzag: edge = 0.14 * stripe(y * 1.6 + 0.35 * stripe(x * 1.7))
        }
        return clamped(0.5 + edge * sharpness, 0, 1)
    }
}

/// A triangular wave of period 1 through -1 at 0 and 1 at ½.
private func stripe(_ t: Double) -> Double {
    let phase = t - t.rounded(.down)
    return 1 - 4 * abs(phase - 0.5)
}

/// `cos(count · θ)` for the angle θ of (x, y) from straight up, by powers of a complex number.
private func wave(_ count: Int, _ x: Double, _ y: Double) -> Double {
    let radius = length(x, y)
    guard radius > 0 else { return 1 }
    let (unitX, unitY) = (-y / radius, x / radius)
    var (real, imaginary) = (unitX, unitY)
    for _ in 1..<count {
        (real, imaginary) = (
            real * unitX - imaginary * unitY, real * unitY + imaginary * unitX
        )
    }
    return real
}

private func length(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }

func clamped(_ value: Double, _ low: Double, _ high: Double) -> Double {
    min(max(value, low), high)
}
