/// The metrics that results may hold, by their names in tables and in `results`.
public enum Metric {
    /// The accuracy matrix: rows `i` of columns `t`, accuracy on task `i` after task `t`.
    public static let accuracyMatrix = "accuracy-matrix"
    /// The matrices that a table can show.
    static let matrices = [
        accuracyMatrix, "accuracy-matrix-before", "accuracy-matrix-masked", "task-identity-matrix",
    ]
    /// The metrics that are one number each and that are shown where a file has no tables.
    static let shown = [
        "faa", "caa", "ffm", "bwt", "tii-accuracy", "faa-micro", "faa-masked", "few-shot-accuracy",
        "few-shot-interval", "few-shot-spread", "few-shot-variance", "few-shot-slot",
        "faa-before-recovery",
    ]
    /// The metrics that are one number each.
    public static let scalars =
        shown + ["caa-micro", "caa-masked", "faa-top-5"]
        + [
            "caa", "ffm", "bwt", "tii-accuracy", "faa-micro", "faa-masked", "caa-micro",
            "caa-masked", "faa-top-5",
        ].map { $0 + "-before-recovery" }

    /// Whether a metric is a position in a list, of which there is no mean.
    public static func isIndex(_ metric: String) -> Bool {
        metric == "few-shot-slot" || metric == "few-shot-slots"
    }
}

extension SpecParser {
    /// Reads `tables:`.
    func tables(_ node: SpecNode) -> [TableSpec] {
        guard let elements = node.elements else {
            problems.report(node.place, "'tables' must be a list, found \(node.found)")
            return []
        }
        return elements.enumerated().compactMap { table($1, "table \($0 + 1)") }
    }

    private func table(_ node: SpecNode, _ owner: String) -> TableSpec? {
        let fields = fields(
            of: node,
            known: ["title", "rows", "columns", "matrix", "of", "over", "different-splits"],
            in: owner)
        guard node.entries != nil else { return nil }
        if fields["title"] == nil {
            problems.report(node.place, "\(owner): key 'title' is missing")
        }
        let title = text(fields["title"], "\(owner): 'title'") ?? ""
        let over = text(fields["over"], "\(owner): 'over'")
        guard let content = content(fields, owner, node.place) else { return nil }
        return TableSpec(
            title: title, content: content, over: over,
            allowsDifferentSplits: allowsDifferentSplits(fields["different-splits"], owner),
            place: node.place)
    }

    private func allowsDifferentSplits(_ node: SpecNode?, _ owner: String) -> Bool {
        guard let node, let word = text(node, "\(owner): 'different-splits'") else { return false }
        if word != "allowed" && word != "refused" {
            problems.report(
                node.place,
                "\(owner): 'different-splits' is 'allowed' or 'refused', not '\(Printable.quoted(word))'"
            )
        }
        return word == "allowed"
    }

    private func content(
        _ fields: [String: SpecNode], _ owner: String, _ place: Place
    ) -> TableSpec.Content? {
        if let matrix = fields["matrix"] {
            if let rows = fields["rows"] ?? fields["columns"] {
                problems.report(
                    rows.place, "\(owner): 'matrix' stands alone, without 'rows' and 'columns'")
            }
            let metric = self.matrix(fields["of"], owner)
            return text(matrix, "\(owner): 'matrix'").map { .matrix(stage: $0, metric: metric) }
        }
        if let node = fields["of"] {
            problems.report(node.place, "\(owner): 'of' says which 'matrix', and there is none")
        }
        guard let rows = fields["rows"], let columns = fields["columns"] else {
            problems.report(place, "\(owner): needs 'rows' and 'columns', or 'matrix'")
            return nil
        }
        return .scores(rows: self.rows(rows, owner), columns: self.columns(columns, owner))
    }

    /// The matrix that a table shows: `of`, or the accuracy matrix.
    private func matrix(_ node: SpecNode?, _ owner: String) -> String {
        guard let node, let name = text(node, "\(owner): 'of'") else {
            return Metric.accuracyMatrix
        }
        if Metric.matrices.contains(name) { return name }
        problems.report(
            node.place, "\(owner): unknown matrix '\(Printable.quoted(name))'",
            hint: NearestName.hintOrList(name, among: Metric.matrices))
        return Metric.accuracyMatrix
    }

    private func rows(_ node: SpecNode, _ owner: String) -> [TableSpec.Row] {
        entries(node, "\(owner): 'rows'").compactMap { entry in
            text(entry.value, "\(owner): row '\(Printable.quoted(entry.key))'").map {
                TableSpec.Row(label: entry.key, stage: $0, place: entry.value.place)
            }
        }
    }

    private func columns(_ node: SpecNode, _ owner: String) -> [String] {
        guard let elements = node.elements else {
            problems.report(node.place, "\(owner): 'columns' must be a list, found \(node.found)")
            return []
        }
        return elements.compactMap { element in
            guard let name = text(element, "\(owner): column") else { return nil }
            if Metric.scalars.contains(name) { return name }
            problems.report(
                element.place, "\(owner): unknown metric '\(Printable.quoted(name))'",
                hint: NearestName.hintOrList(name, among: Metric.scalars))
            return nil
        }
    }

    /// Reports stages and axes in tables that the file does not have.
    static func check(_ spec: PipelineSpec, _ problems: ProblemList) {
        let names = spec.stages.map(\.name)
        let stages = Set(names)
        for (index, table) in spec.tables.enumerated() {
            let owner = "table \(index + 1)"
            var named: [(stage: String, place: Place)] = []
            switch table.content {
            case .scores(let rows, _): named = rows.map { ($0.stage, $0.place) }
            case .matrix(let stage, _): named = [(stage, table.place)]
            }
            for (stage, place) in named where !stages.contains(stage) {
                problems.report(
                    place, "\(owner): unknown stage '\(Printable.quoted(stage))'",
                    hint: NearestName.hintOrList(stage, among: names))
            }
            if let over = table.over, !spec.axes.contains(where: { $0.name == over }) {
                problems.report(
                    table.place, "\(owner): unknown matrix axis '\(Printable.quoted(over))'",
                    hint: NearestName.hintOrList(over, among: spec.axes.map(\.name)))
            }
        }
    }
}
