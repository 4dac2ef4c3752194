use super::*;

#[test]
fn every_thousandth_survives_json() {
    for thousandths in 0..=1_000 {
        let confidence = Confidence::from_thousandths(thousandths);
        let text = serde_json::to_string(&confidence).unwrap();
        assert_eq!(
            serde_json::from_str::<Confidence>(&text).unwrap(),
            confidence,
            "{text}"
        );
    }
}

#[test]
fn odd_numbers_are_brought_into_range() {
    assert_eq!(
        Confidence::from_ratio(f64::NAN),
        Confidence::from_thousandths(0)
    );
    assert_eq!(
        Confidence::from_ratio(-3.0),
        Confidence::from_thousandths(0)
    );
    assert_eq!(Confidence::from_ratio(7.0), Confidence::CERTAIN);
    assert!(Confidence::from_ratio(0.8).is_enough());
    assert!(!Confidence::from_ratio(0.799).is_enough());
    assert_eq!(Confidence::from_ratio(0.894).to_string(), "0.89");
}
