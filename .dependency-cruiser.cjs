/**
 * The architecture as rules. Imports point one way:
 * cli -> runner -> stages -> (models, distill, diffusion, metrics, datasets, artifacts) -> nn -> tfjs-core.
 */
/** What is known of stages without running them. */
const descriptions =
  '^src/stages/(catalog|params|describing/[^/]+|kinds/[^/]+/describe|training/summary)[.]ts$';
const numerics = '^src/(nn|optim|rng|linalg|models|diffusion|distill|metrics)/';

module.exports = {
  forbidden: [
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
      name: 'numerics-know-no-pipeline',
      severity: 'error',
      comment: 'Numerics must not import the pipeline around them: pass plain values in.',
      from: { path: numerics },
      to: { path: '^src/(cli|config|plan|runner|stages|store|weights|datasets|report)/' },
    },
    {
      name: 'engine-knows-no-model',
      severity: 'error',
      comment: 'The engine compiles functions; it must not know which.',
      from: { path: '^src/engine/' },
      to: {
        path: '^src/(nn|models|distill|diffusion|metrics|optim|cli|config|plan|runner|stages|report|datasets)/',
      },
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
          '^src/models/(unet/unet-config|unet/unet-plan|autoencoder/autoencoder-config|clip/clip-text-config)[.]ts$',
          '^src/models/conditioner/conditioner-config[.]ts$',
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
    {
      name: 'report-reads-manifests-only',
      severity: 'error',
      comment: 'A report is a function of manifests and stored artifacts; it computes nothing itself.',
      from: { path: '^src/report/' },
      to: { path: '^src/(cli|runner|stages|engine|models|nn|distill|diffusion)/' },
    },
    {
      name: 'artifacts-know-no-pipeline',
      severity: 'error',
      comment:
        'Store and file formats serve data sets, stages and the runner alike: what two of them share moves here, and ' +
        'nothing here knows them.',
      from: { path: '^src/(files|store|weights)/' },
      to: { path: '^src/(cli|config|plan|runner|sweep|stages|datasets|report|verify|export)/' },
    },
    {
      name: 'jobs-know-no-run',
      severity: 'error',
      comment:
        'Launchers start command lines and pass on what they print: hand them the command and a reader of its events.',
      from: { path: '^src/jobs/' },
      to: { path: '^src/(cli|verify|export|sweep|runner|stages|report|plan|config)/' },
    },
    {
      name: 'runner-knows-no-sweep',
      severity: 'error',
      comment: 'A sweep is made of runs, not the other way round: move what both need into the runner.',
      from: { path: '^src/runner/' },
      to: { path: '^src/(cli|verify|export|sweep)/' },
    },
    {
      name: 'nobody-imports-the-cli',
      severity: 'error',
      comment: 'The CLI is the outermost layer: move what you need below it.',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
