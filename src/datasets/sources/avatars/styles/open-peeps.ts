// Open Peeps by Pablo Stanley, CC0. Heads of animals, faces of monsters and masks, which would hide what captions say,
// are left out.
import * as style from '@dicebear/open-peeps';
import type { Options } from '@dicebear/open-peeps';
import { avatarStyle, part, unsaid } from '../avatar-style.ts';

const head = part<Options, 'head'>('head');
const face = part<Options, 'face'>('face');
const worn = part<Options, 'accessories'>('accessories', { accessoriesProbability: 100 });
const beard = part<Options, 'facialHair'>('facialHair', { facialHairProbability: 100 });

export const openPeeps = avatarStyle<Options>({
  packageName: '@dicebear/open-peeps',
  style,
  view: [36, 0, 656],
  always: { maskProbability: 0 },
  attributes: {
    hair: [
      head('an afro', ['afro', 'longAfro']),
      head('a bun', ['bun', 'bun2', 'grayBun']),
      head('knotted hair', ['bantuKnots', 'buns']),
      head('cornrows', ['cornrows', 'cornrows2']),
      head('dreadlocks', ['dreads1', 'dreads2']),
      head('a flat top', ['flatTop', 'flatTopLong']),
      head('a hat', ['hatBeanie', 'hatHip']),
      head('a hijab', ['hijab']),
      head('long hair', ['long', 'longBangs', 'longCurly']),
      head('medium-length hair', [
        ...(['bangs', 'bangs2', 'grayMedium', 'medium1', 'medium2', 'medium3'] as const),
        ...(['mediumBangs', 'mediumBangs2', 'mediumBangs3', 'mediumStraight'] as const),
      ]),
      head('a mohawk', ['mohawk', 'mohawk2']),
      head('no hair', ['noHair1', 'noHair2', 'noHair3']),
      head('short hair', [
        ...(['grayShort', 'pomp', 'shaved1', 'shaved2', 'shaved3'] as const),
        ...(['short1', 'short2', 'short3', 'short4', 'short5'] as const),
      ]),
      head('a turban', ['turban']),
      head('twists', ['twists', 'twists2']),
    ],
    expression: [
      face('smiling', ['calm', 'cheeky', 'contempt', 'cute', 'eatingHappy', 'smile']),
      face('grinning', ['lovingGrin1', 'lovingGrin2', 'smileBig', 'smileLOL', 'smileTeethGap']),
      face('serious', ['blank', 'eyesClosed', 'old', 'serious', 'suspicious']),
      face('angry', ['angryWithFang', 'driven', 'rage', 'veryAngry']),
      face('afraid', ['concerned', 'concernedFear', 'fear', 'hectic']),
      face('sad', ['solemn', 'tired']),
      face('surprised', ['awe', 'explaining']),
    ],
    eyewear: [
      unsaid('no glasses', { accessoriesProbability: 0 }, 6),
      worn('glasses', ['glasses', 'glasses2', 'glasses3', 'glasses4', 'glasses5'], 3),
      worn('sunglasses', ['sunglasses', 'sunglasses2']),
    ],
    facialHair: [
      unsaid('no facial hair', { facialHairProbability: 0 }, 6),
      beard('a beard', ['chin', 'full', 'full2', 'full3', 'full4']),
      beard('a goatee', ['goatee1', 'goatee2']),
      beard('a moustache', [
        ...(['moustache1', 'moustache2', 'moustache3', 'moustache4', 'moustache5'] as const),
        ...(['moustache6', 'moustache7', 'moustache8', 'moustache9'] as const),
      ]),
    ],
  },
});
