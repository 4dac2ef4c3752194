export function extend(a: any, b: any): any {
  Object.keys(b).forEach((key) => {
    if (a[key] && typeof b[key] === 'object') {
      extend(a[key], b[key]);
    } else {
      a[key] = b[key]; // expect: prototype-pollution
    }
  });
  return a;
}
