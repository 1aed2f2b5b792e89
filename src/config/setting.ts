import { z } from 'zod';
import { fileVariableOf, readSecretFiles } from './secret-files.js';

/** A setting: the environment variable it is read from, and the schema of its value. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  variable: string;
  schema: Schema;
  /** Whether it can also be read from the file that the variable with the suffix `_FILE` names. */
  isSecret: boolean;
}

export type Settings = Readonly<Record<string, Setting>>;

/** The values of settings, by name. */
export type ValuesOf<S extends Settings> = { readonly [Name in keyof S]: z.infer<S[Name]['schema']> };

export const env = <Schema extends z.ZodType>(variable: string, schema: Schema): Setting<Schema> => ({
  variable,
  schema,
  isSecret: false,
});

/** A secret, or a setting that comes with secrets: read from `variable`, or from the file that `NAME_FILE` names. */
export const secretEnv = <Schema extends z.ZodType>(variable: string, schema: Schema): Setting<Schema> => ({
  ...env(variable, schema),
  isSecret: true,
});

/** Blank variables count as unset. */
export const withoutBlanks = (
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim() !== ''));

/**
 * Reads the settings, and the files of secrets.
 * @returns the values, or a message for each invalid variable
 */
export function readSettings<S extends Settings>(
  settings: S,
  variables: Readonly<Record<string, string | undefined>>,
): { values: ValuesOf<S> } | { problems: string[] } {
  const entries = Object.entries(settings);
  const schema = z.object(Object.fromEntries(entries.map(([, { variable, schema }]) => [variable, schema])));
  const secrets = entries.flatMap(([, { variable, isSecret }]) => (isSecret ? [variable] : []));
  const files = readSecretFiles(secrets, variables);
  const parsed = schema.safeParse({ ...variables, ...files.contents });
  const invalid = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const variable = String(path[0]);
    return `${variable in files.contents ? fileVariableOf(variable) : variable}: ${message}`;
  });
  if (!parsed.success || files.problems.length > 0) return { problems: [...files.problems, ...invalid] };
  const values = entries.map(([name, { variable }]) => [name, parsed.data[variable]]);
  return { values: Object.fromEntries(values) as ValuesOf<S> };
}

export const minuteMs = 60_000;

export const positive = (fallback: number) =>
  z.coerce.number().int('must be a whole number').positive('must be greater than 0').default(fallback);

export const milliseconds = positive;

/** `off` reads as undefined. */
export const positiveOrOff = z.union(
  [z.literal('off').transform(() => undefined), z.coerce.number().int().positive()],
  'must be a whole number greater than 0, or off',
);

export const flag = z
  .enum(['on', 'off'], { error: 'must be on or off' })
  .transform((value) => value === 'on');

/** A base that paths are appended to. Trailing slashes are removed. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine(isBase, 'must have no user name, password, query or fragment')
  .transform((text) => text.replace(/\/+$/, ''));

/** Separated by commas; empty entries are skipped. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

function isBase(text: string): boolean {
  // Reported already.
  if (!URL.canParse(text)) return true;
  const { username, password, search, hash } = new URL(text);
  return username + password + search + hash === '';
}
