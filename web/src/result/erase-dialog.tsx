import { useApolloClient } from '@apollo/client/react';
import { useState } from 'react';
import { readRequestError } from '../gateway/request-error.ts';
import { t } from '../messages/messages.ts';
import { announce } from '../ui/announcer.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { eraseSwap } from './erasures.ts';

interface EraseDialogProps {
  /** The swaps to erase; closed while there are none. */
  ids: readonly string[];
  onClose(): void;
  onErased?(): void;
}

/** Asks before swaps are erased, and erases them one by one. */
export function EraseDialog({ ids, onClose, onErased }: EraseDialogProps) {
  const client = useApolloClient();
  const [problem, setProblem] = useState('');
  const [isErasing, setErasing] = useState(false);
  const erase = async (): Promise<void> => {
    if (isErasing) return;
    setProblem('');
    setErasing(true);
    try {
      for (const id of ids) await eraseSwap(client, id);
      announce(t.erase.done(ids.length));
      onErased?.();
      onClose();
    } catch (error) {
      setProblem(readRequestError(error).message);
    } finally {
      setErasing(false);
    }
  };
  return (
    <Dialog isOpen={ids.length > 0} title={t.erase.title(ids.length)} onClose={onClose}>
      <p className="dialog-note">{t.erase.body}</p>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onClose}>
          {t.erase.cancel}
        </button>
        <button
          type="button"
          className="button button-bad"
          aria-disabled={isErasing}
          onClick={() => void erase()}
        >
          {t.erase.confirm}
        </button>
      </div>
    </Dialog>
  );
}
