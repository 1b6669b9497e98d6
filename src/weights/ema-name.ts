// Where latent-diffusion keeps the moving average of a parameter: 'model_ema.' and the name without its dots.

/** Start of the names of moving averages. */
export const emaPrefix = 'model_ema.';

/** `name` as in the state dict ('model.diffusion_model.out.2.bias') -> 'model_ema.diffusion_modelout2bias'. */
export function emaName(name: string): string {
  return `${emaPrefix}${name.replace(/^model\./, '').replaceAll('.', '')}`;
}
