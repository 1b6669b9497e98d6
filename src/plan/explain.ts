// Why each stage of a plan will run, or need not: its artifact is there, was never made, or something that decides
// its bytes has changed since the last run.
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../files/canonical-json.ts';
import type { Identity, Plan, PlanNode } from './plan.ts';

export interface Explanation {
  readonly id: string;
  readonly key: string;
  readonly state: 'cached' | 'will-run';
  /** For the reader; empty where cached. */
  readonly why: string;
}

/** What the last run of the experiment recorded, by node id. */
export type LastRun = Readonly<Record<string, { readonly identity: Identity; readonly status: string }>>;

/** Changes listed before the rest is only counted. */
const maxChanges = 3;

/** Explains every node of `plan`, in order. `cached`: keys whose artifacts are in the store. */
export function explainPlan(plan: Plan, cached: ReadonlySet<string>, last: LastRun = {}): Explanation[] {
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  return plan.nodes.map((node) => {
    const { id, key } = node;
    if (cached.has(key)) return { id, key, state: 'cached', why: '' };
    const waiting = Object.values(node.inputs).filter((input) => !cached.has(nodes.get(input)!.key));
    return { id, key, state: 'will-run', why: whyRun(node, waiting, last) };
  });
}

function whyRun(node: PlanNode, waiting: readonly string[], last: LastRun): string {
  const before = last[node.id];
  if (before === undefined) return 'never run';
  const changes = identityChanges(before.identity, node.identity);
  if (changes.length > 0) {
    const rest = changes.length - maxChanges;
    return changes.slice(0, maxChanges).join('; ') + (rest > 0 ? `; and ${rest} more` : '');
  }
  const onlyInputs = Object.entries(node.identity.inputs)
    .filter(([input, key]) => before.identity.inputs[input] !== key)
    .map(([input]) => node.inputs[input] ?? input);
  if (onlyInputs.length > 0) return `follows ${onlyInputs.join(', ')}`;
  return (
    unfinished[before.status] ?? (waiting.length > 0 ? `needs ${waiting.join(', ')}` : 'artifact is gone')
  );
}

const unfinished: Readonly<Record<string, string>> = {
  pending: 'not yet run',
  blocked: 'not yet run',
  running: 'not finished',
  interrupted: 'interrupted: goes on from its checkpoint',
  failed: 'failed last time',
};

/** `name: before -> after` for every own part that differs: parameters, seed, engine, version; keys of inputs apart. */
function identityChanges(before: Identity, after: Identity): string[] {
  const own = ({ version, engine, seed, params, inputs }: Identity): Json => ({
    ...(params as { readonly [name: string]: Json }),
    seed: seed ?? null,
    engine: engine ?? null,
    'stage version': version,
    inputs: Object.keys(inputs).sort().join(', '),
  });
  return difference(own(before), own(after), '');
}

function difference(before: Json | undefined, after: Json | undefined, at: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => difference(before[name], after[name], at === '' ? name : `${at}.${name}`));
  }
  return [`${at}: ${shown(before)} -> ${shown(after)}`];
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Digests and objects are cut: they are long and say little. */
function shown(value: Json | undefined): string {
  if (value === undefined || value === null) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 24 ? `${text.slice(0, 12)}...` : text;
}
