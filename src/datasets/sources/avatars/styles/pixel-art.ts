// DiceBear's Pixel Art, CC0: 16x16 squares of colour, whole pixels where the size is a multiple of 16.
import * as style from '@dicebear/pixel-art';
import type { Options } from '@dicebear/pixel-art';
import { avatarStyle, part, unsaid } from '../avatar-style.ts';

const hair = part<Options, 'hair'>('hair', { hatProbability: 0 });
const hat = part<Options, 'hat'>('hat', { hatProbability: 100, hair: ['short04'] });
const mouth = part<Options, 'mouth'>('mouth');
const glasses = part<Options, 'glasses'>('glasses', { glassesProbability: 100 });
const beard = part<Options, 'beard'>('beard', { beardProbability: 100 });

export const pixelArt = avatarStyle<Options>({
  packageName: '@dicebear/pixel-art',
  style,
  view: [0, 0, 16],
  always: {},
  attributes: {
    hair: [
      hair('short hair', [
        ...(['short01', 'short02', 'short03', 'short04', 'short06', 'short08', 'short09'] as const),
        ...(['short10', 'short12', 'short14', 'short15', 'short16', 'short17', 'short18'] as const),
        ...(['short19', 'short22', 'short24'] as const),
      ]),
      hair('long hair', [
        ...(['long01', 'long02', 'long03', 'long04', 'long05', 'long06', 'long07'] as const),
        ...(['long08', 'long09', 'long10', 'long11', 'long12', 'long13', 'long14'] as const),
        ...(['long16', 'long17', 'long18', 'long19', 'long20', 'long21'] as const),
      ]),
      hair('curly hair', ['long15', 'short11', 'short13']),
      hair('almost no hair', ['short05', 'short07', 'short20', 'short21', 'short23']),
      hat('a hat', [
        ...(['variant01', 'variant02', 'variant03', 'variant04', 'variant05'] as const),
        ...(['variant06', 'variant07', 'variant08', 'variant09', 'variant10'] as const),
      ]),
    ],
    expression: [
      mouth('smiling', [
        ...(['happy01', 'happy02', 'happy03', 'happy04', 'happy05', 'happy06', 'happy07'] as const),
        ...(['happy08', 'happy09', 'happy10', 'happy11', 'happy12', 'happy13'] as const),
      ]),
      mouth('sad', [
        ...(['sad01', 'sad02', 'sad03', 'sad04', 'sad05'] as const),
        ...(['sad06', 'sad07', 'sad08', 'sad09', 'sad10'] as const),
      ]),
    ],
    eyewear: [
      unsaid('no glasses', { glassesProbability: 0 }, 6),
      glasses(
        'glasses',
        [...(['light01', 'light02', 'light03', 'light04', 'light05', 'light06', 'light07'] as const)],
        3,
      ),
      glasses('sunglasses', [
        ...(['dark01', 'dark02', 'dark03', 'dark04', 'dark05', 'dark06', 'dark07'] as const),
      ]),
    ],
    facialHair: [
      unsaid('no facial hair', { beardProbability: 0 }, 6),
      beard('a beard', [
        ...(['variant01', 'variant02', 'variant03', 'variant04'] as const),
        ...(['variant05', 'variant06', 'variant07', 'variant08'] as const),
      ]),
    ],
  },
});
