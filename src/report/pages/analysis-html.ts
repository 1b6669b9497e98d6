// analysis.html: one self-contained page in the style of the report, a function of the analysis alone.
import { errorPlot, gatePlot, ratioPlot } from '../plots/analysis-plots.ts';
import { gateTable, lossTable, moduleTitle } from '../table/analysis-tables.ts';
import type { Analysis, LossPoint, ModelAnalysis } from '../../results/analysis.ts';
import { escapeHtml, formatHtmlTable } from '../formats/html-table.ts';
import { head, list, page, pair, plot, section } from './html-parts.ts';

export function renderAnalysis(analysis: Analysis): string {
  const sections = [
    header(analysis),
    section('Where the students lose', losses(analysis)),
    ...analysis.models.map((model) => section(`What the gates of ${model.name} do`, gates(analysis, model))),
    section('Provenance', provenance(analysis)),
  ];
  return page(`${analysis.experiment}: analysis`, sections, analysis.sdxVersion, 'analysis.json');
}

function header(analysis: Analysis): string {
  const { experiment, models, count, timesteps } = analysis;
  const worst = models.flatMap((model): (readonly [string, string, string])[] => {
    const point = model.name === 'teacher' ? undefined : worstPoint(model);
    if (point?.ratio === undefined) return [];
    const { low, high } = point.ratio;
    const band = low.value > high.value ? 'low' : 'high';
    const aside = `at t = ${point.t}, most of all in ${band} frequencies (${point.ratio[band].value.toFixed(2)}×)`;
    return [[`${model.name}, largest loss`, `${point.ratio.loss.value.toFixed(2)}× teacher`, aside]];
  });
  return head({
    kicker: 'Analysis by noise level and frequency',
    title: experiment,
    lead: `Error of the predicted noise of ${models.map(({ name }) => name).join(', ')}, on the same ${count} images with the same noise.`,
    facts: [...worst, ['Images', String(count), `at each of ${timesteps.length} timesteps`]],
  });
}

/** The timestep at which a model's loss is largest beside the teacher's. */
function worstPoint({ losses: points }: ModelAnalysis): LossPoint | undefined {
  const ratio = (point: LossPoint | undefined): number => point?.ratio?.loss.value ?? 0;
  return points
    .filter(({ t }) => t !== 'all')
    .reduce<LossPoint | undefined>(
      (worst, point) => (ratio(point) > ratio(worst) ? point : worst),
      undefined,
    );
}

const parts = [
  ['loss', 'Loss'],
  ['low', 'Its part in low frequencies'],
  ['high', 'Its part in high frequencies'],
] as const;

function losses(analysis: Analysis): string {
  const ratios = parts.map(([part, what]) =>
    plot(ratioPlot(analysis, part), `${what} over the teacher's: above the dashed line, a student is worse.`),
  );
  const errors = parts.map(([part, what]) =>
    plot(
      errorPlot(analysis, part),
      `${what} by timestep. The dashed line is what the noisy latent itself would cost as a prediction.`,
    ),
  );
  return `${pair([...ratios, ...errors])}\n${details('All losses', formatHtmlTable(lossTable(analysis)))}`;
}

function gates(analysis: Analysis, model: ModelAnalysis): string {
  if (model.gates.length === 0) return '';
  const average = (['down', 'up'] as const).map((direction) =>
    plot(
      gatePlot(
        analysis,
        `gates-${model.name}-${direction}`,
        model.gates.filter((module) => module.direction === direction),
      ),
      `WG-${direction === 'down' ? 'Down' : 'Up'}: mean over channels, images and modules (the paper's Fig. 9).`,
    ),
  );
  const single = model.gates.map((module) =>
    plot(
      gatePlot(analysis, `gates-${model.name}-${module.module}`, [module]),
      `${moduleTitle(module)} (${module.module})`,
    ),
  );
  return [
    pair(average),
    details('Module by module', pair(single)),
    details('All gates', formatHtmlTable(gateTable({ ...analysis, models: [model] }))),
  ].join('\n');
}

function provenance({ sdxVersion, engine, models }: Analysis): string {
  return list([
    ['sdx', sdxVersion],
    ...Object.entries(engine),
    ...models.map(({ name, key, weights }) => [name, `${key}, ${weights} weights`] as const),
  ]);
}

function details(summary: string, body: string): string {
  return `<details><summary>${escapeHtml(summary)}</summary>${body}</details>`;
}
