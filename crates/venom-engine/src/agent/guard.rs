//! Files that tell models and servers what to do. A model does not change them unless the user's goal
//! names them: what it writes there would be an order to whoever works in the folder next, or would run
//! elsewhere with other rights.

/// What models are told by, with the words by which a goal means it.
const TOLD: (&[&str], &[&str]) = (
    &[
        "AGENTS.md",
        "CLAUDE.md",
        "GEMINI.md",
        ".cursorrules",
        ".cursor",
        ".claude",
        ".github/copilot-instructions.md",
    ],
    &[
        "agents.md",
        "claude.md",
        "gemini.md",
        "cursor",
        "copilot",
        "agent instructions",
        "instructions for agents",
    ],
);

/// What servers run when the project is pushed, with the words by which a goal means it.
const RUN: (&[&str], &[&str]) = (
    &[
        ".github/workflows",
        ".github/actions",
        ".gitlab-ci.yml",
        ".circleci",
        ".travis.yml",
        ".drone.yml",
        ".woodpecker.yml",
        ".woodpecker",
        ".buildkite",
        "Jenkinsfile",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml",
    ],
    &[
        "ci",
        "workflow",
        "workflows",
        "pipeline",
        "pipelines",
        "github action",
        "github actions",
        "gitlab-ci",
        "circleci",
        "travis",
        "drone",
        "woodpecker",
        "buildkite",
        "jenkinsfile",
        "jenkins",
        "continuous integration",
    ],
);

/// Returns the patterns of what a model may read and not change for a goal.
pub(crate) fn guarded(goal: &str) -> Vec<String> {
    let said = said(goal);
    [TOLD, RUN]
        .iter()
        .filter(|(_, names)| !names.iter().any(|name| said.contains(&format!(" {name} "))))
        .flat_map(|(patterns, _)| patterns.iter().map(|pattern| (*pattern).to_owned()))
        .collect()
}

/// Returns the words of a goal between single spaces. Folders count as words of their own.
fn said(goal: &str) -> String {
    let words = goal
        .to_lowercase()
        .replace(['/', '\\', '"', '`', '\''], " ");
    let words: Vec<&str> = words
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests;
