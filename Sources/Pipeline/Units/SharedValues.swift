import Synchronization

/// Values that the stages of a pipeline share in all its cells, one of each type.
final class SharedValues: Sendable {
    private let values = Mutex<[ObjectIdentifier: any Sendable]>([:])

    /// Returns the value of a type, made at the first call.
    func value<Shared: Sendable>(_ make: () -> Shared) -> Shared {
        values.withLock { values in
            if let known = values[ObjectIdentifier(Shared.self)] as? Shared { return known }
            let made = make()
            values[ObjectIdentifier(Shared.self)] = made
            return made
        }
    }
}

extension StageExpansion {
    /// Returns the one value of its type in this pipeline, made at the first call, for what stages of
    /// all cells use together and no result depends on, such as a memory of decoded pictures.
    public func shared<Shared: Sendable>(_ make: () -> Shared) -> Shared {
        builder.shared.value(make)
    }
}
