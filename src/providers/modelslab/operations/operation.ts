/** How one operation is submitted to ModelsLab. */
export interface ModelsLabOperation<Request> {
  /** Path of the endpoint, relative to the base URL. */
  path: string;
  /** The endpoint's own fields of the body. The client adds `key`, `webhook` and `track_id`. */
  body(request: Request): object;
}
