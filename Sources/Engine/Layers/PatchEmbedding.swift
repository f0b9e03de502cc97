/// Patches to tokens: `x[0] = class + position[0]`, `x[1 + j] = patch[j] · weightᵀ + bias +
/// position[1 + j]`.
struct PatchEmbedding<Role: LayerRole> {
    let configuration: ViTConfiguration
    /// `[1, width]`.
    let classToken: Role.Values
    /// `[tokens, width]`.
    let positions: Role.Values
    /// `[width, channels · patch · patch]` and `[1, width]`.
    let projection: Linear<Role>

    private func setPatches(of picture: Matrix, into patches: Matrix) {
        patches.setPatches(
            of: picture, channels: configuration.channels, size: configuration.imageSize,
            patch: configuration.patchSize)
    }
}

extension PatchEmbedding<Frozen> {
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
}

extension PatchEmbedding<Gradient> {
    /// Adds the gradients; nothing lies below, so there is no other result.
    ///
    /// - Parameters:
    ///   - pictures, patches: as in the forward pass.
    ///   - dx: `[pictures · tokens, width]`.
    func add(_ pictures: Matrix, _ dx: Matrix, patches: Matrix) {
        let tokens = configuration.tokenCount
        for picture in 0..<pictures.rows {
            let rows = dx.rows(picture * tokens..<(picture + 1) * tokens)
            classToken.add(rows.rows(0..<1))
            positions.add(rows)
            setPatches(of: pictures.rows(picture..<picture + 1), into: patches)
            projection.add(patches, rows.rows(1..<tokens))
        }
    }
}
