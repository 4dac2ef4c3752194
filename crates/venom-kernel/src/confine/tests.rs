use super::*;

fn path(text: &str) -> RelPath {
    RelPath::new(text).unwrap()
}

#[test]
fn a_fence_hides_secrets_at_any_depth_and_in_any_case() {
    let fence = Fence::of(&Confinement {
        hidden: vec!["secrets/prod".to_owned(), "*.kdbx".to_owned()],
        protected: vec!["AGENTS.md".to_owned()],
        ..Confinement::default()
    });
    for hidden in [
        ".env",
        "a/b/.env",
        ".env.local",
        "deploy/.ENV",
        "keys/server.pem",
        ".ssh/config",
        "secrets/prod/a",
        "x/pass.kdbx",
        ".git/config",
        "id_ed25519",
    ] {
        assert!(
            fence.hides(&path(hidden)) && fence.keeps(&path(hidden)),
            "{hidden}"
        );
    }
    for seen in [
        "env",
        "a.env",
        "environment.py",
        "pem",
        "secrets/test",
        "x/secrets/prod",
        "src/id.rs",
    ] {
        assert!(!fence.hides(&path(seen)), "{seen}");
    }
    for kept in [
        ".mcp.json",
        ".vscode/tasks.json",
        ".git/hooks/pre-commit",
        ".envrc",
        "AGENTS.md",
    ] {
        assert!(fence.keeps(&path(kept)), "{kept}");
    }
    assert!(!fence.keeps(&path("src/main.rs")) && !fence.keeps(&path("sub/.vscodex/a")));
    assert!(!Fence::default().keeps(&path(".env")));
}

#[test]
fn a_star_stands_for_any_characters() {
    for (pattern, name, fits) in [
        ("a*", "a", true),
        ("a*c", "abc", true),
        ("a*c", "ab", false),
        ("*b*", "abc", true),
        ("a*b*c", "axbyc", true),
        ("a*b*c", "ac", false),
        ("ab", "abc", false),
    ] {
        assert_eq!(is_like(pattern, name), fits, "{pattern} {name}");
    }
}
