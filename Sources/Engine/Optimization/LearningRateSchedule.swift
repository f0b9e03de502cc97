import Foundation

/// How the learning rate of a parameter group changes from epoch to epoch (Reference 5.4).
///
/// The reference steps its scheduler after epoch e with argument e, so the rate during epoch e is
/// S(max(e − 1, 0)): every schedule is one epoch late and its first value lasts two epochs.
///
/// ```swift
/// let schedule = LearningRateSchedule.step(decayEpochs: 2, rate: 0.5, warmUp: 0)
/// (0..<4).map { schedule.rate(epoch: $0, of: 4, base: 8) }  // [8, 8, 8, 4]
/// ```
public enum LearningRateSchedule: Codable, Hashable, Sendable {
    /// S(t) = base.
    case constant
    /// S(t) = base · rate^⌊t / decayEpochs⌋.
    case step(decayEpochs: Int, rate: Double, warmUp: Int)
    /// S(t) = 1e-5 + ½ (base − 1e-5)(1 + cos(πt/E)). The warm-up is not left out of the cosine's
    /// clock, so the rate jumps where the warm-up ends.
    case cosine(warmUp: Int)

    /// The rate at the start of every warm-up; it climbs from here in a straight line.
    public static let warmUpStart = 1e-6
    /// The rate that the cosine approaches.
    public static let cosineFloor = 1e-5

    /// Returns the learning rate during an epoch.
    ///
    /// - Parameters:
    ///   - epoch: counted from 0 within the task.
    ///   - count: the epochs of the task, E.
    ///   - base: the group's own rate, already scaled by batch size.
    /// - Precondition: `0 <= epoch < count`.
    public func rate(epoch: Int, of count: Int, base: Double) -> Double {
        precondition((0..<count).contains(epoch), "epoch \(epoch) of \(count)")
        return scheduled(at: max(epoch - 1, 0), of: count, base: base)
    }

    /// S(t).
    private func scheduled(at t: Int, of count: Int, base: Double) -> Double {
        switch self {
        case .constant:
            return base
        case .step(let decayEpochs, let rate, let warmUp):
            if t < warmUp { return Self.warmingUp(t, warmUp, base) }
            return base * pow(rate, Double(t / decayEpochs))
        case .cosine(let warmUp):
            if t < warmUp { return Self.warmingUp(t, warmUp, base) }
            let phase = Double.pi * Double(t) / Double(count)
            return Self.cosineFloor + 0.5 * (base - Self.cosineFloor) * (1 + cos(phase))
        }
    }

    private static func warmingUp(_ t: Int, _ epochs: Int, _ base: Double) -> Double {
        warmUpStart + Double(t) * (base - warmUpStart) / Double(epochs)
    }
}

/// Returns `½ base (1 + cos(πe/E))`, the annealing of classifier recovery: no warm-up, no floor, on
/// time.
func annealedRate(epoch: Int, of count: Int, base: Double) -> Double {
    0.5 * base * (1 + cos(Double.pi * Double(epoch) / Double(count)))
}
