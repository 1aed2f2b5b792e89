import { useEffect, useRef } from 'react';

interface ConsentDialogProps {
  isOpen: boolean;
  onAccept(): void;
  onClose(): void;
}

/** Shown before the first swap. What is accepted is sent along with every swap. */
export function ConsentDialog({ isOpen, onAccept, onClose }: ConsentDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="consent-title" onClose={onClose}>
      <h2 id="consent-title">Before your first swap</h2>
      <ul className="dialog-points">
        <li>
          <strong>Ask the people shown.</strong> Swap faces only of people who agreed to it, or of people who
          were drawn.
        </li>
        <li>
          <strong>Say what it is.</strong> A swapped face is a synthetic picture. Where you publish it, label
          it as one; many laws require that.
        </li>
        <li>
          <strong>Do no harm.</strong> Never deceive, shame or undress anybody with it.
        </li>
      </ul>
      <p className="dialog-note">
        Your answer is recorded with each swap. You are asked once in this browser.
      </p>
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onClose}>
          Not now
        </button>
        <button type="button" className="button button-main" onClick={onAccept}>
          They agreed, go on
        </button>
      </div>
    </dialog>
  );
}
