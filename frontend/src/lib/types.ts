/** Wire shapes of docs/events.md, as far as the phone reads them. */

export type Id = string;
export type When = string;
export type Level = 'critical' | 'high' | 'medium' | 'low';
export type Status =
  | 'offered' | 'accepted' | 'en_route' | 'arrived' | 'concluded'
  | 'declined' | 'expired' | 'withdrawn' | 'recalled' | 'reassigned';
export type VictimState =
  | 'unknown' | 'aware' | 'doubtful' | 'denies' | 'hangs_up' | 'convinced' | 'transferring' | 'already_paid';
export type Basis =
  | 'none' | 'balance_seen' | 'slip_seen' | 'bank_says' | 'person_says' | 'family_says' | 'estimate';
export type SumKind = 'lost' | 'prevented' | 'stopped';

export interface Whereabouts {
  id: Id; text: string; detail: string; place_id: Id | null; place_kind: string | null;
  lng: number | null; lat: number | null; source: 'alert' | 'call' | 'relative' | 'bank' | 'crew';
  said_at: When; good_until: When;
}

export interface Member {
  user_id: Id; name: string; delivered_at: When | null; seen_at: When | null; answered_at: When | null;
  answer: 'accept' | 'decline' | null; reason: string; by_voice: boolean; stood_down_at: When | null;
  rung_at?: When | null; rung?: string | null;
}

export interface Step { after_s: number; do: 'ring' | 'next_crew' | 'supervisor' | 'expire'; next_team?: string | null }

export interface Assignment {
  id: Id; version: number; case_id: Id; case_number: string; center: Id; team: { id: Id; call_sign: string };
  shift_id: Id; round: number; support: boolean; status: Status; level: Level; scam_type: string; drill: boolean;
  sex: 'male' | 'female' | 'unknown'; victim_state?: VictimState; amount_at_risk_fen: number | null;
  paid_fen: number; next_transfer_at: When | null; due_at: When | null; whereabouts: Whereabouts | null; brief: string;
  calls: { at: When; result: string; state_after: string }[]; distance_m: number | null; eta_s: number | null;
  offered_at: When; offered_by_name: string; accepted_at: When | null; set_out_at: When | null;
  arrived_at: When | null; concluded_at: When | null; ended_at: When | null; end_reason: string;
  taken_by: string | null; ended_by_name?: string | null; late: boolean; arrived_far_m: number | null; ladder: Step[]; expires_at: When;
  members: Member[]; must_stand_down: boolean; stop_asked_at: When | null; help_at: When | null;
  check_in_at: When | null;
}

export interface Case {
  id: Id; version: number; number: string; level: Level; stage: string; victim_state: VictimState;
  person: { id: Id; name_mask: string; phone_mask: string; sex: 'male' | 'female' | 'unknown'; age: number | null; is_student: boolean };
  scam_type: string; confirmed_scam_type: string | null; amount_at_risk_fen: number | null;
  next_transfer_at: When | null; due_at: When | null; due_for: string; whereabouts: Whereabouts | null;
  calling: { call_id: Id; by: Id; by_name: string; since: When } | null; attempts: number; closed_at: When | null;
}

export interface Receipt { user_id: Id; name: string; delivered_at: When | null; seen_at: When | null }

export interface Message {
  id: Id; version: number; case_id: Id; assignment_id: Id; from: 'desk' | 'crew'; by: Id | null; by_name: string;
  canned: string | null; text: string; sent_at: When; receipts: Receipt[]; pending?: Word;
}

export interface ReportFields {
  met: string; state_after: string; effect: string; ineffective_reason: string; scam_type: string;
  lost_fen: number; lost_basis: Basis; prevented_fen: number; prevented_basis: Basis;
  stopped_fen: number; stopped_basis: Basis; words: string;
}

export interface Report extends ReportFields {
  id: Id; version: number; case_id: Id; assignment_id: Id; author: Id; author_name: string; filed_at: When;
  late: boolean; disputed: boolean; decided: boolean | null; pending?: Word;
}

export interface Indicator {
  id: Id; version: number; case_id: Id; assignment_id: Id | null; kind: string; mask: string; bank: string;
  added_at: When; by_name: string; source: string; pending?: Word;
}

export interface Note {
  id: Id; version: number; case_id: Id; kind: 'note' | 'photo'; text: string; sha256: string | null;
  pending: boolean | Word; at: When; by_name: string;
  /** A photo its member gave up. */
  dropped_at?: When | null;
}

export interface Notice {
  id: Id; version: number; case_id: Id; channel: string; contact_name: string; place_name: string | null;
  told_at: When | null; answered_at: When | null; reached_at: When | null;
  coming: 'coming' | 'not_coming' | null; coming_at: When | null;
}

export interface Call {
  id: Id; version: number; case_id: Id; by: Id; by_name: string; target: string; opened_at: When;
  closed_at: When | null; result: string | null; state_after: string | null; note: string;
}

export interface Line {
  id: Id; case_id: Id; at: When; code: string; params: Record<string, unknown>; actor: Id | null;
  actor_name: string; by_voice: boolean; estimated: boolean;
}

export interface Secret {
  case_id: Id; name: string; phone: string; id_number: string; address: string;
  relatives: { name: string; relation: string; phone: string }[]; suspects: string[];
}

export interface CrewMember {
  user_id: Id; name: string; duty: 'off' | 'standby' | 'break'; since: When | null; can_ring: boolean;
  ring_problem: string | null; heard_at: When | null; unsent: number; oldest_unsent_at: When | null;
}

export interface Shift {
  id: Id; version: number; team: { id: Id; call_sign: string }; starts_at: When; ends_at: When; members: CrewMember[];
}

export interface User { id: Id; username: string; name: string; role: string }
export interface Center { id: Id; name: string; phone: string; number: string; lng?: number; lat?: number }

export interface ScamType {
  code: string; parent: string | null; kind: string; name: Record<string, string>; short: Record<string, string>;
}

export interface Card {
  code: string; scam_type: string | null; victim_state: VictimState | null; lang: string; red_flags: string[];
  questions: string[]; talking_points: string[]; body: string;
}

export interface FeedEvent {
  seq: number; kind: string; v: number; subject: { kind: string; id: Id }; version: number; at: When;
  body: Record<string, unknown>; line?: Line; secret?: Secret; cmd_id?: Id;
}

/** The three honest words. */
export type Word = 'saved' | 'sent' | 'confirmed';

/** What the server last confirmed, by kind and id. */
export interface World {
  assignment: Record<Id, Assignment>;
  case: Record<Id, Case>;
  call: Record<Id, Call>;
  notice: Record<Id, Notice>;
  message: Record<Id, Message>;
  report: Record<Id, Report>;
  indicator: Record<Id, Indicator>;
  note: Record<Id, Note>;
  line: Record<Id, Line>;
  secret: Record<Id, Secret>;
  shift: Record<Id, Shift>;
}

export type Kind = keyof World;
export const KINDS: Kind[] = [
  'assignment', 'case', 'call', 'notice', 'message', 'report', 'indicator', 'note', 'line', 'secret', 'shift',
];

export const emptyWorld = (): World => ({
  assignment: {}, case: {}, call: {}, notice: {}, message: {}, report: {}, indicator: {}, note: {}, line: {},
  secret: {}, shift: {},
});
