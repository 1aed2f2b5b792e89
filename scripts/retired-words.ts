import { projectFiles, readProjectFile } from '../testing/project-files.ts';

/** Words that were replaced by terms of docs/glossary.md, with the term to use. */
const retired: readonly (readonly [pattern: RegExp, use: string])[] = [
  [/short[ -]?way/i, 'fast path'],
  [/lean[ -]?post/i, 'raw GraphQL post'],
  [/\bat hand\b|at-hand|athand/i, 'cached'],
  [/ended[ -]?answers/i, 'response cache'],
  [/fair[ -]turns/i, 'time slicer'],
  [/\bbeats?\b|tellAndTake|farewell/i, 'heartbeat'],
  [/waiting line|\bqueue line\b/i, 'round-robin queue'],
  [/(free|waiting) places?\b|places? (at ModelsLab|in the queue|there)/i, 'slot, position'],
  [/in (the |its )place of/i, 'instead of, in place of (for good)'],
  [/ledger/i, 'swap index'],
  [/\bsettl(e|es|ing)\b/i, 'finish'],
  [/journal/i, 'transitions'],
  [/\binbox/i, 'mailbox'],
  [/Swap-?Order|parseOrder/, 'command (CreateSwapCommand)'],
  [/SwapStand/, 'version'],
  [/presenter|presentFault/i, 'error response, formatError'],
  [/\btall(y|ies)\b/i, 'counter'],
  [/late silences/i, 'unanswered final polls'],
  [/orphan/i, 'stalled'],
  [/runner gone/i, 'stalled'],
  [/swap[ -]life|\blife of (a )?swaps?\b/i, 'swap system, life cycle'],
  [/checkpoint ?hook|onCheckpoint/i, 'failpoint'],
  [/\bengines?\b/i, 'backend'],
  [/onMoved|moved signal/, 'onPositionsChanged, position changes'],
  [/latest feed/i, 'latest value'],
  [/session rules|socket (gate|watch|caps)/i, 'handlers, upgrade guard, keep-alive, limits'],
  [/client callbacks?\b|callback outbox/i, 'client webhooks, outbox'],
  [/\bmade anew\b/i, 'reconnect, re-encode, retry'],
  [/\bnews\b/i, 'event, update'],
  [/\bby asking\b/i, 'by polling'],
  [/known holes?\b/i, 'known vulnerabilities'],
  [/(webhook|picture|image|web)s?'? address/i, 'URL'],
  [/\bbeside\b/i, 'next to, in addition to'],
  [/\bfor ever\b/i, 'forever'],
  [/behaviour|neighbour|favour|colour|honour/i, 'American spelling'],
  [
    /(normal|util|recogn|organ|serial|initial|author|summar|optim|minim|maxim)is(e[ds]?|ing|ation)\b/i,
    'American spelling',
  ],
  [/\bcancell(ed|ing)\b|\blabell(ed|ing)\b/i, 'American spelling'],
];

/** Legitimate uses: names that must not change, and other meanings. Removed from a line before the check. */
const exceptions: readonly RegExp[] = [
  /journal_(mode|size_limit)|journalctl|-journal\b/g,
  // Keys in Redis, also without their prefix in the scripts.
  /queue:orphans|queue:line|^-- {3}orphans |p \.\. 'orphans'/g,
  /"?engines"?(\.node|: ?\{)|the `engines`|EBADENGINE|--engine|\bengine: (\{ type|backend)|lru_engine|JavaScript engine/g,
  // Names and reasons of graphql-transport-ws, and a word of ModelsLab's.
  /ConnectionInitialisationTimeout|TooManyInitialisationRequests|Connection initialisation timeout|Too many initialisation requests/g,
  /canceled\|cancelled/g,
  // A method of sharp's, and a function of testing/manual-clock.ts that waits until promises have settled.
  /toColourspace/g,
  /\bsettle\((turns( = \d+)?|\d*)\)|[{,] settle\b/g,
];

/** Generated files, history, and files about the words themselves. */
const unchecked: readonly RegExp[] = [
  /(^|\/)(package-lock\.json|generated\/)/,
  /^schema\/schema\.graphql$/,
  /^docs\/(performance|reliability|graphql-over-http-audit)\.md$/,
  /^(CHANGELOG\.md|scripts\/retired-words\.ts|test\/docs\/words\.test\.ts)$/,
  /^testing\/(contract\.graphql|database-version-\d+\.sql|redis-keys-version-\d+\.json)$/,
  /\.(png|jpg|jpeg|webp|woff2|ico)$/,
];

/** Files and folders in which retired words must not occur. `npm run lint:words -- --all` checks all others too. */
export const checkedPaths: readonly string[] = [
  '.ci',
  '.editorconfig',
  '.env.example',
  '.github',
  '.vscode',
  'CONTRIBUTING.md',
  'Dockerfile',
  'README.md',
  'SECURITY.md',
  'bench',
  'compose.yaml',
  'deploy',
  'docs',
  'package.json',
  'packages',
  'samples',
  'sandbox',
  'scripts',
  'src/app',
  'src/backends',
  'src/client-webhooks',
  'src/clients',
  'src/config',
  'src/fast-path',
  'src/graphql',
  'src/keys',
  'src/lib',
  'src/main.ts',
  'src/provenance',
  'src/providers',
  'src/server',
  'src/swap',
  'src/telemetry',
  'src/uploads',
  'test/abuse',
  'test/architecture.test.ts',
  'test/backends',
  'test/bench',
  'test/browser',
  'test/chaos',
  'test/client',
  'test/client-webhooks',
  'test/clients',
  'test/config',
  'test/deploy',
  'test/docs',
  'test/fast-path',
  'test/fuzz',
  'test/graphql',
  'test/keys',
  'test/lib',
  'test/provenance',
  'test/providers',
  'test/sandbox',
  'test/server',
  'test/swap',
  'test/system',
  'test/telemetry',
  'test/uploads',
  'testing',
  'web',
];

export interface RetiredWord {
  path: string;
  line: number;
  word: string;
  use: string;
}

/** @param within files and folders to search; undefined for the whole project */
export function findRetiredWords(within: readonly string[] | undefined): RetiredWord[] {
  const isWithin = (path: string): boolean =>
    within === undefined || within.some((each) => path === each || path.startsWith(`${each}/`));
  return projectFiles()
    .filter((path) => isWithin(path) && !unchecked.some((pattern) => pattern.test(path)))
    .flatMap((path) => retiredWordsIn(readProjectFile(path)).map((found) => ({ path, ...found })));
}

export function retiredWordsIn(text: string): Omit<RetiredWord, 'path'>[] {
  return text.split('\n').flatMap((whole, index) => {
    const line = exceptions.reduce((rest, pattern) => rest.replace(pattern, ''), whole);
    return retired.flatMap(([pattern, use]) => {
      const word = pattern.exec(line)?.[0];
      return word === undefined ? [] : [{ line: index + 1, word, use }];
    });
  });
}
