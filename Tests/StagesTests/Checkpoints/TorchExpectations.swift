/// What PyTorch itself reads from a file; made by Scripts/fixtures/torch_listing.py.
struct Listing: Hashable {
    let count: Int
    /// The CRC-32 of a line per tensor: name, type, shape, CRC-32 of the bytes.
    let checksum: UInt32
    /// Name, type and shape of the first tensor.
    let first: String

    init(_ count: Int, _ checksum: UInt32, _ first: String) {
        (self.count, self.checksum, self.first) = (count, checksum, first)
    }
}

let torchListings: [String: Listing] = [
    "torch_formats/burn/bool.pt": Listing(1, 0xe8c4_868c, "tensor BOOL [5]"),
    "torch_formats/burn/checkpoint.pt": Listing(4, 0x3a22_ea1e, "fc1.weight F32 [10, 5]"),
    "torch_formats/burn/complex_structure.pt": Listing(
        6, 0xedcd_29f9, "state.encoder.layer_0.weight F32 [4, 3]"),
    "torch_formats/burn/empty.pt": Listing(1, 0x3039_142a, "tensor F32 [0]"),
    "torch_formats/burn/extreme_values.pt": Listing(1, 0xcd02_0d5b, "tensor F32 [4]"),
    "torch_formats/burn/float16.pt": Listing(1, 0x7462_0347, "tensor F16 [3]"),
    "torch_formats/burn/float32.pt": Listing(1, 0x319f_79c6, "tensor F32 [4]"),
    "torch_formats/burn/float64.pt": Listing(1, 0x89fd_55a1, "tensor F64 [3]"),
    "torch_formats/burn/int32.pt": Listing(1, 0x335c_f4ac, "tensor I32 [3]"),
    "torch_formats/burn/int64.pt": Listing(1, 0x4a2c_82d2, "tensor I64 [4]"),
    "torch_formats/burn/int8.pt": Listing(1, 0xfdc7_409c, "tensor I8 [4]"),
    "torch_formats/burn/large_shape.pt": Listing(1, 0xa09c_e7a7, "tensor F32 [100, 100]"),
    "torch_formats/burn/legacy_with_offsets.pt": Listing(3, 0xe5c6_b4f8, "tensor1 F32 [10]"),
    "torch_formats/burn/mixed_types.pt": Listing(4, 0x49c7_0b9b, "float32 F32 [2]"),
    "torch_formats/burn/parameter.pt": Listing(1, 0x8e98_041d, "param F32 [3, 3]"),
    "torch_formats/burn/simple_legacy.pt": Listing(3, 0x64f4_4b9d, "weight F32 [2, 3]"),
    "torch_formats/burn/state_dict.pt": Listing(4, 0x6c21_8106, "weight F32 [3, 4]"),
    "torch_formats/burn/tensor_2d.pt": Listing(1, 0xb087_9c5e, "tensor F32 [3, 2]"),
    "torch_formats/burn/tensor_3d.pt": Listing(1, 0x26fd_b14a, "tensor F32 [2, 3, 4]"),
    "torch_formats/burn/uint8.pt": Listing(1, 0x056d_b47c, "tensor U8 [4]"),
    "torch_formats/burn_modules/boolean__boolean.pt": Listing(1, 0xbe23_1ed8, "buffer BOOL [3]"),
    "torch_formats/burn_modules/complex_nested__complex_nested.pt": Listing(
        23, 0x4bd2_e971, "conv_blocks.0.conv.weight F32 [4, 2, 3, 2]"),
    "torch_formats/burn_modules/conv1d__conv1d.pt": Listing(
        3, 0xaddf_a22e, "conv1.weight F32 [2, 2, 2]"),
    "torch_formats/burn_modules/conv_transpose1d__conv_transpose1d.pt": Listing(
        3, 0xaddf_a22e, "conv1.weight F32 [2, 2, 2]"),
    "torch_formats/burn_modules/enum_module__enum_depthwise_false.pt": Listing(
        2, 0xa45a_165c, "conv.weight F32 [2, 2, 3, 3]"),
    "torch_formats/burn_modules/group_norm__group_norm.pt": Listing(
        2, 0x4f3a_0309, "norm1.weight F32 [6]"),
    "torch_formats/burn_modules/key_remap__key_remap.pt": Listing(
        3, 0x67ef_09fc, "conv.conv1.weight F32 [2, 2, 2, 2]"),
    "torch_formats/burn_modules/layer_norm__layer_norm.pt": Listing(
        2, 0x10fd_3f3c, "norm1.weight F32 [2]"),
    "torch_formats/burn_modules/linear__linear_with_bias.pt": Listing(
        2, 0xdf35_4765, "fc1.weight F32 [3, 2]"),
    "torch_formats/burn_modules/non_contiguous_indexes__non_contiguous_indexes.pt": Listing(
        10, 0xb4dc_f7c6, "fc.0.weight F32 [2, 2, 3, 3]"),
    "torch_formats/burn_modules/tests__debug_test.pt": Listing(1, 0x782f_52a7, "test F32 [4]"),
    "torch_formats/burn_modules/top_level_key__top_level_key.pt": Listing(
        2, 0x689a_ed71, "my_state_dict.conv1.weight F32 [2, 2, 2, 2]"),
    "torch_formats/candle_test.pt": Listing(1, 0x1214_5f18, "test I64 [2, 4]"),
    "torch_formats/mnist.pt": Listing(20, 0x1ce7_a0a8, "conv1.weight F32 [8, 1, 3, 3]"),
    "torch_formats/picklescan_new_pytorch_model.bin": Listing(1, 0x3314_2bd5, "tensor F32 [3, 4]"),
    "torch_formats/resnet20-12fca82f.th": Listing(
        97, 0x5a72_4045, "conv1.weight F32 [16, 3, 3, 3]"),
    "vit_mnist/ViT_model.pt": Listing(96, 0xd48a_d204, "embedding.cls_token F32 [1, 1, 64]"),
    "vit_mnist/vit_455_mlp.pt": Listing(19, 0xaa84_9c5d, "pos_embedding F32 [1, 50, 4]"),
    "vit_mnist/vit_mnist_gpu.pt": Listing(74, 0xebb3_7a09, "pos_embedding F32 [1, 50, 64]"),
]
