//! The JUnit XML of node: suites are elements, tests are cases, and the totals are comments at the end.

use roxmltree::Node;

use super::super::draft::Draft;
use super::super::{ParseError, Runner, junit};
use super::{Ending, Failure, Point, Verdict};

/// Reads the points and the number of tests in the summary.
pub(super) fn read(
    draft: &mut Draft,
    source: &str,
    exit_code: Option<i32>,
) -> Result<(Vec<Point>, Option<usize>), ParseError> {
    let source = junit::clean(source);
    let document = match junit::open(Runner::NodeTest, &source) {
        Ok(document) => document,
        // A killed run leaves a document without its end.
        Err(error) if exit_code.is_none() => {
            draft.doubt(&error.to_string());
            return Ok((Vec::new(), None));
        }
        Err(error) => return Err(error),
    };
    let elements = document.descendants().filter(Node::is_element);
    let points = elements.filter_map(point_of).collect();
    let comments = document.descendants().filter(Node::is_comment);
    let told = comments
        .filter_map(|comment| comment.text()?.trim().strip_prefix("tests ")?.parse().ok())
        .next_back();
    Ok((points, told))
}

fn point_of(node: Node<'_, '_>) -> Option<Point> {
    let has_children = match node.tag_name().name() {
        "testcase" => false,
        "testsuite" => true,
        _ => return None,
    };
    let mut path: Vec<&str> = node
        .ancestors()
        .filter_map(|node| node.attribute("name"))
        .collect();
    path.reverse();
    let verdict = if has_children {
        Verdict::Passed
    } else {
        verdict_of(node)
    };
    Some(Point {
        path: path.join(" > "),
        has_children,
        verdict,
    })
}

fn verdict_of(case: Node<'_, '_>) -> Verdict {
    let child = |name: &str| case.children().find(|child| child.has_tag_name(name));
    if let Some(skipped) = child("skipped") {
        // A skip without a reason is written as `true`.
        let reason = skipped
            .attribute("message")
            .filter(|reason| *reason != "true");
        return Verdict::Skipped(reason.unwrap_or_default().to_owned());
    }
    let Some(failure) = child("failure") else {
        return Verdict::Passed;
    };
    let text = failure.text().unwrap_or_default();
    let message = if text.trim().is_empty() {
        failure.attribute("message").unwrap_or_default()
    } else {
        text
    };
    // node prints the error object of a broken file with the fate of its process as properties.
    let property = |name: &str| {
        let (_, rest) = text.split_once(name)?;
        rest.split([',', '}'])
            .next()
            .map(|value| value.trim().trim_matches('\''))
    };
    let process =
        property("exitCode:").map(|code| Ending::of(code, property("signal:").unwrap_or_default()));
    Verdict::Broken(Failure {
        kind: failure.attribute("type").unwrap_or_default().to_owned(),
        message: message.to_owned(),
        process,
    })
}
