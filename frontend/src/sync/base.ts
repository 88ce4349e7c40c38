/** The confirmed world: rows on disk, the same in memory; whole bodies, so applying one twice is harmless. */

import { emptyWorld, KINDS, type FeedEvent, type Id, type Kind, type Secret, type World } from '../lib/types';
import type { BaseRow } from './store';

const isKind = (kind: string): kind is Kind => (KINDS as string[]).includes(kind);

/** Return the rows an event leaves on disk; kinds this phone does not keep leave none. */
export function rowsOf(event: FeedEvent, now: number): BaseRow[] {
  const rows: BaseRow[] = [];
  const { kind, id } = event.subject;
  if (isKind(kind)) rows.push({ kind, id, case_id: caseOf(kind, event.body), version: event.version, body: event.body, at: now });
  if (event.line) rows.push({ kind: 'line', id: event.line.id, case_id: event.line.case_id, version: 1, body: event.line, at: now });
  if (event.secret) rows.push(secretRow(event.secret, now));
  return rows;
}

/** Return every row of a snapshot. */
export function rowsOfSnapshot(snapshot: any, now: number): BaseRow[] {
  const lists: [Kind, any[]][] = [
    ['assignment', snapshot.assignments], ['case', snapshot.cases], ['call', snapshot.calls],
    ['notice', snapshot.notices], ['message', snapshot.messages], ['report', snapshot.reports],
    ['indicator', snapshot.indicators], ['note', snapshot.notes], ['line', snapshot.lines],
    ['shift', snapshot.crew ? [snapshot.crew] : []],
  ];
  const rows = lists.flatMap(([kind, items]) =>
    (items ?? []).map((body) => ({ kind, id: body.id, case_id: caseOf(kind, body), version: body.version ?? 1, body, at: now })));
  return [...rows, ...Object.values<Secret>(snapshot.secrets ?? {}).map((secret) => secretRow(secret, now))];
}

const secretRow = (secret: Secret, at: number): BaseRow =>
  ({ kind: 'secret', id: secret.case_id, case_id: secret.case_id, version: 1, body: secret, at });

const caseOf = (kind: string, body: any): Id | null => (kind === 'case' ? body.id : (body.case_id ?? null));

/** Tell whether `next` may replace what is there: never an older version. */
export const isNewer = (there: BaseRow | undefined, next: BaseRow): boolean => !there || next.version >= there.version;

/** Return the world with these rows in it; untouched kinds keep their identity. */
export function withRows(world: World, rows: BaseRow[]): World {
  const next: any = { ...world };
  const touched = new Set<string>();
  for (const row of rows) {
    if (!isKind(row.kind)) continue;
    if (!touched.has(row.kind)) next[row.kind] = { ...next[row.kind] };
    touched.add(row.kind);
    next[row.kind][row.id] = row.body;
  }
  return next;
}

export const worldOf = (rows: BaseRow[]): World => withRows(emptyWorld(), rows);
