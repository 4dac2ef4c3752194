function extend(target, source) {
  for (const key of Object.keys(source)) {
    if (Object.prototype.hasOwnProperty.call(target, key) && typeof source[key] === 'object') {
      extend(target[key], source[key]);
    } else {
      target[key] = source[key];
    }
  }
}
