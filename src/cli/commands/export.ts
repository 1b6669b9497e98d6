// `sdx export`: a model that a run has trained or loaded, for other programs.
import path from 'node:path';
import { samplingOf } from '../../config/sampling.ts';
import { ExitCode, UserError } from '../../errors.ts';
import { networkOf } from '../../export/experiment-networks.ts';
import { exportForms, type ModelForm, type NetworkForm } from '../../export/forms.ts';
import { exportModel } from '../../export/model-forms/export-model.ts';
import { exportNetwork } from '../../export/network-forms/export-network.ts';
import { makeFolderOf } from '../../files/atomic-file.ts';
import { trainedModel, type TrainedModelOptions } from '../../runner/trained-model.ts';
import { trainedPipeline } from '../../runner/trained-pipeline.ts';
import { catalog } from '../../stages/catalog.ts';
import type { Io } from '../io.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { ExportOptions } from '../options.ts';

interface Written {
  readonly weights: NonNullable<ExportOptions['weights']>;
  readonly files: readonly string[];
}

/** Writes the model to `options.output` and prints what was written. */
export async function exportCommand(
  experiment: string,
  model: string,
  overrides: readonly string[],
  options: ExportOptions,
  io: Io,
): Promise<number> {
  const { config, store } = await loadPipeline(experiment, overrides, options, io);
  const sought: TrainedModelOptions = {
    config,
    model,
    store,
    stages: catalog,
    signal: io.signal,
    hint: `run \`sdx run ${experiment}\` first, with the same changes and store`,
  };
  const { form } = options;
  const row = exportForms[form];
  const asked = { ...options, output: path.resolve(options.output) };
  const { weights, files } = await (row.holds === 'network'
    ? writeNetwork(row, sought, asked)
    : writeModel(row, sought, asked));
  const shown = files.map((file) => path.relative('', file) || '.');
  io.stdout.write(
    options.json
      ? `${JSON.stringify({ model, form, weights, files: shown }, null, 2)}\n`
      : shown.map((file) => `${file}\n`).join(''),
  );
  return ExitCode.ok;
}

async function writeNetwork(
  { bothSets, writer }: NetworkForm,
  sought: TrainedModelOptions,
  { form, output, weights = 'ema', allowContrib }: ExportOptions,
): Promise<Written> {
  const network = networkOf(sought.config, sought.model);
  if (network.kind === 'text encoder')
    throw new UserError('usage', `${network.name} is never changed by a run: its file is its export`, {
      hint: 'convert it with `sdx import --network text-encoder --output <file>`',
    });
  if (weights === 'both' && bothSets !== true) throw holdsOneSet(form);
  const { artifact, scaleFactor, use } = await trainedModel(sought);
  try {
    await makeFolderOf(output);
    const request = { output, weights, allowContrib, scaleFactor, writer: await writer() };
    return { weights, files: await exportNetwork(artifact.dir, network, request) };
  } finally {
    await use.release();
  }
}

async function writeModel(
  { writer }: ModelForm,
  sought: TrainedModelOptions,
  { form, output, weights: asked, allowContrib }: ExportOptions,
): Promise<Written> {
  const { config, model } = sought;
  const { kind } = networkOf(config, model);
  if (kind !== 'unet')
    throw new UserError('usage', `${model} makes no images, and ${form} holds a model that does`, {
      hint: 'name teacher or a student; the autoencoder and the text encoder go with it',
    });
  if (asked === 'both') throw holdsOneSet(form);
  const weights = asked ?? (samplingOf(config, model).useEma ? 'ema' : 'raw');
  const trained = await trainedPipeline(sought);
  try {
    await makeFolderOf(output);
    const request = { config, output, weights, allowContrib, writer: await writer() };
    return { weights, files: await exportModel(trained, request) };
  } finally {
    await trained.use.release();
  }
}

function holdsOneSet(form: string): UserError {
  return new UserError('usage', `${form} holds one set of weights`, { hint: 'say --weights ema or raw' });
}
