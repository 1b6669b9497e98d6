// What a model card tells: each fact from where it was measured or configured.
import { methodOf, studentMethods } from '../../../config/student-methods.ts';
import type { Student } from '../../../config/types.generated.ts';
import { creditsOf } from '../../../datasets/credits.ts';
import { ldmDeviations } from '../../../datasets/ldm-training.ts';
import { metricTitle } from '../../../report/table/measures.ts';
import { formatMacs, formatParams, formatSignificant } from '../../../report/table/number-format.ts';
import { describeCard, grouped } from '../../../results/metric-card.ts';
import { portableEngine } from '../../../runner/portable.ts';
import { tellDeviations } from '../../../runner/told-deviations.ts';
import { catalog } from '../../../stages/catalog.ts';
import { resultPart, summaryOf } from '../../../stages/describing/read-summary.ts';
import type { StoredArtifact } from '../../../store/store.ts';
import type { WholeModel } from '../../model-forms/export-model.ts';
import type { Component } from '../component.ts';

/** Label and value. */
export type Fact = readonly [string, string];

/** What the model is, in a sentence. */
export function kindOf({ config, trained }: WholeModel): string {
  const { model, unet, conditioning, network, diffusion } = trained.params;
  const student = config.students[model];
  const role = student
    ? `A ${unet.waveletGating ? 'wavelet-gated ' : ''}student, ${originOf(student)}`
    : 'A teacher';
  const told =
    conditioning === undefined
      ? 'unconditional'
      : conditioning.network.kind === 'class'
        ? `conditioned on ${grouped(conditioning.network.classes)} classes`
        : 'conditioned on captions';
  const place = network
    ? `on latents of a ${network.codes === undefined ? 'KL-regularised' : 'vector-quantised'} autoencoder`
    : 'on pixels';
  return `${role}: diffusion ${place}, ${told}, which predicts ${diffusion.prediction === 'v' ? 'v' : 'the noise'}.`;
}

/** How a student came about. */
function originOf(student: Student): string {
  const method = methodOf(student);
  if (method !== 'spectral') return `made from its teacher by ${studentMethods[method].title}`;
  const losses = [
    ...(student.spatial ? ['the spatial loss'] : []),
    ...(student.freq ? ['the frequency loss'] : []),
  ];
  return losses.length > 0
    ? `distilled with ${losses.join(' and ')}`
    : 'trained without the features of its teacher';
}

/** Part, class and parameters, a row for each network. */
export function sizeRows(components: readonly Component[]): string[][] {
  return components.flatMap(({ name, className, parameters }) =>
    parameters === undefined ? [] : [[name, className, formatParams(parameters)]],
  );
}

export function dataFacts({ config, trained }: WholeModel): Fact[] {
  const known = creditsOf(config.dataset);
  const summary = trained.told.dataset && summaryOf(catalog.dataset, trained.told.dataset);
  const { title, source, licence } = summary?.credits ?? known ?? {};
  return [
    ['images', title ?? `of kind ${config.dataset.kind}`],
    ...(source ? [['from', source] as const] : []),
    ['licence of the images', licence ?? 'not known'],
    ['side', `${config.dataset.size} pixels`],
    ...(summary
      ? ([
          ['count', grouped(summary.count)],
          ['preprocessing', summary.preprocessing],
          ['digest', summary.digest],
        ] as const)
      : []),
  ];
}

/** Rows of metric and value, and the card that all of them have. */
export function scoreFacts({ config, trained }: WholeModel): { rows: string[][]; notes: string[] } {
  const { evaluation } = trained.told;
  if (evaluation === undefined) return { rows: [], notes: [] };
  const { fid, metrics = {} } = tellDeviations(
    resultPart(catalog.evaluate, evaluation),
    ldmDeviations(config.dataset),
  );
  const all = [...(fid ? [['FID ↓', fid] as const] : []), ...Object.entries(metrics).map(titled)];
  const cards = new Set(all.map(([, { card }]) => describeCard(card)));
  return {
    rows: all.map(([title, { value }]) => [title, formatSignificant(value)]),
    notes: [...cards].map((card) => `How they were measured: ${card}.`),
  };
}

function titled<T>([name, metric]: [string, T]): readonly [string, T] {
  return [metricTitle(name), metric];
}

export function trainingFacts({ config, trained, weights }: WholeModel): Fact[] {
  const { params, model, autoencoder } = trained;
  const { macs, attentionMacs } = summaryOf(
    params.model === 'teacher' ? catalog.teacher : catalog.distill,
    model,
  );
  return [
    ['seed', String(config.seed)],
    ...(params.model !== 'teacher' && config.studentSeed !== undefined
      ? [['seed of students', String(config.studentSeed)] as const]
      : []),
    ['the model', computeOf(model)],
    ...(autoencoder ? [['its autoencoder', computeOf(autoencoder)] as const] : []),
    ['weights', weights === 'ema' ? 'moving average' : 'those of the last step'],
    [
      'multiply-adds of one step of one image',
      `${formatMacs(macs)}, and ${formatMacs(attentionMacs)} within attention`,
    ],
  ];
}

/** Steps, time and engine of the stage that made the artifact. */
function computeOf({ manifest, summary }: StoredArtifact): string {
  const { source, steps, seconds } = summary;
  if (source === 'loaded') return 'loaded from a checkpoint';
  const engine = Object.entries(portableEngine(manifest.engine ?? {}))
    .filter(([name]) => name !== 'engine')
    .map(([name, value]) => `${name} ${value}`);
  return [
    `${grouped(Number(steps))} steps in ${(Number(seconds) / 3600).toPrecision(2)} hours`,
    ...engine,
  ].join(', ');
}
