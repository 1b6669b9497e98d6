// Sizes of CLIP's text transformer.

export interface ClipTextConfig {
  readonly vocabSize: number;
  /** Longest sequence (CLIP: 77). */
  readonly positions: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly hiddenWidth: number;
  readonly activation: 'quick_gelu' | 'gelu';
}

/** CLIP ViT-L/14. */
export const clipVitL14Text: ClipTextConfig = {
  vocabSize: 49408,
  positions: 77,
  width: 768,
  heads: 12,
  layers: 12,
  hiddenWidth: 3072,
  activation: 'quick_gelu',
};
