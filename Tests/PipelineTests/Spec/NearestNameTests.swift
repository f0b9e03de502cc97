import Pipeline
import Testing

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("epoch", "epochs"), ("with", "with"), ("shceduel", "schedule"), ("SEED", "seed"),
    ])
    func nearNamesAreFound(word: String, name: String) {
        #expect(NearestName.of(word, among: ["epochs", "with", "schedule", "seed"]) == name)
    }

    @Test func farNamesAreListed() {
        #expect(NearestName.of("learning-rate", among: ["epochs", "seed"]) == nil)
        #expect(
            NearestName.hintOrList("learning-rate", among: ["seed", "epochs"])
                == "one of 'epochs', 'seed'")
        #expect(NearestName.hintOrList("x", among: [String]()) == nil)
    }
}
