use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use super::{Resolve, addresses};
use crate::egress::address::{AddressClass, Private};
use crate::egress::decision::{Breakdown, Refusal, Stop};
use crate::egress::host::Host;

/// Gives each answer once.
struct Answers(Mutex<Vec<Vec<IpAddr>>>);

#[async_trait]
impl Resolve for Answers {
    async fn resolve(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(self.0.lock().unwrap().remove(0))
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn check(found: &[&str], private: Private, expected: Result<&[&str], Stop>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let answers = Answers(Mutex::new(vec![
        found.iter().map(|text| ip(text)).collect(),
    ]));
    let host = Host::parse("name.example").unwrap();
    let patience = Duration::from_secs(10);
    let outcome = runtime.block_on(addresses(&answers, &host, 443, private, patience));
    let expected = expected.map(|texts| {
        texts
            .iter()
            .map(|text| SocketAddr::new(ip(text), 443))
            .collect::<Vec<_>>()
    });
    assert_eq!(outcome, expected, "{found:?}");
    // A second look-up would have panicked for want of an answer; this one was taken.
    assert!(answers.0.lock().unwrap().is_empty());
}

fn refused(addresses: &[(&str, AddressClass)]) -> Stop {
    let addresses = addresses.iter().map(|(text, class)| (ip(text), *class));
    Stop::Refused(Refusal::Addresses(addresses.collect()))
}

#[test]
fn only_addresses_of_the_open_internet_are_kept() {
    use AddressClass as Class;
    check(&["8.8.8.8"], Private::Refused, Ok(&["8.8.8.8"]));
    check(
        &["10.0.0.1", "8.8.8.8", "127.0.0.1", "2606:4700::1111"],
        Private::Refused,
        Ok(&["8.8.8.8", "2606:4700::1111"]),
    );
    check(
        &["10.0.0.1", "::1"],
        Private::Refused,
        Err(refused(&[
            ("10.0.0.1", Class::Private),
            ("::1", Class::Loopback),
        ])),
    );
    check(
        &["10.0.0.1", "8.8.8.8"],
        Private::Permitted,
        Ok(&["10.0.0.1", "8.8.8.8"]),
    );
    check(
        &["169.254.169.254", "fe80::1"],
        Private::Permitted,
        Err(refused(&[
            ("169.254.169.254", Class::Metadata),
            ("fe80::1", Class::LinkLocal),
        ])),
    );
    check(&[], Private::Refused, Err(Breakdown::NoAddress.into()));
}
