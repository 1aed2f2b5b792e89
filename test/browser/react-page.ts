/** A page of somebody's React application, under StrictMode. Its query says which hooks it shows. */
import { createSwapClient, type SingleFaceSwapInput } from '@face-swap-gateway/client';
import {
  Activity,
  createElement,
  Fragment,
  type ReactElement,
  StrictMode,
  useEffect,
  useMemo,
  useState,
} from 'react';
import { createRoot } from 'react-dom/client';
import {
  SwapClientProvider,
  useFaceSwap,
  useSwap,
  useSwaps,
  useUpload,
} from '../../packages/react/src/index.js';

const query = new URLSearchParams(location.search);
const client = createSwapClient({ url: query.get('gateway') ?? '', storage: localStorage });
const input = JSON.parse(query.get('input') ?? 'null') as SingleFaceSwapInput;

const show = (id: string, value: unknown): ReactElement =>
  createElement('pre', { id, key: id }, JSON.stringify(value ?? null));
const button = (name: string, onClick: () => void): ReactElement =>
  createElement('button', { key: name, type: 'button', onClick }, name);

function FaceSwap({ startsAtOnce = false }): ReactElement {
  const { swap, error, isActive, start, cancel, reset } = useFaceSwap();
  useEffect(() => {
    if (startsAtOnce) void start(input);
  }, [startsAtOnce, start]);
  return createElement(
    Fragment,
    null,
    show('swap', swap),
    show('error', error && { ...error, message: error.message }),
    show('active', isActive),
    button('start', () => void start(input)),
    button('cancel', () => void cancel()),
    button('reset', reset),
  );
}

function Follow(): ReactElement {
  const { swap, error, isActive } = useSwap(query.get('id'));
  return createElement(
    Fragment,
    null,
    show('swap', swap),
    show('error', error && { ...error }),
    show('active', isActive),
  );
}

function List(): ReactElement {
  const { swaps, hasNextPage, isLoading, loadMore, refresh } = useSwaps({ first: 2, status: ['SUCCEEDED'] });
  return createElement(
    Fragment,
    null,
    show(
      'ids',
      swaps.map(({ id }) => id),
    ),
    show('more', hasNextPage),
    show('loading', isLoading),
    button('more swaps', loadMore),
    button('refresh', refresh),
  );
}

function Upload(): ReactElement {
  const { picture, error, isUploading, upload } = useUpload();
  const bytes = useMemo(() => fetch('/picture').then((response) => response.blob()), []);
  return createElement(
    Fragment,
    null,
    show('picture', picture),
    show('error', error && { ...error }),
    show('uploading', isUploading),
    button('upload', () => void bytes.then(upload)),
    button('upload text', () => void upload(new Blob(['text']))),
  );
}

/** Hidden as an `Activity`, and with another client, as after a login. */
function Changing({ children }: { children: ReactElement }): ReactElement {
  const [mode, setMode] = useState<'visible' | 'hidden'>('visible');
  const [own, setOwn] = useState(client);
  return createElement(
    Fragment,
    null,
    button('hide', () => setMode('hidden')),
    button('return', () => setMode('visible')),
    button('log in', () => setOwn(createSwapClient({ url: query.get('gateway') ?? '' }))),
    createElement(SwapClientProvider, { client: own }, createElement(Activity, { mode, children })),
  );
}

function NoResume(): ReactElement {
  const { swap, error, isActive, start } = useFaceSwap({ resume: false });
  return createElement(
    Fragment,
    null,
    show('swap', swap),
    show('error', error && { ...error }),
    show('active', isActive),
    button('start', () => void start(input)),
  );
}

const pages: Record<string, () => ReactElement> = {
  button: () => createElement(FaceSwap),
  effect: () => createElement(FaceSwap, { startsAtOnce: true }),
  follow: () => createElement(Follow),
  list: () => createElement(List),
  upload: () => createElement(Upload),
  'changing swap': () => createElement(Changing, null, createElement(NoResume)),
  'changing upload': () => createElement(Changing, null, createElement(Upload)),
};
const page = pages[query.get('page') ?? 'button'];
const root = document.body.appendChild(document.createElement('main'));
if (page)
  createRoot(root).render(
    createElement(StrictMode, null, createElement(SwapClientProvider, { client }, createElement(page))),
  );
