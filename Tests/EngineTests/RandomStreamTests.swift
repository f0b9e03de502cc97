import Engine
import Foundation
import Testing

@Suite struct RandomStreamTests {
    /// The vectors of the authors' distribution (Random123, kat_vectors).
    @Test func philoxReproducesThePublishedVectors() {
        #expect(
            Philox.block(counter: 0, upper: 0, key: 0)
                == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
        #expect(
            Philox.block(counter: .max, upper: .max, key: .max)
                == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
        #expect(
            Philox.block(
                counter: 0x85A3_08D3_243F_6A88, upper: 0x0370_7344_1319_8A2E,
                key: 0x299F_31D0_A409_3822)
                == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    @Test func aStreamIsAFunctionOfSeedAndName() {
        var a = RandomStream(seed: 7, name: "train/task-3")
        var b = RandomStream(seed: 7, name: "train").split("task-3")
        let words = (0..<9).map { _ in a.nextUInt32() }
        #expect(words == (0..<9).map { _ in b.nextUInt32() })
        #expect(a.split("x") == RandomStream(seed: 7, name: "train/task-3/x"))
        for other in [
            RandomStream(seed: 8, name: "train/task-3"),
            RandomStream(seed: 7, name: "train/task-4"),
            RandomStream(seed: 7, name: "train"), RandomStream(seed: 7, name: ""),
        ] {
            var stream = other
            #expect(words != (0..<9).map { _ in stream.nextUInt32() })
        }
    }

    /// The names of streams enter every result: these words must never change.
    @Test func wordsAreStable() {
        var stream = RandomStream(seed: 42, name: "train/task-1")
        #expect(
            (0..<5).map { _ in stream.nextUInt32() }
                == [3_251_598_350, 1_468_842_390, 1_860_977_819, 2_237_624_069, 959_011_742])
    }

    @Test func momentsOfUniformAndNormalValues() {
        var stream = RandomStream(seed: 1, name: "moments")
        let n = 200_000
        let uniform = (0..<n).map { _ in Double(stream.uniform()) }
        #expect(uniform.allSatisfy { (0..<1).contains($0) })
        // Five standard errors: √(1/12n) of the mean; √(1/180n) of the mean square deviation.
        #expect(abs(uniform.reduce(0, +) / Double(n) - 0.5) < 5 * 0.00065)
        let normal = stream.normals(n).map(Double.init)
        let mean = normal.reduce(0, +) / Double(n)
        let square = normal.reduce(0) { $0 + $1 * $1 } / Double(n)
        let fourth = normal.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(n)
        #expect(abs(mean) < 5 * 0.00224)
        #expect(abs(square - 1) < 5 * 0.00316)
        #expect(abs(fourth - 3) < 5 * 0.0219)
        // Neighbours are uncorrelated.
        let product = zip(normal, normal.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(n)
        #expect(abs(product) < 5 * 0.00224)
    }

    @Test(arguments: [0, 1, 2, 7, 8])
    func manyNormalsEqualSingleOnes(count: Int) {
        var one = RandomStream(seed: 3, name: "n")
        var many = one
        #expect(one.normal() == many.normals(1)[0])
        #expect((0..<count).map { _ in one.normal() } == many.normals(count))
        #expect(one == many)
    }

    /// The formula with the C library's functions, word by word; 1e-6 is a few roundings to float of
    /// values up to 6.7.
    @Test func normalsFollowBoxMuller() {
        let stream = RandomStream(seed: 11, name: "box-muller")
        var (words, values) = (stream, stream)
        for _ in 0..<5000 {
            let u = (Double(words.nextUInt32()) + 1) / 0x1p32
            let angle = 2 * Double.pi * Double(words.nextUInt32()) / 0x1p32
            let radius = (-2 * log(u)).squareRoot()
            #expect(abs(Double(values.normal()) - radius * cos(angle)) < 1e-6)
            #expect(abs(Double(values.normal()) - radius * sin(angle)) < 1e-6)
        }
    }

    @Test(arguments: 0..<4)
    func manyNormalsEqualSingleOnesFromAnyWord(offset: Int) {
        var one = RandomStream(seed: 3, name: "n")
        for _ in 0..<offset { _ = one.nextUInt32() }
        var many = one
        #expect((0..<23).map { _ in one.normal() } == many.normals(23))
        #expect(one == many)
    }

    @Test func truncatedNormalsStayInside() {
        var stream = RandomStream(seed: 3, name: "t")
        let values = (0..<2000).map { _ in
            stream.truncatedNormal(standardDeviation: 0.5, bound: 0.4)
        }
        #expect(values.allSatisfy { abs($0) <= 0.4 })
        #expect(values.contains { $0 > 0.38 } && values.contains { $0 < -0.38 })
    }

    @Test func everyOrderOfThreeIsEquallyLikely() {
        var stream = RandomStream(seed: 5, name: "orders")
        var counts: [[Int]: Int] = [:]
        for _ in 0..<6000 { counts[stream.permutation(3), default: 0] += 1 }
        #expect(counts.count == 6)
        // 1000 each, standard deviation √(6000 · 5/36) = 28.9.
        #expect(counts.values.allSatisfy { abs($0 - 1000) < 145 })
        #expect(stream.permutation(0).isEmpty)
        #expect(stream.permutation(50).sorted() == Array(0..<50))
    }

    @Test func aSampleIsTheStartOfAPermutation() {
        let stream = RandomStream(seed: 5, name: "s")
        var (a, b) = (stream, stream)
        #expect(a.sample(4, of: 11) == Array(b.permutation(11).prefix(4)))
    }

    @Test func integersAreFair() {
        var stream = RandomStream(seed: 6, name: "i")
        var counts = [Int](repeating: 0, count: 5)
        for _ in 0..<10_000 { counts[stream.integer(below: 5)] += 1 }
        // 2000 each, standard deviation 40.
        #expect(counts.allSatisfy { abs($0 - 2000) < 200 })
    }
}
