// What is measured of trained models beside a run. A probe is a function that adds stages for each model to the plan; a
// run's own plan has none.
import type { Experiment } from '../config/types.generated.ts';
import { samplers, type SamplerName } from '../diffusion/samplers.ts';
import { exactStepsNear, takesExactly } from '../diffusion/schedule.ts';
import type { AnalyzeParams } from '../stages/kinds/analyze/describe.ts';
import type { SampleParams } from '../stages/describing/sampling-settings.ts';
import type { ReferencePart } from '../stages/params.ts';
import { comparedPairs, type ModelPair } from './model-pairs.ts';
import type { NodeSpec } from './node-spec.ts';
import { nodeId } from './plan.ts';

/** A model of the plan: what stages that look at it are told, and the nodes that they need. */
export interface TrainedModel {
  /** `teacher`, or the student's name. */
  readonly name: string;
  readonly parts: Omit<AnalyzeParams, 'analyze'>;
  readonly inputs: NodeSpec['inputs'];
  /** The node of its samples. */
  readonly samples: {
    readonly params: SampleParams;
    readonly inputs: NodeSpec['inputs'];
  };
  /** The real images that its samples are compared with. */
  readonly real: ReferencePart & { readonly dataset: string };
}

export type Probe = (model: TrainedModel) => readonly NodeSpec[];

/** Losses and gates over noise levels, of the models in `models`. */
export function analysisOf(models: ReadonlySet<string>, analyze: NonNullable<Experiment['analyze']>): Probe {
  return ({ name, parts, inputs }) =>
    models.has(name)
      ? [{ kind: 'analyze', name, params: { ...parts, analyze }, inputs, computes: true }]
      : [];
}

type FigureSettings = NonNullable<Experiment['figures']>;

/** The sampling of the models in `models`, watched. */
export function trajectoriesOf(models: ReadonlySet<string>, figures: FigureSettings): Probe {
  return ({ name, samples }) => (models.has(name) ? [watched(name, samples, figures)] : []);
}

/** The same for the captions that the figures ask for: `trajectory:sd~prompts`. */
export function promptedOf(models: ReadonlySet<string>, figures: FigureSettings): Probe {
  const { prompts } = figures;
  return ({ name, samples }) => {
    if (!models.has(name)) return [];
    const node = watched(promptedName(name), samples, { ...figures, count: prompts.length, frames: 1 });
    return [{ ...node, params: { ...node.params, told: { captions: prompts }, shown: prompts.length } }];
  };
}

/** Name of the node that samples for the captions of the figures; names of models have no `~`. */
export function promptedName(model: string): string {
  return `${model}~prompts`;
}

function watched(
  name: string,
  { params, inputs }: TrainedModel['samples'],
  { count, frames, batchSize }: Pick<FigureSettings, 'count' | 'frames' | 'batchSize'>,
): NodeSpec<'trajectory'> {
  const { sample } = params;
  return {
    kind: 'trajectory',
    name,
    params: { ...params, sample: { ...sample, count, batchSize }, frames, shown: sample.gridColumns },
    inputs,
    computes: true,
  };
}

/** What is drawn on request, where that is not as in a run. */
interface Drawn {
  readonly count?: number | undefined;
  readonly told?: SampleParams['told'] | undefined;
  /** Steps whose predictions an animation shows, as many as there are at most. */
  readonly frames: number;
}

/** Samples of `model` on request, and how the first of them, those of a grid, come about: `sample:sd~drawn`, `trajectory:sd~drawn`. */
export function drawnOf(model: string, { count, told, frames }: Drawn): Probe {
  return ({ name, samples: { params, inputs } }) => {
    if (name !== model) return [];
    const { sample } = params;
    const some = count ?? sample.count;
    const ofAll = { ...params, ...(told && { told }), sample: { ...sample, count: some } };
    const shown = Math.min(sample.gridColumns * sample.gridRows, some);
    const batchSize = Math.min(sample.batchSize, some);
    const drawn = { ...ofAll, sample: { ...ofAll.sample, batchSize } };
    const ofGrid = watched(
      drawnName(name),
      { params: ofAll, inputs },
      { count: shown, frames, batchSize: Math.min(batchSize, shown) },
    );
    return [
      { kind: 'sample', name: drawnName(name), params: drawn, inputs, computes: true },
      { ...ofGrid, params: { ...ofGrid.params, shown } },
    ];
  };
}

/** Name of the nodes that draw on request; names of models have no `~`. */
export function drawnName(model: string): string {
  return `${model}~drawn`;
}

/** Spectra of the samples of the models in `models`, beside those of real images. */
export function spectraOf(models: ReadonlySet<string>, { spectrumImages: count }: FigureSettings): Probe {
  return ({ name, real: { dataset, ...real } }) =>
    models.has(name)
      ? [
          {
            kind: 'fourier',
            name,
            params: { count, real },
            inputs: { sample: samplesOf(name), against: dataset },
            computes: false,
          },
        ]
      : [];
}

/** Spectra of the differences between samples of the models in `models` (plan/model-pairs.ts). */
export function differencesOf(
  config: Experiment,
  models: ReadonlySet<string>,
  { spectrumImages: count }: FigureSettings,
): Probe {
  const order = ['teacher', ...Object.keys(config.students)];
  const pairs = comparedPairs(config, [...models]);
  // The later of two models: then there are samples of both.
  const isLater = (name: string, pair: ModelPair): boolean =>
    name === pair.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)).at(-1);
  return ({ name }) =>
    pairs
      .filter((pair) => isLater(name, pair))
      .map((pair) => ({
        kind: 'fourier',
        name: pairName(pair),
        params: { count },
        inputs: { sample: samplesOf(pair[0]), against: samplesOf(pair[1]) },
        computes: false,
      }));
}

/** Samplers whose samples approach one solution. */
const convergingSamplers = (Object.keys(samplers) as SamplerName[]).filter(
  (name) => !samplers[name].addsNoise,
);
const triedSteps = [2, 5, 10, 20, 50, 100];

/** Steps of the samples that others are held against, and fewer to hold against them, at most half as many. */
export function comparedSteps(
  { timesteps }: Experiment['diffusion'],
  { samplerReference }: Pick<FigureSettings, 'samplerReference'>,
): { readonly reference: number; readonly steps: readonly number[] } {
  const asked = Math.min(samplerReference, Math.floor(timesteps / 2));
  const reference = takesExactly(timesteps, asked) ? asked : (exactStepsNear(timesteps, asked)[0] ?? 1);
  return {
    reference,
    steps: triedSteps.filter((steps) => 2 * steps <= reference && takesExactly(timesteps, steps)),
  };
}

/** Errors of the samplers on the models in `models`, against Heun's method in many steps. */
export function convergenceOf(models: ReadonlySet<string>, figures: FigureSettings): Probe {
  return ({ name, samples: { params, inputs } }) => {
    const { reference, steps } = comparedSteps(params.diffusion, figures);
    if (!models.has(name) || steps.length === 0) return [];
    const count = figures.samplerImages;
    const batchSize = Math.min(figures.batchSize, count);
    const way = { sampler: 'heun', eta: 0, steps: reference } as const;
    const sample = { ...params.sample, ...way, count, batchSize };
    return [
      {
        kind: 'convergence',
        name,
        params: { ...params, sample, samplers: convergingSamplers, steps },
        inputs,
        computes: true,
      },
    ];
  };
}

/** All that figures measure of the models in `models`. */
export function figureProbes(
  config: Experiment,
  models: ReadonlySet<string>,
  figures: FigureSettings,
): Probe[] {
  return [
    trajectoriesOf(models, figures),
    ...(figures.prompts.length > 0 ? [promptedOf(models, figures)] : []),
    spectraOf(models, figures),
    differencesOf(config, models, figures),
    convergenceOf(models, figures),
  ];
}

/** Name of the node that compares two models. */
export function pairName([model, against]: ModelPair): string {
  return `${model}~${against}`;
}

function samplesOf(name: string): string {
  return nodeId({ kind: 'sample', name });
}
