/** Money: integer fen inside, yuan on the screen, words to read back. */

const DIGITS = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
const UNITS = ['', '十', '百', '千'];
const GROUPS = { 'zh-Hans': ['', '万', '亿', '万亿'], 'zh-Hant': ['', '萬', '億', '萬億'] };

/** 6000000 → "60,000"; fen only when there are any. */
export function yuan(fen: number): string {
  const whole = Math.floor(fen / 100);
  const rest = fen % 100;
  const text = String(whole).replace(/\B(?=(\d{3})+$)/g, ',');
  return rest ? `${text}.${String(rest).padStart(2, '0')}` : text;
}

/** 6000000 → "六万元整": a nought too many is heard at once. */
export function inWords(fen: number, lang: 'zh-Hans' | 'zh-Hant'): string {
  const whole = Math.floor(fen / 100);
  const words = whole === 0 ? DIGITS[0]! : groupsInWords(whole, GROUPS[lang]);
  const jiao = Math.floor((fen % 100) / 10);
  const rest = fen % 10;
  if (!jiao && !rest) return `${words}元整`;
  return `${words}元${jiao ? `${DIGITS[jiao]}角` : DIGITS[0]}${rest ? `${DIGITS[rest]}分` : ''}`;
}

function groupsInWords(whole: number, names: string[]): string {
  const groups: number[] = [];
  for (let left = whole; left > 0; left = Math.floor(left / 10000)) groups.push(left % 10000);
  let words = '';
  for (let i = groups.length - 1; i >= 0; i--) {
    const group = groups[i]!;
    const gap = words !== '' && group < 1000 && group > 0 && !words.endsWith(DIGITS[0]!);
    if (group) words += (gap ? DIGITS[0]! : '') + groupInWords(group) + names[i]!;
  }
  return words.replace(/^一十/, '十');
}

function groupInWords(group: number): string {
  let words = '';
  let zero = false;
  for (let place = 3; place >= 0; place--) {
    const digit = Math.floor(group / 10 ** place) % 10;
    if (digit === 0) zero = words !== '';
    else {
      words += (zero ? DIGITS[0]! : '') + DIGITS[digit]! + UNITS[place]!;
      zero = false;
    }
  }
  return words;
}

/** The keypad: digits append, 万 and 千 multiply what stands there; never past 14 digits of yuan. */
export function press(digits: string, key: string): string {
  const acts: Record<string, (now: string) => string> = {
    back: (now) => now.slice(0, -1),
    clear: () => '',
    wan: (now) => (now ? `${now}0000` : ''),
    qian: (now) => (now ? `${now}000` : ''),
  };
  const next = (acts[key] ?? ((now: string) => now + key))(digits).replace(/^0+(?=\d)/, '');
  return next.length > 12 ? digits : next;
}
