import Engine
import Testing

@Suite struct FittingKernelsTests {
    @Test func aProcessorThatTheLibraryDoesNotKnowGetsWhatItHas() {
        #expect(LinearAlgebra.fittingKernels(chosen: "Prescott", .sixteen) == "SkylakeX")
        #expect(LinearAlgebra.fittingKernels(chosen: "Prescott", .eight) == "Haswell")
    }

    @Test func anOldProcessorKeepsItsKernels() {
        #expect(LinearAlgebra.fittingKernels(chosen: "Prescott", .none) == nil)
    }

    /// The library knows more about these than three levels tell.
    @Test(arguments: ["Haswell", "Zen", "SkylakeX", "Cooperlake", "Sapphirerapids", "Sandybridge"])
    func kernelsThatTheLibraryChoseForTheProcessorStay(name: String) {
        #expect(LinearAlgebra.fittingKernels(chosen: name, .sixteen) == nil)
    }
}
