import Synchronization

/// The units that another run has in work: one look at all of them now and then, not one for each. The
/// pauses grow while nothing happens.
struct BusyUnits {
    static let shortestPause = 0.02
    static let longestPause = 2.0

    /// When the next look is due.
    let alarm = Alarm()
    private var keys: [UnitID: UnitKey] = [:]
    /// The time to the look after the next, in seconds.
    private(set) var pause = BusyUnits.shortestPause
    /// Whether somebody waits for the alarm.
    private var isWatched = false

    var isEmpty: Bool { keys.isEmpty }

    /// Adds a unit, which may be over soon.
    mutating func add(_ unit: UnitID, _ key: UnitKey) {
        keys[unit] = key
        pause = Self.shortestPause
        alarm.ring(in: pause, orSooner: isWatched)
    }

    /// Whether somebody is to wait for the alarm from here on: nobody does, and there is something to
    /// look at.
    mutating func startsWatch() -> Bool {
        if isEmpty || isWatched { return false }
        isWatched = true
        alarm.ring(in: pause, orSooner: false)
        return true
    }

    /// Looks which units are free again, and leaves those out from here on.
    mutating func look(in store: any ArtifactStore) -> [UnitID] {
        isWatched = false
        let free = keys.filter { _, key in
            // What cannot be told here is told when the unit is tried.
            (try? store.isOwned(key)) != true
        }.map(\.key).sorted()
        for unit in free { keys[unit] = nil }
        pause = free.isEmpty ? min(2 * pause, Self.longestPause) : Self.shortestPause
        return free
    }

    /// Forgets all of them.
    mutating func giveUp() { keys = [:] }

    /// A moment that may be moved while somebody waits for it.
    final class Alarm: Sendable {
        private let due = Mutex(0.0)

        func ring(in seconds: Double, orSooner isSooner: Bool) {
            let moment = SteadyClock.seconds + seconds
            due.withLock { $0 = isSooner ? min($0, moment) : moment }
        }

        /// Waits in short pieces, so that neither a stop nor a moved moment is noticed late.
        func wait(unless stop: StopRequest) async {
            while !stop.isRequested {
                let left = due.withLock { $0 } - SteadyClock.seconds
                if left <= 0 { return }
                try? await Task.sleep(for: .seconds(min(left, 0.1)))
            }
        }
    }
}
