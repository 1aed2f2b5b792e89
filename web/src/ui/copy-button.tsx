import { useState } from 'react';
import { t } from '../messages/messages.ts';
import { announce } from './announcer.tsx';
import { copyText } from './copy-text.ts';
import { Icon, type IconName } from './icon.tsx';

interface CopyButtonProps {
  label: string;
  icon: IconName;
  text(): string;
  /** Shows the label after the icon. */
  isLabeled?: boolean;
}

const shownMs = 1500;

export function CopyButton({ label, icon, text, isLabeled }: CopyButtonProps) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    if (!(await copyText(text()))) return announce(t.actions.copyFailed);
    announce(t.actions.copied);
    setCopied(true);
    setTimeout(() => setCopied(false), shownMs);
  };
  return (
    <button
      type="button"
      className={isLabeled ? 'button button-small' : 'icon-button'}
      title={label}
      aria-label={label}
      data-done={isCopied || undefined}
      onClick={() => void copy()}
    >
      <Icon name={isCopied ? 'check' : icon} />
      {isLabeled && label}
    </button>
  );
}
