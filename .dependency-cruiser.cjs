/**
 * The architecture as rules. Imports point one way: each folder of src may import the folders named here, files beside
 * them (src/errors.ts, src/printable.ts), and nothing else of src.
 */
const allowed = {
  cli: [
    ...[
      'verify',
      'watch',
      'housekeeping',
      'figures',
      'export',
      'sweep',
      'runner',
      'jobs',
      'plan',
      'stages',
      'config',
      'report',
      'results',
      'store',
    ],
    ...['files', 'engine', 'distributed', 'models'],
  ],
  library: ['runner', 'stages', 'config', 'report', 'results', 'store', 'engine'],
  verify: ['sweep', 'runner', 'plan', 'stages', 'config', 'report', 'results', 'store', 'files', 'engine'],
  watch: ['export', 'sweep', 'runner', 'jobs', 'plan', 'stages', 'config', 'report', 'results', 'store'],
  housekeeping: ['sweep', 'runner', 'jobs', 'plan', 'stages', 'config', 'store', 'files'],
  figures: [
    ...['runner', 'plan', 'stages', 'config', 'report', 'results', 'store', 'datasets', 'weights', 'files'],
    ...['models', 'diffusion', 'metrics', 'linalg', 'optim', 'nn', 'rng', 'engine'],
  ],
  export: [
    ...['runner', 'stages', 'config', 'report', 'results', 'store', 'datasets', 'weights', 'files'],
    ...['models', 'diffusion', 'nn', 'engine'],
  ],
  sweep: ['runner', 'jobs', 'plan', 'stages', 'config', 'report', 'results', 'store', 'files', 'engine'],
  runner: [
    ...['jobs', 'plan', 'stages', 'config', 'report', 'results', 'store', 'datasets', 'weights', 'files'],
    ...['models', 'metrics', 'engine', 'distributed'],
  ],
  jobs: ['store', 'files', 'engine'],
  plan: ['stages', 'config', 'diffusion', 'files'],
  stages: [
    ...[
      'config',
      'results',
      'datasets',
      'weights',
      'files',
      'models',
      'distill',
      'pruning',
      'quantization',
      'diffusion',
      'metrics',
      'linalg',
    ],
    ...['optim', 'nn', 'rng', 'engine', 'distributed'],
  ],
  config: ['datasets', 'models', 'diffusion', 'metrics', 'files'],
  report: ['results', 'metrics', 'files'],
  results: ['config', 'metrics', 'files'],
  store: ['files'],
  datasets: ['files', 'rng'],
  weights: ['files', 'models', 'nn', 'engine'],
  files: [],
  distributed: [],
  distill: ['models', 'diffusion', 'nn'],
  pruning: ['models', 'optim', 'nn', 'engine'],
  quantization: ['engine'],
  models: ['nn', 'rng', 'engine'],
  optim: ['nn', 'engine'],
  metrics: ['linalg', 'rng'],
  diffusion: [],
  linalg: [],
  nn: [],
  rng: [],
  engine: [],
};

const folderRules = Object.entries(allowed).map(([folder, others]) => ({
  name: `${folder}-imports`,
  severity: 'error',
  comment:
    `src/${folder} may import ${others.map((other) => `src/${other}`).join(', ') || 'no other folder of src'}: take what ` +
    'you need as an argument, or move what both need below both. A new arrow is a decision: it goes into `allowed`.',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/[^/]+/', pathNot: `^src/(${[folder, ...others].join('|')})/` },
}));

/** What is known of stages without running them. */
const descriptions =
  '^src/stages/(catalog|params|describing/[^/]+|kinds/[^/]+/describe|training/summary)[.]ts$';
const numerics = '^src/(nn|optim|rng|linalg|models|diffusion|distill|pruning|quantization|metrics)/';

module.exports = {
  forbidden: [
    ...folderRules,
    {
      name: 'every-folder-has-a-rule',
      severity: 'error',
      comment: 'A new folder of src says in `allowed` what it may import.',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${Object.keys(allowed).join('|')})/` },
      to: {},
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'Two modules that need each other are one module, or hide a third: extract what they share.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'numerics-are-pure',
      severity: 'error',
      comment: 'Numerics never touch files, processes, streams or the terminal: take data as arguments.',
      from: { path: numerics },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'one-door-to-onnxruntime',
      severity: 'error',
      comment: 'Only src/engine/onnx/session.ts speaks to onnxruntime-node.',
      from: { pathNot: '^src/engine/onnx/session\\.ts$' },
      to: { path: '(^|/)onnxruntime-(node|common)' },
    },
    {
      name: 'config-and-plan-compute-nothing',
      severity: 'error',
      comment:
        'Config, plan and the descriptions of stages stay light: no tensors, no engine (sdx validate and --help must be ' +
        'fast). They may know what a network or a stage is made of, not how it computes.',
      from: { path: ['^src/(config|plan)/', descriptions] },
      to: {
        path: '(@tensorflow|onnxruntime|sharp|echarts|^src/(cli|runner|stages|report|engine|models|nn))',
        pathNot: [
          descriptions,
          '^src/models/(unet/unet-config|unet/unet-plan|unet/removed-blocks|autoencoder/autoencoder-config|clip/clip-text-config)[.]ts$',
          '^src/models/conditioner/conditioner-config[.]ts$',
          '^src/stages/kinds/distill/recipes[.]ts$',
          '^src/engine/layer-treatment[.]ts$',
        ],
      },
    },
    {
      name: 'stages-run-through-the-registry',
      severity: 'error',
      comment:
        'Take stages from src/stages/registry.ts; what is known of one without running it is in its describe.ts.',
      from: { pathNot: '^src/stages/(registry[.]ts$|kinds/)' },
      to: { path: '^src/stages/kinds/[^/]+/run[.]ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
