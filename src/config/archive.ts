import { z } from 'zod';
import type { backendSettings } from './backend.js';
import { secret } from './secret.js';
import { env, flag, httpUrl, positiveOrOff, secretEnv, type ValuesOf } from './setting.js';

/** The gateway's own copies of results. */
export const archiveSettings = {
  /** Undefined: on the disk of a single process, off for instances that share Redis. */
  archive: env('ARCHIVE', z.enum(['off', 'disk', 's3'], 'must be off, disk or s3').optional()),
  /** How clients get archived files. */
  archiveUrls: env(
    'ARCHIVE_URLS',
    z.enum(['gateway', 'signed', 'public'], 'must be gateway, signed or public').default('gateway'),
  ),
  /** Where `ARCHIVE_URLS=public` redirects to: the public URL of the bucket, or of a CDN in front of it. */
  archivePublicUrl: env('ARCHIVE_PUBLIC_URL', httpUrl.optional()),
  /** How long a file URL works. Undefined: as long as the swap is kept. */
  archiveUrlTtlMs: env(
    'ARCHIVE_URL_TTL_MS',
    z.coerce.number().int('must be a whole number').min(1000, 'must be at least 1000').optional(),
  ),
  /** Undefined: no limit. */
  archiveMaxBytes: env('ARCHIVE_MAX_BYTES', positiveOrOff.optional()),
  s3Endpoint: env('ARCHIVE_S3_ENDPOINT', httpUrl.optional()),
  s3Region: env('ARCHIVE_S3_REGION', z.string().min(1).default('us-east-1')),
  s3Bucket: env(
    'ARCHIVE_S3_BUCKET',
    z
      .string()
      .regex(/^[\w.-]{1,255}$/, 'must be the name of a bucket')
      .optional(),
  ),
  /** Beginning of every key. */
  s3Prefix: env(
    'ARCHIVE_S3_PREFIX',
    z
      .string()
      .regex(
        /^[\w.~-]+(\/[\w.~-]+)*\/?$/,
        'must consist of letters, digits, slashes and any of . _ ~ -, without a leading slash',
      )
      .transform((prefix) => (prefix.endsWith('/') ? prefix : `${prefix}/`))
      .default('face-swap/'),
  ),
  s3AccessKeyId: secretEnv('ARCHIVE_S3_ACCESS_KEY_ID', z.string().min(1).transform(secret).optional()),
  s3SecretAccessKey: secretEnv(
    'ARCHIVE_S3_SECRET_ACCESS_KEY',
    z.string().min(1).transform(secret).optional(),
  ),
  /** Whether the bucket is in the path of URLs rather than in the host name. */
  s3PathStyle: env('ARCHIVE_S3_PATH_STYLE', flag.prefault('off')),
};

type Values = ValuesOf<typeof archiveSettings & typeof backendSettings>;

/** Where files are archived, with the default that depends on the backend. */
export function archiveOf({ archive, redisUrl }: Values): 'off' | 'disk' | 's3' {
  return archive ?? (redisUrl ? 'off' : 'disk');
}

export function findArchiveProblems(values: Values): string[] {
  const problems: string[] = [];
  if (archiveOf(values) === 's3') {
    const required = {
      ARCHIVE_S3_ENDPOINT: values.s3Endpoint,
      ARCHIVE_S3_BUCKET: values.s3Bucket,
      ARCHIVE_S3_ACCESS_KEY_ID: values.s3AccessKeyId,
      ARCHIVE_S3_SECRET_ACCESS_KEY: values.s3SecretAccessKey,
    };
    for (const [variable, value] of Object.entries(required))
      if (value === undefined) problems.push(`${variable}: is required with ARCHIVE=s3`);
  } else if (values.archiveUrls !== 'gateway') {
    problems.push(`ARCHIVE_URLS: ${values.archiveUrls} requires ARCHIVE=s3`);
  }
  if (values.archiveUrls === 'public' && values.archivePublicUrl === undefined)
    problems.push('ARCHIVE_PUBLIC_URL: is required with ARCHIVE_URLS=public');
  return problems;
}
