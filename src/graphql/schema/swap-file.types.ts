import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ArchiveState as State } from '../../swap/files.js';
import { Provenance } from './provenance.types.js';
import { DateTimeScalar, SafeIntScalar, UrlScalar } from './scalars.js';

export const ArchiveState: Record<State, State> = {
  NONE: 'NONE',
  PENDING: 'PENDING',
  STORED: 'STORED',
  FAILED: 'FAILED',
};
registerEnumType(ArchiveState, {
  name: 'ArchiveState',
  description: "Whether the gateway has its own copies of a swap's pictures.",
  valuesConfig: {
    NONE: {
      description: 'There is nothing to copy, or the gateway does not archive: URLs are those of ModelsLab.',
    },
    PENDING: {
      description:
        'The pictures are being copied. Their URLs work already: until there is a copy, the gateway passes on what ModelsLab has.',
    },
    STORED: { description: 'The gateway has a copy of every picture, until the swap expires.' },
    FAILED: {
      description:
        'At least one picture could not be copied. Its URL works only for as long as ModelsLab keeps the picture.',
    },
  },
});

@ObjectType({
  simpleResolvers: true,
  description:
    'A picture of a result, in the order of `output`. Fields that are known only of a copy are null until there is one.',
})
export class SwapFile {
  @Field(() => UrlScalar, {
    description:
      "The gateway's own URL of the picture, the same as in `output`. Whoever has it can read the picture. It works from the first SUCCEEDED on, until `expiresAt`.",
  })
  url!: string;

  @Field(() => String, { nullable: true, description: 'Media type of the copy, such as `image/jpeg`.' })
  contentType!: string | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'Size of the copy, in bytes.' })
  bytes!: number | null;

  @Field(() => Int, { nullable: true, description: 'Width in pixels; also null if the file does not tell.' })
  width!: number | null;

  @Field(() => Int, { nullable: true, description: 'Height in pixels; also null if the file does not tell.' })
  height!: number | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 of the copy, hexadecimal.' })
  sha256!: string | null;

  @Field(() => UrlScalar, {
    description: "ModelsLab's URL of the picture, which works for an unspecified time.",
  })
  sourceUrl!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 of the bytes that ModelsLab delivered, hexadecimal; differs from `sha256` if the copy is labeled.',
  })
  sourceSha256!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the copy was stored.' })
  archivedAt!: number | null;

  @Field(() => Provenance, { nullable: true, description: 'What the copy says about its origin.' })
  provenance!: Provenance | null;

  @Field(() => DateTimeScalar, {
    description:
      'When `url` stops working: when the swap expires, or earlier if the gateway issues short-lived URLs. Reading the swap again then gives a new one.',
  })
  expiresAt!: number;
}
