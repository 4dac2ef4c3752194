//! The pages are complete and say the same every time.

use venom_ports::skill::SkillRegistry as _;
use venom_skills::registry::Registry;

use super::*;

#[test]
fn pages_are_deterministic_and_whole() {
    let registry = Registry::new();
    let once = pages(registry.manifests());
    assert_eq!(once, pages(registry.manifests()));
    for (name, text) in &once {
        // A document for programs has no place for a remark.
        let is_remarked = text.starts_with(GENERATED);
        assert_eq!(is_remarked, *name != "openapi.json", "{name}");
        assert!(text.ends_with('\n'), "{name}");
        assert!(!text.contains('\u{1b}'), "{name} holds escapes");
    }
    let [cli, codes, events, config, _, actions, openapi, _] = &once;
    for verb in ["run", "why", "log verify", "config show"] {
        assert!(cli.1.contains(&format!("## venom {verb}\n")), "{verb}");
    }
    assert_eq!(codes.1.matches("\n| ").count(), exit::TABLE.len() + 1);
    assert_eq!(events.1.matches("\n| `").count(), Event::ALL.len());
    for action in ["files.write", "test.run", "shell.run"] {
        assert!(actions.1.contains(&format!("| `{action}` |")), "{action}");
    }
    for path in ["/v1/runs", "/v1/runs/{run}/stream", "/v1/tokens"] {
        assert!(openapi.1.contains(&format!("\"{path}\"")), "{path}");
    }
    for key in Key::ALL {
        assert!(config.1.contains(&format!("## {key}\n")), "{key}");
    }
}
