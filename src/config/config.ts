import { accessSettings, findAccessProblems, hasNoClients, jwtOf } from './access.js';
import { adminSettings, findAdminProblems } from './admin.js';
import { archiveOf, archiveSettings, findArchiveProblems } from './archive.js';
import { auditSettings } from './audit.js';
import { backendSettings, findBackendProblems } from './backend.js';
import { hashesOfGuessableKeys } from './guessable.js';
import { findProductionProblems, isExposed } from './production.js';
import { provenanceSettings } from './provenance.js';
import { providerSettings } from './provider.js';
import { proxySettings, withProxyVariables } from './proxy.js';
import type { Secret } from './secret.js';
import { serverSettings } from './server.js';
import { readSettings, type ValuesOf, withoutBlanks } from './setting.js';
import { findSwapProblems, swapSettings } from './swaps.js';
import { telemetrySettings } from './telemetry.js';
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
  ...auditSettings,
  ...adminSettings,
  ...provenanceSettings,
  ...telemetrySettings,
  ...proxySettings,
};

/** All variables that are read, except those with the suffix `_FILE`. */
export const variableNames: readonly string[] = Object.values(settings).map(({ variable }) => variable);

/** The variables that can be set with the suffix `_FILE` instead, to the path of a file with the value. */
export const secretVariableNames: readonly string[] = Object.values(settings)
  .filter(({ isSecret }) => isSecret)
  .map(({ variable }) => variable);

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
  const read = readSettings(settings, withoutBlanks(withProxyVariables(variables)));
  if ('problems' in read) throw new ConfigError(read.problems);
  const { values } = read;
  const problems = [
    ...findAccessProblems(values),
    ...findSwapProblems(values),
    ...findBackendProblems(values),
    ...findArchiveProblems(values),
    ...findAdminProblems(values),
    ...findProductionProblems(values),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(resolveDependent(values));
}

/** Settings whose value or default depends on other variables. */
function resolveDependent(values: ValuesOf<typeof settings>) {
  const { jwksUrl: _url, jwtIssuer: _issuer, jwtAudience: _audience, jwtScopes: _scopes, ...others } = values;
  return {
    ...others,
    jwt: jwtOf(values),
    /** Whether there are neither keys nor tokens: every request belongs to the single local client. */
    isOpen: hasNoClients(values),
    /** SHA-256 of keys that clients may not have, in lower-case hexadecimal. */
    refusedKeys: isExposed(values) ? hashesOfGuessableKeys() : new Set<string>(),
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
