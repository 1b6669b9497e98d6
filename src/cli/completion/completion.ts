// The answer to Tab: words, and files that the shell is to list.

export interface Candidate {
  /** The whole word. No space follows it where it ends in `.`, `=` or `/`. */
  readonly value: string;
  readonly help: string;
}

/** Files that the shell shall list besides; `prefix` is what stands before the path in the word: `--output=`. */
export interface FileRequest {
  readonly kind: 'yaml' | 'file' | 'folder';
  readonly prefix: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files?: FileRequest;
}
