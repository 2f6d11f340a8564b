//! Hostlists, patterns, natural order, suggestions.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use muster::kit::hostlist::{HostlistError, compress, expand};
use muster::kit::{glob, natural, suggest};
use proptest::prelude::*;

#[test]
fn a_hostlist_stands_for_what_the_format_says() {
    let cases: &[(&str, &[&str])] = &[
        ("n1", &["n1"]),
        ("n[08-11]", &["n08", "n09", "n10", "n11"]),
        ("n[1,3-4],x", &["n1", "n3", "n4", "x"]),
        ("r[1-2]n[01-02]", &["r1n01", "r1n02", "r2n01", "r2n02"]),
        ("r[1-2]-ib", &["r1-ib", "r2-ib"]),
        ("n[4-1]", &[]),
        ("n[-1]", &["n0", "n1"]),
        ("n[a-b]", &["n[a-b]"]),
        ("n[1-2-3]", &[]),
        ("n1,", &["n1"]),
        ("", &[]),
    ];
    for (list, names) in cases {
        assert_eq!(expand(list).unwrap(), *names, "{list}");
    }
}

#[test]
fn a_hostlist_that_is_too_long_or_torn_is_refused() {
    assert_eq!(expand("n[0-65535]").unwrap().len(), 65_536);
    for list in [
        "n[0-65536]",
        "n[0-18446744073709551615]",
        "a[0-999]b[0-999]c[0-999]",
        "n[0-40000],m[0-40000]",
    ] {
        assert_eq!(expand(list), Err(HostlistError::TooMany), "{list}");
    }
    for (list, column) in [("n[1", 2), ("n1]", 3), ("é[[1]]", 3)] {
        assert_eq!(expand(list), Err(HostlistError::Bracket(column)), "{list}");
    }
}

#[test]
fn names_compress_to_the_short_form() {
    let cases: &[(&[&str], &str)] = &[
        (
            &["n01", "n02", "n03", "n05", "rack01"],
            "n[01-03,05],rack01",
        ),
        (&["n9", "n10"], "n9,n10"),
        (&["b", "a", "a"], "a,b"),
        (&["n1"], "n1"),
        (&[], ""),
    ];
    for (names, list) in cases {
        assert_eq!(compress(names), *list);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_compressed_expands_again(names in prop::collection::btree_set("[a-c]{0,2}[0-9]{1,4}|[a-z]{1,5}", 0..40)) {
        let list: Vec<String> = names.iter().cloned().collect();
        let back: BTreeSet<String> = expand(&compress(&list)).unwrap().into_iter().collect();
        prop_assert_eq!(back, names);
    }

    #[test]
    fn no_list_makes_it_panic(list in "[a-z0-9,\\[\\]-]{0,40}") {
        let _ = expand(&list);
    }

    #[test]
    fn natural_order_is_an_order(a in "[a-b0-2]{0,6}", b in "[a-b0-2]{0,6}", c in "[a-b0-2]{0,6}") {
        prop_assert_eq!(natural::compare(&a, &b), natural::compare(&b, &a).reverse());
        prop_assert_eq!(natural::compare(&a, &b) == Ordering::Equal, a == b);
        let mut sorted = [a, b, c];
        sorted.sort_by(|x, y| natural::compare(x, y));
        prop_assert!(natural::compare(&sorted[0], &sorted[2]).is_le());
    }
}

#[test]
fn n2_comes_before_n10() {
    let mut names = ["n10", "n2", "n1a", "N3", "n02"];
    names.sort_by(|a, b| natural::compare(a, b));
    assert_eq!(names, ["N3", "n1a", "n02", "n2", "n10"]);
}

#[test]
fn patterns_match_whole_texts_without_case() {
    for (pattern, text, matches) in [
        ("rocky9*", "Rocky9-gpu", true),
        ("rocky9", "rocky9-gpu", false),
        ("n??17", "n0417", true),
        ("*a*b*", "xxaxxbxx", true),
        ("*a*b", "xxbxxa", false),
        ("", "", true),
        ("*", "", true),
        ("?", "", false),
    ] {
        assert_eq!(glob::matches(pattern, text), matches, "{pattern} {text}");
    }
    let hostile = "*a".repeat(500) + "b";
    assert!(!glob::matches(&hostile, &"a".repeat(2_000)));
}

#[test]
fn slips_are_recognised_and_strangers_are_not() {
    let words = ["ipaddr", "netmask", "image name", "kernel"];
    assert_eq!(suggest::nearest("ipadr", words), Some("ipaddr"));
    assert_eq!(suggest::nearest("image_name", words), Some("image name"));
    assert_eq!(suggest::nearest("bananas", words), None);
    assert_eq!(suggest::nearest("x", words), None);
    assert_eq!(
        suggest::hint("kernal", words).unwrap(),
        "did you mean `kernel`?"
    );
}
