const pattern = /(\d+)-(\d+)/;

function parse(range) {
  const match = pattern.exec(range);
  return match && [match[1], match[2]];
}
