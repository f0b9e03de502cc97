/// An endless supply of small labelled colour pictures, computed and not read.
///
/// Every picture shows one *emblem* on a patterned ground, the way heraldry builds a coat of arms
/// from few parts: an outline and a pattern that fills it. Tinctures, place, size, slant, stretch,
/// ground, smaller pieces strewn over the ground, a ribbon that covers a part, light and noise
/// change from picture to picture, so that no pixel says much about the class.
///
/// The classes `0 ..< baseClassCount` join every basic outline to every basic pattern; most of
/// their pictures show a bright emblem on a dark ground and nothing else. The
/// `continualClassCount` classes after them join other outlines and patterns and a few of the
/// basic ones, in pictures where more distracts, and come in pairs that differ in tinctures alone:
/// whoever learned the base classes has learned to overlook what tells a pair apart.
///
/// A picture is a function of (seed, class, split, index, size). It is computed by `+`, `-`, `*`,
/// `/`, square roots and comparisons of IEEE doubles and by integer arithmetic, and so has the
/// same bytes on every machine.
public struct ProceduralPictures: Sendable {
    /// The classes for pre-training, ids `0 ..< 48`: each basic outline with each basic pattern.
    public static let baseClassCount = EmblemOutline.basic.count * EmblemPattern.basic.count
    /// The classes for continual learning, ids from `baseClassCount` on.
    public static let continualClassCount = 20

    private let seed: UInt64
    private let size: Int
    private let emblems: [Emblem]

    /// Settles the classes of `seed`.
    ///
    /// - Parameters:
    ///   - seed: Other seeds give other pictures, and other continual classes.
    ///   - size: Width and height of a picture in pixels.
    /// - Precondition: `size` is at least 8.
    public init(seed: Int, size: Int) {
        precondition(size >= 8, "a picture of \(size) pixels shows nothing")
        self.seed = UInt64(bitPattern: Int64(seed))
        self.size = size
        self.emblems = Emblem.base + Emblem.continual(seed: self.seed)
    }

    /// A name for a class, made of its parts: `heart-sectors`.
    ///
    /// - Precondition: `classID` is less than `baseClassCount + continualClassCount`.
    public func className(_ classID: Int) -> String { emblems[classID].name }

    /// Returns picture `index` of a class: `size × size` RGB pixels.
    ///
    /// The pictures of the splits are different ones; any index is valid.
    ///
    /// - Precondition: `classID` is less than `baseClassCount + continualClassCount`.
    public func picture(classID: Int, index: Int, split: Split) -> Picture {
        var random = PictureRandom(
            seed, UInt64(classID), split == .train ? 0 : 1, UInt64(bitPattern: Int64(index)))
        let scene = EmblemScene(emblem: emblems[classID], random: &random)
        let pixels = scene.pixels(size: size, random: &random)
        return Picture(width: size, height: size, pixels: pixels)
    }
}

/// A class of pictures: what stays the same in all of them.
struct Emblem: Sendable {
    let outline: EmblemOutline
    let pattern: EmblemPattern
    /// The two complementary hues it is painted in, either of them below; nil: any two hues.
    let tinctures: EmblemTinctures?
    /// How its pictures are drawn.
    let manner: EmblemManner

    /// The parts: `heart-sectors-red-cyan`, or `disc-checks` where the hues are free.
    var name: String { "\(outline)-\(pattern)" + (tinctures.map { "-\($0.rawValue)" } ?? "") }

    /// Every basic outline with every basic pattern.
    static var base: [Emblem] {
        EmblemOutline.basic.flatMap { outline in
            EmblemPattern.basic.map {
                Emblem(outline: outline, pattern: $0, tinctures: nil, manner: .clean)
            }
        }
    }

    /// Ten outlines joined to ten patterns, all advanced ones among them and no pair of the base,
    /// each pair in every choice of tinctures.
    static func continual(seed: UInt64) -> [Emblem] {
        var random = PictureRandom(seed, 0x656d_626c_656d, 0, 0)
        let patterns = random.shuffled(EmblemPattern.advanced)
        let oldPatterns = random.shuffled(EmblemPattern.basic).prefix(4)
        // The two basic outlines come first and meet advanced patterns.
        let outlines =
            random.shuffled(EmblemOutline.basic).prefix(2)
            + random.shuffled(EmblemOutline.advanced)
        let fills = patterns.prefix(2) + random.shuffled(Array(patterns.dropFirst(2)) + oldPatterns)
        return random.shuffled(Array(zip(outlines, fills))).flatMap { outline, pattern in
            EmblemTinctures.allCases.map {
                Emblem(outline: outline, pattern: pattern, tinctures: $0, manner: .rich)
            }
        }
    }
}

/// Two complementary hues. Their mean is grey, whichever they are, and either may be the field: a
/// sum over pixels cannot tell one pair from the other.
enum EmblemTinctures: String, CaseIterable, Sendable {
    case redCyan = "red-cyan"
    case limeViolet = "lime-violet"

    /// One of the two hues, in turns round the colour circle from red; the other is ½ further.
    var hue: Double {
        switch self {
        case .redCyan: 0
        case .limeViolet: 0.25
        }
    }
}

/// How much happens in a picture besides its emblem.
struct EmblemManner: Sendable {
    /// How often the emblem is bright and how often the ground is dark, each by itself.
    let contrastShare: Double
    /// Largest share of the second colour in the pattern of the ground.
    let groundContrast: Double
    /// Largest number of small pieces on the ground.
    let strewnCount: Int
    /// How often a ribbon covers a part of the emblem.
    let ribbonShare: Double
    /// Largest change of a channel by noise.
    let noise: Double

    /// The base classes: mostly a bright emblem on a dark ground, and little else.
    static let clean = EmblemManner(
        contrastShare: 0.85, groundContrast: 0.1, strewnCount: 0, ribbonShare: 0, noise: 0.03)
    /// The continual classes: bright and dark are left to chance, and much distracts.
    static let rich = EmblemManner(
        contrastShare: 0.5, groundContrast: 0.3, strewnCount: 2, ribbonShare: 0.15, noise: 0.05)
}
