import { useReactiveVar } from '@apollo/client/react';
import { useEffect } from 'react';
import { useHistory } from '../history/use-history.ts';
import { t } from '../messages/messages.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { select, selectedId } from './selection.ts';

/** Elements that use the arrow keys themselves. */
const usesArrows = 'input, select, textarea, dialog, [role=slider], [data-arrows]';

/** Goes through the history: by buttons, and by ← (newer) and → (older), wherever the keys are not in use. */
export function Walk() {
  const id = useReactiveVar(selectedId);
  const { swaps = [] } = useHistory();
  const index = swaps.findIndex((swap) => swap.id === id);
  const newer = index > 0 ? swaps[index - 1]?.id : undefined;
  const older = swaps[index + 1]?.id;
  useEffect(() => {
    const walk = (event: KeyboardEvent): void => {
      const isElsewhere = event.target instanceof Element && event.target.closest(usesArrows);
      if (isElsewhere || event.altKey || event.ctrlKey || event.metaKey) return;
      const next = { ArrowLeft: newer, ArrowRight: older }[event.key];
      if (next) select(next);
    };
    addEventListener('keydown', walk);
    return () => removeEventListener('keydown', walk);
  }, [newer, older]);
  if (swaps.length === 0) return null;
  const go = (target: string | undefined) => () => target && select(target);
  return (
    <span className="walk">
      <IconButton icon="left" label={t.result.newer} aria-disabled={!newer} onClick={go(newer)} />
      <IconButton icon="right" label={t.result.older} aria-disabled={!older} onClick={go(older)} />
    </span>
  );
}
