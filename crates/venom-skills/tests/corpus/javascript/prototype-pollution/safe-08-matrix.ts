export function fill(grid: number[][], value: number) {
  for (let row = 0; row < grid.length; row++) {
    for (let column = 0; column < grid[row].length; column++) {
      grid[row][column] = value;
    }
  }
}
