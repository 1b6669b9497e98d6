// Generated from schemas/experiment.schema.json by `npm run types`; change the schema instead.
// The types of a resolved experiment: defaults filled in, paths absolute, `extends` followed.

/**
 * The real images.
 */
export type Dataset = EmojiDataset | FolderDataset;
/**
 * The first stage, which turns images into latents and back.
 */
export type Autoencoder = NoAutoencoder | KlAutoencoder;
/**
 * The network whose features are compared.
 */
export type Extractor = NsfwjsExtractor | InceptionExtractor;

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
   * Seed of every random choice: weights, noise, data order, samples.
   */
  readonly seed: number;
  /**
   * What runs the numbers: `onnx` (ONNX Runtime), `tensorflow` (tfjs-node, if you have installed it) or `reference` (TF.js in plain JavaScript, slow).
   */
  readonly engine: 'onnx' | 'tensorflow' | 'reference';
  /**
   * CPU threads of the engine; 0 takes all physical cores.
   */
  readonly threads: number;
  readonly dataset: Dataset;
  readonly autoencoder: Autoencoder;
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
   *
   * Items: A category of emoji-datasource, e.g. `Animals & Nature`.
   */
  readonly categories?: readonly string[];
  /**
   * Also the skin-tone variants of people and hands.
   */
  readonly skinTones: boolean;
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
   */
  readonly channelMult: readonly number[];
  /**
   * Residual blocks per resolution.
   */
  readonly numResBlocks: number;
  /**
   * Feature sides with attention, besides the middle block, which always has one.
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
   * Factor from the encoder's output to latents; `auto` is 1 / standard deviation over the data set (latent-diffusion's scale_by_std).
   */
  readonly scaleFactor: number | 'auto';
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
}
/**
 * Training of the autoencoder on the images: L1 reconstruction plus a small KL term, no adversary.
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
   * Steps between checkpoints: the most that an interruption can lose.
   */
  readonly checkpointEvery: number;
  /**
   * Steps between points of the loss curve; each point is the mean over them.
   */
  readonly logEvery: number;
  /**
   * Weight of the KL term (latent-diffusion: 1e-6).
   */
  readonly klWeight: number;
  /**
   * Mirror every second image at random.
   */
  readonly flip: boolean;
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
}
/**
 * The large model: loaded from a checkpoint or trained here.
 */
export interface Teacher {
  readonly unet: Unet;
  readonly checkpoint?: Checkpoint;
  readonly train?: Training;
}
/**
 * latent-diffusion's UNet.
 */
export interface Unet {
  /**
   * Channels at full resolution; a multiple of 32.
   */
  readonly modelChannels: number;
  /**
   * Channel multipliers, one per resolution.
   *
   * @minItems 1
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
   * Timestep embedding as scale and shift of the norm (Church).
   */
  readonly useScaleShiftNorm: boolean;
  /**
   * Resample inside residual blocks (Church).
   */
  readonly resblockUpdown: boolean;
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
   * Steps between checkpoints: the most that an interruption can lose.
   */
  readonly checkpointEvery: number;
  /**
   * Steps between points of the loss curve; each point is the mean over them.
   */
  readonly logEvery: number;
}
/**
 * A slim model: the teacher's network with these changes.
 */
export interface Student {
  /**
   * Channels at full resolution; a multiple of 32.
   */
  readonly modelChannels: number;
  /**
   * WG-Down and WG-Up instead of strided and nearest resampling (paper, section 5.1).
   */
  readonly waveletGating: boolean;
  /**
   * How WG-Down fuses its gated bands: `conv` (1x1 convolution, the sizes of the paper's tables) or `sum` (Eq. 8 read literally).
   */
  readonly waveletFusion: 'conv' | 'sum';
  /**
   * Spatial distillation loss (Eq. 9).
   */
  readonly spatial: boolean;
  /**
   * Frequency distillation loss (Eq. 10-11).
   */
  readonly freq: boolean;
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
   * Feature maps that are compared; `all` is the last block of each resolution in both paths, and the output.
   */
  readonly taps: 'all' | readonly string[];
}
/**
 * DDIM sampling of every model.
 */
export interface Sample {
  /**
   * DDIM steps.
   */
  readonly steps: number;
  /**
   * 0 is deterministic, 1 as noisy as DDPM.
   */
  readonly eta: number;
  /**
   * Images per model; the paper takes 50,000.
   */
  readonly count: number;
  /**
   * Images at once; does not change them.
   */
  readonly batchSize: number;
  /**
   * Sample from the averaged weights.
   */
  readonly useEma: boolean;
  /**
   * Columns of the sample grid.
   */
  readonly gridColumns: number;
  /**
   * Rows of the sample grid.
   */
  readonly gridRows: number;
}
/**
 * Scores of the samples against the real images.
 */
export interface Evaluate {
  readonly extractor: Extractor;
  /**
   * What to compute: Frechet distance, kernel distance, precision and recall, spectral error by radius.
   *
   * Items: A score.
   */
  readonly metrics: readonly ('fid' | 'kid' | 'precision-recall' | 'spectrum')[];
  /**
   * Real images to compare with, from the first on; 0 takes all.
   */
  readonly referenceCount: number;
  /**
   * Images at once; does not change the scores.
   */
  readonly batchSize: number;
}
/**
 * The Inception-v3 of the npm package nsfwjs: offline; its scores cannot be compared with published ones.
 */
export interface NsfwjsExtractor {
  readonly kind: 'nsfwjs';
  /**
   * Side that images are resized to.
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
   * Side that images are resized to; published numbers use 299.
   */
  readonly inputSize: number;
}
