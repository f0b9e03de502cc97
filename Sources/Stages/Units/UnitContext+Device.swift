import Engine
import Pipeline

extension UnitContext {
    /// What computes for this unit.
    var device: any Device { CPUDevice(threads: threads) }

    /// The frozen backbone of an input, ready to compute.
    ///
    /// - Throws: where the input holds none.
    func backbone(_ role: String = "backbone") throws -> any DeviceBackbone {
        device.load(try input(role).backbone())
    }
}
