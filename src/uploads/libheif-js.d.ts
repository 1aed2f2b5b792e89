/** The part of libheif-js that the gateway uses; the package has no types of its own. */
declare module 'libheif-js/wasm-bundle.js' {
  interface HeifImage {
    get_width(): number;
    get_height(): number;
    is_primary(): boolean;
    /** Fills `target.data` with RGBA, turned and mirrored as the file says. @param done gets null if it cannot be decoded */
    display(
      target: { data: Uint8ClampedArray; width: number; height: number },
      done: (displayed: object | null) => void,
    ): void;
  }
  const libheif: {
    ready?: Promise<unknown>;
    HeifDecoder: new () => {
      /** @returns the top-level images; none if the file cannot be parsed */
      decode(bytes: Uint8Array): HeifImage[];
    };
  };
  export default libheif;
}
