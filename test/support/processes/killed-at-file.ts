// Processes that are killed at a point of their work which a file tells.
import { existsSync, readdirSync } from 'node:fs';

/** A process of execa, as far as it is needed here. */
interface Running extends PromiseLike<unknown> {
  kill(signal: 'SIGKILL'): boolean;
}

/** Waits until `child` ends, killing it as soon as a file below `folder` matches `trigger`; whether it came to that. */
export async function killedAtFile(child: Running, folder: string, trigger: RegExp): Promise<boolean> {
  let killed = false;
  const watch = setInterval(() => {
    const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
    if (killed || !files.some((file) => trigger.test(file))) return;
    killed = true;
    child.kill('SIGKILL');
  }, 2);
  await child;
  clearInterval(watch);
  return killed;
}
