// A server on this machine's loopback address that only answers questions: nothing from outside reaches it, pages of other
// sites do not, and no request changes anything.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../../errors.ts';
import { systemErrorCode } from '../../files/system-errors.ts';

/** Sent with every answer; threads of WebAssembly share memory, which browsers give to isolated pages alone. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
};

const host = '127.0.0.1';

export interface Serving {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Sends what follows the headers, and ends the response; absent where that is nothing. */
  readonly send?: (response: ServerResponse) => Promise<void> | void;
}

/**
 * Answers requests to this machine by their path, decoded; port 0 takes a free one. What `answer` has nothing for is not
 * found. Throws UserError where the port is taken.
 */
export async function listenOnLoopback(
  port: number,
  answer: (pathname: string) => Promise<Answer | undefined>,
): Promise<Serving> {
  const server = createServer((request, response) => {
    respond(request, response, answer).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(portError(error, port));
    });
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** A whole text as an answer. */
export function textAnswer(
  text: string,
  type = 'text/plain; charset=utf-8',
  { status = 200, more = {} }: { readonly status?: number; readonly more?: Answer['headers'] } = {},
): Answer {
  const bytes = Buffer.from(text);
  return {
    status,
    headers: { ...more, 'Content-Type': type, 'Content-Length': bytes.length },
    send: (response) => {
      response.end(bytes);
    },
  };
}

function portError(error: Error, port: number): Error {
  const code = systemErrorCode(error);
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  return new UserError('usage', `port ${port} is ${code === 'EACCES' ? 'not for you' : 'taken'}`, {
    hint: 'name another with --port; 0 takes a free one',
  });
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (pathname: string) => Promise<Answer | undefined>,
): Promise<void> {
  const { status, headers: own, send } = await answerOf(request, answer);
  response.writeHead(status, { ...headers, ...own });
  if (request.method === 'HEAD' || send === undefined) response.end();
  else await send(response);
}

async function answerOf(
  { headers: { host: asked = '' }, method, url = '/' }: IncomingMessage,
  answer: (pathname: string) => Promise<Answer | undefined>,
): Promise<Answer> {
  const refused = (status: number, text: string): Answer => textAnswer(`${text}\n`, undefined, { status });
  // A page of another site may resolve its name to this machine; its requests carry that name.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(asked)) return refused(403, 'Forbidden');
  if (method !== 'GET' && method !== 'HEAD') return refused(405, 'Method not allowed');
  const pathname = decoded(url);
  return (pathname === undefined ? undefined : await answer(pathname)) ?? refused(404, 'Not found');
}

/** Undefined for malformed addresses. */
function decoded(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url, `http://${host}`).pathname);
  } catch {
    return undefined;
  }
}
