package import Engine

/// Numbers that follow from a seed and a name alone, so that a test and the script that made its
/// expectations share them without a file: the rule of the goldens' description.
package struct NamedValues: Sendable {
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Names a family of numbers.
    package let seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    /// Numbers in [0, 1), multiples of 2⁻²⁴.
    package func uniforms(_ name: String, _ count: Int) -> [Double] {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let start = Self.mix(hash &+ seed &* Self.step)
        return (1...max(count, 1)).prefix(count).map { index in
            Double(Self.mix(start &+ UInt64(index) &* Self.step) >> 40) / 16_777_216
        }
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// The tensor of a name, between the bounds that its kind has.
    package func tensor(_ name: String, _ shape: [Int]) -> Tensor {
        let (low, high) = Self.bounds(name, shape)
        let numbers = uniforms(name, shape.reduce(1, *)).map { Float(low + (high - low) * $0) }
        return Tensor(shape: shape, numbers)
    }

    /// The tensors of some names.
    package func parameters(_ shapes: [(name: String, shape: [Int])]) -> ParameterSet {
        ParameterSet(shapes.map { ($0.name, tensor($0.name, $0.shape)) })
    }

    private static func bounds(_ name: String, _ shape: [Int]) -> (Double, Double) {
        let inputs = Double(shape.dropLast().last ?? 1)
        if name == "cls_token" || name == "pos_embed" { return (-0.5, 0.5) }
        if name.contains("norm") { return name.hasSuffix("weight") ? (0.8, 1.2) : (-0.1, 0.1) }
        if name.hasPrefix("lora_layer") && name.hasSuffix("_B") { return (-0.5, 0.5) }
        if name == "e_prompt.prompt" { return (-1, 1) }
        if name.hasSuffix("bias") { return (-0.1, 0.1) }
        // LoRA's A and the adapter's projections are [.., in, out], others [out, in, ..].
        let isTransposed = name.hasPrefix("lora_layer") || name.hasPrefix("adapters")
        let fanIn = isTransposed ? inputs : Double(shape.dropFirst().reduce(1, *))
        let bound = (3 / fanIn).squareRoot()
        return (-bound, bound)
    }
}
