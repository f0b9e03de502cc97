/// What a backward pass through the attention is asked for; gradients of a prefix always.
enum AttentionGradients {
    /// Of queries, keys and values.
    case all
    /// Of keys and values.
    case keysAndValues
    /// Of the prefix alone.
    case prefix
}
