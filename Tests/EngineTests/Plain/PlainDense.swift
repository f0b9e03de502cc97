import Engine

/// A small network on features in double and plain loops; its parameters are `<name>.<layer>.weight` and
/// `.bias`, as the engine names them.
struct PlainDense {
    let layers: [DenseNetwork.Layer]
    let name: String

    private func linear(
        _ index: Int, _ inputs: Int, _ outputs: Int, _ parameters: PlainParameters
    ) -> PlainLinear {
        PlainLinear(
            weight: parameters.matrix("\(name).\(index).weight", outputs, inputs),
            bias: parameters.vector("\(name).\(index).bias"))
    }

    private func norm(
        _ index: Int, _ epsilon: Float, _ parameters: PlainParameters
    ) -> PlainNorm {
        PlainNorm(
            weight: parameters.vector("\(name).\(index).weight"),
            bias: parameters.vector("\(name).\(index).bias"), epsilon: Double(epsilon))
    }

    /// What enters each layer, and what leaves the last.
    private func trace(_ x: PlainMatrix, _ parameters: PlainParameters) -> [PlainMatrix] {
        var trace = [x]
        for (index, layer) in layers.enumerated() {
            let y = trace[index]
            switch layer {
            case .linear(let inputs, let outputs):
                trace.append(linear(index, inputs, outputs, parameters).forward(y))
            case .gelu: trace.append(PlainActivation.gelu.forward(y))
            case .layerNorm(_, let epsilon):
                trace.append(norm(index, epsilon, parameters).forward(y))
            case .addInput: trace.append(y + x)
            }
        }
        return trace
    }

    func forward(_ x: PlainMatrix, _ parameters: PlainParameters) -> PlainMatrix {
        trace(x, parameters)[layers.count]
    }

    /// Returns the gradient of the input and adds those of the parameters.
    func backward(
        _ x: PlainMatrix, _ dOutput: PlainMatrix, _ parameters: PlainParameters,
        _ gradients: inout PlainParameters
    ) -> PlainMatrix {
        let trace = trace(x, parameters)
        var dy = dOutput
        var bypass = PlainMatrix(zeros: x.rows, x.columns)
        for (index, layer) in layers.enumerated().reversed() {
            let input = trace[index]
            switch layer {
            case .linear(let inputs, let outputs):
                let (dx, dWeight, dBias) = linear(index, inputs, outputs, parameters)
                    .backward(input, dy)
                gradients.add(dWeight.values, to: "\(name).\(index).weight")
                gradients.add(dBias, to: "\(name).\(index).bias")
                dy = dx
            case .gelu: dy = PlainActivation.gelu.backward(input, dy)
            case .layerNorm(_, let epsilon):
                let (dx, dWeight, dBias) = norm(index, epsilon, parameters).backward(input, dy)
                gradients.add(dWeight, to: "\(name).\(index).weight")
                gradients.add(dBias, to: "\(name).\(index).bias")
                dy = dx
            case .addInput: bypass = bypass + dy
            }
        }
        return dy + bypass
    }
}
