const bytes = crypto.getRandomValues(new Uint8Array(16));
const token = Array.from(bytes, (byte) => byte.toString(16)).join('');
