/** The same driver inside a browser's page: real IndexedDB, locks, fetch and sockets; asked through `window.obey`. */

import * as browser from '../../src/sync/browser';
import { DrivenPhone, obey, type Asked } from './phone';

const phones = new Map<string, DrivenPhone>();
const make = ({ phone, user, speed }: Asked): DrivenPhone => new DrivenPhone(phone, user, browser, speed ?? 1);
(window as any).obey = (asked: Asked) => obey(phones, make, asked).then((told) => told ?? null);
