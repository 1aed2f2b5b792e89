import { useState } from 'react';
import { t } from '../messages/messages.ts';
import { EraseDialog } from '../result/erase-dialog.tsx';

/** What can be done with the selected swaps. */
export function SelectionBar({ picked, onDone }: { picked: readonly string[]; onDone(): void }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <div className="selection-bar" role="toolbar" aria-label={t.history.select}>
      <span aria-live="polite">{t.history.selected(picked.length)}</span>
      <button
        type="button"
        className="button button-small button-bad"
        aria-disabled={picked.length === 0}
        onClick={() => setAsking(picked.length > 0)}
      >
        {t.history.eraseSelected}
      </button>
      <button type="button" className="button button-small" onClick={onDone}>
        {t.history.cancelSelection}
      </button>
      <EraseDialog ids={isAsking ? picked : []} onClose={() => setAsking(false)} onErased={onDone} />
    </div>
  );
}
