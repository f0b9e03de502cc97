/// Memory for the intermediate results of one computation, planned once and used again.
///
/// The same code that takes the matrices is run first on a measuring workspace, which only counts;
/// so a plan cannot disagree with its use. No view is valid after the workspace is gone.
final class Workspace {
    private let storage: AlignedStorage
    private let isMeasuring: Bool
    /// Floats taken so far.
    private(set) var used = 0

    /// The bytes taken so far.
    var byteCount: Int { used * MemoryLayout<Float>.stride }

    /// Creates a workspace of `capacity` floats, or one that only counts where that is nil.
    init(capacity: Int?) {
        isMeasuring = capacity == nil
        storage = AlignedStorage(undefined: capacity ?? 1)
    }

    /// Plans with `build`, allocates, and builds again on the memory.
    static func planned<Plan>(_ build: (Workspace) -> Plan) -> (Workspace, Plan) {
        let workspace = Workspace(capacity: measured(build))
        return (workspace, build(workspace))
    }

    /// The number of floats that `build` takes.
    static func measured<Plan>(_ build: (Workspace) -> Plan) -> Int {
        let measuring = Workspace(capacity: nil)
        _ = build(measuring)
        return measuring.used
    }

    /// Gives everything back; no earlier view is valid any more.
    func reset() { used = 0 }

    /// Returns a matrix of undefined values; `stride` defaults to `columns`.
    ///
    /// - Precondition: the capacity suffices.
    func take(_ rows: Int, _ columns: Int, stride: Int? = nil) -> Matrix {
        let stride = stride ?? columns
        let offset = used
        used += aligned(rows * stride)
        precondition(isMeasuring || used <= storage.count, "workspace of \(storage.count) floats")
        return Matrix(
            base: isMeasuring ? storage.base : storage.base + offset, rows: rows, columns: columns,
            stride: stride)
    }

    /// Takes two plans in the same memory, for uses that never overlap in time.
    func takeOverlapping<Plan>(
        _ first: (Workspace) -> Plan, _ second: (Workspace) -> Plan
    ) -> (Plan, Plan) {
        let start = used
        let one = first(self)
        let end = used
        used = start
        let two = second(self)
        used = max(used, end)
        return (one, two)
    }
}
