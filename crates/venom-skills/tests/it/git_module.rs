//! `git.analyze-module`.

use serde_json::{Value, json};
use venom_ports::FailureKind;

use crate::world::{World, column, text};

fn shop(world: &World) {
    world.write("shop/__init__.py", "");
    world.write(
        "shop/auth/__init__.py",
        "from .views import login\n__all__ = ['login']\n",
    );
    world.write(
        "shop/auth/views.py",
        "import os.path\nfrom os import sep\nfrom shop import db\n\n\ndef login():\n    pass\n",
    );
    world.write("shop/db.py", "def open_db():\n    pass\n");
    world.write(
        "shop/app.py",
        "from shop.auth import login\n\nif __name__ == '__main__':\n    login()\n",
    );
    world.write("web/app.ts", "import { x } from './auth';\n");
    world.write("shop/auth/logo.png", b"\x89PNG\0\0");
}

#[test]
fn describes_a_package() {
    let world = World::repository();
    shop(&world);
    world.commit("Begin");
    world.write(
        "shop/auth/views.py",
        "import os\nfrom shop import db\n\n\ndef login(user):\n    pass\n",
    );
    world.commit("Ask for the user");
    world.write("shop/db.py", "def open_db():\n    return 1\n");
    world.commit("Elsewhere");
    let result = world.call("git.analyze-module", json!({"path": "shop/auth"}));
    assert_eq!(
        column(&result["files"], "path"),
        ["shop/auth/__init__.py", "shop/auth/views.py"]
    );
    assert_eq!(result["lines"], 8);
    assert_eq!(column(&result["entry_points"], "name"), ["login", "login"]);
    assert_eq!(
        result["dependents"],
        json!([{"path": "shop/app.py", "line": 1, "statement": "from shop.auth import login"}])
    );
    let imports = |name: &str| {
        let found = result["imports"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == name);
        found.map(|one| one["internal"].clone())
    };
    assert_eq!(imports("os"), Some(Value::Bool(false)));
    assert_eq!(imports("shop.db"), Some(Value::Bool(true)));
    let history = &result["history"];
    assert_eq!(
        (&history["commits"], &history["authors"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(history["subjects"], json!(["Ask for the user", "Begin"]));
    assert_eq!(
        history["hot_files"][0],
        json!({"path": "shop/auth/views.py", "commits": 2})
    );
    assert!(
        text(&result).contains("## Used by (1)"),
        "{}",
        text(&result)
    );
}

#[test]
fn works_without_a_repository_or_git() {
    for world in [
        World::new(),
        World::new().without("git"),
        World::repository(),
    ] {
        shop(&world);
        let result = world.call("git.analyze-module", json!({"path": "shop/app.py"}));
        assert_eq!(result["history"], Value::Null);
        assert_eq!(column(&result["entry_points"], "kind"), ["main"]);
        let whole = world.call("git.analyze-module", json!({"path": "."}));
        assert_eq!(whole["files_count"], 6);
    }
}

#[test]
fn a_path_that_is_not_there_is_said() {
    let failure = World::new().fails("git.analyze-module", json!({"path": "nope"}));
    assert_eq!(failure.kind, FailureKind::Missing);
    assert!(failure.hint.is_some());
}

#[test]
fn who_uses_a_module_is_found_behind_twenty_thousand_other_files() {
    let world = World::new();
    world.write("auth/__init__.py", "def login():\n    pass\n");
    for number in 0..20_200 {
        world.write(&format!("many/f{number:05}.py"), "");
    }
    world.write("zoo/gate.py", "import auth\n");
    let result = world.call("git.analyze-module", json!({"path": "auth"}));
    assert_eq!(column(&result["dependents"], "path"), ["zoo/gate.py"]);
    let many = world.call("git.analyze-module", json!({"path": "many"}));
    assert_eq!(many["files_count"], 20_200);
}
