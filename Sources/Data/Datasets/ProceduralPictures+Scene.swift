/// One picture before its pixels: an emblem and everything that is chance about it.
///
/// Coordinates run from -1 to 1 over the picture, y down.
struct EmblemScene {
    private let ground: Piece
    private let strewn: [Piece]
    private let emblem: Piece
    private let ribbon: Piece?
    /// Change of brightness from edge to edge, along x and y.
    private let light: (x: Double, y: Double)
    /// Largest change of a channel by noise.
    private let noise: Double

    /// Draws the accidents of a picture of `emblem`.
    init(emblem: Emblem, random: inout PictureRandom) {
        let manner = emblem.manner
        self.ground = Piece.ground(manner, &random)
        self.strewn = (0..<random.integer(below: manner.strewnCount + 1))
            .map { _ in Piece.strewn(&random) }
        self.emblem = Piece.emblem(emblem, &random)
        self.ribbon = random.uniform() < manner.ribbonShare ? Piece.ribbon(&random) : nil
        self.light = (random.uniform(-0.15, 0.15), random.uniform(-0.15, 0.15))
        self.noise = random.uniform(0.01, manner.noise)
    }

    /// Paints the pieces back to front: `size · size · 3` bytes, row-major, RGB.
    func pixels(size: Int, random: inout PictureRandom) -> [UInt8] {
        let step = 2 / Double(size)
        let front = [emblem] + (ribbon.map { [$0] } ?? [])
        return [UInt8](unsafeUninitializedCapacity: size * size * 3) { bytes, count in
            for row in 0..<size {
                let y = (Double(row) + 0.5) * step - 1
                for column in 0..<size {
                    let x = (Double(column) + 0.5) * step - 1
                    var color = ground.color(x, y, sharpness: 1 / step)
                    for piece in strewn { piece.paint(over: &color, x, y, step: step) }
                    for piece in front { piece.paint(over: &color, x, y, step: step) }
                    color = color.scaled(1 + light.x * x + light.y * y)
                    let offset = (row * size + column) * 3
                    bytes[offset] = byte(color.red, &random)
                    bytes[offset + 1] = byte(color.green, &random)
                    bytes[offset + 2] = byte(color.blue, &random)
                }
            }
            count = size * size * 3
        }
    }

    private func byte(_ channel: Double, _ random: inout PictureRandom) -> UInt8 {
        let noisy = channel + noise * random.uniform(-1, 1)
        return UInt8(clamped(noisy, 0, 1) * 255 + 0.5)
    }
}

/// Something painted: an outline (nil: everywhere), a pattern, two colours and a place.
private struct Piece {
    let outline: EmblemOutline?
    let pattern: EmblemPattern
    let field: Color
    let charge: Color
    let centre: (x: Double, y: Double)
    let radius: Double
    /// Cosine and sine of the turn.
    let turn: (x: Double, y: Double)
    /// Width against height.
    let stretch: Double

    static func emblem(_ emblem: Emblem, _ random: inout PictureRandom) -> Piece {
        let isBright = random.uniform() < emblem.manner.contrastShare
        let (field, charge) = Color.tinctures(
            emblem.tinctures, isBright: isBright, &random)
        let radius = random.uniform(0.72, 0.96)
        let reach = 1.08 - radius
        return Piece(
            outline: emblem.outline, pattern: emblem.pattern, field: field, charge: charge,
            centre: (random.uniform(-reach, reach), random.uniform(-reach, reach)), radius: radius,
            turn: random.direction(spread: 0.25), stretch: random.uniform(0.88, 1.12))
    }

    static func ground(_ manner: EmblemManner, _ random: inout PictureRandom) -> Piece {
        let isBright = random.uniform() > manner.contrastShare
        let (first, second) = Color.tinctures(isBright: isBright, &random)
        let pattern = random.element(EmblemPattern.allCases)
        return Piece(
            outline: nil, pattern: pattern == .border ? .plain : pattern,
            field: first,
            charge: first.mixed(with: second, share: random.uniform(0, manner.groundContrast)),
            centre: (random.uniform(-1, 1), random.uniform(-1, 1)),
            radius: random.uniform(0.5, 1.5), turn: random.direction(), stretch: 1)
    }

    static func strewn(_ random: inout PictureRandom) -> Piece {
        let isBright = random.uniform() < 0.5
        let (field, charge) = Color.tinctures(isBright: isBright, &random)
        return Piece(
            outline: random.element(EmblemOutline.allCases), pattern: .plain,
            field: field, charge: charge,
            centre: (random.uniform(-1, 1), random.uniform(-1, 1)),
            radius: random.uniform(0.15, 0.35), turn: random.direction(), stretch: 1)
    }

    static func ribbon(_ random: inout PictureRandom) -> Piece {
        let isBright = random.uniform() < 0.5
        let (field, charge) = Color.tinctures(isBright: isBright, &random)
        return Piece(
            outline: .bar, pattern: .plain, field: field, charge: charge,
            centre: (random.uniform(-0.7, 0.7), random.uniform(-0.7, 0.7)),
            radius: random.uniform(0.25, 0.4), turn: random.direction(), stretch: 4)
    }

    /// The colour at (x, y) of the picture, whether inside the outline or not.
    func color(_ x: Double, _ y: Double, sharpness: Double) -> Color {
        let (u, v) = local(x, y)
        let share = pattern.share(u, v, depth: 1, sharpness: radius * sharpness)
        return field.mixed(with: charge, share: share)
    }

    /// Covers `color` where (x, y) is inside the outline; `step` is the side of a pixel.
    func paint(over color: inout Color, _ x: Double, _ y: Double, step: Double) {
        let reach = radius * 1.5 * max(stretch, 1)
        guard let outline, abs(x - centre.x) < reach, abs(y - centre.y) < reach else { return }
        let (u, v) = local(x, y)
        let depth = outline.depth(u, v)
        let sharpness = radius / step
        let cover = clamped(0.5 + depth * sharpness, 0, 1)
        guard cover > 0 else { return }
        let share = pattern.share(u, v, depth: depth, sharpness: sharpness)
        color = color.mixed(with: field.mixed(with: charge, share: share), share: cover)
    }

    private func local(_ x: Double, _ y: Double) -> (Double, Double) {
        let (dx, dy) = ((x - centre.x) / radius, (y - centre.y) / radius)
        return ((dx * turn.x + dy * turn.y) / stretch, dy * turn.x - dx * turn.y)
    }
}

/// A colour, channels from 0 to 1.
private struct Color {
    let red: Double
    let green: Double
    let blue: Double

    /// - Parameters:
    ///   - hue: Turns round the colour circle from red.
    init(hue: Double, saturation: Double, value: Double) {
        let sixths = (hue - hue.rounded(.down)) * 6
        func channel(_ centre: Double) -> Double {
            let distance = abs(sixths - centre)
            let pure = clamped(2 - min(distance, 6 - distance), 0, 1)
            return value * (1 - saturation * (1 - pure))
        }
        self.init(red: channel(0), green: channel(2), blue: channel(4))
    }

    private init(red: Double, green: Double, blue: Double) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Two colours that differ in hue and brightness, strong ones where the tinctures are given.
    ///
    /// - Parameters:
    ///   - tinctures: The two hues, in either order; nil: any hues.
    ///   - isBright: Whether the first colour is the brighter one.
    static func tinctures(
        _ tinctures: EmblemTinctures? = nil, isBright: Bool, _ random: inout PictureRandom
    ) -> (field: Color, charge: Color) {
        let (any, distance) = (random.uniform(), random.uniform(0.2, 0.8))
        let hue = tinctures.map { $0.hue + (any < 0.5 ? 0 : 0.5) } ?? any
        let otherHue = hue + (tinctures == nil ? distance : 0.5)
        let palest = tinctures == nil ? 0.4 : 0.8
        let bright = random.uniform(0.7, 1)
        let dark = random.uniform(0.2, 0.5)
        let values = isBright ? (bright, dark) : (dark, bright)
        func shade(_ hue: Double, _ value: Double) -> Color {
            Color(
                hue: hue + random.uniform(-0.06, 0.06), saturation: random.uniform(palest, 1),
                value: value)
        }
        return (shade(hue, values.0), shade(otherHue, values.1))
    }

    func mixed(with other: Color, share: Double) -> Color {
        Color(
            red: red + (other.red - red) * share, green: green + (other.green - green) * share,
            blue: blue + (other.blue - blue) * share)
    }

    func scaled(_ factor: Double) -> Color {
        Color(red: red * factor, green: green * factor, blue: blue * factor)
    }
}
