// Checkpoints of torch.save since PyTorch 1.6 (Lightning .ckpt too): a zip of stored entries, <name>/data.pkl and one
// <name>/data/<key> for each storage. Compressed, overlapping and unsafe entries are refused before anything is read.
import { readZipDirectory, walkZip, type ZipEntry } from '../../files/zip-directory.ts';
import { safetensorsDtypes } from '../safetensors/header.ts';
import { maxPickleBytes, readTorchPickle, stateDictOf } from './torch-state-dict.ts';
import { readTensor } from './torch-tensors.ts';
import { damagedFile, openWeightsFile, quoteName, type WeightsFile } from '../weights-file.ts';
import { weightsSource, type WeightsSource } from '../weights.ts';

/** Bytes [start, start + length) of the archive. */
interface StoredEntry {
  readonly start: number;
  readonly length: number;
}

const localHeaderBytes = 30;
const localSignature = 0x04034b50;
const maxEntries = 200_000;

/** Opens a checkpoint. Throws UserError('input') for what is damaged, hostile, or not of torch. */
export async function openTorchZip(path: string): Promise<WeightsSource> {
  const file = await openWeightsFile(path);
  try {
    const entries = await storedEntries(file);
    const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
    if (pickles.length !== 1)
      throw damagedFile(path, `it is a zip archive with ${pickles.length} entries named <name>/data.pkl`);
    const folder = pickles[0]!.slice(0, -'data.pkl'.length);
    const order = entries.get(`${folder}byteorder`);
    if (order !== undefined && (await readEntry(file, order, 16)).toString() !== 'little')
      throw damagedFile(path, 'its numbers are big-endian', 'save it again on a little-endian machine');
    const pickle = await readEntry(file, entries.get(pickles[0]!)!, maxPickleBytes);
    const tensors = stateDictOf(path, readTorchPickle(path, pickle).value);
    for (const [name, { storage }] of tensors) {
      const entry = entries.get(`${folder}data/${storage.key}`);
      if (entry === undefined) throw damagedFile(path, `the numbers of ${quoteName(name)} are missing`);
      if (entry.length < storage.length * safetensorsDtypes[storage.dtype])
        throw damagedFile(path, `the storage of ${quoteName(name)} is shorter than it says`);
    }
    return weightsSource('torch-zip', path, tensors, {
      bytes: (tensor) =>
        readTensor(tensor, (from, count) => {
          const width = safetensorsDtypes[tensor.dtype];
          const { start } = entries.get(`${folder}data/${tensor.storage.key}`)!;
          return file.read(start + from * width, count * width);
        }),
      close: () => file.close(),
    });
  } catch (error) {
    await file.close();
    throw error;
  }
}

function readEntry(file: WeightsFile, { start, length }: StoredEntry, limit: number): Promise<Buffer> {
  if (length > limit) throw damagedFile(file.path, `an entry has ${length} bytes where ${limit} are plenty`);
  return file.read(start, length);
}

/** Entries by name, none overlapping another. */
async function storedEntries(file: WeightsFile): Promise<ReadonlyMap<string, StoredEntry>> {
  const directory = await readZipDirectory(file);
  if (directory.entries > maxEntries)
    throw damagedFile(file.path, `its directory claims ${directory.entries} entries`);
  const listed = new Map<string, ZipEntry>();
  await walkZip(file, directory, (bytes, entry) => {
    const name = bytes.toString();
    if (listed.has(name)) throw damagedFile(file.path, `${quoteName(name)} stands twice in it`);
    checkName(file.path, name);
    if (entry.method !== 0 || entry.size !== entry.compressedSize)
      throw damagedFile(
        file.path,
        `${quoteName(name)} is compressed, which torch.save never does`,
        'save it again with torch.save; do not pack it anew as a zip file',
      );
    listed.set(name, entry);
  });
  const entries = new Map<string, StoredEntry>();
  let end = 0;
  for (const [name, { offset, size }] of [...listed].sort(([, a], [, b]) => a.offset - b.offset)) {
    const header = await file.read(offset, localHeaderBytes);
    if (header.readUInt32LE() !== localSignature)
      throw damagedFile(file.path, `${quoteName(name)} does not begin where the directory says`);
    const start = offset + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
    if (offset < end) throw damagedFile(file.path, `${quoteName(name)} overlaps the entry before it`);
    end = start + size;
    entries.set(name, { start, length: size });
  }
  if (end > directory.offset) throw damagedFile(file.path, 'an entry reaches into the directory');
  return entries;
}

function checkName(path: string, name: string): void {
  const parts = name.split(/[/\\]/);
  if (parts.includes('..') || parts[0] === '' || /[\0\\:]/.test(name))
    throw damagedFile(path, `it holds the unsafe name ${quoteName(name)}`, 'do not use this file');
}
