import Engine
import Foundation

/// One measured computation.
struct Subject {
    /// Necessary floating point operations of one run.
    let operations: Double
    let run: () -> Void
}

/// Measures subjects between raw products and prints what came out.
struct Bench {
    /// Seconds of one measurement, and those that the process was on a processor.
    struct Duration {
        var wall = 0.0
        var processor = 0.0
    }

    /// What came out for one subject; ratios compare it with the raw products around it.
    private struct Measurement {
        var seconds: [Double] = []
        var ratios: [Double] = []
        /// The same from processor time, which other programs on the machine do not disturb.
        var processorRatios: [Double] = []
    }

    let options: Options
    let configuration: ViTConfiguration

    init(_ options: Options) {
        self.options = options
        configuration = options.isTiny ? .benchTiny : .base16
    }

    func run() {
        let raw = RawProducts(configuration, pictures: options.batch)
        let rawRuns = max(1, Int(1e11 / raw.operations))
        func measureRaw() -> Duration {
            let duration = Self.duration {
                for _ in 0..<rawRuns { raw.run(threads: options.threads) }
            }
            let operations = Double(rawRuns) * raw.operations
            rawSpeeds.append(operations / duration.wall / 1e9)
            return Duration(
                wall: duration.wall / operations, processor: duration.processor / operations)
        }
        printLine([
            ("bench", "\"machine\""), ("threads", "\(options.threads)"),
            ("batch", "\(options.batch)"), ("kernel", "\"\(LinearAlgebra.kernelName)\""),
        ])
        var rows: [[String]] = []
        var loraCost: Double?
        var rawSpeeds: [Double] = []
        _ = measureRaw()
        rawSpeeds = []
        for (name, makeSubject) in subjects() where name == options.only ?? name {
            let subject = makeSubject()
            let repeats = max(1, Int(2e10 / subject.operations))
            let operations = Double(repeats) * subject.operations
            subject.run()
            var found = Measurement()
            var before = measureRaw()
            for _ in 0..<options.repetitions {
                let duration = Self.duration { for _ in 0..<repeats { subject.run() } }
                let after = measureRaw()
                found.seconds.append(duration.wall / Double(repeats))
                found.ratios.append(operations * (before.wall + after.wall) / 2 / duration.wall)
                found.processorRatios.append(
                    operations * (before.processor + after.processor) / 2 / duration.processor)
                before = after
            }
            // Processor time in units of the bare products around it, which other programs disturb least.
            let cost = subject.operations / Self.median(found.processorRatios)
            if name == Self.loraStep { loraCost = cost }
            let toLoRA = loraCost.map { Self.text(cost / $0, 3) } ?? ""
            rows.append(report(name, subject, found, toLoRA: toLoRA))
        }
        let speed = Self.median(rawSpeeds)
        let spread = "\(Self.text(rawSpeeds.min() ?? 0, 0))-\(Self.text(rawSpeeds.max() ?? 0, 0))"
        printLine([
            ("bench", "\"raw-sgemm\""), ("gflops", Self.text(speed, 1)),
            ("lowest", Self.text(rawSpeeds.min() ?? 0, 1)),
            ("highest", Self.text(rawSpeeds.max() ?? 0, 1)),
        ])
        rows.append(["raw-sgemm", "", Self.text(speed, 1), "1.00", spread, "1.00", ""])
        printTable(rows)
        print("peak memory \(Self.peakMegabytes()) MB")
    }

    private func report(
        _ name: String, _ subject: Subject, _ found: Measurement, toLoRA: String
    ) -> [String] {
        let seconds = Self.median(found.seconds)
        let speed = subject.operations / seconds / 1e9
        let ratio = Self.median(found.ratios)
        let processorRatio = Self.median(found.processorRatios)
        printLine(
            [
                ("bench", "\"\(name)\""), ("milliseconds", Self.text(seconds * 1e3, 3)),
                ("necessaryGFLOP", Self.text(subject.operations / 1e9, 2)),
                ("gflops", Self.text(speed, 1)), ("ratio", Self.text(ratio, 3)),
                (
                    "ratios",
                    "[" + found.ratios.map { Self.text($0, 3) }.joined(separator: ",") + "]"
                ),
                ("processorTimeRatio", Self.text(processorRatio, 3)),
            ] + (toLoRA.isEmpty ? [] : [("toLoRAStep", toLoRA)]))
        return [
            name, Self.text(seconds * 1e3, 1), Self.text(speed, 1), Self.text(ratio, 2),
            "\(Self.text(found.ratios.min() ?? 0, 2))-\(Self.text(found.ratios.max() ?? 0, 2))",
            Self.text(processorRatio, 2), toLoRA,
        ]
    }

    private static func duration(_ body: () -> Void) -> Duration {
        let wall = now(CLOCK_MONOTONIC)
        let processor = now(CLOCK_PROCESS_CPUTIME_ID)
        body()
        return Duration(
            wall: now(CLOCK_MONOTONIC) - wall,
            processor: now(CLOCK_PROCESS_CPUTIME_ID) - processor)
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    static func text(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    private func printLine(_ fields: [(String, String)]) {
        print("{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}")
        fflush(nil)
    }

    private func printTable(_ rows: [[String]]) {
        let table =
            [["", "ms", "GFLOP/s", "ratio", "range", "by processor time", "to LoRA"]] + rows
        let widths = (0..<7).map { column in table.map { $0[column].count }.max() ?? 0 }
        for row in table {
            let cells = zip(row, widths).enumerated().map { index, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + space : space + cell.0
            }
            print(cells.joined(separator: "  "))
        }
    }

    /// The largest memory of the process so far.
    private static func peakMegabytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss / 1024
    }
}
