// What is said of a stage to have it added to a plan.
import type { StageKind, StageParams } from '../stages/catalog.ts';

/** A stage to be added to a plan. */
export interface NodeSpec<K extends StageKind = StageKind> {
  readonly kind: K;
  /** The model it works for, or what tells it from others of its kind; left out, it is named after its kind. */
  readonly name?: string;
  readonly params: StageParams[K];
  /** Node ids by input name; an input that is undefined does not exist. */
  readonly inputs: Readonly<Record<string, string | undefined>>;
  /** Whether an engine runs it. Only what an engine runs or draws can depend on engine and seed. */
  readonly computes: boolean;
}
