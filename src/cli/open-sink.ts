// A stream of this process as a place to write to. Its reader may go (`| head`): what comes after is not written, and
// the command goes on without it.
import type { TextSink } from './io.ts';

export function openSink(stream: NodeJS.WriteStream): TextSink {
  let isRead = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isRead = false;
  });
  return { write: (text) => isRead && stream.write(text) };
}
