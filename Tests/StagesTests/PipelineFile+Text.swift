import Pipeline
import Stages
import TestSupport

extension PipelineFile {
    /// Reads a text as the pipeline file `p.yaml` of a folder of its own.
    static func reading(_ text: String) throws -> PipelineFile {
        let folder = try TemporaryFolder()
        return try read(folder.write(text, to: "p.yaml"), registry: Catalog.registry)
    }

    /// What is said of the mistakes in such a text; nil where there is none.
    static func mistakes(in text: String) throws -> String? {
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "p.yaml")
        do {
            _ = try read(path, registry: Catalog.registry)
            return nil
        } catch let error as SpecError {
            return error.description.replacing(path, with: "p.yaml")
        }
    }
}
