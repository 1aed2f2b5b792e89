import { useState } from 'react';
import { announce } from './announcer.tsx';
import { copyText } from './copy-text.ts';
import { Icon, type IconName } from './icon.tsx';

interface CopyButtonProps {
  label: string;
  icon: IconName;
  text(): string;
}

const shownMs = 1500;

export function CopyButton({ label, icon, text }: CopyButtonProps) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    if (!(await copyText(text()))) return announce('Copying failed.');
    announce('Copied.');
    setCopied(true);
    setTimeout(() => setCopied(false), shownMs);
  };
  return (
    <button
      type="button"
      className="icon-button"
      title={label}
      aria-label={label}
      data-done={isCopied || undefined}
      onClick={() => void copy()}
    >
      <Icon name={isCopied ? 'check' : icon} />
    </button>
  );
}
