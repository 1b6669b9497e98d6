// `sdx export`: a model that a run has trained or loaded, for other programs.
import path from 'node:path';
import { ExitCode, UserError } from '../../errors.ts';
import { makeFolderOf } from '../../files/atomic-file.ts';
import { exportNetwork } from '../../export/export-network.ts';
import { networkOf } from '../../export/experiment-networks.ts';
import { trainedModel } from '../../runner/trained-model.ts';
import { catalog } from '../../stages/catalog.ts';
import type { Io } from '../io.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { ExportOptions } from '../options.ts';

/** Writes the model to `options.output` and prints what was written. */
export async function exportCommand(
  experiment: string,
  model: string,
  overrides: readonly string[],
  options: ExportOptions,
  io: Io,
): Promise<number> {
  const { config, store } = await loadPipeline(experiment, overrides, options, io);
  const network = networkOf(config, model);
  if (network.kind === 'text encoder')
    throw new UserError('usage', `${model} is never changed by a run: its file is its export`, {
      hint: 'convert it with `sdx import --network text-encoder --output <file>`',
    });
  const { artifact, scaleFactor, use } = await trainedModel({
    config,
    model,
    store,
    stages: catalog,
    signal: io.signal,
    hint: `run \`sdx run ${experiment}\` first, with the same changes and store`,
  });
  const { form, weights, allowContrib } = options;
  const output = path.resolve(options.output);
  const written = await makeFolderOf(output)
    .then(() => exportNetwork(artifact.dir, network, { form, output, weights, allowContrib, scaleFactor }))
    .finally(() => use.release());
  const files = written.map((file) => path.relative('', file) || '.');
  io.stdout.write(
    options.json
      ? `${JSON.stringify({ model, form, weights, files }, null, 2)}\n`
      : files.map((file) => `${file}\n`).join(''),
  );
  return ExitCode.ok;
}
