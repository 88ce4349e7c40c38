import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('navigator', { locks: null });
const { turns } = await import('../src/parts/handing');

describe('the handover asks', () => {
  it('one thing at a time: a hold during the poll waits for it, and has its own answer', async () => {
    const sent: string[] = [];
    let polled: (answer: string) => void = () => undefined;
    const inTurn = turns();
    const poll = inTurn.ask(() => (sent.push('poll'), new Promise<string>((answer) => (polled = answer))));
    await Promise.resolve();

    const signed = inTurn.ask(async () => (sent.push('sign'), 'still_taken'));

    expect([sent, inTurn.busy]).toEqual([['poll'], true]);
    polled('open');
    expect([await poll, await signed, sent]).toEqual(['open', 'still_taken', ['poll', 'sign']]);
    await Promise.resolve();
    expect(inTurn.busy).toBe(false);
  });

  it('the next thing also where the last one failed', async () => {
    const inTurn = turns();

    await expect(inTurn.ask(async () => Promise.reject(new Error('the disk')))).rejects.toThrow('disk');

    expect(await inTurn.ask(async () => 'open')).toBe('open');
  });
});
