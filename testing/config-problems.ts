import { ConfigError, readConfig } from '../src/config/config.js';

/** The problems for which a configuration is rejected; empty if it is valid. */
export function problemsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
