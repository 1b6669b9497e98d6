// Which process a number means, and whether it still runs: on Linux, numbers count within a PID namespace (a container)
// and a boot of a machine.
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { systemErrorCode } from '../files/system-errors.ts';

/** Where a process number counts. */
export interface ProcessPlace {
  /** Id of the machine's boot. */
  readonly boot: string;
  /** `pid:[4026531836]`. */
  readonly namespace: string;
  /** Digest of the machine's id, which stays over boots. */
  readonly machine?: string;
}

/** The namespace that every machine starts with (PROC_PID_INIT_INO). */
const outermost = 'pid:[4026531836]';

/** The place of this process; undefined where the system does not tell. */
export function processPlace(): ProcessPlace | undefined {
  try {
    const machine = machineId();
    return {
      boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      namespace: readlinkSync('/proc/self/ns/pid'),
      ...(machine === undefined ? {} : { machine }),
    };
  } catch {
    return undefined;
  }
}

/** The id itself is nobody else's business (machine-id(5)). */
function machineId(): string | undefined {
  try {
    const id = readFileSync('/etc/machine-id', 'utf8').trim();
    return id === '' ? undefined : createHash('sha256').update(`sdx ${id}`).digest('hex').slice(0, 16);
  } catch {
    return undefined;
  }
}

/**
 * What can be known of the processes at `place`: `visible`, their numbers are ours; `over`, the machine has been
 * started again since; `hidden`, they are in another container, or on another machine of the same name.
 */
export function visibility(place: ProcessPlace, own = processPlace()): 'visible' | 'over' | 'hidden' {
  if (own === undefined) return 'visible';
  if (place.boot === own.boot) return place.namespace === own.namespace ? 'visible' : 'hidden';
  const sameMachine = place.machine !== undefined && place.machine === own.machine;
  return sameMachine && place.namespace === outermost && own.namespace === outermost ? 'over' : 'hidden';
}

/** Whether process `pid` runs, and is the one that started at `start`, if that is known. A zombie has ended. */
export function isRunning(pid: number, start: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemErrorCode(error) !== 'ESRCH';
  }
  const [state, started] = statOf(pid) ?? [];
  if (state === 'Z' || state === 'X') return false;
  return start === undefined || started === undefined || started === start;
}

/** Start of a process in clock ticks after boot; undefined where the system does not tell. */
export function processStartOf(pid: number): string | undefined {
  return statOf(pid)?.[1];
}

/** State and start, fields 3 and 22 of /proc/<pid>/stat (Linux); undefined elsewhere. */
function statOf(pid: number): readonly [state: string, start: string] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [fields[0]!, fields[19]!];
  } catch {
    return undefined;
  }
}
