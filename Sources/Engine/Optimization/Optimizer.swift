import CKernels
import Foundation

/// How gradients become updates. Weight decay is 0 in every method of the reference.
public enum OptimizerMethod: Codable, Hashable, Sendable {
    /// Adam (Kingma and Ba 2015) with bias correction; epsilon is added after the root of the
    /// corrected second moment, as in torch.
    case adam(beta1: Double, beta2: Double, epsilon: Double)
    /// Gradient descent with momentum, dampening 0, not Nesterov. Momentum 0 is plain descent.
    case sgd(momentum: Double)

    /// Adam with the values of the reference: 0.9, 0.999, 1e-8.
    public static let adam = OptimizerMethod.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
}

/// The moments of an optimiser for one set of parameters, and its update.
public struct Optimizer: Sendable {
    /// What an optimiser remembers between updates; enough to go on bit for bit.
    public struct State: Sendable, Equatable {
        /// Updates made so far.
        public var stepCount: Int
        /// Adam: running means of the gradients; momentum: the buffers. Named as the parameters.
        public var first: ParameterSet
        /// Adam: running means of the squared gradients. Empty for momentum.
        public var second: ParameterSet
        /// For each parameter the updates that it sat out, without a gradient; empty for none at all.
        /// Its bias correction counts the others only, as torch's does.
        public var skipped: [Int]

        /// Creates a state, for example from a progress file.
        public init(
            stepCount: Int, first: ParameterSet, second: ParameterSet, skipped: [Int] = []
        ) {
            self.stepCount = stepCount
            self.first = first
            self.second = second
            self.skipped = skipped
        }
    }

    /// The method.
    public let method: OptimizerMethod
    /// The moments. Settable, to go on from a saved state of the same method and parameters.
    public var state: State

    /// Creates an optimiser with zero moments for parameters of the names and shapes of `like`.
    public init(_ method: OptimizerMethod, like parameters: ParameterSet) {
        self.method = method
        let zeros = parameters.zeroed
        switch method {
        case .adam: state = State(stepCount: 0, first: zeros, second: zeros)
        case .sgd: state = State(stepCount: 0, first: zeros, second: ParameterSet())
        }
    }

    /// Updates `parameters` once.
    ///
    /// - Parameters:
    ///   - parameters: names and shapes as given to `init`.
    ///   - gradients: the same names in the same order.
    ///   - rates: a learning rate for each tensor, in their order; nil for a tensor that has no
    ///     gradient now: it and its moments stay as they are.
    /// - Precondition: names, shapes and counts agree.
    public mutating func update(
        _ parameters: inout ParameterSet, gradients: ParameterSet, rates: [Float?]
    ) {
        precondition(
            parameters.names == state.first.names && gradients.names == parameters.names
                && rates.count == parameters.names.count,
            "update of \(parameters.names) by \(gradients.names), \(rates.count) rates")
        state.stepCount += 1
        if rates.contains(nil), state.skipped.isEmpty {
            state.skipped = [Int](repeating: 0, count: rates.count)
        }
        for index in rates.indices {
            guard let rate = rates[index] else {
                state.skipped[index] += 1
                continue
            }
            let count = parameters.tensors[index].count
            precondition(
                gradients.tensors[index].count == count
                    && state.first.tensors[index].count == count,
                "gradient \(gradients.tensors[index].shape) of \(parameters.tensors[index].shape)")
            let gradient = gradients.tensors[index].values
            switch method {
            case .adam(let beta1, let beta2, let epsilon):
                // The scalars are formed in double and rounded once, as torch does.
                let steps = state.stepCount - (state.skipped.isEmpty ? 0 : state.skipped[index])
                let correction1 = 1 - pow(beta1, Double(steps))
                let correction2 = 1 - pow(beta2, Double(steps))
                ck_adam(
                    count, &parameters.tensors[index].values, &state.first.tensors[index].values,
                    &state.second.tensors[index].values, gradient, Float(beta1),
                    Float(1 - beta1), Float(beta2), Float(1 - beta2),
                    Float(Double(rate) / correction1), Float(correction2.squareRoot()),
                    Float(epsilon))
            case .sgd(let momentum):
                ck_momentum(
                    count, &parameters.tensors[index].values, &state.first.tensors[index].values,
                    gradient, Float(momentum), rate)
            }
        }
    }
}

/// Scales all gradients by `bound / (norm + 1e-6)` where that is below 1; torch's `clip_grad_norm_`.
///
/// - Returns: the global 2-norm before scaling, summed in double in a fixed order.
public func clipGlobalNorm(_ gradients: inout ParameterSet, to bound: Float) -> Float {
    let norm = globalNorm(gradients)
    let coefficient = bound / (norm + 1e-6)
    guard coefficient < 1 else { return norm }
    for index in gradients.tensors.indices {
        ck_scale(gradients.tensors[index].count, &gradients.tensors[index].values, coefficient)
    }
    return norm
}

/// Returns the 2-norm over all scalars of a set, summed in double in a fixed order.
public func globalNorm(_ parameters: ParameterSet) -> Float {
    var sum = 0.0
    for tensor in parameters.tensors { sum += ck_sum_of_squares(tensor.count, tensor.values) }
    return Float(sum.squareRoot())
}
