/// Every option of the reference's launch commands with its default in each configuration, as its parsers
/// define them (Reference 14.8 and Reference 14.1).
///
/// A line is `name kind effect default`. A default is a value, or several separated by ` ; ` of which
/// the last that fits the configuration holds: `value @ pattern …`, where `*` in a pattern stands for any
/// text. `absent`, or no fitting value: the configuration does not know the option.
enum ReferenceOptionTable {
    /// The configurations: the first word behind the script.
    static let configs = """
        cifar100_continual_lora cifar100_dualprompt cifar100_hideadapter cifar100_hidelora
        cifar100_hideprompt_5e cifar100_l2p cifar100_sprompt_5e cub_cars_few_shot_lora
        cub_dualprompt cub_hideprompt_5e cub_l2p cub_sprompt_5e five_datasets_dualprompt
        five_datasets_hideprompt_5e five_datasets_l2p five_datasets_sprompt_5e
        imr_continual_adapter imr_continual_lora imr_continual_prompt imr_dualprompt
        imr_few_shot_lora imr_hideadapter imr_hidelora imr_hideprompt_5e imr_l2p
        imr_sprompt_5e
        """

    static let options = """
        aa text unread none
        adapter_depth integer used 5 @ *adapter
        adapter_momentum real used 0.1 @ *adapter
        adapter_rank integer used 8 @ *adapter
        adapter_type text used continual @ imr_continual_adapter
        batch-size integer used 24 ; 16 @ five*
        batchwise_prompt truth used false @ *prompt* ; true @ *l2p five* cifar100_sprompt*
        ca_epochs integer unread 30 @ *adapter *_hidelora *_continual_lora cifar100_hide*
        ca_lr real used 0.005 @ *_hide* *continual* cub_cars_few_shot_lora
        ca_storage_efficient_method text used multi-centroid @ *hide* *continual* cub_cars*
        cl_lr reals few-shot [0.01,0.01,0.01,0.01] @ cub_cars_few_shot_lora
        clip-grad real used 1.0 ; 2.0 @ *lora *adapter
        cluster_threshold real few-shot 1.0 @ cub_cars_few_shot_lora
        color-jitter real unread none
        continual_classes_per_dataset integers few-shot [60,50,100,100] @ cub_cars* ; [160] @ \
        imr_few*
        continual_model_output_dir text few-shot ./output/continual_model @ cub_cars*
        continual_type text used slow_learner @ imr_continual*
        cooldown-epochs integer machine 10
        crct_epochs integer used 30 @ *_hide* *continual* cub_cars_few_shot_lora
        data-path text used /local_datasets/
        dataset text used Split-Imagenet-R @ imr_* ; Split-CIFAR100 @ cifar100_* ; \
        Split-CUB200 @ cub_* ; 5-datasets @ five* ; absent @ *few_shot*
        datasets letters few-shot [Split-Dogs,Split-Aircraft,Split-Cars196,Split-CUB200] @ \
        cub_cars* ; [Split-Imagenet-R] @ imr_few*
        decay-epochs real used 30
        decay-rate real used 0.1
        device text machine cuda
        dist_url text machine env://
        drop real fixed 0.0
        drop-path real fixed 0.0
        e_prompt_layer_idx integers used [0,1,2,3,4] @ *prompt* ; [2,3,4] @ *dualprompt ; [0] \
        @ *l2p
        embedding_key text fixed cls @ *prompt* *l2p
        epochs integer used 5 ; 50 @ imr_dualprompt imr_l2p imr_sprompt_5e
        eval flag used false
        evaluate_type text unread normal @ imr_hide*
        few_class_idx integers few-shot [160,161,162,163,164] @ *few_shot*
        few_shot_classes_per_dataset integers few-shot [60,50,96,100] @ cub_cars* ; [40] @ \
        imr_few*
        few_shot_dataset_idx integer few-shot 0 @ *few_shot*
        fix_epochs integer used 10 @ imr_continual*
        freeze letters fixed [blocks,patch_embed,cls_token,norm,pos_embed]
        fs_backbone text few-shot vanilla+shared @ cub_cars_few_shot_lora ; shared @ imr_few*
        fs_lr real few-shot 0.01 @ cub_cars_few_shot_lora ; 0.001 @ imr_few*
        g_prompt_layer_idx integers used [] @ *prompt* *l2p ; [0,1] @ *dualprompt
        g_prompt_length integer used 5 @ *prompt* *l2p ; 10 @ five*dualprompt
        global_pool text fixed token
        head_type text fixed token
        init_lr real unread 0.03 @ *lora *adapter
        initializer text unread uniform @ *prompt* *l2p
        input-size integer fixed 224
        larger_prompt_lr flag used false @ *_hideprompt* imr_continual_prompt
        length integer used 20 @ *prompt* ; 40 @ five*prompt* ; 5 @ *l2p ; 10 @ five*l2p
        lora_momentum real used 0.1 @ imr_hidelora
        lora_pool flag unread false @ imr_continual_lora imr_hidelora
        lora_rank integer used 4 @ *lora
        lora_type text used continual @ *lora
        lr real used 0.03 ; 0.005 @ imr_dualprompt imr_l2p imr_sprompt_5e
        lr-noise reals fixed none
        lr-noise-pct real machine 0.67
        lr-noise-std real machine 1.0
        mask_first_epoch truth unread false @ *prompt* *l2p ; absent @ five*
        milestones integer unread [10] @ *_hideprompt* imr_continual_prompt ; [15] @ *lora \
        *adapter five*hideprompt*
        min-lr real fixed 1e-05
        mlp_ca_lr real used 0.0005 @ imr_continual_prompt
        model text used vit_base_patch16_224
        momentum real used 0.9
        n_centroids integer used 10 @ *_hide* *continual* cub_cars_few_shot_lora
        not_train_ca flag used false @ *_hide* *continual*
        num_episodes integer few-shot 100 @ *few_shot*
        num_fs_epochs integer few-shot 50 @ cub_cars_few_shot_lora ; 20 @ imr_few*
        num_queries integer few-shot 100 @ *few_shot*
        num_shots integer few-shot 5 @ *few_shot*
        num_tasks integer used 10 ; 5 @ five*
        num_ways integer few-shot 5 @ *few_shot*
        num_workers integer machine 4
        opt text used adam
        opt-betas reals fixed [0.9,0.999]
        opt-eps real fixed 1e-08
        original_model text used vit_base_patch16_224 ; absent @ imr_dualprompt imr_l2p
        original_model_mlp_structure integers used [] @ *adapter *_hidelora ; [2] @ \
        *_hideprompt* imr_continual_prompt ; [4,4] @ five*hideprompt*
        output_dir text machine ./output
        patience-epochs integer machine 10
        pin-mem flag machine true
        predefined_key text unread "" @ *prompt* *l2p
        pretrained any fixed true
        print_freq integer machine 10
        prompt_key truth used true @ *prompt* *l2p ; false @ *_hideprompt* \
        imr_continual_prompt ; true @ five*
        prompt_key_init text fixed uniform @ *prompt* *l2p
        prompt_momentum real used 0 @ *_hideprompt* imr_continual_prompt ; 0.01 @ \
        cifar100_hideprompt*
        prompt_pool truth fixed true @ *prompt* *l2p
        prompt_type text used continual @ imr_continual_prompt
        pull_constraint any used true @ *prompt* *few_shot* *l2p
        pull_constraint_coeff real used 1 @ *prompt* *few_shot* ; 0.1 @ *l2p ; 0.5 @ five*
        recount integer unread 1
        reg real used 0.01 @ *hide* imr_continual_adapter imr_continual_prompt ; 0 @ \
        five*hideprompt*
        reinit_optimizer truth fixed true
        remode text unread pixel
        reprob real unread 0.0
        same_key_value truth fixed false @ *prompt* *l2p
        sched text used constant ; step @ cub_*prompt* cub_l2p imr_hideprompt* \
        imr_continual_prompt cifar100_hideprompt*
        seed integer used 42
        separated_head flag unread false @ *sprompt* *dualprompt *l2p five*
        shared_model_output_dir text few-shot ./output/shared_model @ *few_shot*
        shared_prompt_key truth fixed false @ *prompt* *l2p
        shared_prompt_pool truth used true @ *prompt* ; false @ *l2p
        shuffle any used false ; true @ cub_cars_few_shot_lora
        size integer used 10 ; 5 @ five*prompt* ; 20 @ five*l2p
        slow_lr real used 0.01 @ imr_continual*
        smoothing real unread 0.1
        task_inc truth used false
        tasks_per_dataset integers few-shot [5,5,5,5] @ cub_cars_few_shot_lora ; [8] @ imr_few*
        top_k integer used 1 @ *prompt* ; 4 @ *l2p
        topk_ensemble integer unread 2 @ imr_hide*
        topp_threshold real unread 0.7 @ imr_hide*
        train_few_shot flag few-shot false @ *few_shot*
        train_hide flag few-shot false @ cub_cars_few_shot_lora
        train_inference_task_only flag used false @ *adapter *_hide* imr_continual_prompt
        train-interpolation text unread bicubic
        train_mask truth fixed true
        train_mixture flag few-shot false @ cub_cars_few_shot_lora
        train_ood flag few-shot false @ cub_cars_few_shot_lora
        train_shared flag few-shot false @ *few_shot*
        train_vanilla flag few-shot false @ *few_shot*
        trained_backbone_and_pet flag used false @ imr_hide*
        trained_model text used "" @ imr_continual_prompt
        trained_original_model text used "" @ *adapter *hide* cifar100_continual_lora \
        imr_continual_prompt
        unscale_lr truth fixed true
        use_e_prompt truth fixed true @ *prompt* *l2p
        use_g_prompt truth used false @ *prompt* *l2p ; true @ *dualprompt
        use_mlp_head flag used false @ imr_continual_prompt imr_hideprompt_5e
        use_prefix_tune_for_e_prompt truth used true @ *prompt* ; false @ *l2p
        use_prefix_tune_for_g_prompt truth used false @ *prompt* *l2p ; true @ *dualprompt
        use_prompt_mask truth used true @ *prompt* ; false @ *l2p
        vanilla_model_output_dir text few-shot ./output/vanilla_model @ *few_shot*
        warmup-epochs integer used 5 ; 0 @ cub_*prompt* cub_l2p imr_hideprompt* \
        imr_continual_prompt cifar100_hideprompt* five*sprompt*
        warmup-lr real fixed 1e-06
        weight-decay real fixed 0.0
        world_size integer machine 1 ; 4 @ *lora *adapter imr_dualprompt imr_l2p ; 8 @ \
        cifar100_dualprompt imr_sprompt*
        """
}
