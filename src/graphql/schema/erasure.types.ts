import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { erasureStates, erasureTargets } from '../../swap/erasure.js';
import { DateTimeScalar } from './scalars.js';

const enumOf = <T extends string>(values: readonly T[]): Record<T, T> =>
  Object.fromEntries(values.map((value) => [value, value])) as Record<T, T>;

export const ErasureTargets = enumOf(erasureTargets);
registerEnumType(ErasureTargets, {
  name: 'ErasureTarget',
  description: 'A part of what is kept about a swap.',
  valuesConfig: {
    RECORD: { description: 'The URLs, inputs and results in its record, in the store and in every cache.' },
    FILES: { description: "The gateway's copies of its results." },
    UPLOADS: { description: 'Pictures that its client uploaded for it, and that no other swap uses.' },
    WEBHOOKS: { description: "Posts to its client's webhook that are still to be delivered." },
    MODELSLAB: { description: "ModelsLab's copy of its results." },
  },
});

export const ErasureStates = enumOf(erasureStates);
registerEnumType(ErasureStates, {
  name: 'ErasureState',
  description: 'How far the erasure of a part has come.',
  valuesConfig: {
    DONE: { description: 'It is gone, or there was nothing to erase.' },
    PENDING: {
      description: 'Still to be done: the swap has not finished, or the part is retried, for up to 7 days.',
    },
    NOT_POSSIBLE: { description: 'The gateway cannot erase it; see `reason`.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'The erasure of one part.' })
export class ErasurePart {
  @Field(() => ErasureTargets, { description: 'The part.' })
  what!: string;

  @Field(() => ErasureStates, { description: 'How far its erasure has come.' })
  state!: string;

  @Field(() => String, { nullable: true, description: 'Why it is not done; null if it is.' })
  reason!: string | null;
}

@ObjectType({
  simpleResolvers: true,
  description: 'What is left of an erased swap, and proof of its erasure. Kept for 30 days.',
})
export class Erasure {
  @Field(() => ID, { description: 'The id of the swap.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When the erasure was requested.' })
  erasedAt!: number;

  @Field(() => [ErasurePart], { description: 'How far it has come, part by part.' })
  parts!: ErasurePart[];
}
