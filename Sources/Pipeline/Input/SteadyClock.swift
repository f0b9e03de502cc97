import Glibc

/// A clock that nobody sets, for durations.
package enum SteadyClock {
    /// Seconds since some moment before.
    package static var seconds: Double {
        var moment = timespec()
        clock_gettime(CLOCK_MONOTONIC, &moment)
        return Double(moment.tv_sec) + Double(moment.tv_nsec) * 1e-9
    }
}
