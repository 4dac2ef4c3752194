//! Secrets of a place in a container: the host that a value belongs to gets it, everybody else the
//! placeholder, and nothing in the container holds it.

use venom_kernel::confine::SecretUse;

use super::*;
use crate::egress::world::{Identity, Names, Seen, Server, ok};
use crate::secret::{CANARY, Keeper};

fn repeat(seen: &Seen) -> Vec<u8> {
    ok(&format!("{}{}", seen.head, seen.body))
}

fn of(key: &str, host: String) -> BTreeMap<String, SecretUse> {
    let asked = SecretUse {
        key: key.to_owned(),
        hosts: vec![host],
    };
    BTreeMap::from([("TOKEN".to_owned(), asked)])
}

#[tokio::test]
async fn the_right_host_gets_the_value_and_the_container_never_does() {
    let Some(mut bench) = bench().await else {
        return;
    };
    let identity = Identity::new(&["a.test"]);
    let names = Names::default();
    for name in ["a.test", "b.test"] {
        names.set(name, &[&["127.0.0.1"]]);
    }
    bench.sandbox = sandbox(bench.layers(), host())
        .with_secrets(Arc::new(Keeper))
        .with_trust(identity.trust())
        .with_resolver(Arc::new(names));
    let (right, wrong) = (Server::start(repeat), Server::start(repeat));
    let mut place = bench.place("secrets");
    place.confinement.network = vec![
        format!("a.test:{} private", right.port),
        format!("b.test:{} private", wrong.port),
    ];
    place.confinement.secrets = of("token", format!("a.test:{} plain", right.port));
    let cell = bench.open(place).await;
    for (name, port) in [("a.test", right.port), ("b.test", wrong.port)] {
        let script = format!(
            "printf \"GET http://{name}:{port}/ HTTP/1.1\\r\\nHost: {name}:{port}\\r\\n\
             X-Key: $TOKEN\\r\\nConnection: close\\r\\n\\r\\n\" | nc -w 20 127.0.0.1 3128 | tee answer.txt"
        );
        let said = bench.run(&cell, &script).await.stdout.text();
        assert!(said.contains("venom-secret-TOKEN"), "{name}: {said}");
        assert!(!said.contains("canary"), "{name}: {said}");
    }
    assert!(right.only().head.contains(&format!("X-Key: {CANARY}")));
    assert!(wrong.only().head.contains("X-Key: venom-secret-TOKEN"));
    // The pattern is put together inside, so that it does not find itself. Whom commands trust is seen
    // where the variable says, and cannot be changed.
    let script = "env; head -n 1 \"$SSL_CERT_FILE\"; echo x >> \"$SSL_CERT_FILE\" || echo kept; \
         p=can; p=${p}ary-value; \
         grep -l $p /proc/[0-9]*/environ /proc/[0-9]*/cmdline && echo FOUND; \
         grep -rl $p /tmp /home /etc /var . && echo FOUND; echo searched";
    let finished = bench.run(&cell, script).await;
    let said = finished.stdout.text();
    for line in [
        "TOKEN=venom-secret-TOKEN",
        "-----BEGIN CERTIFICATE-----",
        "kept",
        "searched",
    ] {
        assert!(said.lines().any(|said| said == line), "{line} in {said}");
    }
    assert!(!said.contains("FOUND"), "{said}");
    bench.close(&cell).await.unwrap();
    drop(cell);
    bench.gone("secrets").await;
    // The file that says whom to trust goes away with the place.
    assert_eq!(bench.folders(), Vec::<String>::new());
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_opens_no_container() {
    let Some(mut bench) = bench().await else {
        return;
    };
    bench.sandbox = sandbox(bench.layers(), host()).with_secrets(Arc::new(Keeper));
    let mut place = bench.place("nosecret");
    place.confinement.network = vec!["a.test".to_owned()];
    place.confinement.secrets = of("other", "a.test".to_owned());
    let failure = bench.sandbox.open_confined(place).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Missing, "{failure}");
    // Without a host there is nobody to send it to, so that it is not even asked for.
    let mut place = bench.place("nosecret");
    place.confinement.secrets = of("other", "a.test".to_owned());
    let cell = bench.open(place).await;
    let said = bench.run(&cell, "echo $TOKEN").await.stdout.text();
    assert_eq!(said, "venom-secret-TOKEN\n");
    bench.close(&cell).await.unwrap();
}
