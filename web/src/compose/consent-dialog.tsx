import { useEffect, useRef } from 'react';

interface ConsentDialogProps {
  isOpen: boolean;
  onAccept(): void;
  onClose(): void;
}

/** Shown before the first swap. The consent is sent with every swap. */
export function ConsentDialog({ isOpen, onAccept, onClose }: ConsentDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!isOpen) dialog.current?.close();
    else if (!dialog.current?.open) dialog.current?.showModal();
  }, [isOpen]);
  // The close event comes later than Escape: by then the dialog may have been opened again.
  const onNativeClose = () => {
    if (!dialog.current?.open) onClose();
  };
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby="consent-title"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={onNativeClose}
    >
      <h2 id="consent-title">Before your first swap</h2>
      <ul className="dialog-points">
        <li>
          <strong>Ask the people shown.</strong> Swap faces only of people who agreed to it, or of drawn
          characters.
        </li>
        <li>
          <strong>Say what it is.</strong> A face swap is a synthetic picture. Label it as one wherever you
          publish it; many laws require that.
        </li>
        <li>
          <strong>Do no harm.</strong> Never use it to deceive, shame or undress anyone.
        </li>
      </ul>
      <p className="dialog-note">Your consent is recorded with each swap. This browser asks only once.</p>
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onClose}>
          Not now
        </button>
        <button type="button" className="button button-main" onClick={onAccept}>
          They agreed, continue
        </button>
      </div>
    </dialog>
  );
}
