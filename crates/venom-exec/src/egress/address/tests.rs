use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::{AddressClass, Private, classify, classify_here};

fn check(text: &str, expected: AddressClass) {
    assert_eq!(classify(text.parse().unwrap()), expected, "{text}");
}

#[test]
fn each_kind_of_address_is_known_at_its_edges() {
    use AddressClass as Class;
    for (text, class) in [
        ("0.0.0.0", Class::Unspecified),
        ("0.255.255.255", Class::Unspecified),
        ("1.0.0.0", Class::Public),
        ("9.255.255.255", Class::Public),
        ("10.0.0.0", Class::Private),
        ("10.255.255.255", Class::Private),
        ("11.0.0.0", Class::Public),
        ("100.63.255.255", Class::Public),
        ("100.64.0.0", Class::CarrierNat),
        ("100.100.100.200", Class::Metadata),
        ("100.127.255.255", Class::CarrierNat),
        ("100.128.0.0", Class::Public),
        ("127.0.0.1", Class::Loopback),
        ("127.255.255.255", Class::Loopback),
        ("128.0.0.0", Class::Public),
        ("168.63.129.16", Class::Metadata),
        ("169.253.255.255", Class::Public),
        ("169.254.0.0", Class::LinkLocal),
        ("169.254.169.254", Class::Metadata),
        ("169.254.170.2", Class::Metadata),
        ("172.15.255.255", Class::Public),
        ("172.16.0.0", Class::Private),
        ("172.31.255.255", Class::Private),
        ("172.32.0.0", Class::Public),
        ("192.0.0.1", Class::Reserved),
        ("192.0.0.192", Class::Metadata),
        ("192.0.2.1", Class::Documentation),
        ("192.88.99.1", Class::Translated),
        ("192.168.0.0", Class::Private),
        ("192.169.0.0", Class::Public),
        ("198.17.255.255", Class::Public),
        ("198.18.0.0", Class::Benchmarking),
        ("198.19.255.255", Class::Benchmarking),
        ("198.51.100.7", Class::Documentation),
        ("203.0.113.7", Class::Documentation),
        ("223.255.255.255", Class::Public),
        ("224.0.0.0", Class::Multicast),
        ("239.255.255.255", Class::Multicast),
        ("240.0.0.0", Class::Reserved),
        ("255.255.255.255", Class::Broadcast),
        ("::", Class::Unspecified),
        ("::1", Class::Loopback),
        ("::2", Class::Embedded),
        ("::127.0.0.1", Class::Embedded),
        ("::ffff:127.0.0.1", Class::Embedded),
        ("::ffff:8.8.8.8", Class::Embedded),
        ("::ffff:0:8.8.8.8", Class::Embedded),
        ("64:ff9b::7f00:1", Class::Translated),
        ("64:ff9b:1::1", Class::Translated),
        ("100::1", Class::Reserved),
        ("2001::1", Class::Translated),
        ("2001:2::1", Class::Benchmarking),
        ("2001:10::1", Class::Reserved),
        ("2001:20::1", Class::Reserved),
        ("2001:db8::1", Class::Documentation),
        ("2001:4860:4860::8888", Class::Public),
        ("2002:7f00:1::", Class::Translated),
        ("2606:4700::1111", Class::Public),
        ("3fff::1", Class::Documentation),
        ("3fff:fff:ffff::1", Class::Documentation),
        ("3fff:1000::1", Class::Public),
        ("4000::1", Class::Reserved),
        ("fc00::1", Class::UniqueLocal),
        ("fd00:ec2::254", Class::Metadata),
        ("fd20:ce::254", Class::Metadata),
        ("fdff::1", Class::UniqueLocal),
        ("fe80::1", Class::LinkLocal),
        ("febf::1", Class::LinkLocal),
        ("fec0::1", Class::Reserved),
        ("ff02::1", Class::Multicast),
    ] {
        check(text, class);
    }
}

#[test]
fn no_rule_permits_a_metadata_service() {
    for text in [
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
    ] {
        let class = classify(text.parse().unwrap());
        assert!(!class.is_permitted(Private::Permitted), "{text}");
    }
}

#[test]
fn an_address_of_loopback_is_this_machines() {
    // The probe that finds interface addresses sees loopback as one of them.
    assert!(super::is_own(Ipv4Addr::LOCALHOST.into()).unwrap());
    assert_eq!(
        classify_here(Ipv4Addr::LOCALHOST.into()).unwrap(),
        AddressClass::Loopback
    );
}

/// What the standard library says about an address, by other means than ours.
fn is_special_to_std(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_special_v4(address),
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.to_ipv4_mapped().is_some()
        }
    }
}

fn is_special_v4(address: Ipv4Addr) -> bool {
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
}

proptest! {
    #[test]
    fn what_the_standard_library_calls_special_is_never_public(bits in any::<u32>(), wide in any::<u128>(), prefix in 0_usize..8) {
        let prefixes: [u128; 8] = [0, 0xfc << 120, 0xfe80 << 112, 0xff << 120, 0x2002 << 112, 0x2001 << 112, 0xffff << 32, 0x64_ff9b << 96];
        let shaped = Ipv6Addr::from(prefixes[prefix] | (wide >> 16));
        for address in [IpAddr::from(Ipv4Addr::from(bits)), Ipv6Addr::from(wide).into(), shaped.into()] {
            if is_special_to_std(address) {
                prop_assert_ne!(classify(address), AddressClass::Public);
            }
        }
    }

    #[test]
    fn an_address_inside_another_is_never_public(bits in any::<u32>()) {
        let v4 = Ipv4Addr::from(bits);
        let [a, b, c, d] = v4.octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        for address in [
            v4.to_ipv6_mapped(),
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0, 1),
        ] {
            prop_assert!(!classify(address.into()).is_permitted(Private::Refused));
            if high > 1 {
                prop_assert!(!classify(address.into()).is_permitted(Private::Permitted));
            }
        }
    }
}
