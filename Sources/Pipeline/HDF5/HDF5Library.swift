import CHDF5
import Synchronization

/// The one owner of the HDF5 library: every call runs inside `serialized`.
enum HDF5Library {
    private static let owner = Mutex(())

    /// Runs `body` while no other thread is in the library.
    ///
    /// "H5Eset_auto2: Turns automatic error printing on or off" — for the calling thread only in a
    /// thread-safe build, hence the call on every entry.
    static func serialized<Result: Sendable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try owner.withLock { _ throws(Failure) -> Result in
            hide_h5_silence()
            return try body()
        }
    }

    /// Takes and clears the error stack of the calling thread.
    static func errorStack() -> String {
        let capacity = 4096
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            hide_h5_error_stack(base, capacity)
            return String(cString: base)
        }
        return text.isEmpty ? "no error stack" : text
    }

    /// Runs `body` with room for two texts of C, of the same capacity.
    static func texts(
        _ first: inout String, _ second: inout String,
        _ body: (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<CChar>, Int) -> Int32
    ) -> Int32 {
        let capacity = 1024
        var (one, two) = (
            [CChar](repeating: 0, count: capacity), [CChar](repeating: 0, count: capacity)
        )
        let code = one.withUnsafeMutableBufferPointer { one in
            two.withUnsafeMutableBufferPointer { two -> Int32 in
                guard let one = one.baseAddress, let two = two.baseAddress else { return -1 }
                return body(one, two, capacity)
            }
        }
        func text(_ bytes: [CChar]) -> String {
            Printable.text(bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
        }
        (first, second) = (text(one), text(two))
        return code
    }
}

/// An identifier of the library, closed when the value goes out of scope.
struct HDF5Handle: ~Copyable {
    let id: hid_t
    private let close: (hid_t) -> herr_t

    /// Takes ownership of `id`, which `close` gives back.
    init(_ id: hid_t, close: @escaping (hid_t) -> herr_t) {
        self.id = id
        self.close = close
    }

    /// A constant of the library, which nobody closes.
    static func predefined(_ id: hid_t) -> HDF5Handle {
        HDF5Handle(id, close: { _ in 0 })
    }

    deinit {
        // A failed close of these loses nothing: what was written is checked at the write and
        // when the file is closed, which `HDF5File.close` does explicitly.
        _ = close(id)
    }
}
