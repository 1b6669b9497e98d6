// The part of the WebAssembly API that is used here; TypeScript has it only together with all of the browser's.
declare namespace WebAssembly {
  /** Compiles at once. Throws CompileError. */
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- its constructor is what it is for
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }

  class Memory {
    /** Sizes in pages of 64 KiB. Throws RangeError where the system does not give them. */
    constructor(size: { readonly initial: number; readonly maximum: number });
    readonly buffer: ArrayBuffer;
  }

  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, Memory>>>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
