import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// The bundled pipelines as tests read them: with seed 42.
enum BundledRecipe {
    /// The units that a recipe expands to.
    static func graph(_ name: String) throws -> UnitGraph {
        try PipelineFile.read(
            SharedData.packageRoot.appending(path: "pipelines/\(name).yaml").path,
            settings: [try Setting(parsing: "seed=42")], registry: Catalog.registry
        ).graph
    }
}

extension UnitGraph {
    /// The parameters of the key document of a unit, named without its cell.
    func parameters(_ name: String) throws -> [String: Value] {
        let unit = try #require(
            units.first { $0.name.replacing("{seed=42}", with: "") == name }, "\(name)")
        guard case .object(let parameters) = unit.definition.parameters else { return [:] }
        return parameters
    }
}

extension Value {
    /// A number of either kind; nil for anything else.
    var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .real(let number): number
        default: nil
        }
    }
}
