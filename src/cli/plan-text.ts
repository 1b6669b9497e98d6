// A plan as text: what is missing, which stages are cached and why the others run, and what they ask of a machine.
import { formatDuration } from '../duration.ts';
import { deviceHours, totalOf, type Totals } from '../plan/estimate.ts';
import { catalog } from '../stages/catalog.ts';
import type { Amount } from '../stages/describing/estimate.ts';
import type { PlanNode } from '../plan/plan.ts';
import type { StageTime, TimeSource } from '../plan/stage-times.ts';
import { plainScreen, textTable, type Screen } from '../report/formats/text-table.ts';
import { wrapParagraph } from '../report/formats/wrap-text.ts';
import { formatBytes, formatMacs, formatParams } from '../report/table/number-format.ts';
import type { ImageCount } from '../runner/estimate-plan.ts';
import type { PlannedStage } from '../runner/planned-run.ts';
import type { Requirement } from '../runner/preflight.ts';
import { formatAmount } from './quantities.ts';

/** NVIDIA's data sheet of the V100 (SXM2): float32, without tensor cores. */
export const exampleDevice = { name: 'V100', peakTflops: 15.7, utilisation: 0.4 } as const;
export const exampleTflops = exampleDevice.peakTflops * exampleDevice.utilisation;

const unknown = '?';
const petaflop = 1e15;

/** What is missing, without the remedies: a run prints those. */
export function missingText(experiment: string, missing: readonly Requirement[]): string {
  if (missing.length === 0) return '';
  const lines = missing.map(({ key, problem }) => `  ${key}: ${problem}\n`);
  return `missing, before ${experiment} can run (\`sdx run\` says where to get them):\n${lines.join('')}\n`;
}

export function stagesText(stages: readonly PlannedStage[], screen?: Screen): string {
  const table = textTable(
    ['stage', 'key', 'params', 'state'],
    stages.map(({ node, key, explanation, estimate }) => [
      node.id,
      key?.slice(0, 12) ?? '-',
      ownsNetwork(node) && estimate.network ? formatParams(estimate.network.params) : '',
      explanation.state === 'cached' ? 'cached' : `will run: ${explanation.why}`,
    ]),
    screen,
  );
  const running = stages.filter(({ explanation }) => explanation.state === 'will-run').length;
  return `${table}\n${stages.length - running} of ${stages.length} stages cached, ${running} to run\n`;
}

/** Whether the stage trains or loads the network that it uses. */
export function ownsNetwork({ kind }: PlanNode): boolean {
  return catalog[kind].makes !== undefined;
}

/** `tflops`: what the user's device sustains, if told. */
export function estimatesText(
  stages: readonly PlannedStage[],
  images: Readonly<Record<string, ImageCount>>,
  tflops: number | undefined,
  screen = plainScreen,
): string {
  const all = totalOf(stages.map(({ estimate }) => estimate));
  const left = totalOf(
    stages.filter(({ explanation }) => explanation.state === 'will-run').map(({ estimate }) => estimate),
  );
  const hours = (flop: number | undefined): string[] =>
    tflops === undefined ? [] : [hoursText(flop, tflops)];
  const here = timeHere(stages);
  const timed = (text: string): string[] => (here === undefined ? [] : [text]);
  const rows = stages.map(({ estimate: { id, network, amount, ...needs }, explanation, time }) => [
    id,
    network ? formatMacs(network.macs) : '',
    network && network.attentionMacs > 0 ? formatMacs(network.attentionMacs) : '',
    amountText(amount),
    pflopText(needs.flop),
    bytesText(needs.diskBytes),
    bytesText(needs.memoryBytes),
    ...hours(needs.flop),
    ...timed(explanation.state === 'cached' ? '' : timeText(time)),
  ]);
  const totals = (title: string, sum: Totals, time: string): string[] => {
    const bound = sum.isLowerBound ? '>=' : '';
    const texts = [
      pflopText(sum.flop),
      bytesText(sum.diskBytes),
      bytesText(sum.memoryBytes),
      ...hours(sum.flop),
    ];
    return [title, '', '', '', ...texts.map((text) => (text === '' ? text : bound + text)), ...timed(time)];
  };
  const table = textTable(
    [
      'stage',
      'MACs',
      'attention',
      'amount',
      'PFLOP',
      'disk',
      'memory',
      ...(tflops === undefined ? [] : ['hours']),
      ...timed('time here'),
    ],
    [
      ...rows,
      totals('total', all, ''),
      totals(
        'still to run',
        left,
        here ? `${here.isLowerBound ? '>=' : ''}${formatDuration(here.seconds)}` : '',
      ),
    ],
    screen,
  );
  const below = [...notes(left), ...imageNotes(images), ...hereNote(stages, here), deviceNote(left, tflops)];
  return `${table}\n${below.map((note) => wrapParagraph(note, screen.width)).join('')}`;
}

/** The time of what is still to run, on this machine; undefined where nothing is known of it. */
export function timeHere(
  stages: readonly PlannedStage[],
): { readonly seconds: number; readonly isLowerBound: boolean } | undefined {
  const times = stages.flatMap(({ explanation, time }) => (explanation.state === 'will-run' ? [time] : []));
  const known = times.filter((time) => time !== undefined);
  if (known.every(({ seconds }) => seconds === 0)) return undefined;
  return {
    seconds: known.reduce((sum, { seconds }) => sum + seconds, 0),
    isLowerBound: known.length < times.length,
  };
}

/** By what a time goes: of the stage itself and of the same network nothing needs to be said. */
const marks: Readonly<Record<TimeSource, string>> = {
  itself: '',
  network: '',
  kind: '~',
  probe: '~',
  others: '~~',
};

function timeText(time: StageTime | undefined): string {
  if (time === undefined) return unknown;
  return time.seconds === 0 ? '' : marks[time.by] + formatDuration(time.seconds);
}

function hereNote(stages: readonly PlannedStage[], here: ReturnType<typeof timeHere>): string[] {
  const toRun = stages.filter(({ explanation }) => explanation.state === 'will-run');
  if (toRun.every(({ estimate }) => estimate.flop === 0)) return [];
  if (here === undefined)
    return [
      'time on this machine: not known, for this store has timed no stage yet; --probe tries how fast it trains.',
    ];
  const by = new Set(
    toRun.flatMap(({ time }) => (time === undefined || time.seconds === 0 ? [] : [time.by])),
  );
  const sources = [
    ...(by.has('itself') || by.has('network')
      ? ['by stages with the same network that were timed in this store']
      : []),
    ...(by.has('kind') ? ['~ by stages of the kind with other networks'] : []),
    ...(by.has('probe') ? ['~ by the training that was tried now'] : []),
    ...(by.has('others') ? ['~~ by stages of other kinds, so roughly'] : []),
  ];
  return [
    `time here: ${sources.join('; ')}. Still to run: ${here.isLowerBound ? 'at least' : 'about'} ${formatDuration(here.seconds)} on this machine.${here.isLowerBound ? ' ?: nothing like it was timed yet; --probe tries how fast this machine trains.' : ''}`,
  ];
}

function notes({ scratchBytes }: Totals): string[] {
  return [
    'MACs: of one pass of one sample (for models: of one time step); products of attention stand apart.',
    'PFLOP: 2 per multiply-add, of both; training counts 3 passes, distillation one of the teacher more, guidance 2.',
    'memory: weights, gradients, optimizer state and latents (up to 256 MiB) in float32; activations come on top: those of training are below.',
    `disk: what stays; up to ${formatBytes(scratchBytes)} more while a stage runs (checkpoints, encoded captions, unfinished results).`,
  ];
}

const sources: Readonly<Record<ImageCount['source'], string>> = {
  store: 'counted by an earlier run',
  here: 'as found',
  published: 'as published; they are not here',
  unknown: 'number not known: `?`, and totals are lower bounds',
};

function imageNotes(images: Readonly<Record<string, ImageCount>>): string[] {
  return Object.entries(images).map(([id, { count, source }]) =>
    count === undefined
      ? `${id}: ${sources[source]}.`
      : `${id}: ${count.toLocaleString('en')} images, ${sources[source]}.`,
  );
}

function deviceNote({ flop, isLowerBound }: Totals, tflops: number | undefined): string {
  const bound = isLowerBound ? 'at least ' : '';
  if (tflops !== undefined)
    return `hours: of a device that sustains ${tflops} TFLOPS; still to run: ${bound}${formatAmount(deviceHours(flop, tflops))} device-hours.`;
  const { name, peakTflops, utilisation } = exampleDevice;
  const hours = formatAmount(deviceHours(flop, exampleTflops));
  return (
    `For example, on the paper's ${name} (${peakTflops} TFLOPS in float32, of which ${utilisation * 100}% are assumed to be ` +
    `sustained): ${bound}${hours} GPU-hours for what is still to run; --tflops takes what your device sustains.`
  );
}

function pflopText(flop: number | undefined): string {
  if (flop === undefined) return unknown;
  return flop === 0 ? '' : formatAmount(flop / petaflop);
}

function hoursText(flop: number | undefined, tflops: number): string {
  if (flop === undefined) return unknown;
  return flop === 0 ? '' : formatAmount(deviceHours(flop, tflops));
}

function bytesText(bytes: number | undefined): string {
  if (bytes === undefined) return unknown;
  return bytes === 0 ? '' : formatBytes(bytes);
}

/** '150,000 steps of 512', '50,000 images x 200 steps x 2', '50,000 images x 20 steps (39 evaluations)'. */
function amountText(amount: Amount | undefined): string {
  if (amount === undefined) return '';
  const count = amount.count?.toLocaleString('en') ?? unknown;
  if (amount.unit === 'steps') return `${count} steps of ${amount.batchSize}`;
  const steps = amount.timeSteps === undefined ? '' : ` x ${amount.timeSteps} steps`;
  const evaluations = amount.evaluations === undefined ? '' : ` (${amount.evaluations} evaluations)`;
  return amount.count === 0
    ? ''
    : `${count} images${steps}${evaluations}${amount.guided === true ? ' x 2' : ''}`;
}
