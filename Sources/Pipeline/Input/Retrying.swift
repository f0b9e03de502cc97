import Glibc

/// Repeats a call of the system as long as signals interrupt it.
///
/// Every call that can be interrupted is made through this, but `close`: on Linux the descriptor is
/// gone whatever `close` says, and a second call could close a file that another thread has opened.
package func retrying<Code: SignedInteger>(_ call: () -> Code) -> Code {
    while true {
        let code = call()
        if code != -1 || errno != EINTR { return code }
    }
}

/// Repeats a call that returns nothing when a signal interrupts it.
package func retryingPointer<Pointer>(_ call: () -> Pointer?) -> Pointer? {
    while true {
        if let pointer = call() { return pointer }
        if errno != EINTR { return nil }
    }
}

/// Takes the lock of what a descriptor is open on, which the kernel drops with the last descriptor.
///
/// - Parameter waits: whether to wait while somebody else has it.
/// - Returns: false when it is not taken; `errno` is `EWOULDBLOCK` when somebody else has it.
package func lockOpenFile(_ descriptor: Int32, waits: Bool) -> Bool {
    retrying { flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) } == 0
}

/// Closes a descriptor once. An interrupted `close` has closed it.
///
/// - Returns: 0, or -1 with the error number in `errno`.
package func closeOnce(_ descriptor: Int32) -> Int32 {
    let code = Glibc.close(descriptor)
    return code != 0 && errno == EINTR ? 0 : code
}
