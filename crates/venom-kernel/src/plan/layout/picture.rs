//! Lines of text between the steps of a plan.
//!
//! Between two columns lines run in tracks. What leads from the same steps to the same steps shares a
//! track; tracks stand in an order in which no line runs along another one, and where there is no such
//! order a line takes a detour below the picture. A line that only passes another one is drawn as a
//! bridge. Nothing here knows how a step is called: labels have a width, and whoever draws fills them.

use std::collections::{BTreeMap, BTreeSet};

use super::Layout;

/// Which way the plan runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the left to the right: short names, few steps in a chain.
    Across,
    /// From the top to the bottom: for narrow places.
    Down,
}

/// The characters of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// `-`, `|` and `+`.
    Ascii,
    /// Box drawing.
    Boxes,
}

/// Blanks between labels that stand side by side where the plan runs down.
const GAP: usize = 2;

/// A drawn plan: labels and the lines between them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picture {
    /// Characters in a line.
    pub width: usize,
    /// Lines.
    pub height: usize,
    /// Where the labels stand.
    pub labels: Vec<Label>,
    strokes: BTreeMap<(usize, usize), Stroke>,
}

/// Where a step is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// The step.
    pub step: usize,
    /// The first character.
    pub x: usize,
    /// The line.
    pub y: usize,
    /// How many characters there are.
    pub width: usize,
}

/// A character of a line, by the sides that it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stroke {
    left: bool,
    right: bool,
    up: bool,
    down: bool,
    /// Whether two lines meet here that have nothing to do with each other.
    is_bridge: bool,
}

impl Stroke {
    /// Returns the character.
    pub const fn glyph(self, glyphs: Glyphs) -> char {
        let boxes = match (self.left, self.right, self.up, self.down) {
            (true, true, true, true) if self.is_bridge => '│',
            (true, true, true, true) => '┼',
            (true, true, true, false) => '┴',
            (true, true, false, true) => '┬',
            (true, false, true, true) => '┤',
            (false, true, true, true) => '├',
            (true, false, true, false) => '╯',
            (true, false, false, true) => '╮',
            (false, true, true, false) => '╰',
            (false, true, false, true) => '╭',
            (_, _, false, false) => '─',
            (false, false, _, _) => '│',
        };
        match glyphs {
            Glyphs::Boxes => boxes,
            Glyphs::Ascii => match boxes {
                '─' => '-',
                '│' => '|',
                _ => '+',
            },
        }
    }

    /// Tells whether lines pass each other here.
    pub const fn is_bridge(self) -> bool {
        self.is_bridge
    }

    /// Tells to which sides it leads: left, right, up, down.
    pub const fn sides(self) -> [bool; 4] {
        [self.left, self.right, self.up, self.down]
    }
}

/// Lines between two columns that lead from the same knots to the same knots.
#[derive(Debug, Clone, Default)]
struct Bus {
    from: BTreeSet<usize>,
    to: BTreeSet<usize>,
}

impl Bus {
    fn span(&self) -> (usize, usize) {
        let rows = || self.from.iter().chain(&self.to).copied();
        (rows().min().unwrap_or(0), rows().max().unwrap_or(0))
    }

    fn is_straight(&self) -> bool {
        let (low, high) = self.span();
        low == high
    }

    fn ends_at(&self, row: usize) -> bool {
        self.from.contains(&row) || self.to.contains(&row)
    }
}

/// The lines between two columns, in tracks.
#[derive(Debug, Clone, Default)]
struct Gutter {
    /// Lines with the track of each; straight ones have none.
    buses: Vec<(Bus, Option<usize>)>,
    tracks: usize,
}

impl Picture {
    /// Draws a layout. `width` says how many characters the label of a step takes.
    pub fn new(layout: &Layout, direction: Direction, width: impl Fn(usize) -> usize) -> Self {
        let mut spare = layout.rows();
        let gutters: Vec<Gutter> = (0..layout.columns().len())
            .map(|column| gutter(layout, column, &mut spare))
            .collect();
        let width = |step: usize| width(step).max(1);
        let sizes = Sizes::new(layout, direction, &gutters, spare, &width);
        let mut picture = Self::default();
        for (column, knots) in layout.columns().iter().enumerate() {
            let start = sizes.start(column);
            let depth = sizes.depth(column);
            let inset = direction.inset(column);
            for knot in knots.iter().filter_map(|knot| layout.knots().get(*knot)) {
                let cross = sizes.cross(knot.row);
                let taken = match knot.step {
                    Some(step) => {
                        let (x, y) = direction.turn(start + inset, cross);
                        picture.labels.push(Label {
                            step,
                            x,
                            y,
                            width: width(step),
                        });
                        match direction {
                            Direction::Across => inset + width(step) + 1,
                            Direction::Down => 1,
                        }
                    }
                    None => 0,
                };
                let is_linked = !knot.next.is_empty();
                for main in start + taken..start + depth {
                    if is_linked {
                        picture.along(direction, main, cross);
                    }
                }
            }
            if let Some(gutter) = gutters.get(column) {
                picture.gutter(direction, gutter, start + depth, &sizes);
            }
        }
        picture.measure();
        picture
    }

    /// Returns the characters of the lines, with where they stand: column and line.
    pub fn strokes(&self) -> impl Iterator<Item = (usize, usize, Stroke)> {
        self.strokes
            .iter()
            .map(|((y, x), stroke)| (*x, *y, *stroke))
    }

    /// Returns the characters of the lines in a part of one line of the picture, with their columns.
    pub fn line(&self, y: usize, x: usize, width: usize) -> impl Iterator<Item = (usize, Stroke)> {
        let part = (y, x)..(y, x.saturating_add(width));
        self.strokes
            .range(part)
            .map(|((_, x), stroke)| (*x, *stroke))
    }

    /// Returns the character of a line at a place.
    pub fn stroke(&self, x: usize, y: usize) -> Option<Stroke> {
        self.strokes.get(&(y, x)).copied()
    }

    /// Writes the picture as text, with these labels.
    pub fn text(&self, glyphs: Glyphs, label: impl Fn(usize) -> String) -> String {
        let mut lines = vec![vec![' '; self.width]; self.height];
        for (x, y, stroke) in self.strokes() {
            if let Some(slot) = lines.get_mut(y).and_then(|line| line.get_mut(x)) {
                *slot = stroke.glyph(glyphs);
            }
        }
        for place in &self.labels {
            let Some(line) = lines.get_mut(place.y) else {
                continue;
            };
            let room = line.iter_mut().skip(place.x).take(place.width);
            for (slot, c) in room.zip(label(place.step).chars()) {
                *slot = c;
            }
        }
        let mut text = String::new();
        for line in lines {
            let line: String = line.into_iter().collect();
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn measure(&mut self) {
        let labels = self.labels.iter();
        let right = labels.clone().map(|label| label.x + label.width);
        let low = labels.map(|label| label.y + 1);
        self.width = right
            .chain(self.strokes.keys().map(|(_, x)| x + 1))
            .max()
            .unwrap_or(0);
        self.height = low
            .chain(self.strokes.keys().map(|(y, _)| y + 1))
            .max()
            .unwrap_or(0);
    }

    /// A line that runs the way of the plan.
    fn along(&mut self, direction: Direction, main: usize, cross: usize) {
        self.put(direction, main, cross, |side| {
            matches!(side, Side::Back | Side::Forth)
        });
    }

    fn put(&mut self, direction: Direction, main: usize, cross: usize, has: impl Fn(Side) -> bool) {
        let (x, y) = direction.turn(main, cross);
        let stroke = self.strokes.entry((y, x)).or_default();
        for side in [Side::Back, Side::Forth, Side::Less, Side::More] {
            if has(side) {
                stroke.set(direction, side);
            }
        }
    }

    fn gutter(&mut self, direction: Direction, gutter: &Gutter, from: usize, sizes: &Sizes) {
        let lead = direction.lead();
        let room = direction.room(gutter.tracks);
        for (bus, track) in &gutter.buses {
            let Some(track) = track else {
                for row in &bus.from {
                    for main in from..from + room {
                        self.along(direction, main, sizes.cross(*row));
                    }
                }
                continue;
            };
            let here = from + lead + track;
            for row in &bus.from {
                let cross = sizes.cross(*row);
                for main in from..here {
                    self.along(direction, main, cross);
                }
                self.put(direction, here, cross, |side| side == Side::Back);
            }
            for row in &bus.to {
                let cross = sizes.cross(*row);
                for main in here + 1..from + room {
                    self.along(direction, main, cross);
                }
                self.put(direction, here, cross, |side| side == Side::Forth);
            }
        }
        for (bus, track) in &gutter.buses {
            let Some(track) = track else { continue };
            let here = from + lead + track;
            let (low, high) = bus.span();
            let ends: BTreeSet<usize> = (low..=high)
                .filter(|row| bus.ends_at(*row))
                .map(|row| sizes.cross(row))
                .collect();
            let (low, high) = (sizes.cross(low), sizes.cross(high));
            for cross in low..=high {
                let (x, y) = direction.turn(here, cross);
                let passes = self.strokes.contains_key(&(y, x)) && !ends.contains(&cross);
                self.put(direction, here, cross, |side| {
                    (side == Side::Less && cross > low) || (side == Side::More && cross < high)
                });
                if passes && let Some(stroke) = self.strokes.get_mut(&(y, x)) {
                    stroke.is_bridge = true;
                }
            }
        }
    }
}

/// A side of a character, by the way of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Back,
    Forth,
    Less,
    More,
}

impl Stroke {
    const fn set(&mut self, direction: Direction, side: Side) {
        match (direction, side) {
            (Direction::Across, Side::Back) | (Direction::Down, Side::Less) => self.left = true,
            (Direction::Across, Side::Forth) | (Direction::Down, Side::More) => self.right = true,
            (Direction::Across, Side::Less) | (Direction::Down, Side::Back) => self.up = true,
            (Direction::Across, Side::More) | (Direction::Down, Side::Forth) => self.down = true,
        }
    }
}

impl Direction {
    const fn turn(self, main: usize, cross: usize) -> (usize, usize) {
        match self {
            Self::Across => (main, cross),
            Self::Down => (cross, main),
        }
    }

    /// The blank that parts a name from the line before it.
    const fn inset(self, column: usize) -> usize {
        match self {
            Self::Across if column > 0 => 1,
            Self::Across | Self::Down => 0,
        }
    }

    /// Characters before the first track.
    const fn lead(self) -> usize {
        match self {
            Self::Across => 1,
            Self::Down => 0,
        }
    }

    /// Characters between two columns with so many tracks.
    const fn room(self, tracks: usize) -> usize {
        match self {
            Self::Across => tracks + 2,
            Self::Down if tracks == 0 => 1,
            Self::Down => tracks,
        }
    }
}

/// How much room columns and rows take.
struct Sizes {
    starts: Vec<usize>,
    depths: Vec<usize>,
    crosses: Vec<usize>,
}

impl Sizes {
    fn new(
        layout: &Layout,
        direction: Direction,
        gutters: &[Gutter],
        rows: usize,
        width: &dyn Fn(usize) -> usize,
    ) -> Self {
        let mut widest_row = vec![0_usize; rows];
        let mut starts = Vec::new();
        let mut depths = Vec::new();
        let mut start = 0;
        for (column, knots) in layout.columns().iter().enumerate() {
            let mut depth = 1;
            for knot in knots.iter().filter_map(|knot| layout.knots().get(*knot)) {
                let Some(step) = knot.step else { continue };
                if direction == Direction::Across {
                    depth = depth.max(direction.inset(column) + width(step) + 1);
                }
                if let Some(slot) = widest_row.get_mut(knot.row) {
                    *slot = (*slot).max(width(step));
                }
            }
            starts.push(start);
            depths.push(depth);
            let tracks = gutters.get(column).map_or(0, |gutter| gutter.tracks);
            start += depth + direction.room(tracks);
        }
        let mut cross = 0;
        let crosses = widest_row
            .into_iter()
            .map(|widest| {
                let here = cross;
                cross += match direction {
                    Direction::Across => 1,
                    Direction::Down => widest + GAP,
                };
                here
            })
            .collect();
        Self {
            starts,
            depths,
            crosses,
        }
    }

    fn start(&self, column: usize) -> usize {
        self.starts.get(column).copied().unwrap_or(0)
    }

    fn depth(&self, column: usize) -> usize {
        self.depths.get(column).copied().unwrap_or(1)
    }

    fn cross(&self, row: usize) -> usize {
        self.crosses.get(row).copied().unwrap_or(0)
    }
}

/// Puts the lines behind a column into tracks. A detour takes a row of its own, `spare`.
fn gutter(layout: &Layout, column: usize, spare: &mut usize) -> Gutter {
    let mut shared: BTreeMap<Vec<usize>, Bus> = BTreeMap::new();
    for knot in layout.columns().get(column).into_iter().flatten() {
        let Some(knot) = layout.knots().get(*knot) else {
            continue;
        };
        let mut to: Vec<usize> = knot.next.iter().map(|to| layout.row(*to)).collect();
        to.sort_unstable();
        if !to.is_empty() {
            let bus = shared.entry(to.clone()).or_default();
            bus.from.insert(knot.row);
            bus.to.extend(to);
        }
    }
    let mut gutter = Gutter::default();
    let (straight, open): (Vec<Bus>, Vec<Bus>) = shared.into_values().partition(Bus::is_straight);
    gutter
        .buses
        .extend(straight.into_iter().map(|bus| (bus, None)));
    let mut open: Vec<(Bus, Option<usize>)> = open.into_iter().map(|bus| (bus, Some(0))).collect();
    open.sort_by_key(|(bus, _)| bus.span());
    let mut late: Vec<(Bus, Option<usize>)> = Vec::new();
    while !open.is_empty() {
        // A line must not come in on a row before the one that goes out there has left it.
        let free = open.iter().enumerate().position(|(index, (bus, _))| {
            !open.iter().enumerate().any(|(other, (leaving, _))| {
                other != index && bus.to.iter().any(|row| leaving.from.contains(row))
            })
        });
        if let Some(index) = free {
            let (bus, _) = open.remove(index);
            gutter.place(bus);
            continue;
        }
        // They wait for each other in a circle: the first one goes around.
        let (bus, _) = open.remove(0);
        let around = *spare;
        *spare += 1;
        gutter.place(Bus {
            from: bus.from,
            to: BTreeSet::from([around]),
        });
        late.push((
            Bus {
                from: BTreeSet::from([around]),
                to: bus.to,
            },
            None,
        ));
    }
    for (bus, _) in late {
        gutter.place(bus);
    }
    gutter
}

impl Gutter {
    /// Gives a line the first track in which it meets nothing and comes in behind what goes out.
    fn place(&mut self, bus: Bus) {
        let (low, high) = bus.span();
        let mut first = 0;
        for (other, track) in &self.buses {
            let Some(track) = *track else { continue };
            if other.from.iter().any(|row| bus.to.contains(row)) {
                first = first.max(track + 1);
            }
        }
        let is_free = |track: usize| {
            !self.buses.iter().any(|(other, taken)| {
                let (other_low, other_high) = other.span();
                *taken == Some(track) && other_low <= high && low <= other_high
            })
        };
        let mut track = first;
        while !is_free(track) {
            track += 1;
        }
        self.tracks = self.tracks.max(track + 1);
        self.buses.push((bus, Some(track)));
    }
}
