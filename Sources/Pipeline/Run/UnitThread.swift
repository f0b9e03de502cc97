import Foundation

/// Threads of their own for units: they compute for hours, which the cooperative pool is not for.
enum UnitThread {
    /// Deep recursion of C libraries and large buffers on the stack both fit.
    private static let stackByteCount = 64 << 20

    /// Runs `body` on a new thread.
    static func run<Result: Sendable>(
        named name: String, _ body: @escaping @Sendable () -> Result
    ) async -> Result {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: body()) }
            thread.stackSize = stackByteCount
            thread.name = name
            thread.start()
        }
    }
}
