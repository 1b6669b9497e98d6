// The commands: arguments, options, help, and the function behind each, loaded only when it is called so that
// `sdx --help` starts fast. A new command is one row here and one file in commands/.
import type { CommandSpec, OptionSpec, ValueSpec } from './command-spec.ts';
import { schemaKinds, shells, tableFormats, templateNames } from './options.ts';
import type {
  FidOptions,
  CancelOptions,
  CellOptions,
  DiffOptions,
  ExportOptions,
  ImportOptions,
  InitOptions,
  JsonOption,
  PipelineOptions,
  PlanOptions,
  ProfileOptions,
  RunOptions,
  SampleOptions,
  SchemaKind,
  SchemaOptions,
  Shell,
  SweepOptions,
  TableOptions,
  VerifyOptions,
} from './options.ts';

type ArgSpecs = Readonly<Record<string, ValueSpec>>;

const experimentArg: ArgSpecs = {
  '<experiment>': { help: 'YAML file of the experiment', offers: ['yaml'] },
};
const overridesArg: ArgSpecs = {
  '[overrides...]': { help: 'changes to it, e.g. distill.learningRate=5e-4', offers: ['override'] },
};
const json: OptionSpec = {
  flags: '--json',
  help: 'print the result as JSON, and errors too',
};
const store: OptionSpec = {
  flags: '--store <folder>',
  help: 'folder of the artifact store',
  default: '.sdx',
  env: 'SDX_STORE',
  offers: ['folder'],
};
const results: OptionSpec = {
  flags: '--results <folder>',
  help: 'folder of the results',
  default: 'results',
  offers: ['folder'],
};
const engine: OptionSpec = {
  flags: '--engine <name>',
  help: 'engine, instead of the one the experiment names',
  choices: ['onnx', 'tensorflow', 'reference'],
};
const threads: OptionSpec = {
  flags: '--threads <n>',
  help: 'CPU threads of the engine; 0: all cores',
  type: 'index',
};
const profile: OptionSpec = {
  flags: '--profile <name>',
  help: 'smoke: shrink sizes and steps so that every stage runs within minutes',
  choices: ['smoke'],
};
const pipeline = [store, results, engine, threads, profile, json];

type ExperimentArgs = readonly [experiment: string, overrides: readonly string[]];

export const commands: readonly CommandSpec[] = [
  {
    name: 'run',
    args: { ...experimentArg, ...overridesArg },
    help: 'run an experiment, or resume it: finished stages are reused',
    options: [
      ...pipeline,
      {
        flags: '--stage <names>',
        help: 'only these stages and what they need: latents,sample:sd; no results',
        offers: [],
      },
      {
        flags: '--shard <i/n>',
        help: 'only the i-th of n parts of latents, sample, ...; others do the rest, and a plain run gathers it',
        offers: [],
      },
      { flags: '--launcher <name>', help: 'submit the run to Slurm instead', choices: ['slurm'] },
      {
        flags: '--shards <n>',
        help: 'Slurm: jobs that share each stage that can be done in parts; left out: one job does all',
        type: 'count',
      },
      {
        flags: '--sbatch <options>',
        help: "Slurm: options of sbatch for each job: '--gpus=1 --time=4:00:00'",
        offers: [],
      },
      { flags: '--dry-run', help: 'Slurm: print the scripts; submit nothing' },
      { flags: '--job <file>', help: 'Slurm: where a job notes its state; its script says it' },
    ],
    examples: [
      'sdx run experiments/quickstart.yaml',
      'sdx run experiments/quickstart.yaml distill.steps=100',
      'sdx run experiments/ffhq.yaml --stage latents --shard 2/8',
      'sdx run experiments/ffhq.yaml --launcher slurm --shards 8',
    ],
    run: async ([experiment, overrides]: ExperimentArgs, options: RunOptions, io) =>
      (await import('./commands/run.ts')).runCommand(experiment, overrides, options, io),
  },
  {
    name: 'plan',
    args: { ...experimentArg, ...overridesArg },
    help: 'show what a run would do: stages cached, to run and why; compute, disk and memory; what is missing',
    options: [
      ...pipeline,
      {
        flags: '--tflops <x>',
        help: 'float32 TFLOPS that your device sustains; gives hours',
        type: 'positive',
      },
    ],
    examples: ['sdx plan experiments/quickstart.yaml', 'sdx plan experiments/ffhq.yaml --tflops 20'],
    run: async ([experiment, overrides]: ExperimentArgs, options: PlanOptions, io) =>
      (await import('./commands/plan.ts')).planCommand(experiment, overrides, options, io),
  },
  {
    name: 'status',
    args: { '<file>': { help: 'YAML file of the experiment or sweep', offers: ['yaml'] }, ...overridesArg },
    help: 'show how far an experiment or a sweep has come',
    options: pipeline,
    examples: ['sdx status experiments/quickstart.yaml', 'sdx status experiments/sweeps/ablation.yaml'],
    run: async ([experiment, overrides]: ExperimentArgs, options: PipelineOptions, io) =>
      (await import('./commands/status.ts')).statusCommand(experiment, overrides, options, io),
  },
  {
    name: 'table',
    args: {
      '<target>': {
        help: 'name of an experiment or sweep in the results folder, or path of its manifest.json',
        offers: ['result', 'file'],
      },
    },
    help: 'print the table of results',
    options: [
      { flags: '--format <name>', help: 'how to print it', choices: tableFormats, default: 'md' },
      results,
    ],
    examples: ['sdx table quickstart', 'sdx table quickstart --format tex'],
    run: async ([target]: readonly [string], options: TableOptions, io) =>
      (await import('./commands/table.ts')).tableCommand(target, options, io),
  },
  {
    name: 'init',
    args: { '<file>': { help: 'YAML file to write', offers: ['yaml'] } },
    help: 'write a commented experiment to start from',
    options: [
      {
        flags: '--template <name>',
        help: 'quickstart: emoji; folder: your images; class: by category; text: by caption',
        choices: templateNames,
        default: 'quickstart',
      },
    ],
    examples: ['sdx init mine.yaml', 'sdx init flowers.yaml --template folder'],
    run: async ([file]: readonly [string], options: InitOptions, io) =>
      (await import('./commands/init.ts')).initCommand(file, options, io),
  },
  {
    name: 'validate',
    args: {
      '<file>': { help: 'YAML file of an experiment or sweep', offers: ['yaml'] },
      '[more...]': {
        help: 'further files, and changes (key.key=value) that apply to all',
        offers: ['yaml', 'override'],
      },
    },
    help: 'check experiments, and sweeps with all their cells; every problem is listed with its line',
    options: [json],
    examples: [
      'sdx validate experiments/*.yaml experiments/sweeps/*.yaml',
      'sdx validate experiments/quickstart.yaml sample.steps=100',
    ],
    run: async ([first, more]: readonly [string, readonly string[]], options: JsonOption, io) =>
      (await import('./commands/validate.ts')).validateCommand([first, ...more], options, io),
  },
  {
    name: 'schema',
    args: { '[kind]': { help: 'of files: experiment is the default', choices: schemaKinds } },
    help: 'print the JSON Schema of experiment or sweep files, for editors',
    options: [{ flags: '--output <file>', help: 'write it to a file instead' }],
    examples: ['sdx schema --output experiment.schema.json', 'sdx schema sweep'],
    run: async ([kind]: readonly [SchemaKind | undefined], options: SchemaOptions, io) =>
      (await import('./commands/schema.ts')).schemaCommand(kind, options, io),
  },
  {
    name: 'sample',
    args: {
      ...experimentArg,
      '<model>': {
        help: 'teacher, or the name of a student',
        suggestions: ['teacher'],
        offers: ['student'],
      },
      ...overridesArg,
    },
    help: 'draw images from a trained model',
    options: [
      { flags: '--count <n>', help: 'images', type: 'count' },
      { flags: '--steps <n>', help: 'DDIM steps', type: 'count' },
      { flags: '--eta <x>', help: '0: deterministic, 1: as noisy as DDPM', type: 'number' },
      { flags: '--seed <n>', help: 'seed of the noise', type: 'index' },
      { flags: '--output <png>', help: 'where the grid of images goes' },
      store,
    ],
    examples: ['sdx sample experiments/quickstart.yaml sd --count 16 --output sd.png'],
    run: async (
      [experiment, model, overrides]: readonly [string, string, readonly string[]],
      options: SampleOptions,
      io,
    ) => (await import('./commands/sample.ts')).sampleCommand(experiment, model, overrides, options, io),
  },
  {
    name: 'analyze',
    args: {
      ...experimentArg,
      '[models...]': {
        help: 'teacher, names of students (left out: all models), and changes, e.g. analyze.count=256',
        suggestions: ['teacher'],
        offers: ['student', 'override'],
      },
    },
    help: 'at which noise levels and frequencies trained models lose, and what their wavelet gates do',
    options: pipeline,
    examples: [
      'sdx analyze experiments/quickstart.yaml',
      'sdx analyze experiments/quickstart.yaml teacher sd analyze.count=169 analyze.timesteps=20',
    ],
    run: async ([experiment, words]: ExperimentArgs, options: PipelineOptions, io) =>
      (await import('./commands/analyze.ts')).analyzeCommand(experiment, words, options, io),
  },
  {
    name: 'profile',
    args: { ...experimentArg, ...overridesArg },
    help: 'parameters and multiply-adds of the networks; no training needed',
    options: [
      { flags: '--throughput', help: 'also measure time steps per second' },
      { flags: '--batch <n>', help: 'batch size of the measurement', type: 'count', default: 64 },
      engine,
      threads,
      json,
    ],
    examples: ['sdx profile experiments/quickstart.yaml --throughput --batch 8'],
    run: async ([experiment, overrides]: ExperimentArgs, options: ProfileOptions, io) =>
      (await import('./commands/profile.ts')).profileCommand(experiment, overrides, options, io),
  },
  {
    name: 'sweep',
    args: {
      '<sweep>': { help: 'YAML file of the sweep', offers: ['yaml'] },
      '[overrides...]': { help: 'changes to the experiment it starts from', offers: ['override'] },
    },
    help: 'run an experiment in many variants and seeds, or what is missing of them; prints one table',
    options: [
      {
        flags: '--launcher <name>',
        help: 'where jobs run: processes of this machine, or Slurm',
        choices: ['local', 'slurm'],
        default: 'local',
      },
      { flags: '--jobs <n>', help: 'jobs at a time; 0: one here, all in Slurm', type: 'index', default: 0 },
      { flags: '--dry-run', help: 'show what would run; start nothing' },
      { flags: '--collect', help: 'only gather the results that are there' },
      store,
      results,
      engine,
      {
        ...threads,
        help: 'CPU threads of each job; left out: the cores shared among the jobs, or slurm.cpus',
      },
      json,
    ],
    examples: [
      'sdx sweep experiments/sweeps/ablation.yaml --jobs 2',
      'sdx sweep experiments/sweeps/ablation-ffhq.yaml --launcher slurm',
    ],
    run: async ([sweep, overrides]: ExperimentArgs, options: SweepOptions, io) =>
      (await import('./commands/sweep.ts')).sweepCommand(sweep, overrides, options, io),
  },
  {
    name: 'cell',
    args: {
      '<folder>': { help: "the sweep's folder in the store", offers: ['folder'] },
      '<job>': { help: 'id of the job', offers: [] },
    },
    help: 'run one job of a sweep; launchers call it',
    options: [threads, json],
    examples: ['sdx cell .sdx/sweeps/ablation wg1-sp0-fr1-seed0'],
    run: async ([folder, job]: readonly [string, string], options: CellOptions, io) =>
      (await import('./commands/cell.ts')).cellCommand(folder, job, options, io),
  },
  {
    name: 'verify',
    args: {
      '<results>': {
        help: 'results folder of an experiment or sweep, or its name',
        offers: ['result', 'folder'],
      },
    },
    help: 'derive tables and numbers again from manifest and store; exit code 4 where they differ',
    options: [
      {
        flags: '--rerun <stages>',
        help: 'also run these stages again and compare bytes: distill,sample:sd',
        offers: [],
      },
      { flags: '--quick', help: 'do not run the evaluation again' },
      {
        flags: '--base <folder>',
        help: 'folder that relative paths start from',
        default: 'experiments',
        offers: ['folder'],
      },
      store,
      results,
      json,
    ],
    examples: ['sdx verify results/quickstart', 'sdx verify quickstart --rerun distill:sd'],
    run: async ([target]: readonly [string], options: VerifyOptions, io) =>
      (await import('./commands/verify.ts')).verifyCommand(target, options, io),
  },
  {
    name: 'diff',
    args: {
      '<a>': { help: 'results folder, name of results, or experiment file', offers: ['result', 'file'] },
      '<b>': { help: 'another of the same sort', offers: ['result', 'file'] },
    },
    help: 'how two experiments differ: configuration, versions, data, stages and numbers',
    options: [store, results, json],
    examples: [
      'sdx diff results/quickstart other/results/quickstart',
      'sdx diff experiments/ffhq.yaml experiments/celebahq.yaml',
    ],
    run: async ([a, b]: readonly [string, string], options: DiffOptions, io) =>
      (await import('./commands/diff.ts')).diffCommand(a, b, options, io),
  },
  {
    name: 'cancel',
    args: { '<file>': { help: 'YAML file of the experiment or sweep', offers: ['yaml'] }, ...overridesArg },
    help: 'stop the jobs of a sweep, or of an experiment in Slurm; each saves its work first',
    options: [store, json],
    examples: ['sdx cancel experiments/sweeps/ablation.yaml', 'sdx cancel experiments/ffhq.yaml'],
    run: async ([file, overrides]: ExperimentArgs, options: CancelOptions, io) =>
      (await import('./commands/cancel.ts')).cancelCommand(file, overrides, options, io),
  },
  {
    name: 'fid',
    args: { '<a>': 'reference: folder of images, or .npz of statistics or images', '<b>': 'the same' },
    help: 'compare two sets of images: FID, KID, precision and recall',
    options: [
      {
        flags: '--extractor <name>',
        help: 'network whose features are compared; nsfwjs is built in, but not that of published numbers',
        choices: ['nsfwjs', 'pytorch-fid', 'clean-fid'],
        default: 'nsfwjs',
      },
      { flags: '--weights <file>', help: 'weights of pytorch-fid and clean-fid' },
      {
        flags: '--input-size <n>',
        help: 'side that images are resized to; published numbers use 299',
        type: 'count',
        default: 299,
      },
      {
        flags: '--batch <n>',
        help: 'images at once; does not change the scores',
        type: 'count',
        default: 16,
      },
      {
        flags: '--metrics <list>',
        help: 'fid, kid, precision-recall; separated by commas',
        suggestions: ['fid', 'kid', 'precision-recall'],
        default: 'fid',
      },
      { flags: '--save <npz>', help: 'write mean and covariance of <a>, as pytorch-fid does' },
      engine,
      threads,
      json,
    ],
    examples: [
      'sdx fid real/ generated/',
      'sdx fid real.npz generated/ --extractor pytorch-fid --weights pt_inception-2015-12-05-6726825d.pth',
      'sdx fid real/ generated/ --metrics fid,kid --save real.npz',
    ],
    run: async ([a, b]: readonly [string, string], options: FidOptions, io) =>
      (await import('./commands/fid.ts')).fidCommand(a, b, options, io),
  },
  {
    name: 'import',
    args: { '<source>': 'checkpoint (.ckpt, .pt, .bin), safetensors (also in shards), or diffusers folder' },
    help: 'check pretrained weights against a network of an experiment, and write them as safetensors',
    options: [
      { flags: '--for <experiment>', help: 'YAML file of the experiment', required: true, offers: ['yaml'] },
      {
        flags: '--network <name>',
        help: 'teacher, autoencoder, text-encoder, or the name of a student',
        suggestions: ['teacher', 'autoencoder', 'text-encoder'],
        offers: ['student'],
        default: 'teacher',
      },
      {
        flags: '--ema <when>',
        help: 'whether to take the averaged weights',
        choices: ['prefer', 'require', 'never'],
        default: 'prefer',
      },
      { flags: '--output <safetensors>', help: 'where they go; left out: only the report is made' },
      json,
    ],
    examples: [
      'sdx import ldm-ffhq/model.ckpt --for experiments/ffhq.yaml',
      'sdx import ldm-celebahq-256 --for experiments/celebahq.yaml --network autoencoder --output vq-f4.safetensors',
    ],
    run: async ([source]: readonly [string], options: ImportOptions, io) =>
      (await import('./commands/import.ts')).importCommand(source, options, io),
  },
  {
    name: 'export',
    args: {
      ...experimentArg,
      '<model>': {
        help: 'teacher, autoencoder, or the name of a student',
        suggestions: ['teacher', 'autoencoder'],
        offers: ['student'],
      },
      ...overridesArg,
    },
    help: 'write a trained or loaded model for other programs',
    options: [
      {
        flags: '--form <name>',
        help: 'safetensors under latent-diffusion names, a diffusers folder, or ONNX with an open batch size',
        choices: ['safetensors', 'diffusers', 'onnx'],
        default: 'safetensors',
      },
      { flags: '--output <path>', help: 'file, or folder of diffusers', required: true },
      {
        flags: '--weights <name>',
        help: 'averaged, as trained, or (safetensors) both, the averaged ones under model_ema.',
        choices: ['ema', 'raw', 'both'],
        default: 'ema',
      },
      { flags: '--allow-contrib', help: "ONNX: keep ONNX Runtime's fused operators, which are faster there" },
      store,
      json,
    ],
    examples: [
      'sdx export experiments/quickstart.yaml sd --form onnx --output sd.onnx',
      'sdx export experiments/quickstart.yaml teacher --form diffusers --output teacher',
    ],
    run: async (
      [experiment, model, overrides]: readonly [string, string, readonly string[]],
      options: ExportOptions,
      io,
    ) => (await import('./commands/export.ts')).exportCommand(experiment, model, overrides, options, io),
  },
  {
    name: 'completion',
    args: {
      '<shell>': { help: 'whose script to print', choices: shells },
      '[words...]': { help: 'command line so far, after --; the script asks with it', offers: [] },
    },
    help: 'print the script that completes commands, options and keys in your shell',
    options: [],
    examples: [
      'source <(sdx completion bash)                            # in ~/.bashrc',
      'source <(sdx completion zsh)                             # in ~/.zshrc, after compinit',
      'sdx completion fish > ~/.config/fish/completions/sdx.fish',
    ],
    run: async ([shell, words]: readonly [Shell, readonly string[]], _: object, io) =>
      (await import('./commands/completion.ts')).completionCommand(shell, words, commands, io),
  },
  {
    name: 'doctor',
    args: {},
    help: 'check this installation and machine',
    options: [json],
    examples: ['sdx doctor'],
    run: async (_: readonly [], options: JsonOption, io) =>
      (await import('./commands/doctor.ts')).doctorCommand(options, io),
  },
];
