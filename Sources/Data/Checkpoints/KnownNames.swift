/// Models of others that are known by their names and that this one cannot compute: what they are, and
/// what helps.
struct KnownNames: Sendable {
    /// What it is, and what is other about it.
    let words: String
    let hint: String
    /// Parts of names; each must be in some name of the file.
    private let signs: [String]

    private init(_ words: String, hint: String, _ signs: String...) {
        self.words = words
        self.hint = hint
        self.signs = signs
    }

    /// Names that are looked at, which are enough for any model.
    private static let maximumNameCount = 20_000

    /// Tells a model from the names of a file; nil when it is not known.
    static func of(_ names: [String]) -> KnownNames? {
        let names = names.prefix(maximumNameCount)
        return all.first { known in
            known.signs.allSatisfy { sign in names.contains { $0.contains(sign) } }
        }
    }

    private static let vit =
        "take a vision transformer with a class token: timm's, torchvision's, Hugging Face's or "
        + "DINOv2's without registers"

    private static let all: [KnownNames] = [
        KnownNames(
            "an adapter of PEFT, without the model that it belongs to",
            hint: "merge it into its model and save that: model.merge_and_unload()", "lora_A"),
        KnownNames(
            "CLIP's visual encoder, which has a norm before the blocks and another GELU",
            hint: vit + "; open_clip's models with 'visual.trunk.' hold timm's",
            "class_embedding", "ln_pre."),
        KnownNames(
            "CLIP's visual encoder, which has a norm before the blocks and another GELU",
            hint: vit, "class_embedding", "pre_layrnorm."),
        KnownNames(
            "SigLIP's visual encoder, which has no class token but attention pooling",
            hint: vit, "vision_model.embeddings.patch_embedding.", "vision_model.head."),
        KnownNames(
            "SigLIP's visual encoder, which has no class token but attention pooling",
            hint: vit, "attn_pool.latent"),
        KnownNames(
            "a Swin transformer, whose tokens change their number and see windows only",
            hint: vit, "layers.0.blocks.0.", "relative_position_bias_table"),
        KnownNames(
            "a Swin transformer, whose tokens change their number and see windows only",
            hint: vit, "features.1.0.attn.relative_position_bias_table"),
        KnownNames(
            "a Swin transformer, whose tokens change their number and see windows only",
            hint: vit, "layers.0.blocks.0.attn.cpb_mlp"),
        KnownNames(
            "BEiT, whose attention has relative positions and whose keys have no bias",
            hint: vit, "relative_position_bias"),
        KnownNames("BEiT or EVA, whose keys have no bias", hint: vit, "attn.q_bias"),
        KnownNames(
            "a vision transformer with register tokens, as DINOv2 and DINOv3 have them",
            hint: "take its weights without registers", "register_tokens"),
        KnownNames("a vision transformer with register tokens", hint: vit, "reg_token"),
        KnownNames(
            "a distilled DeiT, which has a second token",
            hint: "take the DeiT that is not distilled: deit_base_patch16_224", "dist_token"),
        KnownNames(
            "a distilled DeiT, which has a second token",
            hint: "take the DeiT that is not distilled: facebook/deit-base-patch16-224",
            "distillation_token"),
        KnownNames(
            "the masked autoencoder MAE with its decoder",
            hint: "save its encoder alone; of ViT-B/16, 'weights: mae' leaves the decoder out",
            "decoder_embed.", "decoder_blocks."),
        KnownNames("a vision transformer with a gated MLP (SwiGLU)", hint: vit, "mlp.w12."),
        KnownNames("a vision transformer with a gated MLP (SwiGLU)", hint: vit, "mlp.fc1_g."),
        KnownNames("a vision transformer with a gated MLP (SwiGLU)", hint: vit, "mlp.weights_in."),
        KnownNames(
            "a vision transformer that normalises queries and keys", hint: vit, "attn.q_norm.",
            "attn.k_norm."),
        KnownNames(
            "the encoder of SAM, whose attention has relative positions", hint: vit,
            "attn.rel_pos_h"),
        KnownNames("a ConvNeXt, a network of convolutions", hint: vit, "stages.0.", "dwconv."),
        KnownNames("a ConvNeXt, a network of convolutions", hint: vit, "stages.0.", "conv_dw."),
        KnownNames("a ConvNeXt, a network of convolutions", hint: vit, "features.1.0.layer_scale"),
        KnownNames(
            "a ResNet, a network of convolutions", hint: vit, "layer1.0.", "bn1.running_mean"),
        KnownNames(
            "a ResNet, a network of convolutions", hint: vit, "layer1.0.conv1.", "layer2.0."),
        KnownNames(
            "a ResNet, a network of convolutions", hint: vit, "encoder.stages.0.layers.0.layer."),
        KnownNames(
            "an EfficientNet or MobileNet, a network of convolutions", hint: vit, "conv_stem.",
            "blocks.0.0."),
        KnownNames("a DenseNet, a network of convolutions", hint: vit, "features.denseblock1."),
        KnownNames("an MLP-Mixer, which has no attention", hint: vit, "blocks.0.mlp_tokens."),
        KnownNames(
            "a network of convolutions (VGG, AlexNet or MobileNet)", hint: vit, "features.0.",
            "classifier."),
        KnownNames("a language model", hint: vit, "embed_tokens.weight"),
        KnownNames("a language model", hint: vit, "word_embeddings.weight"),
        KnownNames("a language model", hint: vit, "wte.weight"),
        KnownNames("a diffusion model", hint: vit, "down_blocks.0.", "up_blocks.0."),
    ]
}
