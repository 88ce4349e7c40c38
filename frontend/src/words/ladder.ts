import { t, type Word } from './index.svelte';

/** What the ladder does next, naming the crew where it is known. */
export const nextStep = (next: { do: string; team: string | null }): string =>
  next.do === 'next_crew' && next.team ? t('ladder.next_crew.named', { team: next.team }) : t(`ladder.${next.do}.what` as Word);
