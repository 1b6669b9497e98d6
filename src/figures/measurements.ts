// What is measured of trained models for their figures, each a probe beside the run's own plan.
import {
  analysisOf,
  convergenceOf,
  differencesOf,
  promptedOf,
  spectraOf,
  trajectoriesOf,
  type Probe,
} from '../plan/probes.ts';
import type { Asked, Measurement } from './figure-spec.ts';

const probes: Readonly<Record<Measurement, (asked: Asked, models: ReadonlySet<string>) => Probe>> = {
  sampling: ({ config }, models) => trajectoriesOf(models, config.figures),
  prompts: ({ config }, models) => promptedOf(models, config.figures),
  spectra: ({ config }, models) => spectraOf(models, config.figures),
  differences: ({ config }, models) => differencesOf(config, models, config.figures),
  convergence: ({ config }, models) => convergenceOf(models, config.figures),
  analysis: (asked) => analysisOf(new Set(gatedModels(asked)), asked.config.analyze),
};

export function probeOf(measurement: Measurement, asked: Asked): Probe {
  return probes[measurement](asked, new Set(asked.models));
}

/** Models with wavelet gates. */
export function gatedModels({ config, models }: Asked): string[] {
  return models.filter((model) => config.students[model]?.waveletGating === true);
}
