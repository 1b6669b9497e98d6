// Wavelet gates as curves: means and standard deviations over samples, by band and timestep.
import { meanSd } from '../../metrics/statistics.ts';
import { gatedModules } from '../../models/unet/unet.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { waveletBands } from '../../models/wavelet/wavelet.ts';
import type { GateCurves } from '../../results/analysis.ts';

/**
 * Of every gated module of a network on latents of side `side`, over `steps` timesteps; empty without gates.
 * `valuesOf` gives the gates of all samples.
 */
export function gateCurves(
  unet: UNetConfig,
  side: number,
  steps: number,
  valuesOf: (step: number, module: number, band: number) => readonly number[],
): GateCurves[] {
  return gatedModules(unet).map(({ name, direction, scale }, module) => {
    const moments = Array.from({ length: steps }, (_, step) =>
      waveletBands.map((_, band) => meanSd(valuesOf(step, module, band))!),
    );
    return {
      module: name,
      direction,
      size: side / scale,
      mean: moments.map((row) => row.map(({ mean }) => mean)),
      std: moments.map((row) => row.map(({ sd = 0 }) => sd)),
    };
  });
}
