// A style of avatars: what of a face is chosen here, and so can be told in captions and classes. DiceBear gets these
// choices as options, so that words and pictures agree by construction; it draws the rest (colours, noses, clothes)
// by its own generator from a seed that is drawn here too.
import { createAvatar } from '@dicebear/core';
import type { Style, StyleMeta, StyleOptions } from '@dicebear/core';
import { InvariantError } from '../../../errors.ts';
import { uniform } from '../../../rng/noise.ts';

/** What is chosen of every face, whatever the style. */
export const attributeNames = ['hair', 'expression', 'eyewear', 'facialHair'] as const;
export type AttributeName = (typeof attributeNames)[number];

/** One value of an attribute. */
export interface Value<O extends object> {
  /** Name of the class. */
  readonly name: string;
  /** What captions say; nothing if absent. */
  readonly said?: string;
  /** How often it is drawn, relative to the other values of the attribute. */
  readonly weight: number;
  /** Options of DiceBear that draw it; one is chosen, each as likely as another. */
  readonly choices: readonly Partial<O>[];
}

export interface StyleDescription<O extends object> {
  readonly packageName: string;
  readonly style: Style<O>;
  /** The part of the drawing that is shown, in its own units: left, top and side of a square which the head fills. */
  readonly view: readonly [number, number, number];
  readonly attributes: Readonly<Record<AttributeName, readonly Value<O>[]>>;
  /** Options that hold for every face. */
  readonly always: Partial<O>;
}

/** One face: what was chosen of it, and its picture. */
export interface Avatar {
  readonly attributes: Readonly<Record<AttributeName, { readonly name: string; readonly said?: string }>>;
  /** An SVG document of `side` pixels. */
  readonly svg: (side: number) => string;
}

export interface AvatarStyle {
  readonly packageName: string;
  readonly meta: StyleMeta;
  /** Names of an attribute's values. */
  readonly valuesOf: (attribute: AttributeName) => readonly string[];
  /** The avatar of a number: a function of seed and number alone. */
  readonly draw: (seed: number, number: number) => Avatar;
}

/** A value that captions name. The class goes by the same words without their article. */
export function value<O extends object>(said: string, choices: readonly Partial<O>[], weight = 1): Value<O> {
  return { name: said.replace(/^an? /, ''), said, weight, choices };
}

/**
 * Makes the values of one part of a face: `names` are its shapes in the package, each as likely as another; `also` are
 * options that go with every shape.
 */
export function part<O extends object, K extends keyof O>(option: K, also?: Partial<O>) {
  return (said: string, names: Extract<NonNullable<O[K]>, readonly unknown[]>, weight?: number): Value<O> => {
    const choices = names.map((name): Partial<O> => Object.assign({}, also, { [option]: [name] }));
    return value(said, choices, weight);
  };
}

/** A value that captions pass over, such as having no glasses. */
export function unsaid<O extends object>(name: string, choice: Partial<O>, weight: number): Value<O> {
  return { name, weight, choices: [choice] };
}

/** Hides the type of a style's options behind what all styles have. */
export function avatarStyle<O extends object>(description: StyleDescription<O>): AvatarStyle {
  const { packageName, style, attributes, always, view } = description;
  if (style.meta === undefined) throw new InvariantError(`${packageName} has no meta`);
  return {
    packageName,
    meta: style.meta,
    valuesOf: (attribute) => attributes[attribute].map(({ name }) => name),
    draw(seed, number) {
      const draws = uniform(seed, 'avatars', 0, number, 2 * attributeNames.length + 1);
      const chosen = attributeNames.map((attribute, i) => {
        const found = pickWeighted(attributes[attribute], draws[2 * i]!);
        return { attribute, value: found, choice: pick(found.choices, draws[2 * i + 1]!) };
      });
      const options = chosen.reduce<StyleOptions<O>>((all, { choice }) => ({ ...all, ...choice }), {
        ...always,
        seed: String(Math.floor(draws.at(-1)! * 2 ** 53)),
        clip: false,
      });
      return {
        attributes: Object.fromEntries(
          chosen.map(({ attribute, value: { name, said } }) => [
            attribute,
            { name, ...(said !== undefined && { said }) },
          ]),
        ) as Avatar['attributes'],
        svg: (side) => framed(createAvatar(style, { ...options, size: side }).toString(), view),
      };
    },
  };
}

function pick<T>(from: readonly T[], at: number): T {
  return from[Math.floor(at * from.length)]!;
}

function pickWeighted<O extends object>(values: readonly Value<O>[], at: number): Value<O> {
  let rest = at * values.reduce((sum, { weight }) => sum + weight, 0);
  return values.find(({ weight }) => (rest -= weight) < 0) ?? values.at(-1)!;
}

function framed(svg: string, [left, top, side]: readonly [number, number, number]): string {
  const shown = svg.replace(/viewBox="[^"]*"/, `viewBox="${left} ${top} ${side} ${side}"`);
  if (shown === svg && !svg.includes(`viewBox="${left} ${top} ${side} ${side}"`))
    throw new InvariantError('an avatar without a viewBox');
  return shown;
}

/** One sentence without a full stop, e.g. `a person with an afro, a beard and glasses, smiling`. */
export function captionOf({ attributes }: Avatar): string {
  const { hair, facialHair, eyewear, expression } = attributes;
  const things = [hair, facialHair, eyewear].flatMap(({ said }) => said ?? []);
  const last = things.pop()!;
  return `a person with ${things.length === 0 ? last : `${things.join(', ')} and ${last}`}, ${expression.said!}`;
}
