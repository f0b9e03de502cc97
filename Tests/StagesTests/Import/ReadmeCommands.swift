/// The commands of the reference's published recipes (Reference 14.3), as the words a shell makes of them.
enum ReadmeCommands {
    /// First and second stage of a PET.
    static func stages(_ pet: String) -> (first: [String], second: [String]) {
        let (first, second) =
            switch pet {
            case "lora": (loraFirst, loraSecond)
            case "adapter": (adapterFirst, adapterSecond)
            default: (promptFirst, promptSecond)
            }
        return (words(first), words(second))
    }

    private static func words(_ options: String) -> [String] {
        let launch = """
            python -m torch.distributed.launch --nproc_per_node=8 --master_port=29500 --use_env main.py
            """
        return (launch + " " + options).split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private static let common = """
        --model vit_base_patch16_224 --original_model vit_base_patch16_224 --batch-size 24 --epochs 50
        --data-path ./datasets --ca_lr 0.005 --seed 42 --dataset Split-Imagenet-R
        """

    private static let loraFirst = """
        imr_continual_lora \(common) --output_dir ./output/imr_vit1k_lora_fsl_rank5_seed42
        --lr 0.03 --slow_lr 0.1 --lora_type continual --continual_type first_sl --num_tasks 10 --lora_rank 5
        """
    private static let loraSecond = """
        imr_hidelora \(common) --crct_epochs 30 --lr 0.01 --lora_rank 5 --reg 0.001 --sched cosine
        --lora_momentum 0.1 --lora_type hide --output_dir ./output/cars_vit1k_lora_pe_seed42
        --trained_original_model ./output/imr_vit1k_lora_fsl_rank5_seed42
        """
    private static let adapterFirst = """
        imr_continual_adapter \(common) --output_dir ./output/imr_vit1k_adapter_fsl_rank5_seed42 --lr 0.03
        --slow_lr 0.01 --adapter_type continual --continual_type first_sl --num_tasks 10 --adapter_rank 5
        --sched cosine
        """
    private static let adapterSecond = """
        imr_hideadapter \(common) --crct_epochs 30 --lr 0.01 --sched cosine --adapter_rank 5 --reg 0.001
        --adapter_momentum 0.1 --trained_original_model ./output/imr_vit1k_adapter_fsl_rank5_seed42
        """
    private static let promptFirst = """
        imr_continual_prompt \(common) --output_dir ./output/imr_vit1k_prompt_fsl_seed42 --lr 0.03
        --slow_lr 0.1 --prompt_type continual --continual_type first_sl --num_tasks 10
        """
    private static let promptSecond = """
        imr_hideprompt_5e \(common) --crct_epochs 30 --prompt_momentum 0.01 --reg 0.001 --length 20 --lr 0.05
        --sched cosine --larger_prompt_lr --trained_original_model ./output/imr_vit1k_prompt_fsl_seed42
        --output_dir ./output/imr_vit1k_pe_seed42
        """
}
