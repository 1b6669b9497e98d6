// The options of the commands: what program.ts parses, help and Tab show, and the commands receive, each declared once.
import type { Experiment } from '../config/types.generated.ts';
import type { EngineOptions } from '../engine/engine-options.ts';
import type { ExportForm } from '../export/forms.ts';
import { usualFolders } from '../usual-folders.ts';
import type { OptionSpec, OptionSpecs, OptionsOf } from './command-spec.ts';

export const jsonOption = {
  json: { help: 'print the result as JSON, and errors too' },
} as const satisfies OptionSpecs;

const storeOption = {
  store: {
    value: '<folder>',
    help: 'folder of the artifact store',
    default: usualFolders.store,
    env: 'SDX_STORE',
    offers: ['folder'],
  },
} as const satisfies OptionSpecs;

const resultsOption = {
  results: {
    value: '<folder>',
    help: 'folder of the results',
    default: usualFolders.results,
    offers: ['folder'],
  },
} as const satisfies OptionSpecs;

/** What changes the engine that the experiment names; one for each member of EngineOptions. */
export const engineFlags = {
  engine: {
    value: '<name>',
    help: 'engine, instead of the one the experiment names',
    choices: ['onnx', 'tensorflow', 'reference'],
  },
  device: {
    value: '<name>',
    help: 'what the engine computes on, instead of what the experiment says',
    choices: ['cpu', 'webgpu'],
  },
  threads: { value: '<n>', help: 'CPU threads of the engine; 0: all cores', type: 'index' },
} as const satisfies Readonly<Record<keyof EngineOptions, OptionSpec>>;

/** run, plan, status, analyze, figures. */
export const pipelineOptions = {
  ...storeOption,
  ...resultsOption,
  ...engineFlags,
  profile: {
    value: '<name>',
    help: 'smoke: shrink sizes and steps so that every stage runs within minutes',
    choices: ['smoke'],
  },
  ...jsonOption,
} as const satisfies OptionSpecs;

/** run, analyze, figures. */
const nameOption = {
  name: {
    value: '<folder>',
    help: 'folder of the results below <results>/<experiment>, of runs with changes; left out: as the changes',
    offers: [],
  },
} as const satisfies OptionSpecs;

export const runOptions = {
  ...pipelineOptions,
  ...nameOption,
  stage: {
    value: '<names>',
    help: 'only these stages and what they need: latents,sample:sd; no results',
    offers: ['stages'],
  },
  shard: {
    value: '<i/n>',
    help: 'only the i-th of n shards of latents, sample, ...; others do the rest, and a plain run gathers it',
    offers: [],
  },
  launcher: { value: '<name>', help: 'submit the run to Slurm instead', choices: ['slurm'] },
  shards: {
    value: '<n>',
    help: 'Slurm: jobs that share each stage that can be done in shards; left out: one job does all',
    type: 'count',
  },
  sbatch: {
    value: '<options>',
    help: "Slurm: options of sbatch for each job: '--gpus=1 --time=4:00:00'",
    offers: [],
  },
  dryRun: { help: 'Slurm: print the scripts; submit nothing' },
  job: { value: '<file>', help: 'Slurm: where a job notes its state; its script says it' },
} as const satisfies OptionSpecs;

export const figuresOptions = {
  only: { value: '<list>', help: 'only these figures: 1,2,table-1; --list names them', offers: [] },
  list: { help: 'list the figures; make none' },
  ...pipelineOptions,
  ...nameOption,
} as const satisfies OptionSpecs;

export const analyzeOptions = { ...pipelineOptions, ...nameOption } as const satisfies OptionSpecs;

export const planOptions = {
  ...pipelineOptions,
  tflops: {
    value: '<x>',
    help: 'float32 TFLOPS that your device sustains; gives hours',
    type: 'positive',
  },
  probe: { help: 'train for five seconds to see how fast this machine is, where its store does not tell' },
} as const satisfies OptionSpecs;

export const tableOptions = {
  format: {
    value: '<name>',
    help: 'text: for people, as wide as the terminal; md: Markdown; csv, tex, json: for programs and papers',
    choices: ['text', 'md', 'csv', 'tex', 'json'],
    default: 'text',
  },
  differences: {
    help: 'of a sweep: what each cell is above or below its baseline in every measure, with intervals',
  },
  ...resultsOption,
} as const satisfies OptionSpecs;

/** Files of experiments/templates. */
export const templateNames = ['quickstart', 'folder', 'class', 'text'] as const;

export const initOptions = {
  template: {
    value: '<name>',
    help: 'quickstart: emoji; folder: your images; class: by category; text: by caption',
    choices: templateNames,
    default: 'quickstart',
  },
} as const satisfies OptionSpecs;

export const schemaKinds = ['experiment', 'sweep'] as const;

export const schemaOptions = {
  output: { value: '<file>', help: 'write it to a file instead' },
} as const satisfies OptionSpecs;

/** Shells, each with its script in completions/. */
export const completionScripts = {
  bash: 'sdx.bash',
  zsh: 'sdx.zsh',
  fish: 'sdx.fish',
  powershell: 'sdx.ps1',
} as const;
export const shells = Object.keys(completionScripts) as readonly Shell[];

const samplerNames = [
  'ddim',
  'dpm-solver++',
  'heun',
  'ancestral',
  'lcm',
] as const satisfies readonly Experiment['sample']['sampler'][];

export const sampleOptions = {
  count: {
    value: '<n>',
    help: 'images; left out: as the experiment says, or one for each prompt',
    type: 'count',
  },
  prompt: {
    value: '<text>',
    help: 'caption to sample for; give it again for more, in turn',
    many: true,
    offers: [],
  },
  class: {
    value: '<name>',
    help: 'class to sample for, by name or number; give it again for more',
    many: true,
    offers: [],
  },
  guidance: {
    value: '<w>',
    help: 'classifier-free guidance; 1: the conditional prediction alone',
    type: 'number',
  },
  sampler: {
    value: '<name>',
    help: 'sampler, instead of the one the experiment names',
    choices: samplerNames,
  },
  steps: { value: '<n>', help: 'time steps', type: 'count' },
  eta: { value: '<x>', help: 'of ddim; 0: deterministic, 1: as noisy as DDPM', type: 'number' },
  seed: { value: '<n>', help: 'seed of the noise', type: 'index' },
  interpolate: {
    value: '<a,b>',
    help: 'images on the way from the noise of seed a to that of seed b',
    offers: [],
  },
  output: {
    value: '<file>',
    help: 'where a grid of images goes: png, jpg or webp, by its ending; left out: <model>.png, unless --images or --gif is given',
  },
  images: { value: '<folder>', help: 'where single PNG files go, one for each image', offers: ['folder'] },
  gif: {
    value: '<file>',
    help: 'where an animation goes, gif or webp: of the images becoming, or of the way of --interpolate',
  },
  scale: {
    value: '<n>',
    help: 'pixels that each pixel becomes, in both directions',
    type: 'count',
    default: 1,
  },
  force: { help: 'overwrite files that are there' },
  ...engineFlags,
  ...storeOption,
  ...jsonOption,
} as const satisfies OptionSpecs;

export const profileOptions = {
  throughput: { help: 'also measure time steps per second' },
  batch: { value: '<n>', help: 'batch size of the measurement', type: 'count', default: 64 },
  ...engineFlags,
  ...jsonOption,
} as const satisfies OptionSpecs;

export const sweepOptions = {
  launcher: {
    value: '<name>',
    help: 'where jobs run: processes of this machine, or Slurm',
    choices: ['local', 'slurm'],
    default: 'local',
  },
  jobs: { value: '<n>', help: 'jobs at a time; 0: one here, all in Slurm', type: 'index', default: 0 },
  dryRun: { help: 'show what would run; start nothing' },
  collect: { help: 'only gather the results that are there' },
  ...storeOption,
  ...resultsOption,
  ...engineFlags,
  threads: {
    ...engineFlags.threads,
    help: 'CPU threads of each job; left out: the cores shared among the jobs, or slurm.cpus',
  },
  ...jsonOption,
} as const satisfies OptionSpecs;

export const cellOptions = { ...engineFlags, ...jsonOption } as const satisfies OptionSpecs;

export const verifyOptions = {
  rerun: {
    value: '<stages>',
    help: 'also run these stages again and compare bytes: distill,sample:sd',
    offers: [],
  },
  quick: { help: 'do not run the evaluation again' },
  base: {
    value: '<folder>',
    help: 'folder that relative paths start from',
    default: 'experiments',
    offers: ['folder'],
  },
  ...storeOption,
  ...resultsOption,
  ...jsonOption,
} as const satisfies OptionSpecs;

/** doctor looks at the disk of the store, and tries a device where it is named. */
export const doctorOptions = {
  device: { ...engineFlags.device, help: 'also try this device' },
  ...storeOption,
  ...jsonOption,
} as const satisfies OptionSpecs;

export const diffOptions = { ...storeOption, ...resultsOption, ...jsonOption } as const satisfies OptionSpecs;

export const compareOptions = {
  output: {
    value: '<file>',
    help: 'where the page goes; left out: compare/<names>/compare.html in the results',
  },
  ...resultsOption,
  ...jsonOption,
} as const satisfies OptionSpecs;

export const cancelOptions = { ...storeOption, ...jsonOption } as const satisfies OptionSpecs;

export const fidOptions = {
  extractor: {
    value: '<name>',
    help: 'network whose features are compared; nsfwjs is built in, but not that of published numbers',
    choices: ['nsfwjs', 'pytorch-fid', 'clean-fid'],
    default: 'nsfwjs',
  },
  weights: { value: '<file>', help: 'weights of pytorch-fid and clean-fid' },
  inputSize: {
    value: '<n>',
    help: 'side that images are resized to; without it that of experiments, which published numbers use',
    type: 'count',
  },
  batch: {
    value: '<n>',
    help: 'images at once; does not change the scores',
    type: 'count',
    default: 16,
  },
  metrics: {
    value: '<list>',
    help: 'fid, kid, precision-recall; separated by commas',
    suggestions: ['fid', 'kid', 'precision-recall'],
    default: 'fid',
  },
  save: { value: '<npz>', help: 'write mean and covariance of <a>, as pytorch-fid does' },
  ...engineFlags,
  ...jsonOption,
} as const satisfies OptionSpecs;

export const importOptions = {
  for: { value: '<experiment>', help: 'YAML file of the experiment', required: true, offers: ['yaml'] },
  network: {
    value: '<name>',
    help: 'teacher, autoencoder, text-encoder, or the name of a student',
    suggestions: ['teacher', 'autoencoder', 'text-encoder'],
    offers: ['student'],
    default: 'teacher',
  },
  ema: {
    value: '<when>',
    help: 'whether to take the averaged weights',
    choices: ['prefer', 'require', 'never'],
    default: 'prefer',
  },
  output: { value: '<safetensors>', help: 'where they go; left out: only the report is made' },
  ...jsonOption,
} as const satisfies OptionSpecs;

/** What each form of `sdx export` is, in the help. */
const exportForms: Readonly<Record<ExportForm, string>> = {
  safetensors: 'one network under the names of latent-diffusion',
  diffusers: "one network in a folder for diffusers' from_pretrained",
  onnx: 'a whole model for ONNX runtimes in a folder; its UNet alone in a file that ends in .onnx',
  pipeline: 'a whole model as a diffusers pipeline, with a card',
  web: 'a page that draws in the browser, the teacher beside a student',
};
const exportFormNames = Object.keys(exportForms) as readonly ExportForm[];

export const exportOptions = {
  form: {
    value: '<name>',
    help: Object.entries(exportForms)
      .map(([form, what]) => `${form}: ${what}`)
      .join('; '),
    choices: exportFormNames,
    default: 'safetensors',
  },
  output: { value: '<path>', help: 'file, or folder', required: true },
  weights: {
    value: '<name>',
    help: 'averaged, as trained, or (safetensors) both, the averaged ones under model_ema.; left out: ema, or of a whole model those that it is sampled with',
    choices: ['ema', 'raw', 'both'],
  },
  precision: {
    value: '<name>',
    help: 'ONNX: what weights are stored as; float16 halves the files and computes in float32; int8: the layers that a model sampled with `precision: int8` has on integers, which it then computes on',
    choices: ['float32', 'float16', 'int8'],
    default: 'float32',
  },
  allowContrib: { help: "ONNX: keep ONNX Runtime's fused operators, which are faster there" },
  ...storeOption,
  ...jsonOption,
} as const satisfies OptionSpecs;

export const serveOptions = {
  port: { value: '<n>', help: 'of this machine; 0: a free one', type: 'index', default: 8000 },
} as const satisfies OptionSpecs;

export const watchOptions = {
  port: { ...serveOptions.port, default: 8001 },
  ...storeOption,
  ...resultsOption,
} as const satisfies OptionSpecs;

export const gcOptions = {
  dryRun: { help: 'show what would be removed; remove nothing' },
  keep: {
    value: '<list>',
    help: 'what stays besides: names of runs and (beginnings of) keys, separated by commas; sdx ls shows both',
    offers: [],
  },
  olderThan: {
    value: '<hours>',
    help: 'what was changed or used less long ago stays',
    type: 'index',
    default: 24,
  },
  ...storeOption,
  ...jsonOption,
} as const satisfies OptionSpecs;

export const lsOptions = { ...storeOption, ...jsonOption } as const satisfies OptionSpecs;

export type ServeOptions = OptionsOf<typeof serveOptions>;
export type WatchOptions = OptionsOf<typeof watchOptions>;
export type GcOptions = OptionsOf<typeof gcOptions>;
export type LsOptions = OptionsOf<typeof lsOptions>;
export type JsonOption = OptionsOf<typeof jsonOption>;
export type PipelineOptions = OptionsOf<typeof pipelineOptions>;
export type RunOptions = OptionsOf<typeof runOptions>;
export type FiguresOptions = OptionsOf<typeof figuresOptions>;
export type AnalyzeOptions = OptionsOf<typeof analyzeOptions>;
export type PlanOptions = OptionsOf<typeof planOptions>;
export type TableOptions = OptionsOf<typeof tableOptions>;
export type InitOptions = OptionsOf<typeof initOptions>;
export type SchemaKind = (typeof schemaKinds)[number];
export type SchemaOptions = OptionsOf<typeof schemaOptions>;
export type Shell = keyof typeof completionScripts;
export type SampleOptions = OptionsOf<typeof sampleOptions>;
export type ProfileOptions = OptionsOf<typeof profileOptions>;
export type SweepOptions = OptionsOf<typeof sweepOptions>;
export type CellOptions = OptionsOf<typeof cellOptions>;
export type VerifyOptions = OptionsOf<typeof verifyOptions>;
export type DoctorOptions = OptionsOf<typeof doctorOptions>;
export type DiffOptions = OptionsOf<typeof diffOptions>;
export type CompareOptions = OptionsOf<typeof compareOptions>;
export type CancelOptions = OptionsOf<typeof cancelOptions>;
export type FidOptions = OptionsOf<typeof fidOptions>;
export type ImportOptions = OptionsOf<typeof importOptions>;
export type ExportOptions = OptionsOf<typeof exportOptions>;
