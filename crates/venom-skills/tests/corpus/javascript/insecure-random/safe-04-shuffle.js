function shuffle(cards) {
  return cards.sort(() => Math.random() - 0.5);
}
