// Tokens that join the input of a block, and the way back.

extension BoundPatch {
    /// Makes room behind the tokens of each picture and copies the picture's prompt tokens there.
    ///
    /// - Parameters:
    ///   - x: `[pictures · (tokens + count), width]`; the tokens lie in its first rows, without gaps.
    ///   - pictures: how many.
    func insertTokens(into x: Matrix, pictures: Int) {
        guard let prompt = patch.tokens else { return }
        let after = x.rows / pictures
        let before = after - prompt.rows
        // From the last picture on: rows move up, and no row is overwritten before it has moved.
        for picture in (0..<pictures).reversed() {
            for row in (0..<before).reversed() {
                x.rows(picture * after + row..<picture * after + row + 1)
                    .copy(from: x.rows(picture * before + row..<picture * before + row + 1))
            }
            for part in 0..<prompt.chosen {
                place(part, of: picture, in: x, prompt, from: picture * after + before)
                    .copy(from: tokens(part, of: picture, prompt, in: parameters, width: x.columns))
            }
        }
    }

    /// Adds the gradients of the prompt tokens and closes the gaps behind them.
    ///
    /// - Parameter dx: `[pictures · (tokens + count), width]`; afterwards the gradients of the tokens
    ///   lie in its first rows.
    func removeTokens(from dx: Matrix, pictures: Int) {
        guard let prompt = patch.tokens else { return }
        let after = dx.rows / pictures
        let before = after - prompt.rows
        for picture in 0..<pictures {
            if let gradients {
                for part in 0..<prompt.chosen {
                    tokens(part, of: picture, prompt, in: gradients, width: dx.columns)
                        .add(
                            place(part, of: picture, in: dx, prompt, from: picture * after + before)
                        )
                }
            }
            for row in 0..<before {
                dx.rows(picture * before + row..<picture * before + row + 1)
                    .copy(from: dx.rows(picture * after + row..<picture * after + row + 1))
            }
        }
    }

    /// The rows of part `part` among those of a picture's prompt tokens, which begin at row `first`.
    private func place(
        _ part: Int, of picture: Int, in x: Matrix, _ prompt: PromptTokens, from first: Int
    ) -> Matrix {
        let start = first + part * prompt.length
        return x.rows(start..<start + prompt.length)
    }

    /// `[length, width]`: the tokens of part `part` of a picture, or the sum of their gradients.
    private func tokens(
        _ part: Int, of picture: Int, _ prompt: PromptTokens, in vector: ParameterVector,
        width: Int
    ) -> Matrix {
        precondition(!prompt.isPool || choice != nil, "a pool without a selection")
        let entry =
            prompt.isPool ? choice.map { $0.selection.entries[$0.first + picture][part] } : nil
        let slice = prompt.entries[entry ?? 0]
        return vector.matrix(
            slice.index, rows: prompt.length, columns: width, offset: slice.offset)
    }
}
