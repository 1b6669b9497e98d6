// A model of a disk below a folder: which names and bytes are safe from a loss of power, and what else may or may not be
// there afterwards. POSIX promises what was flushed and nothing more: names are those of the last flush of their folder,
// with each later change kept or lost; bytes are those of the last flush of the file, with each later sector kept or lost.
//
// Files are held by links in a folder beside, so that what was renamed over or removed can come back.
import fs from 'node:fs';
import path from 'node:path';

interface FileNode {
  readonly kind: 'file';
  /** The link that holds it. */
  readonly held: string;
  /** A copy of what was flushed; absent before the first time. */
  flushed?: string;
}

interface FolderNode {
  readonly kind: 'folder';
  /** What programs see. */
  readonly names: Map<string, DiskNode>;
  /** What was flushed. */
  readonly safe: Map<string, DiskNode>;
}

export type DiskNode = FileNode | FolderNode;

interface Change {
  readonly folder: FolderNode;
  readonly name: string;
  /** Absent where the name goes. */
  readonly node?: DiskNode;
}

/** From 0 to below `below`. */
export type Random = (below: number) => number;

const sector = 512;

export class Disk {
  readonly #root: string;
  readonly #beside: string;
  readonly #top: FolderNode;
  /** What was done to names and is not safe, in order; each as a whole. */
  #pending: (readonly Change[])[] = [];
  #files = 0;

  /** All that lies in `root` is safe; `beside` is an empty folder of the same file system. */
  constructor(root: string, beside: string) {
    this.#root = root;
    this.#beside = beside;
    this.#top = this.#take(root) as FolderNode;
  }

  #take(at: string): DiskNode {
    if (!fs.statSync(at).isDirectory()) {
      const file = this.#hold(at);
      this.#flushFile(file);
      return file;
    }
    const folder: FolderNode = { kind: 'folder', names: new Map(), safe: new Map() };
    for (const name of fs.readdirSync(at)) {
      const node = this.#take(path.join(at, name));
      folder.names.set(name, node);
      folder.safe.set(name, node);
    }
    return folder;
  }

  #hold(at: string): FileNode {
    const held = path.join(this.#beside, String(this.#files++));
    fs.linkSync(at, held);
    return { kind: 'file', held };
  }

  isOurs(at: unknown): at is string {
    return typeof at === 'string' && (at === this.#root || at.startsWith(`${this.#root}${path.sep}`));
  }

  nodeAt(at: string): DiskNode | undefined {
    let node: DiskNode | undefined = this.#top;
    for (const name of path.relative(this.#root, at).split(path.sep).filter(Boolean))
      node = node?.kind === 'folder' ? node.names.get(name) : undefined;
    return node;
  }

  #parentOf(at: string): FolderNode {
    const parent = this.nodeAt(path.dirname(at));
    if (parent?.kind !== 'folder') throw new Error(`${path.dirname(at)} was made unseen`);
    return parent;
  }

  #change(changes: readonly Change[]): void {
    for (const { folder, name, node } of changes) set(folder.names, name, node);
    this.#pending.push(changes);
  }

  /** A file or folder may have come to be at `at`. */
  made(at: string): void {
    if (this.nodeAt(at) !== undefined || !fs.existsSync(at)) return;
    const node: DiskNode = fs.statSync(at).isDirectory()
      ? { kind: 'folder', names: new Map(), safe: new Map() }
      : this.#hold(at);
    this.#change([{ folder: this.#parentOf(at), name: path.basename(at), node }]);
  }

  renamed(from: string, to: string): void {
    const node = this.nodeAt(from);
    if (node === undefined) throw new Error(`${from} was made unseen`);
    this.#change([
      { folder: this.#parentOf(from), name: path.basename(from) },
      { folder: this.#parentOf(to), name: path.basename(to), node },
    ]);
  }

  /** What is below `at`, and then `at` itself, may have gone. */
  removed(at: string): void {
    const node = this.nodeAt(at);
    if (node === undefined) return;
    if (node.kind === 'folder') for (const name of [...node.names.keys()]) this.removed(path.join(at, name));
    if (!fs.existsSync(at)) this.#change([{ folder: this.#parentOf(at), name: path.basename(at) }]);
  }

  /** What a flush of `node` that begins now makes safe once it has ended. */
  flush(node: DiskNode): () => void {
    if (node.kind === 'file') {
      const copy = this.#copy(node);
      return () => (node.flushed = copy);
    }
    const before = this.#pending.filter((changes) => changes.some(({ folder }) => folder === node));
    return () => {
      for (const changes of before) this.#makeSafe(changes);
    };
  }

  #flushFile(file: FileNode): void {
    file.flushed = this.#copy(file);
  }

  #copy({ held }: FileNode): string {
    const copy = path.join(this.#beside, `${this.#files++}-flushed`);
    fs.copyFileSync(held, copy);
    return copy;
  }

  #makeSafe(changes: readonly Change[]): void {
    const at = this.#pending.indexOf(changes);
    if (at < 0) return;
    const isDone = ({ folder, name }: Change): boolean =>
      changes.some((done) => done.folder === folder && done.name === name);
    // What was done to the same names before is overtaken.
    this.#pending = this.#pending.flatMap((one, i) => {
      if (i > at) return [one];
      const left = one.filter((change) => !isDone(change));
      return i === at || left.length === 0 ? [] : [left];
    });
    for (const { folder, name, node } of changes) set(folder.safe, name, node);
  }

  /** Writes what a loss of power at this moment leaves, drawn by `random`, into the new folder `target`. */
  lose(target: string, random: Random): void {
    // All changes are lost, or all are kept, or each by itself; the same for bytes.
    const kept = luck(random);
    const after = new Map<FolderNode, Map<string, DiskNode>>();
    const namesOf = (folder: FolderNode): Map<string, DiskNode> => {
      const names = after.get(folder) ?? new Map(folder.safe);
      after.set(folder, names);
      return names;
    };
    for (const changes of this.#pending)
      if (kept()) for (const { folder, name, node } of changes) set(namesOf(folder), name, node);
    const write = (node: DiskNode, at: string): void => {
      if (node.kind === 'file') {
        fs.writeFileSync(at, bytesAfterLoss(node, luck(random), random));
        return;
      }
      fs.mkdirSync(at);
      for (const [name, inner] of namesOf(node)) write(inner, path.join(at, name));
    };
    write(this.#top, target);
  }

  /** Names that are there and were not seen coming, or the other way round: what the recorder has missed. */
  unseen(): string[] {
    const wrong: string[] = [];
    const compare = (folder: FolderNode, at: string): void => {
      const there = new Set(fs.readdirSync(at));
      for (const name of new Set([...there, ...folder.names.keys()])) {
        const node = folder.names.get(name);
        if (node === undefined || !there.has(name)) wrong.push(path.join(at, name));
        else if (node.kind === 'folder') compare(node, path.join(at, name));
      }
    };
    compare(this.#top, this.#root);
    return wrong;
  }
}

function set(names: Map<string, DiskNode>, name: string, node: DiskNode | undefined): void {
  if (node === undefined) names.delete(name);
  else names.set(name, node);
}

/** Says yes each time, or no, or the one or the other. */
function luck(random: Random): () => boolean {
  const kind = random(3);
  return () => (kind === 2 ? random(2) === 1 : kind === 1);
}

function bytesAfterLoss({ held, flushed }: FileNode, kept: () => boolean, random: Random): Buffer {
  const now = fs.readFileSync(held);
  const before = flushed === undefined ? Buffer.alloc(0) : fs.readFileSync(flushed);
  if (now.equals(before)) return now;
  const between = Math.min(now.length, before.length) + random(Math.abs(now.length - before.length) + 1);
  const bytes = Buffer.alloc([before.length, now.length, between][random(3)]!);
  for (let at = 0; at < bytes.length; at += sector) {
    const from = kept() ? now : before;
    bytes.set(from.subarray(at, Math.min(at + sector, bytes.length)), at); // zeros where it had not come so far
  }
  return bytes;
}
