import { useReactiveVar } from '@apollo/client/react';
import { submitId } from '../compose/compose-bar.tsx';
import { pageFacts } from '../gateway/page-facts.ts';
import { useHistory } from '../history/use-history.ts';
import { t } from '../messages/messages.ts';
import { select, selectedId } from '../result/selection.ts';
import { StatusLine } from '../status/status-line.tsx';
import { Mark } from './mark.tsx';

/** Name, status, and the way to the API. */
export function Header({ isLocked }: { isLocked: boolean }) {
  const [newest] = useHistory().swaps ?? [];
  const id = useReactiveVar(selectedId) ?? newest?.id;
  return (
    <header className="top">
      {!isLocked && (
        <a
          className="skip"
          href={`#${submitId}`}
          onClick={(event) => {
            event.preventDefault();
            document.getElementById(submitId)?.focus();
          }}
        >
          {t.nav.skip}
        </a>
      )}
      <h1>
        <a
          className="home"
          href="/"
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            select(undefined);
          }}
        >
          <Mark />
          {t.appTitle}
        </a>
      </h1>
      {!isLocked && <StatusLine />}
      <nav className="nav" aria-label={t.nav.label}>
        {pageFacts.hasIde !== false && (
          <a data-ide href={id ? `/graphql/ide/?swap=${id}` : '/graphql/ide/'}>
            {t.nav.ide}
          </a>
        )}
        <a href="/docs/schema.graphql.txt">{t.nav.schema}</a>
        <a href="/docs/clients.md.txt">{t.nav.docs}</a>
      </nav>
    </header>
  );
}
