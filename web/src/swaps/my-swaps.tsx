import { useEndOfList } from '../ui/use-end-of-list.ts';
import { EmptySwaps } from './empty-swaps.tsx';
import { SwapCard } from './swap-card.tsx';
import { useMySwaps } from './use-my-swaps.ts';

/** All swaps that this client requested and the gateway still keeps. */
export function MySwaps() {
  const { swaps, hasOlder, isLoadingOlder, loadOlder } = useMySwaps();
  const end = useEndOfList(loadOlder);
  return (
    <section className="swaps" aria-labelledby="swaps-title" aria-busy={swaps === undefined}>
      <h2 id="swaps-title">My swaps</h2>
      {swaps === undefined && <Skeletons />}
      {swaps?.length === 0 && <EmptySwaps />}
      {swaps && swaps.length > 0 && (
        <ol className="cards">
          {swaps.map((swap) => (
            <li key={swap.id}>
              <SwapCard swap={swap} />
            </li>
          ))}
        </ol>
      )}
      {hasOlder && (
        <button
          ref={end}
          type="button"
          className="button older"
          disabled={isLoadingOlder}
          onClick={loadOlder}
        >
          {isLoadingOlder ? 'Loading…' : 'Show older swaps'}
        </button>
      )}
    </section>
  );
}

function Skeletons() {
  return (
    <div className="cards" aria-hidden="true">
      <div className="skeleton" />
      <div className="skeleton" />
      <div className="skeleton" />
    </div>
  );
}
