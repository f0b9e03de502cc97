import Foundation

/// Quantities in words, for people.
package enum Words {
    /// `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `9 days`.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0 else { return "unknown" }
        if seconds < 9.95 { return String(format: "%.1f s", seconds) }
        let whole = Int(min(seconds, 1e12).rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        if whole < 48 * 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
        return "\(Int((Double(whole) / 86400).rounded())) days"
    }

    /// A whole number, however large.
    package static func count(_ value: Double) -> String { String(format: "%.0f", value) }

    /// `12 kB`, `3.4 MB`, `1.2 GB`.
    package static func bytes(_ count: Int) -> String {
        let value = Double(count)
        if value < 1e3 { return "\(count) B" }
        if value < 1e6 { return String(format: "%.0f kB", value / 1e3) }
        if value < 1e9 { return String(format: "%.1f MB", value / 1e6) }
        return String(format: "%.1f GB", value / 1e9)
    }
}
