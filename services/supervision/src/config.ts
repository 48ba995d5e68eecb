import { configOf } from '@earshot/service-kit';
import { Type } from 'typebox';

/** What supervision is configured with, besides the variables of every service. */
export const supervisionConfig = configOf({
  CALL_STREAMS: Type.Integer({
    default: 500,
    minimum: 1,
    maximum: 10_000,
    description: 'Most streams of current calls that this process serves at once; more are refused (503)',
  }),
  CALL_STREAMS_PER_CALLER: Type.Integer({
    default: 20,
    minimum: 1,
    maximum: 10_000,
    description: 'Most of them that one caller, by name, has at once; more are refused (503)',
  }),
});
