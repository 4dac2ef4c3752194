const counts = {};

function count(words) {
  for (const word of words) {
    counts[word] = (counts[word] || 0) + 1;
  }
}
