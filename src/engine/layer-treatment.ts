// What can become of the convolutions of a program with constant filters. Types alone: descriptions of stages read them, too.

/** A range of real numbers in 256 steps: `scale * (q - zeroPoint)` for q from 0 to 255; 0 is one of them. */
export interface QuantizedRange {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The ranges of what a layer takes and gives. */
export interface Int8Layer {
  readonly input: QuantizedRange;
  readonly output: QuantizedRange;
}

/** By the names of the layers' filters. */
export type Int8Layers = Readonly<Record<string, Int8Layer>>;

/** `observed`: what layers take and give are outputs too (`layerBehind` in graph/int8-layers.ts). `int8`: these layers are computed on integers. */
export type LayerTreatment =
  { readonly kind: 'observed' } | { readonly kind: 'int8'; readonly layers: Int8Layers };
