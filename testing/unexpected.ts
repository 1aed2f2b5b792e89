/** A fault reporter for tests that expect no faults: fails whatever reports one. */
export function unexpected(_where: string, error: unknown): never {
  throw error;
}
