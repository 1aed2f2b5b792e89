import { type Reach, reaches } from './image-source.js';
import type { SandboxOptions } from './sandbox.js';

type Flags = Readonly<Record<string, string | boolean | undefined>>;
type Environment = Readonly<Record<string, string | undefined>>;

const defaultPort = 4010;

/**
 * Reads the sandbox's options from command-line flags or, if a flag is missing, from the environment.
 * @throws Error with a one-line message for an invalid number or JSON. The sandbox itself checks the faults.
 */
export function readSandboxArguments(flags: Flags, environment: Environment): SandboxOptions {
  const read = (name: string): string | undefined => {
    const variable = `SANDBOX_${name.toUpperCase().replaceAll('-', '_')}`;
    const value = flags[name] ?? environment[variable];
    return value === undefined || value === '' ? undefined : String(value);
  };
  const readInteger = (name: string): number | undefined => {
    const text = read(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} must be a whole number, not "${text}"`);
    return Number(text);
  };
  return {
    port: readInteger('port') ?? defaultPort,
    host: read('host'),
    seed: readInteger('seed'),
    queueLimit: readInteger('queue-limit'),
    apiKey: read('api-key'),
    publicUrl: read('public-url'),
    render: read('render') !== 'false',
    images: { reach: readReach(read('reach')) },
    faults: readFaults(read('faults')),
  };
}

function readReach(text: string | undefined): Reach | undefined {
  const reach = reaches.find((known) => known === text);
  if (text !== undefined && reach === undefined)
    throw new Error(`--reach must be ${reaches.join(', ')}, not "${text}"`);
  return reach;
}

function readFaults(text: string | undefined): SandboxOptions['faults'] {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`--faults must be JSON, not ${text}: ${error instanceof Error ? error.message : error}`);
  }
}
