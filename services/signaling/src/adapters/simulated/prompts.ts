import type { Handle } from '../../domain/switch.ts';
import type { World } from './world.ts';

export interface SimulatedPrompt {
  readonly promptId: string;
  readonly leg: Handle;
  readonly durationMs: number;
  /** Takes the end back; undefined while an earlier prompt still plays to the leg. */
  stop: (() => void) | undefined;
}

const end = (world: World, prompt: SimulatedPrompt, outcome: 'completed' | 'cut_short'): void => {
  prompt.stop?.();
  world.prompts.delete(prompt.promptId);
  world.endedPrompts.add(prompt.promptId);
  world.report({ type: 'prompt-ended', promptId: prompt.promptId, outcome });
};

/** Prompts of one leg play one after the other, in the order in which they were asked for. */
const playNext = (world: World, leg: Handle): void => {
  const next = [...world.prompts.values()].find((prompt) => prompt.leg === leg);
  if (!next || next.stop) return;
  next.stop = world.clock.after(next.durationMs, () => {
    end(world, next, 'completed');
    playNext(world, leg);
  });
  world.report({ type: 'prompt-started', promptId: next.promptId });
};

export const play = (world: World, promptId: string, leg: Handle, durationMs: number): void => {
  world.prompts.set(promptId, { promptId, leg, durationMs, stop: undefined });
  playNext(world, leg);
};

export const stopPrompt = (world: World, promptId: string): void => {
  const prompt = world.prompts.get(promptId);
  if (!prompt) return;
  end(world, prompt, 'cut_short');
  playNext(world, prompt.leg);
};

/** Cuts short what plays or waits to be played to a leg: it is gone, or talks to somebody from now on. */
export const endPromptsOf = (world: World, leg: Handle): void => {
  const prompts = [...world.prompts.values()].filter((prompt) => prompt.leg === leg);
  for (const prompt of prompts) end(world, prompt, 'cut_short');
};
