use super::*;

/// Numbers as if by chance, the same in each run.
fn chance(seed: &mut u64) -> f32 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    (stir(*seed) >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
}

fn vector(seed: &mut u64, size: usize) -> Vec<f32> {
    let mut vector: Vec<f32> = (0..size).map(|_| chance(seed) + chance(seed)).collect();
    assert!(normalise(&mut vector));
    vector
}

#[test]
fn turning_keeps_lengths_and_angles() {
    for size in [1, 2, 3, 64, 100, 256, 384] {
        let mut seed = 7;
        let (mut a, mut b) = (vector(&mut seed, size), vector(&mut seed, size));
        let before = embed::dot(&a, &b);
        turn(&mut a);
        turn(&mut b);
        assert!((embed::dot(&a, &a) - 1.0).abs() < 1e-4, "{size}");
        assert!((embed::dot(&a, &b) - before).abs() < 1e-4, "{size}");
    }
}

#[test]
fn bytes_are_near_what_they_stand_for() {
    let mut seed = 3;
    let (a, mut b) = (vector(&mut seed, 256), vector(&mut seed, 256));
    let exact = embed::dot(&a, &b);
    let mut flat = Flat::default();
    flat.push(Some(&Code::of(&a)));
    turn(&mut b);
    assert!((flat.product(0, &b) - exact).abs() < 0.003);
}

#[test]
fn the_scan_finds_what_comparing_all_finds() {
    // Texts come in groups; so do these.
    let (count, size, wanted) = (20_000, 256, 10);
    let mut seed = 11;
    let centres: Vec<Vec<f32>> = (0..200).map(|_| vector(&mut seed, size)).collect();
    let near = |at: usize, seed: &mut u64| {
        let mut one: Vec<f32> = centres[at % centres.len()]
            .iter()
            .map(|value| value + 0.11 * chance(seed))
            .collect();
        normalise(&mut one);
        one
    };
    let all: Vec<Vec<f32>> = (0..count).map(|at| near(at, &mut seed)).collect();
    let mut flat = Flat::default();
    for one in &all {
        flat.push(Some(&Code::of(one)));
    }
    let (mut found, mut asked) = (0, 0);
    for at in 0..50 {
        let question = near(at * 3, &mut seed);
        let mut exact: Vec<(usize, f32)> = all
            .iter()
            .enumerate()
            .map(|(at, one)| (at, embed::dot(one, &question)))
            .collect();
        exact.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut turned = question.clone();
        turn(&mut turned);
        // As a caller does: some more, and the true vectors for those.
        let mut got: Vec<(usize, f32)> = flat
            .nearest(&turned, 4 * wanted, |_| true)
            .into_iter()
            .map(|(at, _)| (at, embed::dot(&all[at], &question)))
            .collect();
        got.sort_by(|a, b| b.1.total_cmp(&a.1));
        got.truncate(wanted);
        let wanted_ones: Vec<usize> = exact.iter().take(wanted).map(|(at, _)| *at).collect();
        found += got
            .iter()
            .filter(|(at, _)| wanted_ones.contains(at))
            .count();
        asked += wanted;
    }
    let recall = found as f64 / asked as f64;
    assert!(recall >= 0.98, "{recall}");
}

#[test]
fn emptied_places_and_foreign_sizes_are_never_found() {
    let mut flat = Flat::default();
    let mut seed = 5;
    flat.push(None);
    let one = vector(&mut seed, 64);
    flat.push(Some(&Code::of(&one)));
    flat.push(Some(&Code::of(&vector(&mut seed, 32))));
    flat.push(Some(&Code::of(&one)));
    let mut turned = one;
    turn(&mut turned);
    let places = |flat: &Flat| -> Vec<usize> {
        flat.nearest(&turned, 9, |_| true)
            .into_iter()
            .map(|(at, _)| at)
            .collect()
    };
    assert_eq!(places(&flat), [1, 3]);
    flat.clear(1);
    assert_eq!(places(&flat), [3]);
    flat.clear(99);
    assert!(flat.nearest(&turned, 9, |at| at != 3).is_empty());
    assert!(flat.nearest(&[0.0; 3], 9, |_| true).is_empty());
}

#[test]
fn few_that_fit_are_found_among_many_that_do_not() {
    let mut seed = 5;
    let mut flat = Flat::default();
    for _ in 0..10_000 {
        flat.push(Some(&Code::of(&vector(&mut seed, 256))));
    }
    let mut asked = vector(&mut seed, 256);
    turn(&mut asked);
    let fits = |at: usize| at % 1_000 == 7;
    let found = flat.nearest(&asked, 40, fits);
    assert_eq!(found.len(), 10);
    assert!(found.iter().all(|(at, _)| fits(*at)));
    assert!(found.is_sorted_by(|a, b| a.1 >= b.1));
    for (at, product) in found {
        assert!((flat.product(at, &asked) - product).abs() < 1e-4);
    }
}

#[test]
fn any_width_is_scanned() {
    for size in [1, 63, 64, 65, 256, 384, 1_024] {
        let mut seed = 9;
        let all: Vec<Vec<f32>> = (0..6_000).map(|_| vector(&mut seed, size)).collect();
        let mut flat = Flat::default();
        for one in &all {
            flat.push(Some(&Code::of(one)));
        }
        let mut asked = all[4_321].clone();
        turn(&mut asked);
        let found = flat.nearest(&asked, 3, |_| true);
        let (_, best) = found[0];
        assert!((best - 1.0).abs() < 0.02, "{size}: {found:?}");
    }
}

#[test]
fn numbers_near_nought_keep_their_sign() {
    // 190 and 100 times the least number above nought: a 127th of the first is no number any more.
    let (scale, values) = whole(&[f32::from_bits(190), -f32::from_bits(100)], 127.0);
    assert!(scale > 0.0);
    assert_eq!(values, [127, -100]);
}
