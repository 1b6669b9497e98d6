// How near each sampler comes to the solution of a model's probability flow, by the number of network evaluations.
import { samplers } from '../diffusion/samplers.ts';
import type { Figure } from '../report/figure.ts';
import { lines, type Point } from '../report/plots/plots.ts';
import { comparedSteps } from '../plan/probes.ts';
import { convergence, type ConvergenceSummary } from '../stages/kinds/convergence/describe.ts';
import type { ExperimentFigure, Measured } from './figure-spec.ts';
import { numberTable } from './number-table.ts';

export const samplerErrors: ExperimentFigure = {
  id: 'samplers',
  shows: 'error of samplers against many steps, by network evaluations',
  needs: 'experiment',
  reads: ['convergence'],
  measures: ['convergence'],
  lacks: ({ config }) =>
    comparedSteps(config.diffusion, config.figures).steps.length === 0
      ? 'figures.samplerReference and the noise schedule leave no fewer steps to compare with'
      : undefined,
  make: (measured) => Promise.resolve(draw(measured)),
};

function draw(measured: Measured): Figure {
  const { config, models, published } = measured;
  const runs = models.map((model) => ({ model, summary: published(convergence, model).summary }));
  const { count, reference } = runs[0]!.summary;
  const against = `${samplers[reference.sampler].title} with ${reference.steps} steps (${reference.evaluations} evaluations)`;
  return {
    id: 'samplers',
    title: 'error of samplers by number of evaluations',
    about:
      `How far the latents that a sampler draws in few steps are from those of ${against} from the same noise: ` +
      `|x0 − reference| / |reference|, mean over ${count} samples. Both axes are logarithmic: a method of first order falls with slope −1, ` +
      'one of second order with −2. Part of the error of very few steps is that of where they begin: they take the same noise for ' +
      'a less noisy timestep. Ancestral sampling adds noise of its own and approaches no such solution, so it is not drawn.',
    plots: runs.map(({ model, summary }) => ({
      name: model,
      svg: errorPlot(model, summary),
      caption: `${model}: relative error of the latents.`,
    })),
    tables: [
      {
        name: '',
        table: numberTable(
          `${config.name}: errors of samplers`,
          ['model', 'sampler', 'steps', 'evaluations', 'error', 'error_sd'],
          runs.flatMap(({ model, summary }) =>
            summary.errors.map((run) => [
              ...[model, samplers[run.sampler].title, run.steps, run.evaluations],
              ...[run.mean, run.sd],
            ]),
          ),
        ),
      },
    ],
  };
}

function errorPlot(model: string, { errors }: ConvergenceSummary): string {
  const names = [...new Set(errors.map(({ sampler }) => sampler))];
  return lines(
    {
      name: `samplers-${model}`,
      x: { name: 'network evaluations of a sample', log: true },
      y: { name: 'relative error of the latents', log: true },
    },
    names.map((name) => ({
      name: samplers[name].title,
      points: errors
        .filter(({ sampler }) => sampler === name)
        .map(({ evaluations, mean }): Point => [evaluations, mean]),
    })),
  )!;
}
