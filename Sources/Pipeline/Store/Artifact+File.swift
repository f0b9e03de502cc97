extension Artifact {
    /// Reads the artifact in a file of a store, wherever it lies now.
    ///
    /// - Returns: nil when the file is no HDF5 file.
    /// - Throws: `UnreadableInput` when it is missing or damaged, or no artifact.
    public static func stored(at path: String) throws(UnreadableInput) -> Artifact? {
        guard try ArtifactDescription.isHDF5(path) else { return nil }
        let artifact: Artifact
        let digest: Value?
        do throws(HDF5Error) {
            let file = try HDF5File.open(path)
            defer { try? file.close() }
            artifact = try ArtifactFile.artifact(in: file)
            digest = try file.attributes()["digest"]
        } catch {
            throw UnreadableInput(path: path, problem: error.description)
        }
        guard digest == .string(artifact.digest.hex) else {
            throw UnreadableInput(
                path: path, problem: "the content is not that of the digest in the file")
        }
        return artifact
    }
}
