import { useState } from 'react';
import { t } from '../messages/messages.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { EraseDialog } from './erase-dialog.tsx';

export function EraseButton({ id }: { id: string }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <IconButton icon="trash" label={t.actions.erase} onClick={() => setAsking(true)} />
      <EraseDialog ids={isAsking ? [id] : []} onClose={() => setAsking(false)} />
    </>
  );
}
