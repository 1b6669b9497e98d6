// The 94 convolutions of Inception-v3 (Szegedy et al. 2016) under torchvision's names, in the order in which both
// torchvision and Keras define them. One table serves shapes, strict loading, and strides and padding.

export interface InceptionConv {
  readonly name: string;
  readonly inC: number;
  readonly outC: number;
  /** Height and width of the window. */
  readonly kernel: readonly [number, number];
  readonly stride: number;
  /** Rows above and below, columns left and right. */
  readonly padding: readonly [number, number];
}

type Window = number | readonly [number, number];

/** Stride 1, padded to keep the size. */
function same(name: string, inC: number, outC: number, window: Window): InceptionConv {
  const kernel = typeof window === 'number' ? ([window, window] as const) : window;
  return { name, inC, outC, kernel, stride: 1, padding: [(kernel[0] - 1) / 2, (kernel[1] - 1) / 2] };
}

/** No padding. */
function valid(name: string, inC: number, outC: number, k: number, stride: number): InceptionConv {
  return { name, inC, outC, kernel: [k, k], stride, padding: [0, 0] };
}

const row = [1, 7] as const;
const column = [7, 1] as const;

/** 35x35 blocks. */
function blockA(name: string, inC: number, poolC: number): InceptionConv[] {
  return [
    same(`${name}.branch1x1`, inC, 64, 1),
    same(`${name}.branch5x5_1`, inC, 48, 1),
    same(`${name}.branch5x5_2`, 48, 64, 5),
    same(`${name}.branch3x3dbl_1`, inC, 64, 1),
    same(`${name}.branch3x3dbl_2`, 64, 96, 3),
    same(`${name}.branch3x3dbl_3`, 96, 96, 3),
    same(`${name}.branch_pool`, inC, poolC, 1),
  ];
}

/** 17x17 blocks, 7x7 windows factored into rows and columns; `mid` channels inside. */
function blockC(name: string, mid: number): InceptionConv[] {
  return [
    same(`${name}.branch1x1`, 768, 192, 1),
    same(`${name}.branch7x7_1`, 768, mid, 1),
    same(`${name}.branch7x7_2`, mid, mid, row),
    same(`${name}.branch7x7_3`, mid, 192, column),
    same(`${name}.branch7x7dbl_1`, 768, mid, 1),
    same(`${name}.branch7x7dbl_2`, mid, mid, column),
    same(`${name}.branch7x7dbl_3`, mid, mid, row),
    same(`${name}.branch7x7dbl_4`, mid, mid, column),
    same(`${name}.branch7x7dbl_5`, mid, 192, row),
    same(`${name}.branch_pool`, 768, 192, 1),
  ];
}

/** 8x8 blocks. */
function blockE(name: string, inC: number): InceptionConv[] {
  return [
    same(`${name}.branch1x1`, inC, 320, 1),
    same(`${name}.branch3x3_1`, inC, 384, 1),
    same(`${name}.branch3x3_2a`, 384, 384, [1, 3]),
    same(`${name}.branch3x3_2b`, 384, 384, [3, 1]),
    same(`${name}.branch3x3dbl_1`, inC, 448, 1),
    same(`${name}.branch3x3dbl_2`, 448, 384, 3),
    same(`${name}.branch3x3dbl_3a`, 384, 384, [1, 3]),
    same(`${name}.branch3x3dbl_3b`, 384, 384, [3, 1]),
    same(`${name}.branch_pool`, inC, 192, 1),
  ];
}

export const inceptionConvs: readonly InceptionConv[] = [
  valid('Conv2d_1a_3x3', 3, 32, 3, 2),
  valid('Conv2d_2a_3x3', 32, 32, 3, 1),
  same('Conv2d_2b_3x3', 32, 64, 3),
  valid('Conv2d_3b_1x1', 64, 80, 1, 1),
  valid('Conv2d_4a_3x3', 80, 192, 3, 1),
  ...blockA('Mixed_5b', 192, 32),
  ...blockA('Mixed_5c', 256, 64),
  ...blockA('Mixed_5d', 288, 64),
  valid('Mixed_6a.branch3x3', 288, 384, 3, 2),
  same('Mixed_6a.branch3x3dbl_1', 288, 64, 1),
  same('Mixed_6a.branch3x3dbl_2', 64, 96, 3),
  valid('Mixed_6a.branch3x3dbl_3', 96, 96, 3, 2),
  ...blockC('Mixed_6b', 128),
  ...blockC('Mixed_6c', 160),
  ...blockC('Mixed_6d', 160),
  ...blockC('Mixed_6e', 192),
  same('Mixed_7a.branch3x3_1', 768, 192, 1),
  valid('Mixed_7a.branch3x3_2', 192, 320, 3, 2),
  same('Mixed_7a.branch7x7x3_1', 768, 192, 1),
  same('Mixed_7a.branch7x7x3_2', 192, 192, row),
  same('Mixed_7a.branch7x7x3_3', 192, 192, column),
  valid('Mixed_7a.branch7x7x3_4', 192, 192, 3, 2),
  ...blockE('Mixed_7b', 1280),
  ...blockE('Mixed_7c', 2048),
];

/** Weight shape in PyTorch's OIHW. */
export function convShape({ inC, outC, kernel }: InceptionConv): [number, number, number, number] {
  return [outC, inC, kernel[0], kernel[1]];
}
