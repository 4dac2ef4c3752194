use super::framed;

#[test]
fn a_frame_counts_only_when_it_is_whole() {
    let check = |bytes: &[u8], expected: Option<&[u8]>| assert_eq!(framed(bytes), expected);
    check(b"", None);
    check(b"VENOM ", None);
    check(b"VENOM 2", None);
    check(b"VENOM 2\n{", None);
    check(b"VENOM 2\n{}", Some(b"{}"));
    check(b"VENOM 2\n{}more", Some(b"{}"));
    check(b"warning\nVENOM 2\n{}", Some(b"{}"));
    check(b"VENOM x\n{}", None);
    check(b"VENOM 99999999999999999999999\n{}", None);
    check(b"VENOM 18446744073709551615\n{}", None);
    check(b"VENOM -1\n{}", None);
    check(b"VENOM \xff\n{}", None);
}
