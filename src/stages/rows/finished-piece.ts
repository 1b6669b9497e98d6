// A finished piece and, beside it, what is known of it: its stage, its checksum, and facts that belong to it. A piece
// is only used where all of that is as it was written.
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import { checksumFile, type Checksum } from '../../files/checksum.ts';
import { sealJson, unsealJson } from '../../files/sealed-json.ts';
import { systemErrorCode } from '../../files/system-errors.ts';

/** What is known of a piece: plain JSON. */
export interface PieceFacts extends Checksum {
  /** What the stage itself wants to remember. */
  readonly facts?: unknown;
}

/** Writes what is known of the piece `file` before it is there under this name. */
export function notePiece(file: string, known: PieceFacts): Promise<void> {
  return writeFileAtomic(noteOf(file), sealJson({ ...identityOf(file), ...known }));
}

/** What is known of the piece `file` if it is there and sound; else undefined, or what is wrong with it. */
export async function checkPiece(
  file: string,
): Promise<PieceFacts | { readonly problem: string } | undefined> {
  try {
    const found = await checksumFile(file);
    const text = await readFile(noteOf(file), 'utf8').catch(absent);
    const note = text === undefined ? undefined : unsealJson(text).value;
    if (note === undefined) return { problem: 'there is no sound checksum of it' };
    const { stage, piece } = identityOf(file);
    if (note['stage'] !== stage || note['piece'] !== piece) return { problem: 'it is another one' };
    const known = note as unknown as PieceFacts;
    if (found.sha256 === known.sha256 && found.bytes === known.bytes) return known;
    return { problem: `it has sha256 ${found.sha256} and should have ${known.sha256}` };
  } catch (error) {
    absent(error);
    return undefined;
  }
}

/** Moves a damaged piece out of the way; its new place. */
export async function setPieceAside(file: string): Promise<string> {
  const aside = `${file}.damaged-${Date.now()}`;
  await rename(file, aside);
  return aside;
}

function noteOf(file: string): string {
  return `${file}.json`;
}

function identityOf(file: string): { readonly stage: string; readonly piece: string } {
  return { stage: path.basename(path.dirname(file)), piece: path.basename(file) };
}

/** Undefined for a file that is not there, or no more: whoever publishes the stage takes its pieces away. */
function absent(error: unknown): undefined {
  if (systemErrorCode(error) !== 'ENOENT') throw error;
}
