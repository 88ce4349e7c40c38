import { beforeEach, describe, expect, it, vi } from 'vitest';

const app = { me: 'u1', shout: '', told: [] as [string, string, any][], full: false,
  async fact(type: string, caseId: string, args: any) {
    app.told.push([type, caseId, args.sha256 ?? args.caption]);
    return { type: app.full ? 'note' : type };
  },
  large(text: string) { app.shout = text; } };
vi.mock('../src/app.svelte', () => ({ app }));
vi.mock('../src/parts/shrink', () => ({ shrink: async (file: any) => {
  if (file.broken) throw new Error('no picture');
  return { bytes: new TextEncoder().encode(file.name).buffer, mime: 'image/jpeg' };
} }));
vi.stubGlobal('navigator', { locks: null });
const { takePhoto, retakePhoto } = await import('../src/parts/camera');

/** What the browser makes of an input, as far as a camera goes. */
const inputs: any[] = [];
const camera = (file: object | null) => {
  const input = inputs.at(-1);
  input.files = file ? [file] : [];
  return input.onchange();
};

beforeEach(() => {
  inputs.length = 0;
  Object.assign(app, { me: 'u1', shout: '', told: [], full: false });
  vi.stubGlobal('document', {
    createElement: () => ({ dataset: {}, setAttribute: () => undefined, click: () => undefined, remove: () => undefined }),
    body: { append: (one: any) => inputs.push(one) },
  });
});

describe('a photo', () => {
  it('is kept for the case it was taken for, though no screen has asked for anything since', async () => {
    takePhoto('c1', '账号');

    await camera({ name: 'slip' });

    expect(app.told).toEqual([['photo', 'c1', expect.stringMatching(/^[0-9a-f]{64}$/)]]);
  });

  it('nobody took says nothing', async () => {
    takePhoto('c1', '账号');

    await camera(null);

    expect([app.told, app.shout]).toEqual([[], '']);
  });

  it('that is none is said large: the screen that asked may be gone', async () => {
    takePhoto('c1', '账号');

    await camera({ broken: true });

    expect([app.told, app.shout]).toEqual([[], 'rest.too_big']);
  });

  it('is nobody\'s where another member has signed in meanwhile', async () => {
    takePhoto('c1', '账号');
    app.me = 'u2';

    await camera({ name: 'slip' });

    expect([app.told, app.shout]).toEqual([[], 'rest.too_big']);
  });

  it('taken again: the old one goes when the new one is on the disk', async () => {
    retakePhoto('old', 'c1', '账号');

    await camera({ name: 'slip' });

    expect(app.told.map(([type, , what]) => [type, what === 'old'])).toEqual([['photo', false], ['drop_photo', true]]);
  });

  it('taken again on a full disk, which kept only its words: the old one stays', async () => {
    app.full = true;
    retakePhoto('old', 'c1', '账号');

    await camera({ name: 'slip' });

    expect(app.told.map(([type]) => type)).toEqual(['photo']);
  });
});
