const delay = 1000 * 2 ** attempt + Math.random() * 100;
setTimeout(retry, delay);
