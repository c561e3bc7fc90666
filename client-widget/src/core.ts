export function start() { return { call: async () => undefined, destroy() {} }; }
