// Generated from schemas/experiment.schema.json by `npm run types`; change the schema instead.
// The types of a resolved experiment: defaults filled in, paths absolute, `extends` followed.

/**
 * The real images.
 */
export type Dataset =
  | EmojiDataset
  | AvatarsDataset
  | FolderDataset
  | ZipDataset
  | LsunLmdbDataset
  | ImagenetDataset
  | WebdatasetDataset
  | CocoDataset;
/**
 * Whether diffusion models in training see each image mirrored half of the time, as latent-diffusion does on LSUN (`flip_p=0.5`). Mirrored images are encoded, too, which takes twice the time and disk. Not if this key is absent; the autoencoder's training has a key of its own.
 */
export type TrainingFlip = boolean;
/**
 * File with the name of one image a line: those are taken, all if this key is absent. Folders and extensions do not matter. latent-diffusion's lists are such files.
 */
export type ImageList = string;
/**
 * The published data set that this is meant to be: preflight compares counts and says where to get what is missing.
 */
export type PublishedName =
  | 'ffhq'
  | 'celebahq'
  | 'lsun-church'
  | 'lsun-bedroom'
  | 'imagenet'
  | 'imagenet-val'
  | 'coco-val2014'
  | 'laion-400m';
/**
 * The first stage, which turns images into latents and back.
 */
export type Autoencoder = NoAutoencoder | KlAutoencoder | VqAutoencoder;
/**
 * What the models are told about each image.
 */
export type Conditioning = NoConditioning | ClassConditioning | TextConditioning;
/**
 * The text transformer and its tokens.
 */
export type TextEncoder = ClipTextEncoder | WordTextEncoder;
/**
 * The network whose features are compared.
 */
export type Extractor = NsfwjsExtractor | InceptionExtractor;
/**
 * The real images.
 */
export type Dataset1 =
  | EmojiDataset
  | AvatarsDataset
  | FolderDataset
  | ZipDataset
  | LsunLmdbDataset
  | ImagenetDataset
  | WebdatasetDataset
  | CocoDataset;

/**
 * One diffusion-slimming experiment: data, autoencoder, teacher, students, sampling and evaluation.
 */
export interface Experiment {
  /**
   * Name of the experiment and of its folder in results/: lower-case letters, digits and hyphens.
   */
  readonly name: string;
  /**
   * One or two sentences for the report.
   */
  readonly description: string;
  /**
   * Words to find the experiment by, shown in its report and tables and by `sdx ls`; no part of what it is.
   *
   * @maxItems 20
   */
  readonly tags?: readonly string[];
  /**
   * What you want to remember of it, shown in the same places; no part of what it is.
   */
  readonly notes?: string;
  /**
   * Seed of every random choice: weights, noise, data order, samples.
   */
  readonly seed: number;
  /**
   * Seed of the students' weights, training and samples, where it is to differ from `seed`; autoencoder and teacher keep theirs. Sweeps vary it.
   */
  readonly studentSeed?: number;
  /**
   * What runs the numbers: `onnx` (ONNX Runtime), `tensorflow` (tfjs-node, if you have installed it) or `reference` (TF.js in plain JavaScript, slow).
   */
  readonly engine: 'onnx' | 'tensorflow' | 'reference';
  /**
   * What the onnx engine computes on: `cpu`, or `webgpu`, a GPU through the system's Vulkan, Metal or Direct3D 12. No part of what an experiment is; results agree up to rounding.
   */
  readonly device: 'cpu' | 'webgpu';
  /**
   * CPU threads of the engine; 0 takes all physical cores.
   */
  readonly threads: number;
  /**
   * GiB that a training may take: of the GPU's memory on a device, else of the machine's. Absent, it is the memory of the machine that runs; that of a GPU is not known. `sdx plan` says what trainings are predicted to take, `microBatch: auto` makes them fit, and what cannot fit is refused.
   */
  readonly memory?: number;
  /**
   * How training is spread: `none` (one process) or `mpi` (the processes that mpirun or srun starts share each batch; needs Open MPI and the package koffi).
   */
  readonly distributed: 'none' | 'mpi';
  readonly dataset: Dataset;
  readonly autoencoder: Autoencoder;
  readonly conditioning: Conditioning;
  readonly diffusion: Diffusion;
  readonly teacher: Teacher;
  /**
   * The slim models by name; each is distilled, sampled and scored.
   */
  readonly students: {
    readonly [k: string]: Student;
  };
  readonly distill: Distill;
  readonly sample: Sample;
  readonly evaluate: Evaluate;
  readonly analyze?: Analyze;
  readonly figures?: Figures;
  readonly log?: Log;
  /**
   * Data set of the paper whose published numbers stand beside ours.
   */
  readonly paper?: 'ffhq' | 'celebahq' | 'bedroom' | 'church' | 'imagenet' | 'coco';
}
/**
 * Noto emoji from the npm package emoji-datasource-google: 64-pixel images that are present after installation.
 */
export interface EmojiDataset {
  readonly kind: 'emoji';
  /**
   * Side of the training images in pixels, after a centre crop.
   */
  readonly size: number;
  /**
   * Resampling to `size`, equal to Pillow's filter of that name.
   */
  readonly filter: 'bicubic' | 'bilinear' | 'box' | 'lanczos';
  /**
   * Categories to keep; all if absent.
   *
   * @minItems 1
   * @maxItems 1000
   *
   * Items: A category of emoji-datasource, e.g. `Animals & Nature`.
   */
  readonly categories?: readonly string[];
  /**
   * Also the skin-tone variants of people and hands.
   */
  readonly skinTones: boolean;
  readonly flip?: TrainingFlip;
  readonly split?: Split;
}
/**
 * Divides the images into parts that share none: models learn from `train`, settings are chosen on `validation`, scores are taken on `held-out`. Drawn by class in equal shares; what belongs together (the skin tones of an emoji) stays together, and copies of an image of another part are left out.
 */
export interface Split {
  /**
   * Images to score with: a share below 1, or their number.
   */
  readonly heldOut: number;
  /**
   * Images to choose settings on: a share below 1, or their number.
   */
  readonly validation: number;
  /**
   * Seed of the draw.
   */
  readonly seed: number;
}
/**
 * Faces drawn from parts by DiceBear, as many as asked for: npm packages that are present after installation.
 */
export interface AvatarsDataset {
  readonly kind: 'avatars';
  /**
   * Whose drawings, all of them CC0.
   */
  readonly style: 'open-peeps' | 'lorelei' | 'notionists' | 'pixel-art';
  /**
   * Different images. All faces up to the last one needed are rendered once to know which differ.
   */
  readonly count: number;
  /**
   * Seed of the faces.
   */
  readonly seed: number;
  /**
   * What gives an image its class; `none` has no classes.
   */
  readonly classBy: 'none' | 'hair' | 'expression' | 'eyewear' | 'facialHair';
  /**
   * Side of the training images in pixels. Multiples of 16 keep the pixels of pixel-art whole.
   */
  readonly size: number;
  /**
   * Resampling of the drawing to `size`, equal to Pillow's filter of that name.
   */
  readonly filter: 'bicubic' | 'bilinear' | 'box' | 'lanczos';
  readonly flip?: TrainingFlip;
  readonly split?: Split;
}
/**
 * A folder of png, jpg or webp images, read recursively.
 */
export interface FolderDataset {
  readonly kind: 'folder';
  /**
   * The folder, relative to this YAML file.
   */
  readonly path: string;
  /**
   * Side of the training images in pixels, after a centre crop.
   */
  readonly size: number;
  /**
   * Resampling to `size`, equal to Pillow's filter of that name.
   */
  readonly filter: 'bicubic' | 'bilinear' | 'box' | 'lanczos';
  /**
   * What becomes of transparency: `white` composes over white, `drop` ignores it as Pillow's convert('RGB') does.
   */
  readonly alpha: 'white' | 'drop';
  /**
   * Unreadable images that are skipped and listed before the run gives up.
   */
  readonly maxCorrupt: number;
  /**
   * `folders` takes the first folder of each image as its class, if all have one (also if this key is absent); `none` has no classes.
   */
  readonly labels?: 'folders' | 'none';
  readonly list?: ImageList;
  readonly published?: PublishedName;
  readonly flip?: TrainingFlip;
  readonly split?: Split;
}
/**
 * Images in one zip file, read where they lie.
 */
export interface ZipDataset {
  readonly kind: 'zip';
  /**
   * The zip file, relative to this YAML file.
   */
  readonly path: string;
  /**
   * `folders` takes the first folder of each image as its class, if all have one (also if this key is absent); `none` has no classes.
   */
  readonly labels?: 'folders' | 'none';
  /**
   * Side of the training images in pixels, after a centre crop.
   */
  readonly size: number;
  /**
   * Resampling to `size`, equal to Pillow's filter of that name.
   */
  readonly filter: 'bicubic' | 'bilinear' | 'box' | 'lanczos';
  /**
   * What becomes of transparency: `white` composes over white, `drop` ignores it as Pillow's convert('RGB') does.
   */
  readonly alpha: 'white' | 'drop';
  /**
   * Unreadable samples that are skipped and listed before the run gives up.
   */
  readonly maxCorrupt: number;
  readonly list?: ImageList;
  readonly published?: PublishedName;
  readonly flip?: TrainingFlip;
  readonly split?: Split;
}
/**
 * One category of LSUN as published: an LMDB of WebP images. All entries are samples, in key order.
 */
export interface LsunLmdbDataset {
  readonly kind: 'lsun-lmdb';
  /**
   * The unpacked folder with data.mdb, e.g. church_outdoor_train_lmdb, relative to this YAML file.
   */
  readonly path: string;
  /**
   * Side of the training images in pixels, after a centre crop.
   */
  readonly size: number;
  /**
   * Resampling to `size`, equal to Pillow's filter of that name.
   */
  readonly filter: 'bicubic' | 'bilinear' | 'box' | 'lanczos';
  /**
   * What becomes of transparency: `white` composes over white, `drop` ignores it as Pillow's convert('RGB') does.
   */
  readonly alpha: 'white' | 'drop';
  /**
   * Unreadable samples that are skipped and listed before the run gives up.
   */
  readonly maxCorrupt: number;
  readonly list?: ImageList;
  readonly published?: PublishedName;
  readonly flip?: TrainingFlip;
  readonly split?: Split;
}
/**
 * ImageNet ILSVRC2012 as unpacked; labels are synsets, sorted they give the class index.
 */
export interface ImagenetDataset {
  readonly kind: 'imagenet';
  /**
   * The folder of synset folders (n01440764, ...) or of validation images, relative to this YAML file.
   */
  readonly path: string;
  /**
   * Labels of a flat validation folder: one synset a line in the order of the images, or image and synset, or Kaggle's LOC_val_solution.csv, or the development kit's numbers.
   */
  readonly groundTruth?: string;
  /**
   * The synset of each number in `groundTruth`, one a line in the development kit's order; only needed for numbers.
   */
  readonly synsets?: string;
  /**
   * Side of the training images in pixels, after a centre crop.
   */
  readonly size: number;
  /**
   * Resampling to `size`, equal to Pillow's filter of that name.
   */
  readonly filter: 'bicubic' | 'bilinear' | 'box' | 'lanczos';
  /**
   * What becomes of transparency: `white` composes over white, `drop` ignores it as Pillow's convert('RGB') does.
   */
  readonly alpha: 'white' | 'drop';
  /**
   * Unreadable samples that are skipped and listed before the run gives up.
   */
  readonly maxCorrupt: number;
  readonly list?: ImageList;
  readonly published?: PublishedName;
  readonly flip?: TrainingFlip;
  readonly split?: Split;
}
/**
 * Tar shards as img2dataset writes them: members key.jpg, key.txt and key.json, and a parquet file beside each shard, which is optional.
 */
export interface WebdatasetDataset {
  readonly kind: 'webdataset';
  /**
   * Folder of .tar files, one .tar file, or a pattern such as laion/{00000..00010}.tar, relative to this YAML file.
   */
  readonly path: string;
  /**
   * Whether samples need a caption (of the parquet file beside the shard, else key.txt, else `caption` in key.json); those without one count as unreadable.
   */
  readonly captions: boolean;
  /**
   * Which samples to keep, by the columns of the parquet files beside the shards; those of unknown value go.
   */
  readonly select?: {
    /**
     * Least original width and height in pixels.
     */
    readonly minSide?: number;
    /**
     * Least cosine similarity of image and caption under CLIP (column `similarity`).
     */
    readonly minSimilarity?: number;
    /**
     * Largest probability that an image is unsafe (column `punsafe`).
     */
    readonly maxUnsafe?: number;
    /**
     * Largest probability of a watermark (column `pwatermark`).
     */
    readonly maxWatermark?: number;
  };
  /**
   * Side of the training images in pixels, after a centre crop.
   */
  readonly size: number;
  /**
   * Resampling to `size`, equal to Pillow's filter of that name.
   */
  readonly filter: 'bicubic' | 'bilinear' | 'box' | 'lanczos';
  /**
   * What becomes of transparency: `white` composes over white, `drop` ignores it as Pillow's convert('RGB') does.
   */
  readonly alpha: 'white' | 'drop';
  /**
   * Unreadable samples that are skipped and listed before the run gives up.
   */
  readonly maxCorrupt: number;
  readonly list?: ImageList;
  readonly published?: PublishedName;
  readonly flip?: TrainingFlip;
  readonly split?: Split;
}
/**
 * COCO images with captions: one sample per image, with its first caption, by image id.
 */
export interface CocoDataset {
  readonly kind: 'coco';
  /**
   * The folder of images, e.g. val2014, relative to this YAML file.
   */
  readonly path: string;
  /**
   * The captions file, e.g. annotations/captions_val2014.json, relative to this YAML file.
   */
  readonly annotations: string;
  /**
   * Which captions of an image are kept: `first` (also if this key is absent) or `all`, from which `sample.promptSeed` then draws. Training is told the first one in any case.
   */
  readonly captions?: 'first' | 'all';
  /**
   * Side of the training images in pixels, after a centre crop.
   */
  readonly size: number;
  /**
   * Resampling to `size`, equal to Pillow's filter of that name.
   */
  readonly filter: 'bicubic' | 'bilinear' | 'box' | 'lanczos';
  /**
   * What becomes of transparency: `white` composes over white, `drop` ignores it as Pillow's convert('RGB') does.
   */
  readonly alpha: 'white' | 'drop';
  /**
   * Unreadable samples that are skipped and listed before the run gives up.
   */
  readonly maxCorrupt: number;
  readonly list?: ImageList;
  readonly published?: PublishedName;
  readonly flip?: TrainingFlip;
  readonly split?: Split;
}
/**
 * Diffusion on pixels: latents are the images in [-1, 1].
 */
export interface NoAutoencoder {
  readonly kind: 'none';
}
/**
 * latent-diffusion's AutoencoderKL, loaded or trained here.
 */
export interface KlAutoencoder {
  readonly kind: 'kl';
  /**
   * Channels at full resolution; a multiple of 32.
   */
  readonly channels: number;
  /**
   * Channel multipliers, one per resolution; each but the last halves the side.
   *
   * @minItems 1
   * @maxItems 16
   */
  readonly channelMult: readonly number[];
  /**
   * Residual blocks per resolution.
   */
  readonly numResBlocks: number;
  /**
   * Feature sides with attention, besides the middle block, which always has one.
   *
   * @maxItems 16
   */
  readonly attnResolutions: readonly number[];
  /**
   * Channels of the encoder's mean.
   */
  readonly zChannels: number;
  /**
   * Channels of the latents.
   */
  readonly embedDim: number;
  readonly checkpoint?: Checkpoint;
  readonly train?: AutoencoderTraining;
  /**
   * Factor from the encoder's output to latents; `auto` is 1 / standard deviation over the data set (latent-diffusion's scale_by_std), `checkpoint` reads the buffer `scale_factor` of the autoencoder's checkpoint.
   */
  readonly scaleFactor: number | ('auto' | 'checkpoint');
  /**
   * What is kept of each encoded image: `moments`, mean and standard deviation, of which every step draws anew as latent-diffusion does; or `sampled`, one draw, which takes half the disk and is the same in every epoch.
   */
  readonly latents: 'moments' | 'sampled';
}
/**
 * Where pretrained weights lie.
 */
export interface Checkpoint {
  /**
   * File (.ckpt, .pt, .pth, .safetensors) or folder (sharded safetensors, diffusers), relative to this YAML file.
   */
  readonly path: string;
  /**
   * Start of the parameter names in the file.
   */
  readonly prefix?: string;
  /**
   * Whether to take the file's averaged weights: `prefer` takes them if there are any.
   */
  readonly ema: 'prefer' | 'require' | 'never';
  /**
   * Where to get it, under which licence: for the message when it is missing.
   */
  readonly source?: string;
}
/**
 * Training of the autoencoder on the images: L1 reconstruction and the regularisation of its kind, no adversary.
 */
export interface AutoencoderTraining {
  /**
   * Optimizer steps.
   */
  readonly steps: number;
  /**
   * Samples per step, over all processes.
   */
  readonly batchSize: number;
  /**
   * AdamW's learning rate at the start.
   */
  readonly learningRate: number;
  /**
   * `linear-decay` falls to 0 at the last step (paper, appendix); `constant` stays.
   */
  readonly lrSchedule: 'constant' | 'linear-decay';
  /**
   * Steps over which the learning rate rises linearly from 0.
   */
  readonly warmupSteps: number;
  /**
   * Decoupled weight decay of AdamW.
   */
  readonly weightDecay: number;
  /**
   * Decay of AdamW's first moment.
   */
  readonly beta1: number;
  /**
   * Decay of AdamW's second moment.
   */
  readonly beta2: number;
  /**
   * Added to the root of AdamW's second moment.
   */
  readonly epsilon: number;
  /**
   * Largest global norm of the gradients; larger ones are scaled down. 0 turns clipping off.
   */
  readonly gradClip: number;
  /**
   * Decay of the moving average of the weights, warmed up as min(decay, (1 + n) / (10 + n)).
   */
  readonly emaDecay: number;
  /**
   * Samples that are computed at once, where a whole batch takes too much memory: gradients are added up over the parts of a batch, which changes results by rounding alone. Divides batchSize (over MPI, each process's share of it); left out, a batch is one part.
   */
  readonly microBatch?: number;
  /**
   * Steps between checkpoints: the most that an interruption can lose.
   */
  readonly checkpointEvery: number;
  /**
   * Steps between points of the loss curve; each point is the mean over them.
   */
  readonly logEvery: number;
  /**
   * Weight of the KL term, of KL autoencoders (latent-diffusion: 1e-6).
   */
  readonly klWeight: number;
  /**
   * Mirror every second image at random.
   */
  readonly flip: boolean;
  /**
   * Weight of the distance between code and codebook, of VQ autoencoders.
   */
  readonly codebookWeight: number;
}
/**
 * latent-diffusion's VQModelInterface, loaded or trained here: latents before quantisation, quantised when decoded.
 */
export interface VqAutoencoder {
  readonly kind: 'vq';
  /**
   * Channels at full resolution; a multiple of 32.
   */
  readonly channels: number;
  /**
   * Channel multipliers, one per resolution; each but the last halves the side.
   *
   * @minItems 1
   * @maxItems 16
   */
  readonly channelMult: readonly number[];
  /**
   * Residual blocks per resolution.
   */
  readonly numResBlocks: number;
  /**
   * Feature sides with attention, besides the middle block, which always has one.
   *
   * @maxItems 16
   */
  readonly attnResolutions: readonly number[];
  /**
   * Channels of the encoder's output.
   */
  readonly zChannels: number;
  /**
   * Channels of the latents.
   */
  readonly embedDim: number;
  /**
   * Entries of the codebook (VQ-f4: 8192).
   */
  readonly codes: number;
  readonly checkpoint?: Checkpoint;
  /**
   * Factor from the encoder's output to latents; `auto` is 1 / standard deviation over the data set (latent-diffusion's scale_by_std), `checkpoint` reads the buffer `scale_factor` of the autoencoder's checkpoint.
   */
  readonly scaleFactor: number | ('auto' | 'checkpoint');
  readonly train?: AutoencoderTraining;
}
/**
 * Unconditional models.
 */
export interface NoConditioning {
  readonly kind: 'none';
}
/**
 * One of a number of classes, as latent-diffusion's ClassEmbedder gives it to a spatial transformer.
 */
export interface ClassConditioning {
  readonly kind: 'class';
  /**
   * Classes of the data set; the embedder has one row more, for no class.
   */
  readonly classes: number;
  /**
   * Channels of the context token (cin256-v2: 512).
   */
  readonly width: number;
  /**
   * Share of training samples whose condition is dropped, so that guidance has an unconditional prediction.
   */
  readonly dropRate: number;
  /**
   * Students' embedder: `copy` takes the teacher's and freezes it, `train` trains one of their own.
   */
  readonly embedder: 'copy' | 'train';
}
/**
 * Captions, encoded by a text transformer.
 */
export interface TextConditioning {
  readonly kind: 'text';
  readonly encoder: TextEncoder;
  /**
   * Share of training samples whose condition is dropped, so that guidance has an unconditional prediction.
   */
  readonly dropRate: number;
  /**
   * Students' embedder: `copy` takes the teacher's and freezes it, `train` trains one of their own.
   */
  readonly embedder: 'copy' | 'train';
}
/**
 * CLIP ViT-L/14's text model, frozen.
 */
export interface ClipTextEncoder {
  readonly kind: 'clip';
  readonly checkpoint: Checkpoint;
  /**
   * CLIP's merges, bpe_simple_vocab_16e6.txt (or .gz), or Hugging Face's merges.txt; relative to this YAML file.
   */
  readonly vocabulary: string;
  /**
   * Disk, in GiB, for encoded captions while a model trains: each takes 231 KiB and is encoded once, those beyond in every batch. 0 keeps none. It changes no result.
   */
  readonly cacheGiB: number;
}
/**
 * A small transformer over words, trained with the teacher; words are hashed to a fixed vocabulary, so it needs no files.
 */
export interface WordTextEncoder {
  readonly kind: 'words';
  /**
   * Channels of the context tokens.
   */
  readonly width: number;
  /**
   * Transformer layers.
   */
  readonly layers: number;
  /**
   * Attention heads; they divide `width`.
   */
  readonly heads: number;
  /**
   * Words of a caption that are read.
   */
  readonly tokens: number;
  /**
   * Rows of the embedding table.
   */
  readonly vocabulary: number;
}
/**
 * The noise schedule: betas = linspace(sqrt(linearStart), sqrt(linearEnd), timesteps)^2.
 */
export interface Diffusion {
  /**
   * Training timesteps T.
   */
  readonly timesteps: number;
  /**
   * First beta (LDM: .0015; text-to-image: .00085).
   */
  readonly linearStart: number;
  /**
   * Last beta (LDM: .0195; Church: .0155; text-to-image: .012).
   */
  readonly linearEnd: number;
  /**
   * What the networks give: `epsilon`, the noise (the paper's Eq. 3; also if this key is absent), or `v` = sqrt(alphaBar) epsilon - sqrt(1 - alphaBar) x0 (Salimans and Ho 2022), which stays well conditioned at the noisiest timesteps, where a network trained for a short time otherwise predicts worse than a copy of its input.
   */
  readonly prediction?: 'epsilon' | 'v';
}
/**
 * The large model: loaded from a checkpoint or trained here.
 */
export interface Teacher {
  readonly unet: Unet;
  readonly checkpoint?: Checkpoint;
  readonly train?: Training;
  readonly sample?: ModelSampling;
}
/**
 * latent-diffusion's UNet.
 */
export interface Unet {
  /**
   * Channels at full resolution; a multiple of `normGroups`.
   */
  readonly modelChannels: number;
  /**
   * Channel multipliers, one per resolution.
   *
   * @minItems 1
   * @maxItems 16
   */
  readonly channelMult: readonly number[];
  /**
   * Residual blocks per resolution.
   */
  readonly numResBlocks: number;
  /**
   * Downsampling factors (1, 2, 4, ...) with attention.
   *
   * @minItems 1
   * @maxItems 16
   */
  readonly attentionResolutions: readonly number[];
  /**
   * Heads of every attention; give this or `numHeadChannels`.
   */
  readonly numHeads?: number;
  /**
   * Channels of each head.
   */
  readonly numHeadChannels?: number;
  /**
   * Groups of every group norm, of the students, too; 32 if left out, as in latent-diffusion. A student of 32 channels then has groups of one channel, whose norms take away what is the same in all pixels: say 8.
   */
  readonly normGroups?: number;
  /**
   * Timestep embedding as scale and shift of the norm (Church).
   */
  readonly useScaleShiftNorm: boolean;
  /**
   * Resample inside residual blocks (Church).
   */
  readonly resblockUpdown: boolean;
  /**
   * Layers of each spatial transformer, where there is conditioning.
   */
  readonly transformerDepth: number;
}
/**
 * Training by AdamW.
 */
export interface Training {
  /**
   * Optimizer steps.
   */
  readonly steps: number;
  /**
   * Samples per step, over all processes.
   */
  readonly batchSize: number;
  /**
   * AdamW's learning rate at the start.
   */
  readonly learningRate: number;
  /**
   * `linear-decay` falls to 0 at the last step (paper, appendix); `constant` stays.
   */
  readonly lrSchedule: 'constant' | 'linear-decay';
  /**
   * Steps over which the learning rate rises linearly from 0.
   */
  readonly warmupSteps: number;
  /**
   * Decoupled weight decay of AdamW.
   */
  readonly weightDecay: number;
  /**
   * Decay of AdamW's first moment.
   */
  readonly beta1: number;
  /**
   * Decay of AdamW's second moment.
   */
  readonly beta2: number;
  /**
   * Added to the root of AdamW's second moment.
   */
  readonly epsilon: number;
  /**
   * Largest global norm of the gradients; larger ones are scaled down. 0 turns clipping off.
   */
  readonly gradClip: number;
  /**
   * Decay of the moving average of the weights, warmed up as min(decay, (1 + n) / (10 + n)).
   */
  readonly emaDecay: number;
  /**
   * Samples that are computed at once, where a whole batch takes too much memory: gradients are added up over the parts of a batch, which changes results by rounding alone. Divides batchSize (over MPI, each process's share of it); `auto` is the largest part that is predicted to fit into the memory (key `memory`); left out, a batch is one part.
   */
  readonly microBatch?: number | 'auto';
  /**
   * Steps between checkpoints: the most that an interruption can lose.
   */
  readonly checkpointEvery: number;
  /**
   * Steps between points of the loss curve; each point is the mean over them.
   */
  readonly logEvery: number;
}
/**
 * How this model is sampled where it differs from `sample`, which gives what is left out here: published teachers have steps, eta and guidance of their own.
 */
export interface ModelSampling {
  /**
   * As in `sample`.
   */
  readonly sampler?: 'ddim' | 'dpm-solver++' | 'heun' | 'ancestral' | 'lcm';
  /**
   * Time steps.
   */
  readonly steps?: number;
  /**
   * Of `ddim`: 0 is deterministic, 1 as noisy as DDPM.
   */
  readonly eta?: number;
  /**
   * As in `sample`.
   */
  readonly setAlphaToOne?: boolean;
  /**
   * Classifier-free guidance w.
   */
  readonly guidanceScale?: number;
  /**
   * Sample from the averaged weights.
   */
  readonly useEma?: boolean;
  /**
   * As in `sample`.
   */
  readonly precision?: 'float32' | 'int8';
}
/**
 * A slim model: the teacher's network, changed and taught as its method says.
 */
export interface Student {
  /**
   * How the student comes about. `spectral` (also if this key is absent): a network with `modelChannels`, from random weights, on the noise loss and the distillation losses that are switched on; with none of them and without gating it is the paper's Lite. `block-removal`: the teacher's network and weights without the blocks that `blocks` takes out, trained on the noise loss and on the teacher's outputs and features (BK-SDM, Kim et al. 2023). `pruned`: a network with `modelChannels` made of those channels of the teacher on which its loss depends most, trained on the noise loss (Diff-Pruning, Fang et al. 2023). `consistency`: the teacher's network and weights, trained to give the end of the teacher's sampling path from any point of it, so that a few steps of the sampler `lcm` are enough (Luo et al. 2023).
   */
  readonly method?: 'spectral' | 'block-removal' | 'pruned' | 'consistency';
  /**
   * Channels at full resolution; a multiple of `normGroups`. Of `spectral` and `pruned`, which need it; with the other methods networks have the teacher's.
   */
  readonly modelChannels?: number;
  /**
   * WG-Down and WG-Up instead of strided and nearest resampling (paper, section 5.1).
   */
  readonly waveletGating: boolean;
  /**
   * The wavelet of the gating; `haar`, the paper's, if left out.
   */
  readonly wavelet?: 'haar';
  /**
   * What becomes of gated bands: `conv` ends WG-Down and WG-Up in a 1x1 convolution (the sizes of the paper's tables); `sum` adds the bands up in WG-Down, as its formula is printed; `sum-both` also leaves WG-Up at its printed formula, the inverse transform with a quarter of the channels.
   */
  readonly waveletFusion: 'conv' | 'sum' | 'sum-both';
  /**
   * `learned` gates are Eq. 8 (also if this key is absent); `frozen` ones are 0.5 throughout and have no weights: the control that tells gating from the wavelet transform alone.
   */
  readonly gates?: 'learned' | 'frozen';
  /**
   * What follows the convolution of WG-Down and WG-Up on the residual stream: `silu` (also if this key is absent) or `none`: the paper names no activation, and latent-diffusion's resampling has none.
   */
  readonly waveletActivation?: 'silu' | 'none';
  /**
   * Spatial distillation loss (Eq. 9).
   */
  readonly spatial: boolean;
  /**
   * Frequency distillation loss (Eq. 10-11).
   */
  readonly freq: boolean;
  /**
   * Of `block-removal`, which needs it: `base` keeps the first block of each level on the way down, and the first and the last on the way up; `small` also leaves out the middle; `tiny` also leaves out the lowest level.
   */
  readonly blocks?: 'base' | 'small' | 'tiny';
  /**
   * Of `block-removal`: weight of the squared differences to the teacher's output and features beside the noise loss; 1, as published, if this key is absent.
   */
  readonly featureWeight?: number;
  /**
   * Of `pruned`: timesteps count, from the least noise on, until the teacher's loss is below this share of its largest; 0.05, as published, if this key is absent.
   */
  readonly lossThreshold?: number;
  /**
   * Of `pruned`: timesteps, evenly spread, at which the teacher's gradients are taken, with a batch of `distill.batchSize` at each; 100 if this key is absent.
   */
  readonly importanceSteps?: number;
  readonly sample?: ModelSampling;
}
/**
 * Training of the students: L = L_DDPM + lambdaS L_spatial + lambdaF L_freq.
 */
export interface Distill {
  /**
   * Optimizer steps.
   */
  readonly steps: number;
  /**
   * Samples per step, over all processes.
   */
  readonly batchSize: number;
  /**
   * AdamW's learning rate at the start.
   */
  readonly learningRate: number;
  /**
   * `linear-decay` falls to 0 at the last step (paper, appendix); `constant` stays.
   */
  readonly lrSchedule: 'constant' | 'linear-decay';
  /**
   * Steps over which the learning rate rises linearly from 0.
   */
  readonly warmupSteps: number;
  /**
   * Decoupled weight decay of AdamW.
   */
  readonly weightDecay: number;
  /**
   * Decay of AdamW's first moment.
   */
  readonly beta1: number;
  /**
   * Decay of AdamW's second moment.
   */
  readonly beta2: number;
  /**
   * Added to the root of AdamW's second moment.
   */
  readonly epsilon: number;
  /**
   * Largest global norm of the gradients; larger ones are scaled down. 0 turns clipping off.
   */
  readonly gradClip: number;
  /**
   * Decay of the moving average of the weights, warmed up as min(decay, (1 + n) / (10 + n)).
   */
  readonly emaDecay: number;
  /**
   * Samples that are computed at once, where a whole batch takes too much memory: gradients are added up over the parts of a batch, which changes results by rounding alone. Divides batchSize (over MPI, each process's share of it); `auto` is the largest part that is predicted to fit into the memory (key `memory`); left out, a batch is one part.
   */
  readonly microBatch?: number | 'auto';
  /**
   * Steps between checkpoints: the most that an interruption can lose.
   */
  readonly checkpointEvery: number;
  /**
   * Steps between points of the loss curve; each point is the mean over them.
   */
  readonly logEvery: number;
  /**
   * Weight of the spatial loss (Eq. 9).
   */
  readonly lambdaS: number;
  /**
   * Weight of the frequency loss (Eq. 10).
   */
  readonly lambdaF: number;
  /**
   * Exponent of the frequency weight |DFT(x0)|^alpha (Eq. 11); negative values stress rare frequencies.
   */
  readonly alpha: number;
  /**
   * How squared differences of one feature map are reduced: `mean` does not depend on its size, `sum` is the print's norm.
   */
  readonly reduction: 'mean' | 'sum';
  /**
   * Scale of the 2-D DFT: `ortho` keeps energy, `backward` is unscaled.
   */
  readonly dftNorm: 'ortho' | 'backward';
  /**
   * Smallest |DFT(x0)| that Eq. 11 sees, relative to its mean over the map: keeps weights with alpha < 0 bounded.
   */
  readonly weightFloor: number;
  /**
   * Scale of the frequency weight: `none` is Eq. 11 as printed (also if this key is absent), `mean-one` divides it by its mean over all frequencies of each image, so that lambdaF does not depend on how strong x0 is.
   */
  readonly weightNorm?: 'none' | 'mean-one';
  /**
   * Scale of the compared feature maps: `none` is Eq. 9 and 11 as printed (also if this key is absent), `teacher-variance` divides squared differences by the variance of the teacher's map, image by image, so that loud layers do not outweigh the others.
   */
  readonly featureNorm?: 'none' | 'teacher-variance';
  /**
   * Feature maps that are compared; `all` is the last block of each resolution in both paths, and the output.
   */
  readonly taps: 'all' | readonly string[];
}
/**
 * Sampling of every model; `teacher.sample` and `students.<name>.sample` change it for one.
 */
export interface Sample {
  /**
   * `ddim` (also if this key is absent); `dpm-solver++`, the multistep method of second order (2M), which needs fewer steps; `heun`, EDM's method of second order, which asks the network twice a step; `ancestral`, DDPM's with noise in every step; `lcm`, the multistep sampling of latent consistency models, for students of the method `consistency`.
   */
  readonly sampler?: 'ddim' | 'dpm-solver++' | 'heun' | 'ancestral' | 'lcm';
  /**
   * Time steps.
   */
  readonly steps: number;
  /**
   * Of `ddim`: 0 is deterministic, 1 as noisy as DDPM.
   */
  readonly eta: number;
  /**
   * Where the last step ends: at the x0 that it predicts (alphaBar 1) if true; if false or absent at alphaBar of timestep 0, as in latent-diffusion, which leaves a little noise: nothing to a decoder, visible where latents are pixels. `ancestral` ends at x0 always.
   */
  readonly setAlphaToOne?: boolean;
  /**
   * Images per model; the paper takes 50,000.
   */
  readonly count: number;
  /**
   * Images at once; does not change them.
   */
  readonly batchSize: number;
  /**
   * Text-conditional models: seed by which the captions to sample for are drawn without replacement, one of each image before any image gives a second, the same for all models (zero-shot FID-30K). Left out, captions come in the order of the data set, and from its start again.
   */
  readonly promptSeed?: number;
  /**
   * Sample from the averaged weights.
   */
  readonly useEma: boolean;
  /**
   * What the denoising network computes with: `float32` (also if this key is absent), or `int8`: convolutions of more than one tap on integers, in ranges measured on the model's own way from noise to images, but for those whose errors are too large. Of the engine onnx on the CPU.
   */
  readonly precision?: 'float32' | 'int8';
  /**
   * How models are quantized that are sampled with `precision: int8`.
   */
  readonly int8?: {
    /**
     * Images on whose way the ranges are measured, from noise of their own; 16 if this key is absent.
     */
    readonly images?: number;
    /**
     * How far the predicted noise may move, as a share of it (root mean squares): convolutions stay float32, the worst first, until it moves no further; 0.01 if this key is absent.
     */
    readonly maxError?: number;
  };
  /**
   * Columns of the sample grid.
   */
  readonly gridColumns: number;
  /**
   * Rows of the sample grid.
   */
  readonly gridRows: number;
  /**
   * Classifier-free guidance w: unconditional + w (conditional - unconditional); 1 is the conditional prediction alone.
   */
  readonly guidanceScale: number;
}
/**
 * Scores of the samples against the real images.
 */
export interface Evaluate {
  readonly extractor: Extractor;
  /**
   * What to compute: Frechet distance, kernel distance, precision and recall, spectral error by radius, the spectral errors of the paper's Table 1, tests for copies of training images.
   *
   * Items: A score.
   */
  readonly metrics: readonly ('fid' | 'kid' | 'precision-recall' | 'spectrum' | 'paper-spectrum' | 'memorisation')[];
  /**
   * Real images to compare with, drawn by class in equal shares; 0 takes all.
   */
  readonly referenceCount: number;
  /**
   * Also what real images score against other real images, by themselves and through the autoencoder: rows that no model can be expected to fall below.
   */
  readonly floors: boolean;
  /**
   * Mean and covariance of the real images' features, an .npz with mu and sigma as `sdx fid --save`, pytorch-fid and clean-fid write it; the data set's features are then not computed. For the metric fid only, beside the spectrum.
   */
  readonly referenceStats?: string;
  /**
   * Images at once; does not change the scores.
   */
  readonly batchSize: number;
  readonly dataset?: Dataset1;
  /**
   * Images to compare with, where `split` divides the data set; else all.
   */
  readonly part: 'train' | 'validation' | 'held-out';
}
/**
 * The Inception-v3 of the npm package nsfwjs: offline; its scores cannot be compared with published ones.
 */
export interface NsfwjsExtractor {
  readonly kind: 'nsfwjs';
  /**
   * Side that images are resized to. Published numbers use 299; another side gives another feature, whose scores compare with none at 299.
   */
  readonly inputSize: number;
}
/**
 * The Inception-v3 of published FIDs, from the weights file pt_inception-2015-12-05-6726825d.pth.
 */
export interface InceptionExtractor {
  /**
   * Which tool's resampling to use: pytorch-fid (bilinear) or clean-fid (antialiased bicubic).
   */
  readonly kind: 'pytorch-fid' | 'clean-fid';
  /**
   * The weights file, relative to this YAML file.
   */
  readonly weights: string;
  /**
   * Side that images are resized to. Published numbers use 299; another side gives another feature, whose scores compare with none at 299.
   */
  readonly inputSize: number;
}
/**
 * What `sdx analyze` measures of trained models; `sdx run` does not read it.
 */
export interface Analyze {
  /**
   * Images, spread evenly over the data set; of a smaller set, all.
   */
  readonly count: number;
  /**
   * Noise levels, spread evenly from timestep 1 to the last.
   */
  readonly timesteps: number;
  /**
   * Images at once; does not change the numbers.
   */
  readonly batchSize: number;
  /**
   * Images to measure on, where `dataset.split` divides them; else all.
   */
  readonly part: 'train' | 'validation' | 'held-out';
}
/**
 * What `sdx figures` measures of trained models; `sdx run` does not read it.
 */
export interface Figures {
  /**
   * Images whose sampling is watched; the paper's Fig. 9 has 100.
   */
  readonly count: number;
  /**
   * Steps of sampling at which the predicted image is looked at, spread evenly from the first to the last.
   */
  readonly frames: number;
  /**
   * Images of each set that spectra are averaged over; of a smaller set, all. The paper's Table 1 has 300.
   */
  readonly spectrumImages: number;
  /**
   * Captions to sample for, where models are told captions (Fig. 8).
   *
   * @maxItems 100
   */
  readonly prompts: readonly string[];
  /**
   * Batch size at which the speed of networks is measured; the paper's Fig. 6 has 64.
   */
  readonly throughputBatch: number;
  /**
   * Samples of each model that samplers are compared on, as latents.
   */
  readonly samplerImages: number;
  /**
   * Steps of Heun's method that samplers in fewer steps are held against; the next lower number where the noise schedule cannot give so many.
   */
  readonly samplerReference: number;
  /**
   * Images at once; does not change the numbers.
   */
  readonly batchSize: number;
}
/**
 * How training is logged, in logs/<experiment>/<stage>/ of the store. No part of what an experiment is.
 */
export interface Log {
  /**
   * Also write event files, which TensorBoard shows; losses.jsonl is written in any case.
   */
  readonly tensorboard: boolean;
}
