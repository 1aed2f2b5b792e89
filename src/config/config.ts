import { accessSettings, findAccessProblems, jwtOf } from './access.js';
import { archiveOf, archiveSettings, findArchiveProblems } from './archive.js';
import { backendSettings, findBackendProblems } from './backend.js';
import { providerSettings } from './provider.js';
import type { Secret } from './secret.js';
import { serverSettings } from './server.js';
import { readSettings, type ValuesOf } from './setting.js';
import { findSwapProblems, swapSettings } from './swaps.js';
import { uploadSettings } from './uploads.js';
import { webhookSettings } from './webhooks.js';

const settings = {
  ...serverSettings,
  ...accessSettings,
  ...providerSettings,
  ...backendSettings,
  ...webhookSettings,
  ...swapSettings,
  ...uploadSettings,
  ...archiveSettings,
};

/** All variables that are read. */
export const variableNames: readonly string[] = Object.values(settings).map(({ variable }) => variable);

/** The settings of a gateway. Each is declared, documented and given its default in the file of its section. */
export type Config = Readonly<ReturnType<typeof resolveDependent>>;

/** Thrown for an invalid environment; `problems` has a line for each invalid variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
  }
}

/**
 * Reads the configuration. Blank variables count as unset.
 *
 * @throws ConfigError naming every invalid variable
 */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim() !== ''));
  const read = readSettings(settings, given);
  if ('problems' in read) throw new ConfigError(read.problems);
  const { values } = read;
  const problems = [
    ...findAccessProblems(values),
    ...findSwapProblems(values),
    ...findBackendProblems(values),
    ...findArchiveProblems(values),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(resolveDependent(values));
}

/** Settings whose value or default depends on other variables. */
function resolveDependent(values: ValuesOf<typeof settings>) {
  const { jwksUrl: _url, jwtIssuer: _issuer, jwtAudience: _audience, ...others } = values;
  return {
    ...others,
    jwt: jwtOf(values),
    archive: archiveOf(values),
    introspection: values.introspection ?? !values.isProduction,
  };
}

/** Every secret of a configuration, to redact them from output. */
export function secretsOf(config: Config): string[] {
  return Object.values(config)
    .flat()
    .filter((value): value is Secret => typeof value === 'object' && 'reveal' in value)
    .map((value) => value.reveal());
}
