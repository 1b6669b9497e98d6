// The styles by the name that `dataset.style` gives them.
import type { AvatarStyle } from '../avatar-style.ts';
import { lorelei } from './lorelei.ts';
import { notionists } from './notionists.ts';
import { openPeeps } from './open-peeps.ts';
import { pixelArt } from './pixel-art.ts';

export const avatarStyles = {
  'open-peeps': openPeeps,
  lorelei,
  notionists,
  'pixel-art': pixelArt,
} as const satisfies Readonly<Record<string, AvatarStyle>>;

export type AvatarStyleName = keyof typeof avatarStyles;
