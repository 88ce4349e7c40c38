/** A photo small enough to send from a cellar: at most 1600 px, JPEG; the original stays in the camera. */

const SIDE = 1600;
const QUALITY = 0.8;

export async function shrink(file: File): Promise<{ bytes: ArrayBuffer; mime: string }> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
  if (!blob) throw new Error('no picture');
  // Bytes, not the file object: stored File objects have come back broken on iOS.
  return { bytes: await blob.arrayBuffer(), mime: blob.type };
}
