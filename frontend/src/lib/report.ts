/** The report while it is filled in: what is required, what is missing, what only facts may prefill. */

import type { Assignment, Basis, Case, Report, ReportFields, SumKind } from './types';

export const SUMS: SumKind[] = ['lost', 'prevented', 'stopped'];
export const MET = ['person', 'family', 'other', 'nobody'];
export const EFFECTS = ['dissuaded', 'self_aware', 'not_dissuaded', 'ineffective'];
export const STATES_AFTER = ['aware', 'doubtful', 'convinced', 'denies', 'transferring', 'already_paid'];
export const INEFFECTIVE = ['not_home', 'wrong_address', 'moved', 'out_of_town', 'refused_door'];
export const BASES: Basis[] = ['balance_seen', 'slip_seen', 'bank_says', 'person_says', 'family_says', 'estimate'];

/** The field that is missing, as the form's sections are named. */
export type Missing = 'met' | 'state' | 'effect' | 'ineffective' | 'type' | SumKind;

/** Defaults come only from facts: type from the alert, state from the door, sums 0. Effect and basis never. */
export function fresh(row: Assignment, known: Case | undefined, stateAt: string | null): ReportFields {
  const state = stateAt && known ? known.victim_state : '';
  return {
    met: '', state_after: state === 'unknown' ? '' : state, effect: '', ineffective_reason: '', scam_type: row.scam_type ?? '',
    lost_fen: 0, lost_basis: 'none', prevented_fen: 0, prevented_basis: 'none', stopped_fen: 0, stopped_basis: 'none', words: '',
  };
}

export const fieldsOf = (report: Report | ReportFields): ReportFields => {
  const { met, state_after, effect, ineffective_reason, scam_type, lost_fen, lost_basis, prevented_fen, prevented_basis, stopped_fen, stopped_basis, words } = report;
  return { met, state_after, effect, ineffective_reason, scam_type, lost_fen, lost_basis, prevented_fen, prevented_basis, stopped_fen, stopped_basis, words };
};

/** What the server would miss too; in the order of the form. */
export function missing(form: ReportFields): Missing[] {
  const lacks: [Missing, boolean][] = [
    ['met', !form.met],
    ['state', !form.state_after && form.met !== 'nobody'],
    ['effect', !form.effect],
    ['ineffective', form.effect === 'ineffective' && !form.ineffective_reason],
    ['type', !form.scam_type],
    ...SUMS.map((sum): [Missing, boolean] => [sum, form[`${sum}_fen`] > 0 && form[`${sum}_basis`] === 'none']),
  ];
  return lacks.filter(([, lack]) => lack).map(([name]) => name);
}

/** As it goes up: nobody was met leaves the state as unknown; an unneeded reason is dropped. */
export const complete = (form: ReportFields): ReportFields => ({
  ...form,
  state_after: form.state_after || 'unknown',
  ineffective_reason: form.effect === 'ineffective' ? form.ineffective_reason : '',
});

/** Ten times the known sum is asked about once. */
export const isSurprising = (fen: number, knownFen: number | null): boolean => Boolean(knownFen && fen >= knownFen * 10);
