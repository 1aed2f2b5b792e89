import { makeVar } from '@apollo/client';

export const views = ['after', 'before', 'slider', 'side'] as const;
export type View = (typeof views)[number];

/** How results are shown; kept from one swap to the next. */
export const compareView = makeVar<View>('after');
