import Engine
import Pipeline

/// The frozen features that `few-shot` learns classes on, as units.
struct FewShotFeatures {
    /// `.none` for those of the bare backbone.
    let pet: PETChoice
    /// The unit with the weights.
    let backbone: UnitID
    /// The number of datasets with a PET each, of which a router chooses one; nil where nothing chooses.
    let slots: Int?
    /// The PETs.
    var inputs: UnitInputs
    /// The classifier that chooses, and the datasets that it was trained on.
    var router: (head: UnitID, data: UnitID)?

    /// Reads the needs `model` and `router`.
    ///
    /// - Parameter slot: the dataset whose PET is taken; nil where the file names none.
    /// - Throws: when the model, the router and the slot do not go together.
    static func chosen(
        _ expansion: borrowing StageExpansion, _ setting: ModelSetting, slot: Int?
    ) throws(ExpansionError) -> FewShotFeatures {
        let router = try expansion.need(Role.router, as: HeadsOutput.self)
        let model = try expansion.need(Role.model, as: ModelOutput.self)
        if let model, model.backbone.unit != setting.backbone.unit {
            throw ExpansionError(
                role: Role.model,
                problem: "need 'model' stands on another backbone than need 'backbone'")
        }
        if let model, model.sharing == .perDataset {
            return try onePETADataset(model, router, slot)
        }
        guard router == nil, slot == nil else {
            throw ExpansionError(
                role: router == nil ? nil : Role.router,
                problem: "\(router == nil ? "parameter 'slot'" : "need 'router'") "
                    + "is about models with a PET a dataset ('slots: per-dataset')",
                hint: "leave it out")
        }
        return try onePET(model, setting)
    }

    /// The PET after the last task, or none.
    private static func onePET(
        _ model: ModelOutput?, _ setting: ModelSetting
    ) throws(ExpansionError) -> FewShotFeatures {
        guard let model, let last = model.trained.last else {
            return FewShotFeatures(
                pet: .none, backbone: setting.backbone.unit, slots: nil, inputs: [])
        }
        guard model.sharing == .shared else {
            throw ExpansionError(
                role: Role.model,
                problem: "few-shot learning needs one PET, or one a dataset; "
                    + "need 'model' has one a task",
                hint: "give a model of 'train-shared-pet'")
        }
        let hasPET = model.pet.method != nil
        return FewShotFeatures(
            pet: hasPET ? model.pet : .none,
            backbone: model.backboneUnit(task: model.taskCount - 1), slots: nil,
            inputs: hasPET ? [(Role.pet, last)] : [])
    }

    /// The PET of the dataset that the file names, or those of all datasets with what chooses among them.
    private static func onePETADataset(
        _ model: ModelOutput, _ router: HeadsOutput?, _ slot: Int?
    ) throws(ExpansionError) -> FewShotFeatures {
        let datasets = model.data.datasetOfTask ?? []
        let last = (0..<Set(datasets).count).compactMap { datasets.lastIndex(of: $0) }
        switch (router, slot) {
        case (nil, let slot?):
            guard last.indices.contains(slot) else {
                throw ExpansionError(
                    problem: "parameter 'slot' is \(slot), "
                        + "and need 'model' has \(last.count) datasets",
                    hint: "they are counted from 0, to \(last.count - 1)")
            }
            return FewShotFeatures(
                pet: model.pet, backbone: model.backbone.unit, slots: nil,
                inputs: [(Role.pet, model.trained[last[slot]])])
        case (let router?, nil):
            let head = try lastHead(router, of: model)
            return FewShotFeatures(
                pet: model.pet, backbone: model.backbone.unit, slots: last.count,
                inputs: last.enumerated().map { (Role.slot($0), model.trained[$1]) },
                router: (head, model.data.unit))
        default:
            throw ExpansionError(
                role: Role.model,
                problem: "a model with a PET a dataset needs "
                    + (slot == nil
                        ? "need 'router' or parameter 'slot'"
                        : "either need 'router' or parameter 'slot', not both"),
                hint: "'router' chooses the PET by the training pictures, 'slot' names its dataset")
        }
    }

    /// The unit with the head after the last task.
    private static func lastHead(
        _ router: HeadsOutput, of model: ModelOutput
    ) throws(ExpansionError) -> UnitID {
        let own = router.model
        let isBare = own.sharing == .shared && own.pet.method == nil && !own.pet.isFull
        guard isBare, own.backbone.unit == model.backbone.unit, let head = router.units.last else {
            throw ExpansionError(
                role: Role.router,
                problem: "need 'router' must be recovered classifiers of a model with "
                    + "'pet: none' on the backbone of need 'model'")
        }
        guard own.data.unit == model.data.unit else {
            throw ExpansionError(
                role: Role.router,
                problem: "need 'router' was trained on other tasks than need 'model'")
        }
        return head
    }
}
