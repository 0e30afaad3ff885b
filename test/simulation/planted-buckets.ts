import { headers, type Msg } from 'nats';
import type { BucketState } from '../../src/nats/buckets/bucket-reader.ts';
import { keySubject } from '../../src/nats/connection/subjects.ts';
import type { Question } from './jetstream.ts';
import { SimulatedMessage } from './simulated-message.ts';
import type { Sabotage } from './world.ts';

// What is done instead, where a rule of the buckets and their watch is taken away.

/** A bucket with more keys is read from the last told revision on, and earlier revisions are not compared. */
export function comparesUpTo(most: number): Sabotage {
  return {
    tampering: () => ({
      reader: (reader, told) => {
        const all = reader.all.bind(reader);
        reader.all = async function* (state) {
          const isMuch = state.keys > most && told.size > 0;
          const seen = isMuch ? Math.max(...[...told.values()].map(({ revision }) => revision)) : 0;
          for await (const chunk of all(state)) yield chunk.filter(({ revision }) => revision > seen);
          if (isMuch) yield [...told.values()];
        };
      },
    }),
  };
}

/** After a read the leader is taken for the same as before. */
export function trustsAnyLeader(): Sabotage {
  return {
    tampering: () => ({
      reader: (reader) => {
        let before: BucketState | undefined;
        const all = reader.all.bind(reader);
        const state = reader.state.bind(reader);
        reader.all = (began) => {
          before = began;
          return all(began);
        };
        reader.state = async () => {
          const now = await state();
          const leader = before === undefined ? now.leader : before.leader;
          before = undefined;
          return { ...now, leader };
        };
      },
    }),
  };
}

/** A scan is over when JetStream says so, whether or not all keys arrived. */
export function trustsTheEndOfAScan(): Sabotage {
  return {
    bus: () => {
      const came = new Map<string, number>();
      return {
        answered: ({ subject }, message) => {
          const scan = subject.slice(subject.lastIndexOf('.') + 1);
          if (subject.includes('.CONSUMER.MSG.NEXT.') && message.reply !== undefined) {
            came.set(scan, (came.get(scan) ?? 0) + 1);
          }
          if (!subject.includes('.CONSUMER.INFO.')) return message;
          return new SimulatedMessage('', JSON.stringify({ delivered: { consumer_seq: came.get(scan) ?? 0 } }));
        },
      };
    },
  };
}

/** The last write wins, whatever revision it expected. */
export function writesUnconditionally(bucket: string): Sabotage {
  return {
    bus: () => ({
      asked: (question) =>
        question.subject.startsWith(keySubject(bucket, ''))
          ? { ...question, headers: withoutCondition(question) }
          : question,
    }),
  };
}

/** A change that contradicts what was told shows nothing: neither a revision that was heard before, nor one that does not follow its key. */
export function overhearsWhatDoesNotFit(): Sabotage {
  return {
    bus: () => {
      const last = new Map<string, number>();
      return {
        heard: (_, message) => {
          const fields = headers();
          const stream = message.headers?.get('Nats-Stream') ?? '';
          const revision = Number(message.headers?.get('Nats-Sequence'));
          if (revision <= (last.get(stream) ?? 0)) return undefined;
          last.set(stream, revision);
          for (const name of ['Nats-Stream', 'Nats-Sequence', 'KV-Operation']) {
            const value = message.headers?.get(name);
            if (value) fields.set(name, value);
          }
          return new SimulatedMessage(message.subject, message.string(), { headers: fields });
        },
        answered: ({ subject }, message) => {
          if (!subject.includes('.STREAM.INFO.')) return message;
          const info = message.json<{ state?: { last_seq: number } }>();
          if (info.state === undefined) return message;
          const stream = subject.slice(subject.lastIndexOf('.') + 1);
          last.set(stream, Math.min(last.get(stream) ?? 0, info.state.last_seq));
          return new SimulatedMessage('', JSON.stringify({ ...info, state: { ...info.state, last_ts: undefined } }));
        },
      };
    },
  };
}

function withoutCondition({ headers: fields }: Question): Msg['headers'] {
  const operation = fields?.get('KV-Operation');
  if (!operation) return undefined;
  const kept = headers();
  kept.set('KV-Operation', operation);
  return kept;
}
