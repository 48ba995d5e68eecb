import { makeGreeting } from '@earshot/asterisk';
import { defaultGreetings } from '@earshot/contracts';
import { connectToNats, openSettingsLog } from '@earshot/event-log';

/**
 * Speaks every greeting of the tenant into audio, and each that is changed later, for a switch that plays files.
 * Ends with its disposal.
 */
export const speakGreetings = async (
  natsUrl: string,
  onProblem: (sentence: string) => void,
): Promise<AsyncDisposable> => {
  const connection = await connectToNats({ url: natsUrl, name: 'greetings' });
  const view = await openSettingsLog({ connection, tenant: 'demo' }).view();
  const speak = (text: string): Promise<unknown> =>
    makeGreeting(text).catch((error: unknown) =>
      onProblem(`A greeting could not be spoken: ${error instanceof Error ? error.message : String(error)}`),
    );
  view.onChange(({ kind, id }) => {
    const greeting = kind === 'greetings' ? view.get('greetings', id) : undefined;
    if (greeting) void speak(greeting.value.text);
  });
  for (const text of new Set([
    ...Object.values(defaultGreetings),
    ...view.all('greetings').map(({ value }) => value.text),
  ]))
    await speak(text);
  return {
    [Symbol.asyncDispose]: async () => {
      await view[Symbol.asyncDispose]();
      await connection.close();
    },
  };
};
