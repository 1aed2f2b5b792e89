import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { provenanceStates } from '../../swap/labeler.js';
import { UrlScalar } from './scalars.js';

export const ProvenanceStates = Object.fromEntries(provenanceStates.map((state) => [state, state]));

registerEnumType(ProvenanceStates, {
  name: 'ProvenanceState',
  description: 'Whether a file carries a machine-readable mark that AI took part in making it.',
  valuesConfig: {
    LABELED: { description: 'The file carries the mark, in its XMP metadata.' },
    PRESERVED: {
      description: 'The file came with C2PA data, which any change would invalidate. It is as it came.',
    },
    UNSUPPORTED: { description: 'The format of the file cannot be labeled. It is as it came.' },
    UNREADABLE: { description: 'The file is damaged. It is as it came.' },
    NONE: { description: 'The file carries no mark, since labels are switched off.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'What a file says about its origin.' })
export class Provenance {
  @Field(() => ProvenanceStates, { description: 'Whether the file carries a machine-readable mark.' })
  state!: string;

  @Field(() => UrlScalar, {
    nullable: true,
    description: "IPTC's digital source type, as the file states it; null if it states none.",
  })
  digitalSourceType!: string | null;

  @Field(() => String, { description: 'What to tell people who see the picture.' })
  disclosure!: string;
}
