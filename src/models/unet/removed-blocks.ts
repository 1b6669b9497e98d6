// UNets with blocks taken out, as BK-SDM makes them (Kim et al. 2023, section 3.1), by rules that hold for any UNet of ours.
import type { UNetConfig } from './unet-config.ts';

/**
 * `base` keeps one block of each level on the way down, the first, and two on the way up, the first and the last; `small`
 * also leaves out the middle; `tiny` also leaves out the lowest level.
 */
export type KeptBlocks = 'base' | 'small' | 'tiny';

/** `whole` with only the blocks that `kept` names. Holds where `blocksMisfit` finds nothing. */
export function withoutBlocks(whole: UNetConfig, kept: KeptBlocks): UNetConfig {
  const base: UNetConfig = { ...whole, numResBlocks: 1 };
  if (kept === 'base') return base;
  const small: UNetConfig = { ...base, middle: 'none' };
  return kept === 'small' ? small : { ...small, channelMult: whole.channelMult.slice(0, -1) };
}

/** Why blocks cannot be taken out of `whole` by the rule `kept`; undefined where they can. */
export function blocksMisfit(
  { numResBlocks, channelMult }: Pick<UNetConfig, 'numResBlocks' | 'channelMult'>,
  kept: KeptBlocks,
): string | undefined {
  if (kept === 'base' && numResBlocks === 1)
    return 'base keeps one block of each level, which is all that the teacher has (teacher.unet.numResBlocks is 1); take small or tiny';
  if (kept !== 'tiny') return undefined;
  const [above, lowest] = channelMult.slice(-2);
  if (lowest === undefined)
    return 'tiny leaves out the lowest level, and the teacher has only one; take small';
  if (above !== lowest)
    return `tiny leaves out the lowest level, whose channels must be those of the level above it; teacher.unet.channelMult ends in ${above}, ${lowest}; take small`;
  return undefined;
}
