// A plan: the stages of one experiment as a graph, each with the key under which its artifact is stored. The key is
// a hash of the node's identity, so equal keys mean equal bytes, whatever the experiment, machine or folder.
//
//   dataset -> autoencoder -> latents -> teacher -> distill:<student>
//      |            |            |          |              |
//      |            +------------+----------+--------------+--> sample:<model> -> evaluate:<model>
//      +--> reference --------------------------------------------------------------^
import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../files/canonical-json.ts';
import type { StageKind, StageParams } from '../stages/catalog.ts';

/**
 * Everything that decides the bytes of an artifact, and nothing else: no path, time, thread count or batch size of
 * inference. Contents stand in for paths as digests.
 */
export interface Identity {
  readonly kind: StageKind;
  /** `Stage.version`. */
  readonly version: number;
  /** Absent where the stage computes nothing with an engine. */
  readonly engine?: string;
  /** Absent where the stage draws no random numbers. */
  readonly seed?: number;
  readonly params: Json;
  /** Keys of the inputs by input name. */
  readonly inputs: Readonly<Record<string, string>>;
}

export interface PlanNode<K extends StageKind = StageKind> {
  /** `dataset`, `distill:sd`, `sample:teacher`, ...: unique within the plan. */
  readonly id: string;
  readonly kind: K;
  /** What follows the colon of the id, else the kind. */
  readonly name: string;
  /** The model that this node works for: `teacher` or a student; absent for what all models share. */
  readonly model?: string;
  readonly params: StageParams[K];
  /** Node ids by input name. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly identity: Identity;
  readonly key: string;
  /** 0 where the stage draws no random numbers. */
  readonly seed: number;
}

export interface Plan {
  readonly experiment: string;
  /** In an order in which every node follows its inputs. */
  readonly nodes: readonly PlanNode[];
}

/** Nodes of one kind, with the parameters of that kind. */
export function nodesOf<K extends StageKind>(
  nodes: readonly PlanNode[],
  { kind }: { readonly kind: K },
): PlanNode<K>[] {
  return nodes.filter((node): node is PlanNode<K> & PlanNode => node.kind === kind);
}

/** First 32 hex digits of sha256 over the identity's canonical JSON. */
export function keyOf(identity: Identity): string {
  return createHash('sha256').update(canonicalJson(identity)).digest('hex').slice(0, 32);
}

/** The node with another seed, and the key that follows from it. */
export function withSeed(node: PlanNode, seed: number): PlanNode {
  const identity = { ...node.identity, seed };
  return { ...node, seed, identity, key: keyOf(identity) };
}

/** `distill:sd`, `dataset`: how plans call their nodes. */
export function nodeId({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return name === kind ? kind : `${kind}:${name}`;
}
