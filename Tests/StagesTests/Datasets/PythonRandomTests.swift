import Data
import Testing

/// Expected values: CPython's `random.seed(s); random.shuffle(list(range(n)))`.
@Suite struct PythonRandomTests {
    @Test func drawsAreThoseOfGetrandbits() {
        var random = PythonRandom(seed: 42)
        let draws = (0..<3).map { _ in random.nextUInt32() }
        #expect(draws == [2_746_317_213, 478_163_327, 107_420_369])
    }

    /// A negative seed counts by its magnitude; from 2³² on a seed has two digits.
    @Test(arguments: [
        (0, [7, 8, 1, 5, 3, 4, 2, 0, 9, 6]),
        (-1, [6, 8, 9, 7, 5, 3, 0, 4, 1, 2]),
        (1, [6, 8, 9, 7, 5, 3, 0, 4, 1, 2]),
        (4_294_967_301, [5, 3, 6, 1, 9, 0, 8, 4, 7, 2]),
        (1_099_511_627_776, [7, 8, 2, 4, 6, 0, 3, 9, 5, 1]),
    ])
    func everyWholeNumberIsASeed(seed: Int, order: [Int]) {
        var random = PythonRandom(seed: seed)
        #expect(random.shuffled(Array(0..<10)) == order)
    }

    /// More draws than the state has words.
    @Test func aLongListIsShuffledAlike() {
        var random = PythonRandom(seed: 1)
        let order = random.shuffled(Array(0..<700))
        #expect(order.prefix(5) == [169, 497, 245, 466, 530])
        #expect(order.suffix(5) == [120, 261, 64, 582, 137])
        #expect(order.sorted() == Array(0..<700))
    }

    @Test func nothingToShuffleDrawsNothing() {
        var random = PythonRandom(seed: 42)
        #expect(random.shuffled([Int]()).isEmpty)
        #expect(random.shuffled(["one"]) == ["one"])
        #expect(random.nextUInt32() == 2_746_317_213)
    }
}
