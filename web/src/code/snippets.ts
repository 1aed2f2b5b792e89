import type { DraftInput } from '../draft/draft-input.ts';

export const languages = ['curl', 'javascript', 'react', 'python', 'graphql'] as const;
export type Language = (typeof languages)[number];

/** A piece of code to be copied as a whole; `role` tells the two of a GraphQL request apart. */
export interface Snippet {
  role: 'program' | 'variables';
  text: string;
}

export interface Call {
  /** Origin of the gateway. */
  origin: string;
  input: DraftInput;
}

/** The gateway may require the consent of the people shown: whoever runs the program confirms it. */
const sentBy = (input: DraftInput) => ({ ...input, consent: true });

/** Programs that make a call and print its result. They read the key from the environment. */
export function snippetsOf(language: Language, call: Call): Snippet[] {
  const program = programs[language](call);
  return language === 'graphql'
    ? [
        { role: 'program', text: program },
        { role: 'variables', text: json({ input: sentBy(call.input) }) },
      ]
    : [{ role: 'program', text: program }];
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);
const indent = (text: string, spaces: number): string => text.replaceAll('\n', `\n${' '.repeat(spaces)}`);

const mutation = `mutation SwapFaces($input: SingleFaceSwapInput!) {
  singleFaceSwap(input: $input, wait: 60) {
    id
    status
    output
    error {
      code
      message
    }
  }
}
`;

/** As a value of JavaScript: keys without quotes. */
const object = (input: DraftInput): string =>
  json(sentBy(input))
    .replace(/^( +)"(\w+)":/gm, '$1$2:')
    .replace(/"((?:[^"\\]|\\.)*)"/g, (text) => quote(JSON.parse(text)));

/** In single quotes. */
const quote = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

const body = ({ input }: Call): string =>
  json({ query: mutation.replace(/\s+/g, ' ').trim(), variables: { input: sentBy(input) } });

const programs: Record<Language, (call: Call) => string> = {
  curl: (call) => `curl --silent --show-error ${call.origin}/graphql \\
  --header 'content-type: application/json' \\
  --header "authorization: Bearer $GATEWAY_API_KEY" \\
  --data-binary @- <<'JSON'
${body(call)}
JSON
`,
  javascript: ({ origin, input }) => `import { createSwapClient } from '@face-swap-gateway/client';

const swaps = createSwapClient({
  url: '${origin}',
  apiKey: process.env.GATEWAY_API_KEY,
});

const swap = await swaps.swap(${indent(object(input), 0)});
console.log(swap.status, swap.output);
swaps.close();
`,
  react: ({ origin, input }) => `import { createSwapClient } from '@face-swap-gateway/client';
import { SwapClientProvider, useFaceSwap } from '@face-swap-gateway/react';

// The route of your own server that returns what \`createClientToken\` returned.
const getToken = async () => (await fetch('/swap-token', { method: 'POST' })).json();
const client = createSwapClient({ url: '${origin}', getToken });

function Swap() {
  const { swap, error, isActive, start } = useFaceSwap();
  const input = ${indent(object(input), 2)};
  return (
    <>
      <button type="button" disabled={isActive} onClick={() => start(input)}>
        {swap?.status ?? 'Swap faces'}
      </button>
      {swap?.output.map((url) => <img key={url} src={url} alt="Result" />)}
      {(error ?? swap?.error)?.message}
    </>
  );
}

export const App = () => (
  <SwapClientProvider client={client}>
    <Swap />
  </SwapClientProvider>
);
`,
  python: (call) => `import json, os, urllib.request

body = r'''
${body(call).replaceAll("'''", String.raw`\u0027\u0027\u0027`)}
'''

request = urllib.request.Request(
    "${call.origin}/graphql",
    data=body.encode(),
    headers={
        "content-type": "application/json",
        "authorization": f"Bearer {os.environ['GATEWAY_API_KEY']}",
    },
)
with urllib.request.urlopen(request) as response:
    swap = json.load(response)["data"]["singleFaceSwap"]
print(swap["status"], *swap["output"])
`,
  graphql: () => mutation,
};
