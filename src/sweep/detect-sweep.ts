// Tells the file of a sweep from that of an experiment, also where either has mistakes: by whose keys it has more of.
import { isMapping } from '../config/layers.ts';
import { decodeUtf8, parseYaml } from '../config/parse.ts';
import { readYamlBytes } from '../config/read-yaml.ts';
import { experimentSchema, sweepSchema, type SchemaNode } from '../config/schema.ts';

/** What a file that looks like a sweep's says of itself. */
export interface DetectedSweep {
  /** Absent where the file has none that is text. */
  readonly name?: string;
}

/** undefined where `file` is not a sweep's or cannot be read: whoever reads it next says why. */
export async function detectSweep(file: string): Promise<DetectedSweep | undefined> {
  const content = await readContent(file);
  if (content === undefined || kindOf(content) !== 'sweep') return undefined;
  const { name } = content;
  return typeof name === 'string' ? { name } : {};
}

/** undefined where `file` looks like neither, or cannot be read. */
export async function detectKind(file: string): Promise<'sweep' | 'experiment' | undefined> {
  const content = await readContent(file);
  return content && kindOf(content);
}

/** Whether `file` is a mapping of something else: it has keys, and none that experiments or sweeps have. */
export async function isForeign(file: string): Promise<boolean> {
  const content = await readContent(file);
  if (content === undefined) return false;
  const [sweep, experiment] = [keysOf(sweepSchema()), keysOf(experimentSchema())];
  const keys = Object.keys(content);
  return keys.length > 0 && keys.every((key) => !sweep.has(key) && !experiment.has(key));
}

async function readContent(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const content = parseYaml(decodeUtf8(await readYamlBytes(file), file), { file, positions: false }).value;
    return isMapping(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

function kindOf(content: Readonly<Record<string, unknown>>): 'sweep' | 'experiment' | undefined {
  const [sweep, experiment] = [keysOf(sweepSchema()), keysOf(experimentSchema())];
  const given = Object.keys(content);
  const ofSweeps = given.filter((key) => sweep.has(key) && !experiment.has(key)).length;
  const ofExperiments = given.filter((key) => experiment.has(key) && !sweep.has(key)).length;
  if (ofSweeps === ofExperiments) return undefined;
  return ofSweeps > ofExperiments ? 'sweep' : 'experiment';
}

function keysOf({ properties }: SchemaNode): ReadonlySet<string> {
  return new Set(Object.keys(properties ?? {}));
}
