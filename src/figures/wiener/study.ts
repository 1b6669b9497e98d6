// What Fig. 3 measures: filters and UNets of every seed, beside the Wiener filter.
import { evenTimesteps, scaledLinearSchedule } from '../../diffusion/schedule.ts';
import type { LoneWork } from '../figure-spec.ts';
import { trainFieldUNet } from './field-unet.ts';
import { fieldPower, ringMeans } from './fields.ts';
import { trainLinearFilter, type LinearFilterResult } from './linear-filter.ts';
import { wienerGain } from './responses.ts';
import { fieldUNet, type WienerSettings } from './settings.ts';

export interface FilterRun extends LinearFilterResult {
  readonly alphaBar: number;
  readonly seed: number;
}

/** Excess by ring of one network at one noise level. */
export interface UNetPoint {
  readonly width: number;
  readonly seed: number;
  readonly t: number;
  readonly alphaBar: number;
  readonly excess: readonly number[];
  /** The error of the Wiener filter. */
  readonly optimum: readonly number[];
}

export interface WienerStudy {
  readonly filters: readonly FilterRun[];
  readonly unets: readonly UNetPoint[];
}

export async function studyWiener(
  settings: WienerSettings,
  { engine: open, signal, onProgress }: LoneWork,
): Promise<WienerStudy> {
  const { size, schedule, seeds, filter, unet } = settings;
  const engine = await open();
  const filters: FilterRun[] = [];
  for (const alphaBar of filter.alphaBars)
    for (const seed of seeds) {
      onProgress(`Fig. 3: linear filter at alphaBar ${alphaBar}, seed ${seed}`);
      const task = { engine, signal, size, alphaBar, seed, training: filter.training };
      filters.push({ alphaBar, seed, ...(await trainLinearFilter(task)) });
    }
  const { alphaBar: alphaBars } = scaledLinearSchedule(schedule);
  const timesteps = evenTimesteps(schedule.timesteps, unet.timesteps);
  const unets: UNetPoint[] = [];
  for (const width of unet.widths)
    for (const seed of seeds) {
      onProgress(`Fig. 3: UNet of ${width} channels, seed ${seed}`);
      const planes = await trainFieldUNet({
        ...{ engine, signal, seed, timesteps, schedule, fields: unet.fields },
        training: unet.training,
        config: fieldUNet(size, width),
      });
      for (const [i, t] of timesteps.entries()) {
        const alphaBar = alphaBars[t]!;
        unets.push({
          ...{ width, seed, t, alphaBar },
          excess: ringMeans(planes[i]!, size),
          optimum: ringMeans(
            fieldPower(size).map((power) => wienerGain({ power, alphaBar })),
            size,
          ),
        });
      }
    }
  return { filters, unets };
}
