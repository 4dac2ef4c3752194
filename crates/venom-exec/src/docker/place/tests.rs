use std::fs;
use std::os::unix::net::UnixListener;

use super::*;

fn of_host(host: &str) -> Surroundings {
    Surroundings {
        host: Some(host.to_owned()),
        ..Surroundings::default()
    }
}

#[test]
fn only_a_socket_of_this_machine_will_do() {
    let nothing = Surroundings::default();
    assert_eq!(nothing.socket(None).unwrap(), Path::new(USUAL));
    assert_eq!(nothing.socket(Some(" ")).unwrap(), Path::new(USUAL));
    for host in ["unix:///run/d.sock", "/run/d.sock"] {
        let place = Path::new("/run/d.sock");
        assert_eq!(nothing.socket(Some(host)).unwrap(), place);
        assert_eq!(of_host(host).socket(None).unwrap(), place);
        // What the configuration says goes before the environment.
        let socket = of_host("unix:///run/e.sock").socket(Some(host));
        assert_eq!(socket.unwrap(), place);
    }
    for host in [
        "tcp://10.0.0.1:2375",
        "ssh://me@there",
        "npipe:////./pipe/docker",
        "http://h",
    ] {
        let failure = nothing.socket(Some(host)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{host}");
        assert!(failure.message.contains(host), "{host}");
        assert_eq!(of_host(host).socket(None).unwrap_err(), failure);
    }
}

#[test]
fn a_context_names_the_socket_as_for_the_engines_own_program() {
    let folder = tempfile::tempdir().unwrap();
    let surroundings = Surroundings {
        settings: Some(folder.path().to_owned()),
        ..Surroundings::default()
    };
    // What `docker context create rootless --docker host=unix:///run/user/1/docker.sock` writes; the
    // name of the folder is `printf rootless | sha256sum`.
    let meta = folder
        .path()
        .join("contexts/meta")
        .join("12b961af5feb3e9d39f93b2cefb9a1a944f18d02cca0cac2f04f5a982240605f");
    fs::create_dir_all(&meta).unwrap();
    let write = |host: &str| {
        let text = format!(
            r#"{{"Name":"rootless","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}","SkipTLSVerify":false}}}}}}"#
        );
        fs::write(meta.join("meta.json"), text).unwrap();
    };
    write("unix:///run/user/1/docker.sock");
    // It has to be chosen.
    assert_eq!(surroundings.socket(None).unwrap(), Path::new(USUAL));
    let choose = |name: &str| {
        let text = format!(r#"{{"auths": {{}}, "currentContext": "{name}"}}"#);
        fs::write(folder.path().join("config.json"), text).unwrap();
    };
    choose("rootless");
    let theirs = Path::new("/run/user/1/docker.sock");
    assert_eq!(surroundings.socket(None).unwrap(), theirs);
    choose("default");
    assert_eq!(surroundings.socket(None).unwrap(), Path::new(USUAL));
    let by_variable = Surroundings {
        context: Some("rootless".to_owned()),
        ..surroundings.clone()
    };
    assert_eq!(by_variable.socket(None).unwrap(), theirs);
    let by_host = Surroundings {
        host: Some("unix:///h.sock".to_owned()),
        ..by_variable.clone()
    };
    assert_eq!(by_host.socket(None).unwrap(), Path::new("/h.sock"));
    // One on another machine, one that is not there, and one that is no name of a folder.
    write("ssh://me@there");
    let failure = by_variable.socket(None).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("context `rootless`"), "{failure}");
    for name in ["other", "../../x"] {
        choose(name);
        let failure = surroundings.socket(None).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Missing, "{name}");
    }
    fs::write(folder.path().join("config.json"), "\u{0}").unwrap();
    assert_eq!(surroundings.socket(None).unwrap(), Path::new(USUAL));
}

#[test]
fn an_engine_without_root_is_found_where_it_listens() {
    let folder = tempfile::tempdir().unwrap();
    let [first, own, desktop] =
        ["usual.sock", "docker.sock", "run/docker.sock"].map(|name| folder.path().join(name));
    let surroundings = Surroundings {
        runtime: Some(folder.path().to_owned()),
        settings: Some(folder.path().to_owned()),
        ..Surroundings::default()
    };
    assert_eq!(surroundings.usual(&first), first);
    fs::create_dir(folder.path().join("run")).unwrap();
    let _desktop = UnixListener::bind(&desktop).unwrap();
    assert_eq!(surroundings.usual(&first), desktop);
    let own_listener = UnixListener::bind(&own).unwrap();
    assert_eq!(surroundings.usual(&first), own);
    let _first = UnixListener::bind(&first).unwrap();
    assert_eq!(surroundings.usual(&first), first);
    // A socket that nobody listens on is passed over.
    fs::remove_file(&first).unwrap();
    drop(own_listener);
    assert_eq!(surroundings.usual(&first), desktop);
}
