use proptest::prelude::*;

use super::*;

#[test]
fn an_index_is_compared_without_its_stat_data() {
    // A header, and one entry of a name of five bytes: 62 and 5, padded to 72.
    let index = |stat: u8, object: u8| {
        let mut bytes = b"DIRC\0\0\0\x02\0\0\0\x01".to_vec();
        bytes.extend([stat; 24]);
        bytes.extend([0, 0, 0x81, 0xa4]);
        bytes.extend([stat; 12]);
        bytes.extend([object; 20]);
        bytes.extend([0, 5]);
        bytes.extend(b"hello\0\0\0\0\0");
        bytes
    };
    assert!(staged(&index(1, 1)).is_some());
    assert_eq!(staged(&index(1, 1)), staged(&index(2, 1)));
    assert_ne!(staged(&index(1, 1)), staged(&index(1, 2)));
    assert_eq!(
        staged(b"DIRC\0\0\0\x04\0\0\0\0"),
        None,
        "a version that packs names"
    );
}

proptest! {
    #[test]
    fn any_bytes_are_an_index_or_none(
        rest in prop::collection::vec(any::<u8>(), 0..200),
        count in any::<u32>(),
    ) {
        let bytes = [b"DIRC\0\0\0\x02".as_slice(), &count.to_be_bytes(), &rest].concat();
        let _ = staged(&bytes);
    }
}
