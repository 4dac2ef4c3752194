//! Copies of real settings, read back by git.

use std::fs;

use tempfile::TempDir;

use super::*;

struct User {
    home: TempDir,
    work: TempDir,
    out: TempDir,
    settings: Settings,
}

impl User {
    fn new() -> Option<Self> {
        let home = tempfile::tempdir().unwrap();
        let search = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
        let settings = Settings {
            search: search.to_vec(),
            variables: BTreeMap::from([("HOME".to_owned(), home.path().display().to_string())]),
        };
        if ProcessExecutor::new(settings.clone()).find("git").is_none() {
            println!("SKIPPED: git is not installed");
            return None;
        }
        Some(Self {
            home,
            work: tempfile::tempdir().unwrap(),
            out: tempfile::tempdir().unwrap(),
            settings,
        })
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.home.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn copy(&self) -> Result<Option<Identity>> {
        let processes = ProcessExecutor::new(self.settings.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let copy = Identity::copy(
            &processes,
            &self.settings,
            self.work.path(),
            self.out.path(),
        );
        runtime.block_on(copy)
    }

    /// What git reads in the copy.
    fn listed(identity: &Identity) -> Vec<String> {
        let output = std::process::Command::new("git")
            .args(["config", "--null", "--list", "--file"])
            .arg(identity.settings())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let mut records: Vec<String> = text
            .split('\0')
            .filter(|record| !record.is_empty() && !record.starts_with(EXCLUDES))
            .map(str::to_owned)
            .collect();
        records.sort();
        records
    }
}

#[test]
fn who_the_user_is_goes_in_and_what_opens_doors_stays_out() {
    let Some(user) = User::new() else { return };
    user.write(
        ".gitconfig",
        "[user]\n\tname = \"Ann \\\"A\\\" \\\\ Example; # x\"\n\temail = ann@example.org\n\
         [init]\n\tdefaultBranch = trunk\n[commit]\n\tgpgSign\n\
         [credential]\n\thelper = \"!echo password=hunter2\"\n\
         [url \"https://token@example.org/\"]\n\tinsteadOf = https://example.org/\n\
         [http]\n\textraHeader = \"Authorization: hunter2\"\n\
         [alias]\n\tx = \"!touch /tmp/x\"\n[core]\n\tfsmonitor = /bin/evil\n\thooksPath = /evil\n\
         [gpg]\n\tprogram = /bin/evil\n[include]\n\tpath = ~/secret.inc\n",
    );
    user.write(
        "secret.inc",
        "[user]\n\tsigningKey = hunter2\n\temail = late@example.org\n[github]\n\ttoken = hunter2\n",
    );
    user.write(".config/git/ignore", "*.swp\n");
    let identity = user.copy().unwrap().unwrap();
    assert_eq!(
        User::listed(&identity),
        [
            "commit.gpgsign\ntrue",
            "init.defaultbranch\ntrunk",
            "user.email\nann@example.org",
            "user.email\nlate@example.org",
            "user.name\nAnn \"A\" \\ Example; # x",
        ]
    );
    let files: Vec<PathBuf> = identity.files().cloned().collect();
    let texts: Vec<String> = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    assert!(!texts.concat().contains("hunter2"), "{texts:?}");
    assert!(!texts.concat().contains("evil"), "{texts:?}");
    assert_eq!(texts[1], "*.swp\n");
    drop(identity);
    assert!(files.iter().all(|file| !file.exists()));
}

#[test]
fn settings_are_found_where_git_finds_them() {
    let Some(mut user) = User::new() else { return };
    assert!(user.copy().unwrap().is_none());
    user.write(
        ".config/git/config",
        "[user]\n\tname = shared\n\temail = s@example.org\n",
    );
    user.write(
        ".gitconfig",
        "[user]\n\tname = own\n[core]\n\texcludesFile = ~/my-ignore\n",
    );
    user.write("my-ignore", "*.own\n");
    user.write(".config/git/ignore", "*.shared\n");
    let identity = user.copy().unwrap().unwrap();
    assert_eq!(
        User::listed(&identity),
        [
            "user.email\ns@example.org",
            "user.name\nown",
            "user.name\nshared"
        ]
    );
    let ignored = fs::read_to_string(identity.excludes.as_ref().unwrap()).unwrap();
    assert_eq!(ignored, "*.own\n");

    user.write("other", "[user]\n\tname = other\n");
    let other = user.home.path().join("other").display().to_string();
    user.settings
        .variables
        .insert("GIT_CONFIG_GLOBAL".to_owned(), other);
    let identity = user.copy().unwrap().unwrap();
    assert_eq!(User::listed(&identity), ["user.name\nother"]);
}

#[test]
fn a_condition_on_the_repository_holds() {
    let Some(user) = User::new() else { return };
    let work = user.work.path().canonicalize().unwrap();
    let made = std::process::Command::new("git")
        .args(["init", "--quiet"])
        .arg(&work)
        .status()
        .unwrap();
    assert!(made.success());
    let condition = format!(
        "[includeIf \"gitdir:{}/\"]\n\tpath = ~/work.inc\n",
        work.display()
    );
    user.write(
        ".gitconfig",
        &format!("[user]\n\temail = home@example.org\n{condition}"),
    );
    user.write("work.inc", "[user]\n\temail = work@example.org\n");
    let identity = user.copy().unwrap().unwrap();
    let text = fs::read_to_string(identity.settings()).unwrap();
    let last = text.lines().last().unwrap();
    assert!(last.contains("work@example.org"), "{text}");
}

#[test]
fn settings_that_git_cannot_read_are_said_to_be_so() {
    let Some(user) = User::new() else { return };
    user.write(".gitconfig", "[user\n");
    let failure = user.copy().unwrap_err();
    assert!(
        failure.hint.unwrap().contains("--global"),
        "{}",
        failure.message
    );
    user.write(".gitconfig", "[user]\n\tname = x\n");
    user.write(".config/git/ignore", &"x".repeat(LONGEST + 1));
    assert!(user.copy().unwrap_err().message.contains("1 MiB"));
}
