// A headless Chromium, driven over a pipe by the DevTools protocol: SDX_CHROMIUM names the program, else it is looked for by
// its name in Debian. SDX_REQUIRE_CHROMIUM=1 makes its absence fail.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

const program = process.env['SDX_CHROMIUM'] ?? 'chromium';

/** Why there is no Chromium, or undefined. */
export function whyNoChromium(): string | undefined {
  const { status, error, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if (status === 0) return undefined;
  const missing = `${program} does not start: ${error?.message ?? stderr}`;
  if (process.env['SDX_REQUIRE_CHROMIUM'] === '1') throw new Error(missing);
  return missing;
}

type Params = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

export interface Page {
  /** URLs that the page and its workers asked for. */
  readonly requests: readonly string[];
  /** Errors of the console, and exceptions that nobody caught. */
  readonly errors: readonly string[];
  /** The value of an expression, awaited; it must be JSON. */
  evaluate<T>(expression: string): Promise<T>;
  send(method: string, params?: Params): Promise<Params>;
  close(): Promise<void>;
}

/** Opens `url`. */
export async function openPage(url: string): Promise<Page> {
  const profile = mkdtempSync(path.join(tmpdir(), 'sdx-chromium-'));
  const flags = [
    ...['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-dev-shm-usage'],
    ...['--disable-background-networking', '--disable-component-update', `--user-data-dir=${profile}`],
  ];
  const child = spawn(program, [...flags, '--remote-debugging-pipe', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const requests: string[] = [];
  const errors: string[] = [];
  const waiting = new Map<number, (message: Message) => void>();
  let nextId = 1;
  const sendTo = (sessionId: string | undefined, method: string, params: Params = {}): Promise<Params> =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, ({ result, error }) => {
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result ?? {});
      });
      to.write(`${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`);
    });
  /** What is watched of a page, and of its workers, which start when they are attached. */
  const watch = async (sessionId: string): Promise<void> => {
    const attach = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };
    await sendTo(sessionId, 'Runtime.enable');
    await sendTo(sessionId, 'Network.enable').catch(() => undefined); // workers of workers have none
    await sendTo(sessionId, 'Target.setAutoAttach', attach).catch(() => undefined);
    await sendTo(sessionId, 'Runtime.runIfWaitingForDebugger');
  };
  const events: Readonly<Record<string, (params: Params) => void>> = {
    'Target.attachedToTarget': ({ sessionId }) => void watch(sessionId as string),
    'Network.requestWillBeSent': ({ request }) => requests.push((request as { url: string }).url),
    'Runtime.consoleAPICalled': ({ type, args }) => {
      if (type === 'error') errors.push(JSON.stringify(args));
    },
    'Runtime.exceptionThrown': ({ exceptionDetails }) => errors.push(JSON.stringify(exceptionDetails)),
    'Log.entryAdded': ({ entry }) => {
      if ((entry as { level: string }).level === 'error') errors.push(JSON.stringify(entry));
    },
  };
  let received = '';
  from.setEncoding('utf8');
  from.on('data', (text: string) => {
    const parts = (received + text).split('\0');
    received = parts.pop()!;
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      if (message.id !== undefined) {
        waiting.get(message.id)?.(message);
        waiting.delete(message.id);
      } else events[message.method ?? '']?.(message.params ?? {});
    }
  });
  const { targetId } = await sendTo(undefined, 'Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await sendTo(undefined, 'Target.attachToTarget', { targetId, flatten: true });
  const session = sessionId as string;
  await watch(session);
  await sendTo(session, 'Log.enable');
  await sendTo(session, 'Page.enable');
  await sendTo(session, 'Page.navigate', { url });
  return {
    requests,
    errors,
    send: (method, params) => sendTo(session, method, params),
    async evaluate<T>(expression: string) {
      const options = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await sendTo(session, 'Runtime.evaluate', options);
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value: T }).value;
    },
    async close() {
      await sendTo(undefined, 'Browser.close').catch(() => undefined);
      await exited;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
