import { closeSync, openSync, readSync } from 'node:fs';

/** The variable that names the file of a secret, as the official Docker images do. */
export const fileVariableOf = (variable: string): string => `${variable}_FILE`;

/** Secrets are short; a larger file is the wrong one. */
const maxBytes = 64 * 1024;

export interface SecretFiles {
  /** Contents by the variable that they replace, without line breaks at the end. */
  contents: Record<string, string>;
  /** A message for each file that cannot be used. Names neither path nor content: either may be the secret itself. */
  problems: string[];
}

/** Reads the file of each secret whose `NAME_FILE` is set. @param secrets the names of the secrets' own variables */
export function readSecretFiles(
  secrets: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): SecretFiles {
  const contents: Record<string, string> = {};
  const problems: string[] = [];
  for (const variable of secrets) {
    const fileVariable = fileVariableOf(variable);
    const path = variables[fileVariable];
    if (path === undefined) continue;
    if (variables[variable] !== undefined) {
      problems.push(`${fileVariable}: ${variable} is set too; set only one of them`);
      continue;
    }
    try {
      contents[variable] = readSecret(path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      problems.push(`${fileVariable}: the file cannot be used: ${code ?? message}`);
    }
  }
  return { contents, problems };
}

function readSecret(path: string): string {
  const text = readBounded(path).replace(/[\r\n]+$/, '');
  if (text.trim() === '') throw new Error('it is empty');
  return text;
}

/** Bounded, so that a path such as /dev/zero is an error rather than the end of the process. */
function readBounded(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= maxBytes; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null);
    if (length > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
