// Processes that train one model together, as a stage sees them: who am I, add up, share. How they talk is mpi.ts's.

export interface Group {
  /** From 0; rank 0 leads: it alone reads and writes checkpoints, and publishes. */
  readonly rank: number;
  readonly size: number;
  /** Replaces `vector` by the sum over all processes; all get the same bits. All must call it with the same length. */
  sum(vector: Float32Array): void;
  /** Replaces `data` by rank 0's. All must call it with the same length. */
  broadcast(data: Float32Array | Int32Array | Uint8Array): void;
  /** Ends the work in common, at the same point on every rank: what fails after it concerns one process alone. */
  release(): void;
}

/** The part of rank `rank` in a batch of `batchSize`: neighbours, as many as on every other rank. */
export function slotsOf({ rank, size }: Pick<Group, 'rank' | 'size'>, batchSize: number): number[] {
  const share = batchSize / size;
  return Array.from({ length: share }, (_, i) => rank * share + i);
}
