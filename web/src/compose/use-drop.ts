import { type DragEvent, useEffect, useState } from 'react';

export interface DropTarget {
  isOver: boolean;
  handlers: {
    onDragOver(event: DragEvent): void;
    onDragLeave(event: DragEvent): void;
    onDrop(event: DragEvent): void;
  };
}

/** Accepts a file, or a picture's link, dropped onto an element. */
export function useDrop(onFile: (file: File) => void, onLink: (url: string) => void): DropTarget {
  const [isOver, setOver] = useState(false);
  return {
    isOver,
    handlers: {
      onDragOver(event) {
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: ({ currentTarget, relatedTarget }) =>
        setOver(relatedTarget instanceof Node && currentTarget.contains(relatedTarget)),
      onDrop(event) {
        event.preventDefault();
        setOver(false);
        const [file] = event.dataTransfer.files;
        const link = event.dataTransfer.getData('text/uri-list').split('\n')[0]?.trim();
        if (file) onFile(file);
        else if (link) onLink(link);
      },
    },
  };
}

/** Keeps the browser from opening a file that was dropped outside a slot. */
export function useNoStrayDrops(): void {
  useEffect(() => {
    const prevent = (event: Event): void => event.preventDefault();
    for (const type of ['dragover', 'drop']) window.addEventListener(type, prevent);
    return () => {
      for (const type of ['dragover', 'drop']) window.removeEventListener(type, prevent);
    };
  }, []);
}
