use super::*;

#[test]
fn a_spread_names_ends_and_middle() {
    let ms = Duration::from_millis;
    assert_eq!(
        Spread::of(vec![ms(5), ms(1), ms(3)]),
        Some(Spread {
            min: ms(1),
            median: ms(3),
            max: ms(5)
        })
    );
    assert_eq!(Spread::of(Vec::new()), None);
}

#[test]
fn reads_the_childrens_time_behind_a_name_with_blanks() {
    let stat = "42 (a ) b) S 1 42 42 0 -1 4194304 100 200 0 0 7 8 11 22 20 0 1 0 5 6 7";
    assert_eq!(ticks_of_children(stat), Some(33));
    assert_eq!(ticks_of_children("42 (short) S 1"), None);
}

#[test]
fn a_program_that_fails_is_no_measurement() {
    assert!(run(Path::new("/bin/true")).is_ok());
    assert!(run(Path::new("/bin/false")).is_err());
}
