// What knip holds against the code. `knip`: nothing is unused, or exported without need. `knip --production`: no code of
// src/ lives for tests alone. What production uses within one file may be exported for tests beside it; commands are
// reached from src/cli/main.ts through the catalog's lazy imports.
export default ({ production }) => ({
  entry: [
    'src/cli/main.ts!',
    'src/library/index.ts!',
    'scripts/*.ts',
    'bench/*.ts',
    'test/**/*.test.ts',
    'test/fixtures/make-*.ts',
    'test/support/processes/{fake-cell.mjs,fake-stages-run.ts,launch-locally.ts,small-pieces.ts,wait-for-signals.ts}',
    'test/support/slurm/stuck-cell.ts',
  ],
  project: ['src/**/*.ts!', '{scripts,bench,test}/**/*.{ts,mjs}'],
  ignoreExportsUsedInFile: production || { interface: true, type: true },
  // Peers that packages need beside them, and packages that are found by name when they are needed.
  ignoreDependencies: [
    'buffer',
    'emoji-datasource-google',
    'nsfwjs',
    'onnxruntime-common',
    'onnxruntime-web',
  ],
  ignoreBinaries: ['mkfifo', 'mpirun', 'unshare'],
});
