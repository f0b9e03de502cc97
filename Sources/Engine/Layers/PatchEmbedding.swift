/// Patches to tokens: `x[0] = class + position[0]`, `x[1 + j] = patch[j] · weightᵀ + bias +
/// position[1 + j]`; also the place where its gradients are summed.
struct PatchEmbedding {
    let configuration: ViTConfiguration
    /// `[1, width]`.
    let classToken: Matrix
    /// `[tokens, width]`.
    let positions: Matrix
    /// `[width, channels · patch · patch]` and `[1, width]`.
    let projection: Linear

    /// Floats of scratch that both passes need, as rows of patches `[patches, patchLength]`.
    static func scratch(_ configuration: ViTConfiguration) -> (rows: Int, columns: Int) {
        (configuration.patchCount, configuration.patchLength)
    }

    /// - Parameters:
    ///   - pictures: `[pictures, channels · size · size]`.
    ///   - x: `[pictures · tokens, width]`, written.
    ///   - patches: `[patches, patchLength]`, scratch.
    func forward(_ pictures: Matrix, into x: Matrix, patches: Matrix) {
        let tokens = configuration.tokenCount
        for picture in 0..<pictures.rows {
            let rows = x.rows(picture * tokens..<(picture + 1) * tokens)
            rows.rows(0..<1).setSum(of: positions.rows(0..<1), andRow: classToken)
            setPatches(of: pictures.rows(picture..<picture + 1), into: patches)
            projection.forward(
                patches, addingTo: positions.rows(1..<tokens), into: rows.rows(1..<tokens))
        }
    }

    /// Adds the gradients to this value; nothing lies below, so there is no other result.
    ///
    /// - Parameter dx: `[pictures · tokens, width]`.
    func addGradients(_ pictures: Matrix, _ dx: Matrix, patches: Matrix) {
        let tokens = configuration.tokenCount
        for picture in 0..<pictures.rows {
            let rows = dx.rows(picture * tokens..<(picture + 1) * tokens)
            classToken.add(rows.rows(0..<1))
            positions.add(rows)
            setPatches(of: pictures.rows(picture..<picture + 1), into: patches)
            projection.addGradients(patches, rows.rows(1..<tokens))
        }
    }

    private func setPatches(of picture: Matrix, into patches: Matrix) {
        patches.setPatches(
            of: picture, channels: configuration.channels, size: configuration.imageSize,
            patch: configuration.patchSize)
    }
}
