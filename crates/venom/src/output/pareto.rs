//! The Pareto front of the models, as `venom_kernel::route::plot` draws it, in colours.

use venom_kernel::model::Privacy;
use venom_kernel::route::plot::{MARGIN, Point, plot};

use super::Paint;
use super::table::table;

/// Draws the models on a terminal of so many columns; a terminal that is too narrow gets a plot that
/// is too wide for it rather than none.
pub(crate) fn draw(points: &[Point], columns: usize, paint: Paint) -> String {
    if points.is_empty() {
        return "There are no models to draw.\n".to_owned();
    }
    let plot = plot(points, columns);
    let mut text = String::new();
    for row in &plot.rows {
        // All of it is ASCII.
        let (label, cells) = row.split_at_checked(MARGIN).unwrap_or((row, ""));
        text.push_str(&paint.dim(label));
        for cell in cells.chars() {
            match cell {
                'A'..='Z' | '*' => text.push_str(&paint.strong(&cell.to_string())),
                ' ' => text.push(' '),
                _ => text.push_str(&paint.dim(&cell.to_string())),
            }
        }
        text.push('\n');
    }
    for line in &plot.axis {
        text.push_str(&paint.dim(line));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&list(&plot.listed, paint));
    text
}

fn list(listed: &[(char, Point)], paint: Paint) -> String {
    let rows: Vec<Vec<String>> = listed
        .iter()
        .map(|(mark, point)| {
            let place = match point.privacy {
                Privacy::Local => "local",
                Privacy::Cloud => "cloud",
            };
            let front = if point.is_front { "front" } else { "behind" };
            vec![
                mark.to_string(),
                point.model.to_string(),
                format!("{}.{} %", point.quality / 10, point.quality % 10),
                point.cost.to_string(),
                point.took.to_string(),
                place.to_owned(),
                front.to_owned(),
            ]
        })
        .collect();
    let head = ["", "model", "success", "cost", "time", "where", ""];
    let text = table(&head, &rows);
    let mut lines = text.lines();
    let mut painted = String::new();
    painted.extend(lines.next().map(|head| format!("{}\n", paint.dim(head))));
    for (line, (_, point)) in lines.zip(listed) {
        let line = if point.is_front {
            line.to_owned()
        } else {
            paint.dim(line)
        };
        painted.push_str(&line);
        painted.push('\n');
    }
    painted
}

#[cfg(test)]
mod tests;
