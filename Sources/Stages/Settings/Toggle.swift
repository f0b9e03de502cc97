import Pipeline

/// A behaviour of the published code that a profile keeps or corrects: the one list of all of them, with
/// the value that each profile stands for (Reference 16).
///
/// A value in the file wins over the profile. The profile enters no key; the value in effect does.
enum Toggle: String, CaseIterable, Sendable {
    /// When class statistics of a PET a task are computed (Reference 7.5, Reference B-9).
    case statistics
    /// Whether the contrastive term of a prompt counts, or is inert (Reference 7.2, Reference B-8).
    case contrastiveForPrompts = "contrastive.for-prompts"
    /// What the rate of a PET a task is multiplied by in the first task (Reference 5.5, Reference B-7).
    case firstTaskPETFactor = "first-task-pet-factor"
    /// How the A of LoRA begins (Reference 4.1, Reference B-19).
    case loraInitial = "pet.lora.initial"
    /// How pixels become numbers (Reference 2.6, Reference B-4).
    case normalize
    /// What training pictures go through (Reference 2.6).
    case augment
    /// How test pictures are made smaller (Reference 2.6).
    case resize
    /// How much of what recovery draws it uses (Reference 8.2, Reference B-10).
    case consume
    /// What recovery draws for clusters without a spread (Reference 8.1).
    case fewPictures = "few-pictures"
    /// What tells the task of a picture to a model with a PET a task (Reference 9).
    case taskIdentity = "task-identity"
    /// How the prefixes of a prompt pool are dealt out to pictures (Reference 11.3, Reference B-32).
    case kvLayout = "kv-layout"
    /// Who chooses the entries of a prompt pool (Reference 11.1, Reference B-33).
    case promptSelect = "prompt-select"
    /// Whether the keys of tasks to come may be chosen at test (Reference B-34).
    case futureKeys = "future-keys"
    /// Whether the schedule of a prompt pool begins anew with every task (Reference B-6).
    case schedulePerTask = "schedule-per-task"

    /// What a default depends on besides the profile.
    struct Subject {
        /// The PET's name in pipeline files; empty where there is none.
        var pet = ""
        /// Whether the dataset is CIFAR, which the reference treats by rules of its own.
        var isCIFAR = false
    }

    /// The value, as it is written in pipeline files, that a profile stands for.
    func standard(_ profile: Profile, _ subject: Subject = Subject()) -> String {
        switch self {
        case .statistics:
            profile == .reference && subject.pet == "prompt" ? "before-merge" : "after-merge"
        case .contrastiveForPrompts: profile == .reference ? "false" : "true"
        case .firstTaskPETFactor:
            profile == .reference && subject.pet == "adapter" ? "0.1" : "1.0"
        case .normalize:
            if profile == .corrected { "checkpoint" } else { subject.isCIFAR ? "cifar" : "unit" }
        case .augment: "standard"
        case .resize:
            subject.isCIFAR || profile == .legacyHidePrompt ? "bicubic" : "bilinear"
        case .consume, .loraInitial: "reference"
        case .fewPictures: profile == .corrected ? "shared-variance" : "skip"
        case .taskIdentity: profile == .legacyHidePrompt ? "mlp" : "class-logits"
        case .kvLayout: profile == .legacyHidePrompt ? "legacy-reshape" : "correct"
        case .promptSelect: "instance"
        case .futureKeys: "compete"
        case .schedulePerTask: "true"
        }
    }
}

extension ParameterReader {
    /// The value that the file's profile gives a toggle.
    func standard(_ toggle: Toggle, _ subject: Toggle.Subject = Toggle.Subject()) -> String {
        toggle.standard(profile, subject)
    }

    /// Reads a choice whose default the profile decides, and notes a deviation.
    func choice<T>(
        _ key: String, _ toggle: Toggle, _ subject: Toggle.Subject = Toggle.Subject(),
        _ options: [String: (ParameterReader) -> T]
    ) -> T {
        let standard = standard(toggle, subject)
        var chosen = standard
        let value = choice(
            key, default: standard,
            Dictionary(
                uniqueKeysWithValues: options.map { name, read in
                    (
                        name,
                        { (reader: ParameterReader) -> T in
                            chosen = name
                            return read(reader)
                        }
                    )
                }))
        note(toggle.rawValue, value: chosen, standard: standard)
        return value
    }

    /// Reads a number whose default the profile decides, and notes a deviation.
    func real(
        _ key: String, _ toggle: Toggle, _ subject: Toggle.Subject, in range: ClosedRange<Double>
    ) -> Double {
        let standard = standard(toggle, subject)
        let value = real(key, default: Double(standard), in: range)
        note(toggle.rawValue, value: "\(value)", standard: standard)
        return value
    }

    /// Reads `true` or `false` where the profile decides the default, and notes a deviation.
    func bool(_ key: String, _ toggle: Toggle, _ subject: Toggle.Subject) -> Bool {
        let standard = standard(toggle, subject)
        let value = bool(key, default: standard == "true")
        note(toggle.rawValue, value: "\(value)", standard: standard)
        return value
    }
}
