// The commands: arguments, options, help, and the function behind each, loaded only when it is called so that
// `sdx --help` starts fast. A new command is one row here, its options in options.ts, and one file in commands/.
import { command, type ArgSpecs, type CommandSpec } from './command-spec.ts';
import {
  analyzeOptions,
  cancelOptions,
  cellOptions,
  compareOptions,
  diffOptions,
  doctorOptions,
  exportOptions,
  fidOptions,
  figuresOptions,
  gcOptions,
  importOptions,
  initOptions,
  jsonOption,
  lsOptions,
  pipelineOptions,
  planOptions,
  profileOptions,
  runOptions,
  sampleOptions,
  schemaKinds,
  schemaOptions,
  serveOptions,
  shells,
  sweepOptions,
  tableOptions,
  verifyOptions,
  watchOptions,
} from './options.ts';

const experimentArg = {
  '<experiment>': { help: 'YAML file of the experiment', offers: ['yaml'] },
} as const satisfies ArgSpecs;
const overridesArg = {
  '[overrides...]': { help: 'changes to it, e.g. distill.learningRate=5e-4', offers: ['override'] },
} as const satisfies ArgSpecs;

const placesArg = {
  '[places...]': {
    help: 'folders and files of experiments, sweeps and results; left out: experiments and results',
    offers: ['folder'],
  },
} as const satisfies ArgSpecs;

export const commands: readonly CommandSpec[] = [
  command({
    name: 'run',
    args: { ...experimentArg, ...overridesArg },
    help: 'run an experiment, or resume it: finished stages are reused',
    options: runOptions,
    examples: [
      'sdx run experiments/quickstart.yaml',
      'sdx run experiments/quickstart.yaml distill.steps=100',
      'sdx run experiments/ffhq.yaml --stage latents --shard 2/8',
      'sdx run experiments/ffhq.yaml --launcher slurm --shards 8',
    ],
    run: async ({ experiment, overrides }, options, io) =>
      (await import('./commands/run.ts')).runCommand(experiment, overrides, options, io),
  }),
  command({
    name: 'plan',
    args: { ...experimentArg, ...overridesArg },
    help: 'show what a run would do: stages cached, to run and why; compute, disk and memory; what is missing',
    options: planOptions,
    examples: ['sdx plan experiments/quickstart.yaml', 'sdx plan experiments/ffhq.yaml --tflops 20'],
    run: async ({ experiment, overrides }, options, io) =>
      (await import('./commands/plan.ts')).planCommand(experiment, overrides, options, io),
  }),
  command({
    name: 'status',
    args: { '<file>': { help: 'YAML file of the experiment or sweep', offers: ['yaml'] }, ...overridesArg },
    help: 'show how far an experiment or a sweep has come',
    options: pipelineOptions,
    examples: ['sdx status experiments/quickstart.yaml', 'sdx status experiments/sweeps/ablation.yaml'],
    run: async ({ file, overrides }, options, io) =>
      (await import('./commands/status.ts')).statusCommand(file, overrides, options, io),
  }),
  command({
    name: 'watch',
    args: { '<file>': { help: 'YAML file of the experiment or sweep', offers: ['yaml'] }, ...overridesArg },
    help: 'show stages, losses and the time left on a page of this machine, until Ctrl-C',
    options: watchOptions,
    examples: [
      'sdx watch experiments/quickstart.yaml',
      'sdx watch experiments/sweeps/ablation.yaml --port 0',
    ],
    run: async ({ file, overrides }, options, io) =>
      (await import('./commands/watch.ts')).watchCommand(file, overrides, options, io),
  }),
  command({
    name: 'table',
    args: {
      '<target>': {
        help: 'YAML file or name of an experiment or sweep that has results, or path of its manifest.json',
        offers: ['result', 'file'],
      },
    },
    help: 'print the table of results',
    options: tableOptions,
    examples: [
      'sdx table quickstart',
      'sdx table quickstart --format tex',
      'sdx table ablation --differences',
    ],
    run: async ({ target }, options, io) =>
      (await import('./commands/table.ts')).tableCommand(target, options, io),
  }),
  command({
    name: 'init',
    args: { '<file>': { help: 'YAML file to write', offers: ['yaml'] } },
    help: 'write a commented experiment to start from',
    options: initOptions,
    examples: ['sdx init mine.yaml', 'sdx init flowers.yaml --template folder'],
    run: async ({ file }, options, io) => (await import('./commands/init.ts')).initCommand(file, options, io),
  }),
  command({
    name: 'validate',
    args: {
      '<file>': { help: 'YAML file of an experiment or sweep', offers: ['yaml'] },
      '[more...]': {
        help: 'further files, and changes (key.key=value) that apply to all',
        offers: ['yaml', 'override'],
      },
    },
    help: 'check experiments, and sweeps with all their cells; every problem is listed with its line',
    options: jsonOption,
    examples: [
      'sdx validate experiments/*.yaml experiments/sweeps/*.yaml',
      'sdx validate experiments/quickstart.yaml sample.steps=100',
    ],
    run: async ({ file, more }, options, io) =>
      (await import('./commands/validate.ts')).validateCommand([file, ...more], options, io),
  }),
  command({
    name: 'schema',
    args: { '[kind]': { help: 'of files: experiment is the default', choices: schemaKinds } },
    help: 'print the JSON Schema of experiment or sweep files, for editors',
    options: schemaOptions,
    examples: ['sdx schema --output experiment.schema.json', 'sdx schema sweep'],
    run: async ({ kind }, options, io) =>
      (await import('./commands/schema.ts')).schemaCommand(kind, options, io),
  }),
  command({
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
    options: sampleOptions,
    examples: [
      'sdx sample experiments/quickstart.yaml sd --count 16 --output sd.png',
      'sdx sample experiments/quickstart.yaml sd --count 1000 --images generated --sampler dpm-solver++ --steps 10',
      'sdx sample experiments/emoji-text.yaml sd --prompt "a red heart" --guidance 6 --gif heart.gif',
      'sdx sample experiments/quickstart.yaml sd --interpolate 3,14 --count 24 --gif way.gif',
    ],
    run: async ({ experiment, model, overrides }, options, io) =>
      (await import('./commands/sample.ts')).sampleCommand(experiment, model, overrides, options, io),
  }),
  command({
    name: 'analyze',
    args: {
      '<experiment>': { help: 'YAML file of the experiment or sweep', offers: ['yaml'] },
      '[models...]': {
        help: 'teacher, names of students (left out, and of a sweep: all), and changes, e.g. analyze.count=256',
        suggestions: ['teacher'],
        offers: ['student', 'override'],
      },
    },
    help: 'at which noise levels and frequencies trained models lose, and what their wavelet gates do',
    options: analyzeOptions,
    examples: [
      'sdx analyze experiments/quickstart.yaml',
      'sdx analyze experiments/quickstart.yaml teacher sd analyze.count=169 analyze.timesteps=20',
      'sdx analyze experiments/sweeps/ablation.yaml',
    ],
    run: async ({ experiment, models }, options, io) =>
      (await import('./commands/analyze.ts')).analyzeCommand(experiment, models, options, io),
  }),
  command({
    name: 'figures',
    args: {
      '[experiment]': {
        help: 'YAML file of the experiment; left out: the figures that need none',
        offers: ['yaml'],
      },
      '[models...]': {
        help: 'teacher, names of students (left out: all), and changes to the experiment',
        suggestions: ['teacher'],
        offers: ['student', 'override'],
      },
    },
    help: "the paper's figures, measured on trained models",
    options: figuresOptions,
    examples: [
      'sdx figures experiments/quickstart.yaml',
      'sdx figures experiments/quickstart.yaml --only 7',
      'sdx figures --list',
    ],
    run: async ({ experiment, models }, options, io) =>
      (await import('./commands/figures.ts')).figuresCommand(experiment, models, options, io),
  }),
  command({
    name: 'profile',
    args: { ...experimentArg, ...overridesArg },
    help: 'parameters and multiply-adds of the networks; no training needed',
    options: profileOptions,
    examples: ['sdx profile experiments/quickstart.yaml --throughput --batch 8'],
    run: async ({ experiment, overrides }, options, io) =>
      (await import('./commands/profile.ts')).profileCommand(experiment, overrides, options, io),
  }),
  command({
    name: 'sweep',
    args: {
      '<sweep>': { help: 'YAML file of the sweep', offers: ['yaml'] },
      '[overrides...]': { help: 'changes to the experiment it starts from', offers: ['override'] },
    },
    help: 'run an experiment in many variants and seeds, or what is missing of them; prints one table',
    options: sweepOptions,
    examples: [
      'sdx sweep experiments/sweeps/ablation.yaml --jobs 2',
      'sdx sweep experiments/sweeps/ablation-ffhq.yaml --launcher slurm',
    ],
    run: async ({ sweep, overrides }, options, io) =>
      (await import('./commands/sweep.ts')).sweepCommand(sweep, overrides, options, io),
  }),
  command({
    name: 'cell',
    args: {
      '<folder>': { help: "the sweep's folder in the store", offers: ['folder'] },
      '<job>': { help: 'id of the job', offers: [] },
    },
    help: 'run one job of a sweep; launchers call it',
    options: cellOptions,
    examples: ['sdx cell .sdx/sweeps/ablation wg1-sp0-fr1-seed0'],
    run: async ({ folder, job }, options, io) =>
      (await import('./commands/cell.ts')).cellCommand(folder, job, options, io),
  }),
  command({
    name: 'verify',
    args: {
      '<results>': {
        help: 'results folder of an experiment or sweep, or its name',
        offers: ['result', 'folder'],
      },
    },
    help: 'derive tables and numbers again from manifest and store; exit code 4 where they differ',
    options: verifyOptions,
    examples: ['sdx verify results/quickstart', 'sdx verify quickstart --rerun distill:sd'],
    run: async ({ results }, options, io) =>
      (await import('./commands/verify.ts')).verifyCommand(results, options, io),
  }),
  command({
    name: 'diff',
    args: {
      '<a>': { help: 'results folder, name of results, or experiment file', offers: ['result', 'file'] },
      '<b>': { help: 'another of the same sort', offers: ['result', 'file'] },
    },
    help: 'how two experiments differ: configuration, versions, data, stages and numbers',
    options: diffOptions,
    examples: [
      'sdx diff results/quickstart other/results/quickstart',
      'sdx diff experiments/ffhq.yaml experiments/celebahq.yaml',
    ],
    run: async ({ a, b }, options, io) => (await import('./commands/diff.ts')).diffCommand(a, b, options, io),
  }),
  command({
    name: 'compare',
    args: {
      '<a>': {
        help: 'results folder, name of results, or file of the experiment or sweep; the others are compared with it',
        offers: ['result', 'file'],
      },
      '<b>': { help: 'another of the same sort', offers: ['result', 'file'] },
      '[more...]': { help: 'and more', offers: ['result', 'file'] },
    },
    help: 'results side by side: scores with deltas, curves, spectra, and samples of the same noise on one page',
    options: compareOptions,
    examples: [
      'sdx compare quickstart emoji-text',
      'sdx compare results/quickstart /backup/results/quickstart --output compare.html',
      'sdx compare ablation ablation-norm8 --json',
    ],
    run: async ({ a, b, more }, options, io) =>
      (await import('./commands/compare.ts')).compareCommand([a, b, ...more], options, io),
  }),
  command({
    name: 'ls',
    args: placesArg,
    help: 'list what the store holds, who needs it, and where its runs stand',
    options: lsOptions,
    examples: ['sdx ls', 'sdx ls --json', 'sdx ls my-experiments my-results --store /scratch/sdx'],
    run: async ({ places }, options, io) => (await import('./commands/ls.ts')).lsCommand(places, options, io),
  }),
  command({
    name: 'gc',
    args: placesArg,
    help: 'remove from the store what no experiment, sweep or results need; never what is in use or young',
    options: gcOptions,
    examples: [
      'sdx gc --dry-run',
      'sdx gc experiments mine results --older-than 168',
      'sdx gc --keep quickstart-analyze,2eeaba8ea023',
    ],
    run: async ({ places }, options, io) => (await import('./commands/gc.ts')).gcCommand(places, options, io),
  }),
  command({
    name: 'cancel',
    args: { '<file>': { help: 'YAML file of the experiment or sweep', offers: ['yaml'] }, ...overridesArg },
    help: 'stop the jobs of a sweep, or of an experiment in Slurm; each saves its work first',
    options: cancelOptions,
    examples: ['sdx cancel experiments/sweeps/ablation.yaml', 'sdx cancel experiments/ffhq.yaml'],
    run: async ({ file, overrides }, options, io) =>
      (await import('./commands/cancel.ts')).cancelCommand(file, overrides, options, io),
  }),
  command({
    name: 'fid',
    args: { '<a>': 'reference: folder of images, or .npz of statistics or images', '<b>': 'the same' },
    help: 'compare two sets of images: FID, KID, precision and recall',
    options: fidOptions,
    examples: [
      'sdx fid real/ generated/',
      'sdx fid real.npz generated/ --extractor pytorch-fid --weights pt_inception-2015-12-05-6726825d.pth',
      'sdx fid real/ generated/ --metrics fid,kid --save real.npz',
    ],
    run: async ({ a, b }, options, io) => (await import('./commands/fid.ts')).fidCommand(a, b, options, io),
  }),
  command({
    name: 'import',
    args: { '<source>': 'checkpoint (.ckpt, .pt, .bin), safetensors (also in shards), or diffusers folder' },
    help: 'check pretrained weights against a network of an experiment, and write them as safetensors',
    options: importOptions,
    examples: [
      'sdx import ldm-ffhq/model.ckpt --for experiments/ffhq.yaml',
      'sdx import ldm-celebahq-256 --for experiments/celebahq.yaml --network autoencoder --output vq-f4.safetensors',
    ],
    run: async ({ source }, options, io) =>
      (await import('./commands/import.ts')).importCommand(source, options, io),
  }),
  command({
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
    options: exportOptions,
    examples: [
      'sdx export experiments/quickstart.yaml sd --form onnx --output sd.onnx',
      'sdx export experiments/quickstart.yaml teacher --form diffusers --output teacher',
    ],
    run: async ({ experiment, model, overrides }, options, io) =>
      (await import('./commands/export.ts')).exportCommand(experiment, model, overrides, options, io),
  }),
  command({
    name: 'serve',
    args: { '<folder>': { help: 'what `sdx export --form web` has written', offers: ['folder'] } },
    help: 'show an exported model in the browsers of this machine, until Ctrl-C',
    options: serveOptions,
    examples: ['sdx serve sd-web', 'sdx serve sd-web --port 0'],
    run: async ({ folder }, options, io) =>
      (await import('./commands/serve.ts')).serveCommand(folder, options, io),
  }),
  command({
    name: 'completion',
    args: {
      '<shell>': { help: 'whose script to print', choices: shells },
      '[words...]': { help: 'command line so far, after --; the script asks with it', offers: [] },
    },
    help: 'print the script that completes commands, options and keys in your shell',
    options: {},
    examples: [
      'source <(sdx completion bash)                            # in ~/.bashrc',
      'source <(sdx completion zsh)                             # in ~/.zshrc, after compinit',
      'sdx completion fish > ~/.config/fish/completions/sdx.fish',
      'sdx completion powershell | Out-String | Invoke-Expression   # in $PROFILE',
    ],
    run: async ({ shell, words }, _options, io) =>
      (await import('./commands/completion.ts')).completionCommand(shell, words, commands, io),
  }),
  command({
    name: 'doctor',
    args: {},
    help: 'check this installation and machine',
    options: doctorOptions,
    examples: ['sdx doctor', 'sdx doctor --device webgpu'],
    run: async (_, options, io) => (await import('./commands/doctor.ts')).doctorCommand(options, io),
  }),
];
