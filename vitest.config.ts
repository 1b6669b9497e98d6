import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const minutes = 60_000;

/** A group of tests: their folders below test/, and how long one may take. */
function project(
  name: string,
  folders: readonly string[],
  timeout: number,
  options: TestProjectInlineConfiguration['test'] = {},
): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
      testTimeout: timeout,
      hookTimeout: timeout,
      sequence: { groupOrder: 0 },
      ...options,
    },
  };
}

/** Processes are started as users start them: the compiled program. */
const compiled = ['test/support/processes/compiled.ts'];

const alone = 'test/unit/**/*.alone.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      // Files of a project share their modules, which saves minutes of loading; those that replace modules stand alone, and
      // so does conformance, which counts how often kernels are called.
      project('unit', ['unit'], 10_000, {
        setupFiles: ['test/support/no-processes.ts', 'test/support/cpu-backend.ts'],
        isolate: false,
        exclude: [alone],
      }),
      project('unit-alone', ['unit'], 10_000, {
        setupFiles: ['test/support/no-processes.ts'],
        include: [alone],
      }),
      project('conformance', ['conformance'], 2 * minutes),
      project('golden', ['golden'], 2 * minutes, { isolate: false }),
      // Command lines, and processes that are waited for, killed or asked to stop.
      project('cli', ['cli', 'processes'], 2 * minutes, { globalSetup: compiled }),
      // Whole experiments, faults, clusters, peers: after the others. They wait for processes and queues half of their
      // time, so two files at once take little more than one.
      project('system', ['e2e', 'faults', 'integration', 'slurm'], 10 * minutes, {
        globalSetup: compiled,
        sequence: { groupOrder: 1 },
      }),
      // Ranks of MPI wait for each other with a busy core each, so these have the machine for themselves.
      project('mpi', ['mpi'], 10 * minutes, {
        globalSetup: compiled,
        fileParallelism: false,
        sequence: { groupOrder: 2 },
      }),
    ],
  },
});
