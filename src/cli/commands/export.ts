// `sdx export`: a model that a run has trained or loaded, for other programs.
import path from 'node:path';
import { samplingOf } from '../../config/sampling.ts';
import { ExitCode, UserError } from '../../errors.ts';
import { networkOf, type ExperimentNetwork } from '../../export/experiment-networks.ts';
import { formFor, type ModelForm, type NetworkForm } from '../../export/forms.ts';
import { exportModel } from '../../export/model-forms/export-model.ts';
import { exportNetwork } from '../../export/network-forms/export-network.ts';
import type { Int8Layers } from '../../engine/layer-treatment.ts';
import { makeFolderOf } from '../../files/atomic-file.ts';
import { trainedModel, type TrainedModelOptions } from '../../runner/trained-model.ts';
import { trainedPipeline, type TrainedPipeline } from '../../runner/trained-pipeline.ts';
import { catalog } from '../../stages/catalog.ts';
import type { Io } from '../io.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { ExportOptions } from '../options.ts';
import { refuseImageFolder } from '../refuse-image-folder.ts';

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
  await refuseImageFolder(path.resolve(options.output));
  const { config, store } = await loadPipeline(experiment, overrides, options, io);
  const sought: TrainedModelOptions = {
    config,
    model,
    store,
    stages: catalog,
    signal: io.signal,
    hint: `run \`sdx run ${experiment}\` first, with the same changes and store`,
  };
  const { form, precision } = options;
  const network = networkOf(config, model);
  const row = formFor(form, options.output, network.kind);
  const { precisions = ['float32'] } = row;
  if (!precisions.includes(precision))
    throw new UserError('usage', `${form} stores weights as ${precisions.join(' or ')}`, {
      hint: `${precision} is for --form onnx`,
    });
  const asked = { ...options, output: path.resolve(options.output) };
  const { weights, files } = await (row.holds === 'network'
    ? writeNetwork(row, network, sought, asked)
    : row.page
      ? writePage(row, row.page, sought, asked)
      : writeModel(row, network, sought, asked));
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
  network: ExperimentNetwork,
  sought: TrainedModelOptions,
  { form, output, weights = 'ema', allowContrib, precision }: ExportOptions,
): Promise<Written> {
  const { config } = sought;
  if (network.kind === 'text encoder')
    throw new UserError('usage', `${network.name} is never changed by a run: its file is its export`, {
      hint: 'convert it with `sdx import --network text-encoder --output <file>`',
    });
  if (weights === 'both' && bothSets !== true) throw holdsOneSet(form);
  const { artifact, scaleFactor, use } = await trainedModel(sought);
  try {
    await makeFolderOf(output);
    const layers = precision === 'int8' ? await layersOf(sought, weights) : undefined;
    const stored = { precision, layers, scaleFactor };
    const request = { config, output, weights, allowContrib, ...stored, writer: await writer() };
    return { weights, files: await exportNetwork(artifact.dir, network, request) };
  } finally {
    await use.release();
  }
}

async function writeModel(
  { writer }: ModelForm,
  { kind }: ExperimentNetwork,
  sought: TrainedModelOptions,
  { form, output, weights: asked, allowContrib, precision }: ExportOptions,
): Promise<Written> {
  const { config, model } = sought;
  if (kind !== 'unet')
    throw new UserError('usage', `${model} makes no images, and ${form} holds a model that does`, {
      hint: 'name teacher or a student; the autoencoder and the text encoder go with it',
    });
  if (asked === 'both') throw holdsOneSet(form);
  const weights = asked ?? (samplingOf(config, model).useEma ? 'ema' : 'raw');
  const trained = await trainedPipeline(sought);
  try {
    if (precision === 'int8') measuredLayers(trained, weights);
    await makeFolderOf(output);
    const request = { config, output, weights, allowContrib, precision, writer: await writer() };
    return { weights, files: await exportModel(trained, request) };
  } finally {
    await trained.use.release();
  }
}

/** The layers of the model that compute on integers. Throws as trainedPipeline and measuredLayers do. */
async function layersOf(sought: TrainedModelOptions, weights: Written['weights']): Promise<Int8Layers> {
  const trained = await trainedPipeline(sought);
  try {
    return measuredLayers(trained, weights);
  } finally {
    await trained.use.release();
  }
}

/** Throws UserError('usage') where the ranges are not measured, or are those of the other weights. */
function measuredLayers({ params, int8 }: TrainedPipeline, weights: Written['weights']): Int8Layers {
  const { model } = params;
  if (int8 === undefined) {
    const path = model === 'teacher' ? model : `students.${model}`;
    throw new UserError(
      'usage',
      `${model} is sampled in float32: the ranges of its integers are not measured`,
      {
        hint: `run the experiment with ${path}.sample.precision=int8, and export with the same change`,
      },
    );
  }
  if (int8.weights !== weights)
    throw new UserError('usage', `the ranges of ${model} are those of its ${int8.weights} weights`, {
      hint: `export with --weights ${int8.weights}`,
    });
  return int8.layers;
}

/** The model, its teacher, and the page that shows them. */
async function writePage(
  form: ModelForm,
  page: NonNullable<ModelForm['page']>,
  sought: TrainedModelOptions,
  asked: ExportOptions,
): Promise<Written> {
  const { config, model } = sought;
  const write = await page(config);
  const models = [...new Set([model, 'teacher'])].map((name) => ({ name, folder: `models/${name}` }));
  const written: Written[] = [];
  for (const { name, folder } of models) {
    const output = path.join(asked.output, folder);
    written.push(
      await writeModel(form, networkOf(config, name), { ...sought, model: name }, { ...asked, output }),
    );
  }
  await write(asked.output, {
    title: `${config.name}: ${models.map(({ name }) => name).join(' beside ')}`,
    models,
  });
  return { weights: written[0]!.weights, files: [asked.output] };
}

function holdsOneSet(form: string): UserError {
  return new UserError('usage', `${form} holds one set of weights`, { hint: 'say --weights ema or raw' });
}
