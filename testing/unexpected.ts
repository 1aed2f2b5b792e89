/** A fault reporter for tests in which nothing unexpected happens: fails what reports. */
export function unexpected(_where: string, error: unknown): never {
  throw error;
}
