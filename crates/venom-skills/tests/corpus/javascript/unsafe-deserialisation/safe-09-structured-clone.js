export const copy = (value) => structuredClone(value);
