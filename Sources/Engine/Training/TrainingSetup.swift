/// What is trained on a frozen backbone, from where, and with what loss.
public struct TrainingSetup: Sendable {
    /// The parameters of the PET to start from; frozen in scope `headOnly`. Nil without a PET.
    public var pet: PET?
    /// The head to start from.
    public var head: LinearHead
    /// A network between features and head, trained with the head; nil for none.
    public var mapping: DenseNetwork?
    /// What is trained besides the head.
    public var scope: Trainer.Scope
    /// The update rule.
    public var optimizer: OptimizerMethod
    /// The bound of the norm of all gradients; nil for no bound.
    public var clipNorm: Float?
    /// The regulariser of the features; it sees one replica's batch at a time. Nil for none.
    public var contrastive: ContrastiveTerm?
    /// How a `PromptPool` chooses entries; nil for other methods.
    public var matching: PoolMatching?
    /// The classes that take part in the loss; nil for all.
    public var allowedClasses: [Int]?

    /// Creates a setup; what is nil or left out does not take part.
    public init(
        pet: PET?, head: LinearHead, scope: Trainer.Scope, optimizer: OptimizerMethod,
        clipNorm: Float?
    ) {
        self.pet = pet
        self.head = head
        self.scope = scope
        self.optimizer = optimizer
        self.clipNorm = clipNorm
    }
}
