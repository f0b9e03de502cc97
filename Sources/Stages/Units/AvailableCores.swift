import Engine
import Foundation

/// The cores that the program can keep busy, and the most threads that it takes.
public enum AvailableCores {
    /// The most threads of a run: on more cores than that, the rest is left to other programs.
    public static let threadLimit = Workers.limit

    /// The cores that the process may run on, as far as its control group lets it use them; at least
    /// 1, at most `threadLimit`.
    public static var count: Int {
        count(allowed: Workers.coreCount, quota: CPUQuota().cores)
    }

    package static func count(allowed: Int, quota: Double?) -> Int {
        guard let quota, quota < Double(allowed) else { return min(allowed, threadLimit) }
        return min(max(Int(quota.rounded(.up)), 1), threadLimit)
    }
}

/// How much processor time the control groups of a process give it: what containers are limited by.
///
/// Where a file of the system is absent or says something else, there is no limit to be seen, and
/// the cores that the process may run on count. Nothing but speed depends on it.
package struct CPUQuota {
    /// Where the control groups are mounted.
    private let root: String
    /// The lines of `/proc/self/cgroup`.
    private let membership: String

    package init(
        root: String = "/sys/fs/cgroup",
        membership: String = CPUQuota.text("/proc/self/cgroup") ?? ""
    ) {
        self.root = root
        self.membership = membership
    }

    /// The least quota of the group and those above it, in cores; nil where there is none.
    package var cores: Double? {
        membership.split(separator: "\n").flatMap { line -> [Double] in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            let path = String(parts[2])
            if parts[0] == "0" { return folders(path).compactMap(unified) }
            guard parts[1].split(separator: ",").contains("cpu") else { return [] }
            return ["cpu", String(parts[1])].flatMap { mount in
                folders(path).compactMap { legacy("/\(mount)\($0)") }
            }
        }.min()
    }

    /// The folder of a group and those above it. In a container the path may be that of the host, and
    /// the group's files then lie in the root.
    private func folders(_ path: String) -> [String] {
        let names = path.split(separator: "/")
        return (0...names.count).map { names.prefix($0).map { "/\($0)" }.joined() }
    }

    /// `cpu.max` is `max 100000`, or quota and period in microseconds.
    private func unified(_ folder: String) -> Double? {
        let words =
            Self.text("\(root)\(folder)/cpu.max")?
            .split(whereSeparator: \.isWhitespace).map(String.init) ?? []
        return words.count == 2 ? Self.ratio(words[0], words[1]) : nil
    }

    /// A quota of -1 is none.
    private func legacy(_ folder: String) -> Double? {
        guard let quota = Self.text("\(root)\(folder)/cpu.cfs_quota_us"),
            let period = Self.text("\(root)\(folder)/cpu.cfs_period_us")
        else { return nil }
        return Self.ratio(quota, period)
    }

    private static func ratio(_ quota: String, _ period: String) -> Double? {
        let numbers = [quota, period].compactMap {
            Double($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        guard numbers.count == 2, numbers.allSatisfy({ $0.isFinite && $0 > 0 }) else { return nil }
        return numbers[0] / numbers[1]
    }

    package static func text(_ path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }
}
