function deepMerge(target, source) {
  for (const [key, value] of Object.entries(source)) {
    if (value && typeof value === 'object') {
      target[key] = deepMerge(target[key] || {}, value); // expect: prototype-pollution
    } else {
      target[key] = value; // expect: prototype-pollution
    }
  }
  return target;
}
