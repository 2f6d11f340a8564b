//! Three texts put together.

use muster::kit::merge::three;
use proptest::prelude::*;

const BASE: &str = "a\nb\nc\nd\ne\nf\ng\n";

fn merged(ours: &str, theirs: &str) -> Result<String, Vec<usize>> {
    three(BASE, ours, theirs)
}

#[test]
fn what_both_changed_apart_from_one_another_is_all_there() {
    assert_eq!(
        merged("A\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nd\ne\nf\nG\n"),
        Ok("A\nb\nc\nd\ne\nf\nG\n".into())
    );
    assert_eq!(
        merged("a\nb\nd\ne\nf\ng\nmine\n", "new\na\nb\nc\nd\nE\nf\ng\n"),
        Ok("new\na\nb\nd\nE\nf\ng\nmine\n".into())
    );
    assert_eq!(merged(BASE, "x\n"), Ok("x\n".into()));
    assert_eq!(merged("x\n", BASE), Ok("x\n".into()));
    // The same change on both sides is one.
    assert_eq!(
        merged("a\nB\nc\nd\ne\nf\n", "a\nB\nc\nd\ne\nf\n"),
        Ok("a\nB\nc\nd\ne\nf\n".into())
    );
    // A last line without its end.
    assert_eq!(
        merged("A\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nd\ne\nf\ng"),
        Ok("A\nb\nc\nd\ne\nf\ng".into())
    );
}

#[test]
fn what_both_changed_in_one_place_is_told_with_our_lines() {
    assert_eq!(
        merged("a\nb\nX\nd\ne\nf\ng\n", "a\nb\nY\nd\ne\nf\ng\n"),
        Err(vec![3])
    );
    // Neighbours are one place.
    assert_eq!(
        merged("a\nb\nX\nd\ne\nf\ng\n", "a\nb\nc\nY\ne\nf\ng\n"),
        Err(vec![3])
    );
    assert_eq!(
        merged("new\na\nB\nc\nd\ne\nF\ng\n", "a\nx\nc\nd\ne\ny\ng\n"),
        Err(vec![3, 7])
    );
    assert_eq!(three("", "x\n", "y\n"), Err(vec![1]));
}

proptest! {
    #[test]
    fn sides_do_not_matter_and_one_that_changed_nothing_is_no_side(
        base in "([a-d]\n){0,12}", ours in "([a-d]\n){0,12}", theirs in "([a-d]\n){0,12}",
    ) {
        prop_assert_eq!(three(&base, &ours, &base), Ok(ours.clone()));
        prop_assert_eq!(three(&base, &base, &theirs), Ok(theirs.clone()));
        prop_assert_eq!(three(&base, &ours, &ours), Ok(ours.clone()));
        let (one, other) = (three(&base, &ours, &theirs), three(&base, &theirs, &ours));
        prop_assert_eq!(one.is_ok(), other.is_ok());
        if let (Ok(one), Ok(other)) = (one, other) {
            prop_assert_eq!(one, other);
        }
    }
}
