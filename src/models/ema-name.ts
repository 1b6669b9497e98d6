// Where latent-diffusion keeps the moving average of a parameter: 'model_ema.' and the name without its dots.

/** `name` as in the state dict ('model.diffusion_model.out.2.bias') -> 'model_ema.diffusion_modelout2bias'. */
export function emaName(name: string): string {
  return `model_ema.${name.replace(/^model\./, '').replaceAll('.', '')}`;
}
