// A child process that answers one JSON line for each JSON line, for benchmarks against programs in other languages.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';

/** The interpreter of the PyTorch peers: $SDX_PYTHON or python3; undefined where it has no torch. */
export function pythonWithTorch(): string | undefined {
  const python = process.env['SDX_PYTHON'] ?? 'python3';
  return spawnSync(python, ['-c', 'import torch']).status === 0 ? python : undefined;
}

export class Peer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const reader: Interface = createInterface({ input: this.#child.stdout! });
    this.#lines = reader[Symbol.asyncIterator]();
  }

  /** The next line that the peer prints. */
  async answer<T>(): Promise<T> {
    const next = (await this.#lines.next()) as IteratorResult<string, undefined>;
    if (next.done === true) throw new Error('the peer ended early');
    return JSON.parse(next.value) as T;
  }

  async ask<T>(command: object): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
    return this.answer<T>();
  }

  end(): void {
    this.#child.stdin!.end();
  }
}
