/// A result that a matrix cell should have and that is not there.
public struct ResultGap: Sendable, Hashable {
    /// What is known of it.
    public enum State: String, Sendable, Hashable {
        /// It was never measured, or what was measured is lost.
        case missing
        /// The store holds one, of other parameters or inputs than those of the file.
        case stale
    }

    /// The matrix cell, with all its axes.
    public let cell: Cell
    /// The stage.
    public let stage: String
    /// The unit that measures it.
    public let unit: String
    /// What is known of it.
    public let state: State

    init(unit: UnitNode, use: UnitUse, state: State) {
        cell = use.cell
        stage = use.stage
        self.unit = unit.name
        self.state = state
    }
}

extension Decision {
    /// What is known of the result of a unit that is not finished.
    public var gapState: ResultGap.State {
        // What is compared may be a unit of another name, which is no result of this one.
        guard previous?.name.unit == unit.name else { return .missing }
        return switch verdict {
        case .runUnlessUnchanged, .run(.parametersChanged), .run(.inputChanged),
            .run(.versionChanged):
            .stale
        case .run, .reuse, .missingInput: .missing
        }
    }
}
