/** A request to the administration, authenticated. */
export interface AdminRequest {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined without a body. */
  body: unknown;
}

/** What an act is about. */
export interface AdminSubject {
  swap?: string;
  client?: string;
}

/**
 * One act of an operator. Each is a file of its own in this folder, listed in src/app/admin.ts. Its JSON is also what a command
 * line with `--json` prints: objects, with times as ISO 8601 and durations in milliseconds, and no URLs of pictures.
 */
export interface AdminRoute {
  method: 'GET' | 'POST' | 'DELETE';
  /** A path of Fastify, such as `/swaps/:id`. */
  path: string;
  /** Name of the act in the audit log, such as `swap.read`. */
  act: string;
  /** For the audit log. Must not throw. */
  subject?(request: AdminRequest): AdminSubject;
  /**
   * @returns the response, which becomes JSON; undefined: 404
   * @throws GatewayError, whose message the operator gets; other errors become 500 and are logged
   */
  run(request: AdminRequest): Promise<object | undefined>;
}
