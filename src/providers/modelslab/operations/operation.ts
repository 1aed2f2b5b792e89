/** How one operation is submitted to ModelsLab. */
export interface ModelsLabOperation<Request> {
  /** Path of the endpoint, relative to the base URL. */
  path: string;
  /** The request's fields with URLs of pictures, by their name in the body. */
  pictures: Readonly<Record<string, keyof Request & string>>;
  /** The endpoint's other fields of the body. The client adds `key`, `base64`, `webhook` and `track_id`. */
  body(request: Request): object;
}
