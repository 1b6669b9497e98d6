// Conditioning as a description: what the ids of a sample are, and what stands for "no condition".
import type { ClipTextConfig } from '../clip/clip-text-config.ts';

export type ConditionerConfig =
  | {
      readonly kind: 'class';
      /** Classes; the id `classes` means "no class". */
      readonly classes: number;
      /** Channels of the context token. */
      readonly width: number;
    }
  | {
      readonly kind: 'text';
      readonly encoder: ClipTextConfig;
      /** Ids of the empty caption, `encoder.positions` of them. */
      readonly emptyCaption: readonly number[];
    };

/** Tokens of a caption. */
export function textTokens(config: Extract<ConditionerConfig, { kind: 'text' }>): number {
  return config.encoder.positions;
}

/** Ids that describe one sample: as many as the context has tokens. */
export function idsPerSample(config: ConditionerConfig): number {
  return config.kind === 'class' ? 1 : textTokens(config);
}

/** Channels of the context. */
export function contextWidth(config: ConditionerConfig): number {
  return config.kind === 'class' ? config.width : config.encoder.width;
}

/** The ids that mean "no condition", for guidance and for its training. */
export function unconditionalIds(config: ConditionerConfig): readonly number[] {
  return config.kind === 'class' ? [config.classes] : config.emptyCaption;
}
