/** PURE. So many things among so many, as evenly as whole numbers allow. */
export function share(things: number, among: number): number[] {
  return Array.from({ length: among }, (_, i) => Math.floor((things + among - 1 - i) / among));
}
