import Pipeline

// What is trained before the held-out classes, as text (Reference 12.1 to Reference 12.3).

extension FewShotImport {
    /// The rate of every dataset as written: the reference does not scale it by the batch.
    private func unscaledRate(_ command: ReferenceCommand) throws(UsageError) -> Double? {
        guard case .list(let values)? = command["cl_lr"] else { return nil }
        guard let first = values.first, case .number(let rate) = first,
            values.allSatisfy({ $0 == first })
        else {
            throw UsageError(
                problem: "'--cl_lr \(command.written("cl_lr"))': rates that differ between "
                    + "datasets have no counterpart here",
                hint: "one rate for all")
        }
        return rate
    }

    /// The bare backbone with a head of all classes, which names the dataset of a picture.
    mutating func vanilla(_ command: ReferenceCommand) throws(UsageError) -> String {
        let batch = Double(command.count("batch-size"))
        var lr = command.written("lr")
        if let rate = try unscaledRate(command) {
            lr = ReferenceValue.written(rate * 256 / batch)
            notes.add(
                "'cl_lr \(ReferenceValue.written(rate))' is not scaled by the batch in the reference: "
                    + "written times 256 / batch size here, where rates are.")
        } else {
            notes.add(
                "'\(command.config)' defines no cl_lr (the reference stops at it): 'lr' is taken.")
        }
        return try training("vanilla", command, ["pet: none"], lr: lr)
            + recovery("vanilla", command) + scores("vanilla")
    }

    /// A PET a dataset.
    mutating func shared(_ command: ReferenceCommand) throws(UsageError) -> String {
        let batch = Double(command.count("batch-size"))
        var settings = [
            "pet: \(command.pet())", "slots: per-dataset",
            "strategy: {first-session-slow: {slow-factor: 0.1}}",
        ]
        if let rate = try unscaledRate(command), let head = command.number("lr"), head > 0 {
            let factor = ReferenceValue.written(256 / batch * (rate / head))
            settings.append(
                "rates: {pet: \(factor), head: 1}     # cl_lr, not scaled, against lr")
        }
        notes.add(
            "Between datasets the reference copies PETs by a rule for tasks in order alone; "
                + "here a dataset starts from the one trained last, once.")
        return try training("shared", command, settings, lr: command.written("lr"))
            + recovery("shared", command) + scores("shared", identity: "vanilla-head")
    }

    /// A PET a task.
    mutating func perTask(_ command: ReferenceCommand) throws(UsageError) -> String {
        notes.add(
            "'--train_hide': the reference stops here, its PETs being frozen; this file trains them."
        )
        return try training(
            "hide", kind: "train-hide-pet", command, ["pet: \(command.pet())"],
            lr: command.written("lr"))
            + recovery("hide", command) + scores("hide", identity: "vanilla-head")
    }

    /// The one PET that 'fs_backbone continual' loads.
    mutating func continual(_ command: ReferenceCommand) throws(UsageError) -> String {
        notes.add(
            "'fs_backbone continual' names a checkpoint, not how it was made: stage 'continual' is the "
                + "published first stage, with the PET, epochs and batch of this command.")
        return try training(
            "continual", command,
            [
                "pet: \(command.pet())", "strategy: {first-session-slow: {slow-factor: 0.1}}",
            ], lr: "0.03") + "\n"
    }

    // MARK: Parts

    /// A training stage on the upstream classes.
    ///
    /// - Parameter settings: its parameters besides seed and training, a line each.
    private mutating func training(
        _ stage: String, kind: String = "train-shared-pet", _ command: ReferenceCommand,
        _ settings: [String], lr: String
    ) throws(UsageError) -> String {
        """
          \(stage):
            uses: \(kind)
            needs: {backbone: backbone, data: upstream}
            with:
              seed: "${seed}"
        \(settings.map { "      \($0)\n" }.joined())\
        \(try ImportedStages.training(command, optimizer: "{adam: {lr: \(lr)}}", &notes))
        """
    }

    /// Statistics and recovery, with the published values where the configuration has none.
    private func recovery(
        _ stage: String, _ command: ReferenceCommand
    ) throws(UsageError) -> String {
        let isDefined = command["ca_storage_efficient_method"] != nil
        return ImportedStages.recovery(
            of: stage,
            statistics: isDefined
                ? try command.statistics() : "{multi-centroid: {centroids: 10}}",
            epochs: command.integer("crct_epochs") ?? 30,
            lr: command["ca_lr"]?.written ?? "0.005")
    }

    private func scores(_ stage: String, identity: String? = nil) -> String {
        let needs = identity.map { ", task-identity: \($0)" } ?? ""
        return """
              \(stage)-scores:
                uses: evaluate
                needs: {model: \(stage), head: \(stage)-head\(needs)}

            """
    }
}
