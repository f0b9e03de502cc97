/// A failed call of the HDF5 library.
package struct HDF5Error: Error, Equatable, CustomStringConvertible {
    /// The file.
    package let file: String
    /// What was being done, with the object in the file: "read dataset 'features'".
    package let operation: String
    /// What the library's error stack said, innermost first; or why the content cannot be used.
    package let problem: String

    package var description: String { "\(file): cannot \(operation): \(problem)" }
}
