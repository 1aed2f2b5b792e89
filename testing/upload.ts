import type { UploadedPicture } from '../src/uploads/uploaded-picture.js';

export interface UploadAnswer {
  status: number;
  headers: Headers;
  picture: UploadedPicture;
  error: { message: string; extensions: { code: string; retryAfter?: number } } | undefined;
}

/** Uploads bytes as a form file, as a browser does. */
export async function upload(
  gateway: { url: string },
  bytes: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<UploadAnswer> {
  const form = new FormData();
  form.append(
    'picture',
    new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)]),
    '../../etc/passwd',
  );
  const response = await fetch(`${gateway.url}/uploads`, { method: 'POST', body: form, headers });
  const body = (await response.json()) as UploadedPicture & { errors?: UploadAnswer['error'][] };
  return { status: response.status, headers: response.headers, picture: body, error: body.errors?.[0] };
}
