import { expect, it } from 'vitest';
import { LEASE_GRACE_MS } from '../src/lib/constants';
import { endLease, isLeaseOver, leaseEnd } from '../src/sync/lease';
import { Vault } from '../src/sync/vault';
import type { Store } from '../src/sync/store';
import { CASE, commandRow, freshStore } from './fake';

const END = '2026-11-23T00:30:00Z';
const at = (when: string) => Date.parse(when);

async function withCase(): Promise<Store> {
  const store = await freshStore();
  await Vault.open(store);
  await store.write(['base', 'drafts', 'commands'], async (tx) => {
    await tx.objectStore('base').put({ kind: 'case', id: CASE, case_id: CASE, version: 1, body: {}, at: 0 });
    await tx.objectStore('drafts').put({ subject: CASE, form: 'note', values: 'x', updated_at: 0 });
    await tx.objectStore('commands').put(commandRow({ seq: 1, text: '{"word":1}', args: { text: 'x' }, status: 'settled' }));
  });
  return store;
}

it('runs with the shift, and with every word of the server', () => {
  expect(leaseEnd(END, at('2026-11-22T10:00:00Z'))).toBe(at(END) + LEASE_GRACE_MS);
  expect(leaseEnd(END, at('2026-11-23T02:00:00Z'))).toBe(at('2026-11-23T02:00:00Z') + LEASE_GRACE_MS);
  expect(leaseEnd(null, at(END))).toBe(at(END) + LEASE_GRACE_MS);
});

it('is over only after its time, and never where none was noted', async () => {
  const store = await freshStore();
  expect(await isLeaseOver(store, at(END))).toBe(false);
  await store.setMeta({ lease_until: at(END) });
  expect([await isLeaseOver(store, at(END)), await isLeaseOver(store, at(END) + 1)]).toEqual([false, true]);
});

it('takes key, cases, drafts and words with it', async () => {
  const store = await withCase();

  expect(await endLease(store)).toBe(true);

  expect([await store.allBase(), await store.draft(CASE, 'note'), await store.meta('vault_key')]).toEqual([[], undefined, undefined]);
  expect((await store.allCommands()).map((row) => [row.seq, row.text, row.args])).toEqual([[1, '', {}]]);
  expect(await store.meta('feed_gen')).toBe('');
});

it('touches nothing while something is unsent', async () => {
  const store = await withCase();
  await store.write(['commands'], async (tx) => void (await tx.objectStore('commands').put(commandRow({ seq: 2, status: 'queued' }))));

  expect(await endLease(store)).toBe(false);

  expect((await store.allBase()).length).toBe(1);
  expect(await store.meta('vault_key')).toBeDefined();
});
