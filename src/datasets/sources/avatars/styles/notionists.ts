// Notionists by Zoish, CC0: black lines on white. The package numbers its variants; the words for them are ours. Hands,
// which the view cuts off, are left out.
import * as style from '@dicebear/notionists';
import type { Options } from '@dicebear/notionists';
import { avatarStyle, part, unsaid } from '../avatar-style.ts';

const hair = part<Options, 'hair'>('hair');
const lips = part<Options, 'lips'>('lips');
const glasses = part<Options, 'glasses'>('glasses', { glassesProbability: 100 });
const beard = part<Options, 'beard'>('beard', { beardProbability: 100 });

export const notionists = avatarStyle<Options>({
  packageName: '@dicebear/notionists',
  style,
  view: [390, 240, 1000],
  always: { gestureProbability: 0, bodyIconProbability: 0 },
  attributes: {
    hair: [
      hair('short hair', [
        ...(['variant01', 'variant03', 'variant05', 'variant06', 'variant07', 'variant12'] as const),
        ...(['variant13', 'variant15', 'variant16', 'variant17', 'variant18', 'variant19'] as const),
        ...(['variant21', 'variant24', 'variant25', 'variant26', 'variant27', 'variant32'] as const),
        ...(['variant34', 'variant35', 'variant38', 'variant44', 'variant49', 'variant54'] as const),
        ...(['variant55', 'variant56', 'variant60'] as const),
      ]),
      hair('long hair', [
        ...(['variant02', 'variant04', 'variant08', 'variant10', 'variant11', 'variant23'] as const),
        ...(['variant28', 'variant36', 'variant37', 'variant41', 'variant43', 'variant58'] as const),
      ]),
      hair('curly hair', ['variant09', 'variant20', 'variant22', 'variant31', 'variant33', 'variant40']),
      hair('spiky hair', ['variant42', 'variant50', 'variant51', 'variant52', 'variant53']),
      hair('a ponytail', ['variant39', 'variant45', 'variant46', 'variant47']),
      hair('hair tied up', ['variant29', 'variant30', 'variant48', 'variant57', 'variant59']),
      hair('a hat', ['hat', 'variant14']),
      hair('a head wrap', ['variant61', 'variant62', 'variant63']),
    ],
    expression: [
      lips('smiling', [
        ...(['variant03', 'variant05', 'variant06', 'variant08', 'variant10', 'variant14'] as const),
        ...(['variant17', 'variant22', 'variant23', 'variant25', 'variant30'] as const),
      ]),
      lips('serious', ['variant01', 'variant02', 'variant04', 'variant13', 'variant16', 'variant21']),
      lips('frowning', ['variant18', 'variant19', 'variant20', 'variant24']),
      lips('open-mouthed', ['variant09', 'variant11', 'variant15', 'variant29']),
      lips('grimacing', ['variant07', 'variant26', 'variant27']),
      lips('sticking out the tongue', ['variant12', 'variant28']),
    ],
    eyewear: [
      unsaid('no glasses', { glassesProbability: 0 }, 6),
      glasses('glasses', ['variant03', 'variant08', 'variant11'], 3),
      glasses('sunglasses', [
        ...(['variant01', 'variant02', 'variant04', 'variant05', 'variant06'] as const),
        ...(['variant07', 'variant09', 'variant10'] as const),
      ]),
    ],
    facialHair: [
      unsaid('no facial hair', { beardProbability: 0 }, 6),
      beard('a beard', ['variant01', 'variant02', 'variant08', 'variant11', 'variant12']),
      beard('a moustache', [
        ...(['variant03', 'variant04', 'variant05', 'variant06', 'variant07'] as const),
        ...(['variant09', 'variant10'] as const),
      ]),
    ],
  },
});
