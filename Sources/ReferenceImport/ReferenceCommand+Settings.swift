import Pipeline

// What the options of a command mean, in the words of a pipeline file.

extension ReferenceCommand {
    /// A whole number that the configuration has.
    func count(_ name: String) -> Int { integer(name) ?? 0 }

    /// A number as text.
    func written(_ name: String) -> String { self[name]?.written ?? "0" }

    /// The name of the pre-trained weights that a model name of the reference means (Reference 3.3).
    ///
    /// - Throws: `UsageError` for a model that the reference does not have.
    func weightsName() throws(UsageError) -> String {
        let model = text("model") ?? ""
        let suffixes = [
            "": role == .pool ? "sup21k-orig" : "sup21k-ft1k-augreg", "_in21k": "sup21k-augreg",
            "_21k_ibot": "ibot21k", "_ibot": "ibot1k", "_dino": "dino1k", "_mocov3": "mocov3-1k",
            "_deit": "deit", "_mae": "mae",
        ]
        var names = Dictionary(
            uniqueKeysWithValues: suffixes.map { ("vit_base_patch16_224\($0.key)", $0.value) })
        names["vit_small_patch16_224_ims"] = "sup-weak"
        guard let name = names[model] else {
            throw UsageError(
                problem: "the reference has no model '\(model)'",
                hint: NearestName.hintOrList(model, among: names.keys))
        }
        if let other = text("original_model"), other != model {
            throw UsageError(
                problem: "'--original_model \(other)' differs from '--model \(model)'",
                hint: "one pipeline file has one backbone for both stages; import one command each")
        }
        return name
    }

    /// The parameters of the `dataset` stage, in braces.
    ///
    /// - Throws: `UsageError` for a dataset without a counterpart.
    func dataset() throws(UsageError) -> String {
        let given = text("dataset") ?? ""
        let order = isTrue("shuffle") ? ", order: {shuffled: {seed: \"${seed}\"}}" : ""
        if given.lowercased() == "5-datasets" {
            guard order.isEmpty else {
                throw UsageError(
                    problem: "'--shuffle' of 5-datasets has no counterpart here",
                    hint: "without it the datasets come in their order, one task each")
            }
            return "{name: five-datasets, root: \"${data}\"}"
        }
        let name = try Self.datasetName(given, orElse: ["5-datasets"])
        return "{name: \(name), root: \"${data}\", tasks: \(count("num_tasks"))\(order)}"
    }

    /// The dataset that a name of the reference means, in any case.
    ///
    /// - Parameter others: further names, for the hint.
    /// - Throws: `UsageError` for one without a counterpart.
    static func datasetName(
        _ given: String, orElse others: [String] = []
    ) throws(UsageError) -> String {
        let names = [
            "split-imagenet-r": "imagenet-r", "split-cifar100": "cifar100",
            "split-cifar10": "cifar10", "split-cub200": "cub200",
            "split-cars196": "stanford-cars", "split-dogs": "stanford-dogs",
            "split-aircraft": "fgvc-aircraft", "split-svhn": "svhn", "split-mnist": "mnist",
            "split-fashionmnist": "fashion-mnist", "split-notmnist": "not-mnist",
        ]
        guard let name = names[given.lowercased()] else {
            throw UsageError(
                problem: "dataset '\(given)' has no counterpart here",
                hint: NearestName.hintOrList(given, among: names.keys.map { $0 } + others))
        }
        return name
    }

    /// The PET, in braces.
    func pet() -> String {
        switch method {
        case .lora: "{lora: {rank: \(count("lora_rank")), blocks: [0, 1, 2, 3, 4]}}"
        case .adapter:
            "{adapter: {bottleneck: \(count("adapter_rank")), "
                + "blocks: \(Self.list(Array(0..<max(count("adapter_depth"), 0))))}}"
        case .prompt:
            "{prompt: {length: \(count("length")), "
                + "blocks: \(Self.list(integers("e_prompt_layer_idx") ?? []))}}"
        }
    }

    static func list(_ values: [Int]) -> String {
        "[\(values.map(String.init).joined(separator: ", "))]"
    }

    /// The optimiser.
    ///
    /// - Throws: `UsageError` for one that is not here.
    func optimizer() throws(UsageError) -> String {
        switch text("opt") {
        case "adam": return "{adam: {lr: \(written("lr"))}}"
        case "momentum":
            return "{sgd: {lr: \(written("lr")), momentum: \(written("momentum"))}}"
        case let other:
            throw UsageError(
                problem: "'--opt \(other ?? "")' has no counterpart here",
                hint: other == "sgd"
                    ? "the reference's 'sgd' is Nesterov's; 'momentum' is the plain one"
                    : "adam, or momentum for plain SGD")
        }
    }

    /// The schedule, and remarks on what the options do not do.
    func schedule(_ notes: inout ImportNotes) throws(UsageError) -> String {
        let (name, warmUp) = (text("sched") ?? "", count("warmup-epochs"))
        let isWarmUpGiven = given.contains { $0.option.name == "warmup-epochs" }
        switch name {
        case "cosine": return "{cosine: {warm-up: \(warmUp)}}"
        case "step":
            let every = written("decay-epochs")
            guard Int(every) != nil else {
                throw UsageError(problem: "'--decay-epochs \(every)' is no whole number of epochs")
            }
            return "{step: {every: \(every), factor: \(written("decay-rate")), warm-up: \(warmUp)}}"
        case "tanh", "multistep", "plateau", "poly":
            throw UsageError(
                problem: "'--sched \(name)' has no counterpart here",
                hint: "cosine, step or constant")
        default:
            if name != "constant" {
                notes.add(
                    "'--sched \(name)': no schedule of that name; the reference then keeps the rate "
                        + "constant, and so does this file.")
            }
            if isWarmUpGiven {
                notes.add(
                    "'--warmup-epochs \(warmUp)': no effect with a constant rate.")
            }
            return "constant"
        }
    }

    /// The class statistics, in braces.
    func statistics() throws(UsageError) -> String {
        switch text("ca_storage_efficient_method") {
        case "covariance": return "{covariance: }"
        case "variance": return "{variance: }"
        case "multi-centroid": return "{multi-centroid: {centroids: \(count("n_centroids"))}}"
        case "prototype": return "{prototype: {count: \(count("n_centroids"))}}"
        case let other:
            throw UsageError(
                problem: "'--ca_storage_efficient_method \(other ?? "")' is unknown",
                hint: "covariance, variance, multi-centroid or prototype")
        }
    }

    /// What happens to a shared PET after the first task (Reference 6.2).
    ///
    /// - Throws: `UsageError` for a PET type that is none of a first stage.
    func strategy(_ notes: inout ImportNotes) throws(UsageError) -> String {
        switch text("\(method)_type") {
        case "momentum": return "{momentum: {decay: 0.99}}"
        case "continual": break
        case let other:
            throw UsageError(
                problem: "'--\(method)_type \(other ?? "")' is none of a first stage",
                hint: "continual, or momentum")
        }
        guard let type = text("continual_type") else {
            notes.add(
                "'\(config)' defines no continual_type (the reference stops at it): the one of the "
                    + "published ImageNet-R recipe is taken, first_sl with slow_lr 0.1.")
            return "{first-session-slow: {slow-factor: 0.1}}"
        }
        switch type {
        case "slow_learner": return "{slow-learner: {slow-factor: \(written("slow_lr"))}}"
        case "first_sl": return "{first-session-slow: {slow-factor: \(written("slow_lr"))}}"
        case "first_adapt": return "first-session-adaptation"
        case "fix_and_tuning":
            return "{fix-and-tuning: {fixed-epochs: \(count("fix_epochs"))}}"
        default:
            notes.add(
                "'--continual_type \(type)': no strategy of that name; the reference then trains on "
                    + "without one, and so does this file (strategy: sequential).")
            return "sequential"
        }
    }

    /// Refuses options of the prompt modules that are not as they are in every configuration.
    ///
    /// - Throws: `UsageError`.
    func requirePlainPrompts() throws(UsageError) {
        guard method == .prompt else { return }
        let plain: [(String, ReferenceValue)] = [
            ("use_g_prompt", .truth(false)), ("use_prefix_tune_for_e_prompt", .truth(true)),
            ("prompt_key", .truth(false)), ("use_prompt_mask", .truth(true)),
            ("shared_prompt_pool", .truth(true)), ("top_k", .number(1)),
        ]
        for (name, value) in plain {
            // Five-datasets keeps keys that nothing reads while the mask names the prompt.
            guard let own = self[name], own != value,
                given.contains(where: { $0.option.name == name })
            else { continue }
            throw UsageError(
                problem: "'--\(name) \(own.written)' of '\(config)' has no counterpart here",
                hint: "without it: \(value.written)")
        }
    }
}
