/** How ModelsLab is asked for one operation. */
export interface ModelsLabOperation<Request> {
  /** Endpoint, below the base URL. */
  path: string;
  /** The endpoint's own fields of the body. The client adds `key`, `webhook` and `track_id`. */
  body(request: Request): object;
}
