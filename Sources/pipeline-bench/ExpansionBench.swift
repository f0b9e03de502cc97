import Foundation
import Pipeline
import Stages

/// Reads one file over matrices of several sizes. Nothing that it names is touched.
struct ExpansionBench {
    /// The cells of each matrix.
    let sizes: [Int]
    let repetitions: Int

    /// One size, measured.
    private struct Measurement {
        let units: Int
        let seconds: Double
    }

    func run() throws {
        var last: Measurement?
        for cells in sizes {
            let measured = try measurement(cells: cells)
            var fields = [
                ("cells", Double(cells)), ("units", Double(measured.units)),
                ("seconds", measured.seconds),
                ("microsecondsAUnit", measured.seconds / Double(measured.units) * 1e6),
                ("peakMegabytes", peakMegabytes),
            ]
            if let last {
                let growth =
                    log(measured.seconds / last.seconds)
                    / log(Double(measured.units) / Double(last.units))
                fields.append(("growth", growth))
            }
            report("expansion", fields)
            last = measured
        }
    }

    private func measurement(cells: Int) throws -> Measurement {
        let file = FileManager.default.temporaryDirectory.appending(
            path: "bench-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text(cells: cells).utf8).write(to: file)
        var units = 0
        let clock = ContinuousClock()
        let times = try (0..<repetitions).map { _ in
            try clock.measure {
                units = try PipelineFile.read(file.path, registry: Catalog.registry)
                    .graph.units.count
            }
        }
        let middle = times.sorted()[repetitions / 2]
        return Measurement(units: units, seconds: middle / .seconds(1))
    }

    /// The most memory that this process has held.
    private var peakMegabytes: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) / 1000
    }

    private func report(_ name: String, _ fields: [(String, Double)]) {
        let texts = fields.map { "\"\($0.0)\":\(String(format: "%.4g", $0.1))" }
        print("{\"bench\":\"\(name)\"," + texts.joined(separator: ",") + "}")
        fflush(nil)
    }

    /// A recipe of ten tasks, for ten ranks and as many seeds as make the cells.
    private func text(cells: Int) -> String {
        func list(_ count: Int) -> String {
            "[" + (1...count).map(String.init).joined(separator: ", ") + "]"
        }
        return """
            pipeline: sweep
            variables:
              seed: 1
              rank: 1
            matrix: {seed: \(list(cells / 10)), rank: \(list(10))}
            stages:
              backbone: {uses: checkpoint, with: {model: vit-base-patch16-224, path: w.npz}}
              data: {uses: dataset, with: {name: image-folder, root: pictures, tasks: 10}}
              namer:
                uses: train-shared-pet
                needs: {backbone: backbone, data: data}
                with: {seed: "${seed}", pet: none, epochs: 1, batch: {size: 24}, optimizer: {adam: {lr: 0.01}}}
              hide:
                uses: train-hide-pet
                needs: {backbone: backbone, data: data}
                with: {seed: "${seed}", pet: {lora: {rank: "${rank}", blocks: [0]}}, epochs: 1, batch: {size: 24}, optimizer: {adam: {lr: 0.01}}}
              namer-statistics: {uses: class-statistics, needs: {model: namer}}
              namer-head: {uses: recover-classifier, needs: {model: namer, statistics: namer-statistics}}
              statistics: {uses: class-statistics, needs: {model: hide}}
              head: {uses: recover-classifier, needs: {model: hide, statistics: statistics}}
              scores: {uses: evaluate, needs: {model: hide, head: head, task-identity: namer-head}}
            tables:
              - {title: Sweep, rows: {HiDe-LoRA: scores}, columns: [faa, caa, ffm], over: seed}

            """
    }
}
