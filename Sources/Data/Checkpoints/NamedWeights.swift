package import Engine

/// Weights with a name that means one file, as its publisher offers it. `all` is the catalogue.
package struct NamedWeights: Sendable {
    /// What is known of the SHA-256 of the file, in lower-case hexadecimal.
    package enum KnownDigest: Sendable, Hashable {
        case sha256(String)
        /// The first digits, which the publisher writes into the name of the file.
        case beginning(String)
        /// Nobody states it; results show what was found.
        case unknown

        /// What is known of the digits; nil when nothing is.
        package var text: String? {
            switch self {
            case .sha256(let digits), .beginning(let digits): digits
            case .unknown: nil
            }
        }
    }

    /// The name in pipeline files.
    package let name: String
    /// Model, training data and method in a few words.
    package let about: String
    /// Who published it, and where it is described.
    package let source: String
    /// The name of the file, as its publisher calls it or as users are told to.
    package let fileName: String
    /// Where it can be downloaded as it is; nil where only a page is known.
    package let address: String?
    /// The page with the file or the words about it.
    package let page: String
    package let digest: KnownDigest
    package let licence: String
    /// The model by its name in pipeline files.
    package let model: String
    /// How the names of the file become those of the model.
    package let mapping: WeightMapping
    /// Whether the features are normalised by the weights of the file. Where not, the head begins with
    /// a fresh layer normalisation that is trained (Reference B-21).
    package var hasFinalNorm = true
    /// What the weights were trained on: pixels in this encoding.
    package let encoding: PixelEncoding

    /// The folder in which users are told to place files.
    package static let folder = "checkpoints"
    /// Where the file is looked for when the pipeline file does not say.
    package var path: String { "\(isBundled ? "pipelines/weights" : Self.folder)/\(fileName)" }
    /// Whether the file comes with the program.
    package var isBundled: Bool { name == Self.quickstart.name }

    /// The sizes of the model.
    package var configuration: ViTConfiguration {
        guard let preset = ModelPreset.all.first(where: { $0.name == model }) else {
            preconditionFailure("no model '\(model)'")
        }
        return adapted(preset.configuration)
    }

    /// Their model with other sizes of pictures.
    ///
    /// - Precondition: `fits(other)`, or `other` is not used.
    package func adapted(_ other: ViTConfiguration) -> ViTConfiguration {
        hasFinalNorm ? other : other.withoutFinalNorm
    }

    /// Whether a model is theirs, whatever the size of its pictures.
    package func fits(_ other: ViTConfiguration) -> Bool {
        let (own, other) = (configuration, adapted(other))
        return own.patchSize == other.patchSize && own.channels == other.channels
            && own.width == other.width && own.depth == other.depth && own.heads == other.heads
            && own.mlpWidth == other.mlpWidth && own.layerNormEpsilon == other.layerNormEpsilon
            && own.headWidth == other.headWidth && own.activation == other.activation
            && own.hasQKVBias == other.hasQKVBias && own.hasFinalNorm == other.hasFinalNorm
    }

    /// Finds weights by name.
    package static func named(_ name: String) -> NamedWeights? { all.first { $0.name == name } }

    /// One line for `hide-pipeline list checkpoints`.
    package var summary: String {
        let digest = self.digest.text.map { "sha256 \($0.prefix(12))…" } ?? "sha256 unknown"
        return "\(about) (\(source)); \(path); \(digest); \(licence)"
    }
}

extension NamedWeights {
    /// Every file that has a name (Reference 3.3). The digests are those that publishers state.
    package static let all: [NamedWeights] = published + [quickstart]

    private static let quickstart = NamedWeights(
        name: "quickstart-vit",
        about: "vit-quickstart, as pipelines/quickstart_pretrain.yaml trains it",
        source: "comes with the program", fileName: "quickstart_vit.safetensors", address: nil,
        page: "pipelines/quickstart_pretrain.yaml",
        digest: .sha256("f25564ecaffe1ed35fca3808f3a6af5f0c6c6e220549582e71752b1425f81675"),
        licence: "MIT", model: "vit-quickstart", mapping: .automatic,
        encoding: .uniform(channels: 3, mean: 0.5, deviation: 0.25))

    private static let published: [NamedWeights] = [
        NamedWeights(
            name: "sup21k-orig", about: "ViT-B/16, supervised on ImageNet-21k",
            source: "Dosovitskiy et al. 2021, Google", fileName: "ViT-B_16.npz",
            address: "https://storage.googleapis.com/vit_models/imagenet21k/ViT-B_16.npz",
            page: "https://github.com/google-research/vision_transformer",
            digest: .unknown, licence: "Apache-2.0", model: "vit-base-patch16-224",
            mapping: .automatic, encoding: .symmetric()),
        NamedWeights(
            name: "sup21k-ft1k-augreg",
            about: "ViT-B/16, supervised on ImageNet-21k, fine-tuned on ImageNet-1k",
            source: "Steiner et al. 2022, Google", fileName: "augreg_b16_ft1k.npz",
            address: "https://storage.googleapis.com/vit_models/augreg/"
                + "B_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.0-sd_0.0"
                + "--imagenet2012-steps_20k-lr_0.01-res_224.npz",
            page: "https://github.com/google-research/vision_transformer",
            digest: .unknown, licence: "Apache-2.0", model: "vit-base-patch16-224",
            mapping: .automatic, encoding: .symmetric()),
        NamedWeights(
            name: "sup21k-augreg",
            about: "ViT-B/16, supervised on ImageNet-21k with augmentation and regularisation",
            source: "Steiner et al. 2022, Google", fileName: "augreg_b16.npz",
            address: "https://storage.googleapis.com/vit_models/augreg/"
                + "B_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.0-sd_0.0.npz",
            page: "https://github.com/google-research/vision_transformer",
            digest: .unknown, licence: "Apache-2.0", model: "vit-base-patch16-224",
            mapping: .automatic, encoding: .symmetric()),
        NamedWeights(
            name: "ibot21k", about: "ViT-B/16, iBOT on ImageNet-21k, the teacher",
            source: "Zhou et al. 2022, ByteDance", fileName: "ibot_b16_21k.pth",
            address: "https://lf3-nlp-opensource.bytetos.com/obj/nlp-opensource/archive/2022/"
                + "ibot/vitb_16_pt22k/checkpoint.pth",
            page: "https://github.com/bytedance/ibot",
            digest: .unknown, licence: "Apache-2.0", model: "vit-base-patch16-224",
            mapping: WeightMapping(
                wrappers: ["teacher"],
                dropped: [.projector, .init("masked_embed", "mask token")]),
            encoding: .imageNet),
        NamedWeights(
            name: "ibot1k", about: "ViT-B/16, iBOT on ImageNet-1k, the teacher",
            source: "Zhou et al. 2022, ByteDance", fileName: "ibot_b16_1k.pth",
            address: "https://lf3-nlp-opensource.bytetos.com/obj/nlp-opensource/archive/2022/"
                + "ibot/vitb_16/checkpoint_teacher.pth",
            page: "https://github.com/bytedance/ibot",
            digest: .unknown, licence: "Apache-2.0", model: "vit-base-patch16-224",
            mapping: WeightMapping(
                wrappers: ["state_dict"],
                dropped: [.projector, .init("masked_embed", "mask token")]),
            encoding: .imageNet),
        NamedWeights(
            name: "dino1k", about: "ViT-B/16, DINO on ImageNet-1k",
            source: "Caron et al. 2021, Meta", fileName: "dino_vitbase16_pretrain.pth",
            address: "https://dl.fbaipublicfiles.com/dino/dino_vitbase16_pretrain/"
                + "dino_vitbase16_pretrain.pth",
            page: "https://github.com/facebookresearch/dino",
            digest: .unknown, licence: "Apache-2.0", model: "vit-base-patch16-224",
            mapping: WeightMapping(wrappers: ["teacher"], dropped: [.projector]),
            encoding: .imageNet),
        NamedWeights(
            name: "mocov3-1k", about: "ViT-B/16, MoCo v3 on ImageNet-1k, 300 epochs",
            source: "Chen et al. 2021, Meta", fileName: "vit-b-300ep.pth.tar",
            address: "https://dl.fbaipublicfiles.com/moco-v3/vit-b-300ep/vit-b-300ep.pth.tar",
            page: "https://github.com/facebookresearch/moco-v3",
            digest: .unknown, licence: "CC-BY-NC-4.0", model: "vit-base-patch16-224",
            mapping: WeightMapping(
                wrappers: ["state_dict", "model"], prefixes: ["base_encoder."],
                dropped: [
                    .projector, .init("momentum_encoder.", "momentum encoder"),
                    .init("predictor.", "predictor"),
                    .init("norm.", "last layer normalisation, which the head replaces"),
                ]),
            hasFinalNorm: false, encoding: .imageNet),
        NamedWeights(
            name: "deit", about: "ViT-B/16, supervised on ImageNet-1k",
            source: "Touvron et al. 2021, Meta", fileName: "deit_base_patch16_224-b5f2ef4d.pth",
            address: "https://dl.fbaipublicfiles.com/deit/deit_base_patch16_224-b5f2ef4d.pth",
            page: "https://github.com/facebookresearch/deit",
            digest: .beginning("b5f2ef4d"), licence: "Apache-2.0", model: "vit-base-patch16-224",
            mapping: WeightMapping(wrappers: ["model"]), encoding: .imageNet),
        NamedWeights(
            name: "mae", about: "ViT-B/16, masked autoencoder on ImageNet-1k, the encoder",
            source: "He et al. 2022, Meta", fileName: "mae_pretrain_vit_base.pth",
            address: "https://dl.fbaipublicfiles.com/mae/pretrain/mae_pretrain_vit_base.pth",
            page: "https://github.com/facebookresearch/mae",
            digest: .unknown, licence: "CC-BY-NC-4.0", model: "vit-base-patch16-224",
            mapping: WeightMapping(
                wrappers: ["model"],
                dropped: [.init("decoder_", "decoder"), .init("mask_token", "mask token")]),
            encoding: .imageNet),
        NamedWeights(
            name: "sup-weak",
            about:
                "ViT-S/16, supervised on 611 classes of ImageNet-1k, none of them like those of CIFAR "
                + "and Tiny-ImageNet",
            source: "Kim et al. 2022", fileName: "sup_weak_s16.pth", address: nil,
            page: "https://drive.google.com/drive/folders/1182VgriR841mvW2LXiARTSoBvbPho4Pf",
            digest: .unknown, licence: "none stated", model: "vit-small-patch16-224",
            mapping: WeightMapping(wrappers: ["model"]), encoding: .imageNet),
    ]
}

extension ViTConfiguration {
    /// The same sizes, with features as they leave the last block.
    package var withoutFinalNorm: ViTConfiguration {
        do {
            return try ViTConfiguration(
                imageSize: imageSize, patchSize: patchSize, channels: channels, width: width,
                depth: depth, heads: heads, headWidth: headWidth, mlpWidth: mlpWidth,
                layerNormEpsilon: layerNormEpsilon, activation: activation,
                hasQKVBias: hasQKVBias, hasFinalNorm: false)
        } catch {
            preconditionFailure("the sizes of a configuration do not go together: \(error)")
        }
    }
}
