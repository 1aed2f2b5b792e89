import { useReactiveVar } from '@apollo/client/react';
import { useState } from 'react';
import { t } from '../messages/messages.ts';
import { Empty } from '../ui/empty.tsx';
import { useEndOfList } from '../ui/use-end-of-list.ts';
import { historyFilter } from './filter.ts';
import { HistoryFilters } from './history-filters.tsx';
import { HistoryItem } from './history-item.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { useHistory } from './use-history.ts';

const skeletons = [1, 2, 3, 4, 5, 6];

/** All swaps that this client requested and the gateway still keeps. */
export function History() {
  const { swaps, hasOlder, isLoadingOlder, loadOlder } = useHistory();
  const { state, since } = useReactiveVar(historyFilter);
  /** Undefined: the list selects nothing, a click shows a swap. */
  const [picked, setPicked] = useState<ReadonlySet<string>>();
  const end = useEndOfList(loadOlder, swaps?.length ?? 0);
  const isFiltered = state !== 'all' || since !== 'any';
  const toggle = (id: string): void => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    setPicked(next);
  };
  return (
    <section className="history" aria-labelledby="swaps-title" aria-busy={swaps === undefined}>
      <div className="history-head">
        <h2 id="swaps-title">{t.history.title}</h2>
        <HistoryFilters />
        {swaps && swaps.length > 0 && !picked && (
          <button type="button" className="button button-small" onClick={() => setPicked(new Set())}>
            {t.history.select}
          </button>
        )}
      </div>
      {picked && <SelectionBar picked={[...picked]} onDone={() => setPicked(undefined)} />}
      {swaps?.length === 0 &&
        (isFiltered ? (
          <p className="muted history-none">{t.history.noneMatch}</p>
        ) : (
          <Empty>
            <h3>{t.history.empty}</h3>
            <p>{t.history.emptyHint}</p>
          </Empty>
        ))}
      {(swaps === undefined || swaps.length > 0) && (
        <ol className="cards">
          {swaps?.map((swap) => (
            <li key={swap.id}>
              <HistoryItem swap={swap} isPicked={picked?.has(swap.id)} onPick={() => toggle(swap.id)} />
            </li>
          )) ?? skeletons.map((key) => <li key={key} className="skeleton" aria-hidden="true" />)}
        </ol>
      )}
      {hasOlder && (
        <button
          ref={end}
          type="button"
          className="button older"
          aria-disabled={isLoadingOlder}
          onClick={loadOlder}
        >
          {isLoadingOlder ? t.history.loading : t.history.older}
        </button>
      )}
    </section>
  );
}
