// Lorelei by Lisa Wischofsky, CC0: black lines on white. The package numbers its haircuts; the words for them are ours.
import * as style from '@dicebear/lorelei';
import type { Options } from '@dicebear/lorelei';
import { avatarStyle, part, unsaid } from '../avatar-style.ts';

const hair = part<Options, 'hair'>('hair');
const mouth = part<Options, 'mouth'>('mouth');
const glasses = part<Options, 'glasses'>('glasses', { glassesProbability: 100 });
const beard = part<Options, 'beard'>('beard', { beardProbability: 100 });

export const lorelei = avatarStyle<Options>({
  packageName: '@dicebear/lorelei',
  style,
  view: [110, 80, 800],
  always: {},
  attributes: {
    hair: [
      hair('short hair', [
        ...(['variant01', 'variant02', 'variant03', 'variant04', 'variant06', 'variant07'] as const),
        ...(['variant08', 'variant09', 'variant11', 'variant12', 'variant22', 'variant27'] as const),
        ...(['variant43', 'variant44', 'variant47'] as const),
      ]),
      hair('medium-length hair', [
        ...(['variant10', 'variant13', 'variant17', 'variant19', 'variant20', 'variant23'] as const),
        ...(['variant30', 'variant32', 'variant37', 'variant48'] as const),
      ]),
      hair('long hair', ['variant15', 'variant16', 'variant21', 'variant35', 'variant40', 'variant41']),
      hair('curly hair', ['variant05', 'variant18', 'variant24', 'variant39']),
      hair('a ponytail', ['variant29', 'variant31', 'variant33', 'variant42']),
      hair('hair tied up', ['variant14', 'variant26', 'variant36', 'variant38', 'variant45', 'variant46']),
      hair('almost no hair', ['variant25', 'variant28', 'variant34']),
    ],
    expression: [
      mouth('smiling', [
        ...(['happy01', 'happy02', 'happy03', 'happy04', 'happy05', 'happy06'] as const),
        ...(['happy07', 'happy08', 'happy09', 'happy10', 'happy11', 'happy12'] as const),
        ...(['happy13', 'happy14', 'happy15', 'happy16', 'happy17', 'happy18'] as const),
      ]),
      mouth('sad', [
        ...(['sad01', 'sad02', 'sad03', 'sad04', 'sad05', 'sad06', 'sad07', 'sad08', 'sad09'] as const),
      ]),
    ],
    eyewear: [
      unsaid('no glasses', { glassesProbability: 0 }, 6),
      glasses('glasses', ['variant01', 'variant03', 'variant04', 'variant05'], 3),
      glasses('sunglasses', ['variant02']),
    ],
    facialHair: [
      unsaid('no facial hair', { beardProbability: 0 }, 6),
      beard('a beard', ['variant01', 'variant02']),
    ],
  },
});
