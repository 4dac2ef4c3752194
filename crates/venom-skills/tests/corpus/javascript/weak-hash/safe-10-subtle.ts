export async function digest(data: ArrayBuffer) {
  return crypto.subtle.digest('SHA-256', data);
}
